"""The page on the quality of claims data: of an input folder before a run, or of a run."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openp4p.claims.accounting import LEDGER, kept_ledger
from openp4p.claims.data_quality.checks import BAD, LOOK, OK, whose
from openp4p.claims.data_quality.counted import Counted
from openp4p.claims.data_quality.report import DataQuality, data_quality
from openp4p.claims.intake import as_declared, read_claims
from openp4p.claims.tables import TABLES
from openp4p.engine import open_engine
from openp4p.reports import data_quality_charts as charts
from openp4p.reports.facts import reconciled
from openp4p.reports.summary import environment
from openp4p.results import Run

GROUPS = {
    "completeness": "What is filled",
    "codes": "Codes and numbers",
    "amounts": "Amounts",
    "dates": "Dates",
    "people": "People, practices and clinicians",
    "duplicates": "Repetitions and rows set aside",
    "volume": "Claims month by month",
    "arrival": "How complete the months are",
}
LEVELS = {BAD: "bad", LOOK: "look at it", OK: "in order"}


def of_run(run: Run) -> DataQuality:
    """The quality of the claims of a finished run, as it used them."""
    supplied = run.given_names
    tables = {
        name: as_declared(run.table(name), table.types)
        if name in supplied
        else run.engine.table([], table.types)
        for name, table in TABLES.items()
    }
    manifest = run.manifest
    return data_quality(
        run.engine,
        tables,
        supplied,
        {name: run.rows(name) for name in LEDGER if name in run.names()},
        {
            "kind": "run",
            "name": run.folder.name,
            "run_id": manifest["run_id"],
            "stamp": run.stamp,
        },
        year=manifest["performance_year"],
        payment_year=manifest["payment_year"],
    )


def of_folder(
    folder: Path,
    *,
    format: str | None = None,
    crosswalk: Path | None = None,
    year: int | None = None,
    threads: int | None = None,
    memory_limit: str | None = None,
) -> DataQuality:
    """The quality of an input folder; tables that a run needs may be absent."""
    engine = open_engine("duckdb", threads=threads, memory_limit=memory_limit)
    with tempfile.TemporaryDirectory(prefix="openp4p-data-quality-") as place:
        try:
            into = Path(place) / "intake"
            claims = read_claims(
                folder,
                engine,
                into,
                format=format,
                crosswalk=crosswalk,
                whole=False,
                threads=threads,
                memory_limit=memory_limit,
            )
            return data_quality(
                engine,
                claims.tables,
                claims.supplied,
                kept_ledger(engine, into),
                {"kind": "folder", "name": folder.name, "format": claims.format, "stamp": None},
                year=year,
            )
        finally:
            engine.close()


def data_quality_html(found: DataQuality) -> str:
    """The text of the page."""
    said = {
        "of": found.of,
        "year": found.period.year,
        "is_stated": found.period.is_stated,
        "tables": found.tables,
        "counts": found.levels,
        "findings": [
            {**_shown(one.worst), "others": [_shown(other) for other in one.others]}
            for one in found.found
        ],
        "absent": found.absent,
        "groups": [
            (title, [_shown(one) for one in found.groups[name]])
            for name, title in GROUPS.items()
            if name in found.groups
        ],
        "arrival": found.arrival,
        "input": reconciled(found.ledger),
        "whose": f"Thresholds and consequences are {whose()}",
        "pictures": _pictures(found),
    }
    return environment().get_template("data_quality.html.j2").render(said)


def _shown(one: Counted) -> dict[str, Any]:
    return {
        "what": one.check.what,
        "claim_class": one.claim_class,
        "rows": one.rows,
        "failing": one.failing,
        "share": one.share,
        "look": one.check.look,
        "bad": one.check.bad,
        "level": one.level,
        "said": LEVELS[one.level],
        "consequence": one.check.consequence,
    }


def _pictures(found: DataQuality) -> Mapping[str, Any]:
    filled = [one for one in found.groups.get("completeness", []) if one.rows]
    months = found.arrival.months
    complete = found.arrival.complete
    return {
        "filled": charts.filled_chart(filled) if filled else None,
        "months": charts.volume_chart(months) if months else None,
        "complete": charts.complete_chart(complete) if complete else None,
    }
