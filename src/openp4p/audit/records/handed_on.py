"""P12.1, P13.2 and P13.3: controls that are on, and files that were handed on."""

from __future__ import annotations

from openp4p.audit.evidence.judging import holds
from openp4p.audit.evidence.record import Evidence, Finding
from openp4p.audit.records.folder import Records
from openp4p.audit.records.reading import Row
from openp4p.audit.records.workflow_layout import PURPOSES


def handed_on(records: Records) -> list[Finding]:
    """The findings of controls.csv and of exports.csv."""
    found = []
    if records.has("controls"):
        found.append(_controls(records.rows["controls"]))
    if records.has("exports"):
        rows = records.rows["exports"]
        found.append(
            _exports(
                "P13.2",
                "share of exports with an allowed purpose and a signed undertaking",
                rows,
                [row for row in rows if not (row["purpose"] in PURPOSES and row["undertaking"])],
            )
        )
        found.append(
            _exports(
                "P13.3",
                "share of exports that are marked, and listed to the physicians in them",
                rows,
                [row for row in rows if not (row["marked"] and row["listed"])],
            )
        )
    return found


def _controls(rows: tuple[Row, ...]) -> Finding:
    lacking = [row for row in rows if not (row["is_on"] and row["test_passed"])]
    return Finding(
        Evidence(
            subcheck="P12.1",
            kind="c",
            verdict=holds(not lacking),
            statistic="share of controls that are on and whose test passed",
            value=1.0 - len(lacking) / len(rows),
            threshold="all meets; else fails",
            n_units=len(rows),
        ),
        tuple(
            {"control": row["control"], "is_on": row["is_on"], "test_passed": row["test_passed"]}
            for row in lacking
        ),
    )


def _exports(subcheck: str, statistic: str, rows: tuple[Row, ...], lacking: list[Row]) -> Finding:
    """All exports must do; where nothing was handed on, nothing was handed on wrongly."""
    return Finding(
        Evidence(
            subcheck=subcheck,
            kind="c",
            verdict=holds(not lacking),
            statistic=statistic,
            value=1.0 - len(lacking) / len(rows) if rows else 1.0,
            threshold="all meets; else fails",
            n_units=len(rows),
            text="" if rows else "Nothing was handed on.",
        ),
        tuple(
            {"export": row["export"], "date": row["date"].isoformat(), "purpose": row["purpose"]}
            for row in lacking
        ),
    )
