"""The whole look at claims: every check, the months, the ledger; as objects and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from openp4p.claims.accounting import Ledger
from openp4p.claims.checks import REMEDIES
from openp4p.claims.data_quality.arrival import (
    Arrival,
    arrival,
    busiest_year,
    by_month,
    counted_by_month,
)
from openp4p.claims.data_quality.by_group import counted_by_group
from openp4p.claims.data_quality.by_row import counted_by_row
from openp4p.claims.data_quality.checks import (
    BAD,
    CLASSES,
    LOOK,
    NEED,
    OK,
    Check,
    check,
    checks,
    of_kind,
    whose,
)
from openp4p.claims.data_quality.counted import ALL, Counted, Period, Tables, one_row
from openp4p.engine.base import Engine

FORMAT = "openp4p-data-quality/1"
_REPEATED = ("duplicate", "conflicting duplicate")
_FOLLOWS = ("claim set aside", "no such claim")
_HARMLESS = "Nothing"
_YEARS_TO_PAYMENT = 2
_ORDER = {name: place for place, name in enumerate((*CLASSES, ALL))}


@dataclass(frozen=True)
class Finding:
    """One check that does not hold: where it is worst, and in which other claim classes."""

    worst: Counted
    others: tuple[Counted, ...]


@dataclass(frozen=True)
class DataQuality:
    """What was looked at, and what was found.

    `absent` are the tables and kinds of claims of which there is nothing.
    """

    of: Mapping[str, Any]
    period: Period
    tables: Mapping[str, int]
    counted: list[Counted]
    absent: list[Check]
    arrival: Arrival
    ledger: Ledger = field(default_factory=dict)

    @property
    def found(self) -> list[Finding]:
        """What deserves a look or is bad: bad first, in the order of the checks."""
        by_check: dict[str, list[Counted]] = {}
        for one in self.counted:
            if one.level != OK:
                by_check.setdefault(one.check.id, []).append(one)
        findings = []
        for alike in by_check.values():
            worst, *others = sorted(alike, key=lambda one: (one.level != BAD, -one.share))
            findings.append(Finding(worst, tuple(others)))
        return sorted(findings, key=lambda finding: finding.worst.level != BAD)

    @property
    def levels(self) -> dict[str, int]:
        """How many checks are bad, deserve a look, or are in order in every claim class."""
        found = [finding.worst.level for finding in self.found]
        asked = len({one.check.id for one in self.counted})
        return {BAD: found.count(BAD), LOOK: found.count(LOOK), OK: asked - len(found)}

    @property
    def groups(self) -> dict[str, list[Counted]]:
        """The counts by group of checks."""
        found: dict[str, list[Counted]] = {}
        for one in self.counted:
            found.setdefault(one.check.group, []).append(one)
        return found


def data_quality(
    engine: Engine,
    tables: Tables,
    supplied: frozenset[str],
    ledger: Ledger,
    of: Mapping[str, Any],
    *,
    year: int | None = None,
    payment_year: int | None = None,
) -> DataQuality:
    """A look at canonical tables; the performance year is that with most claims if none is said."""
    months = by_month(engine, tables["claim"])
    performance_year = year or busiest_year(months) or 0
    period = Period(
        performance_year, payment_year or performance_year + _YEARS_TO_PAYMENT, year is not None
    )
    counted: list[Counted] = []
    arrived = Arrival([], None, 0, {}, {})
    if performance_year:
        arrived = arrival(months, period)
        counted += counted_by_row(engine, tables, period, supplied)
        counted += counted_by_group(engine, tables, period, supplied)
        counted += counted_by_month(arrived)
    counted += _of_ledger(ledger)
    place = {one.id: number for number, one in enumerate(checks())}
    counted.sort(key=lambda one: (place[one.check.id], _ORDER.get(one.claim_class, 0)))
    rows = {
        name: one_row(engine, tables[name].agg(rows=tables[name].count()))["rows"]
        for name in sorted(supplied)
    }
    return DataQuality(
        of=of,
        period=period,
        tables=rows,
        counted=counted,
        absent=_absent(rows, months),
        arrival=arrived,
        ledger=ledger,
    )


def _absent(rows: Mapping[str, int], months: list[dict[str, Any]]) -> list[Check]:
    """The tables and kinds of claims that a run needs and of which there is nothing."""
    classes = {row["claim_class"] for row in months}
    return [
        one
        for one in of_kind(NEED)
        if (not one.column and not rows.get(one.table))
        or (one.column == "claim_id" and rows.get("claim") and not classes & set(one.classes))
    ]


def _of_ledger(ledger: Ledger) -> list[Counted]:
    """Rows set aside as repetitions, and for mistakes."""
    read = sum(row["rows_read"] for row in ledger.get("accounting", []))
    repeated = mistaken = 0
    for row in ledger.get("accounting_reasons", []):
        reason, count = row["reason"], row["rows_set_aside"]
        if reason in _REPEATED:
            repeated += count
        elif reason not in _FOLLOWS and not REMEDIES.get(reason, _HARMLESS).startswith(_HARMLESS):
            mistaken += count
    return [
        Counted(check("repeated_rows"), ALL, read, repeated),
        Counted(check("set_aside"), ALL, read, mistaken),
    ]


def as_plain(found: DataQuality) -> dict[str, Any]:
    """The report as objects of JSON (docs/data-quality.md says what each holds)."""
    arrived = found.arrival
    return {
        "format": FORMAT,
        "thresholds": whose(),
        "of": dict(found.of),
        "performance_year": found.period.year,
        "performance_year_is_stated": found.period.is_stated,
        "tables": dict(found.tables),
        "absent": [
            {"check": one.id, "what": one.what, "consequence": one.consequence}
            for one in found.absent
        ],
        "levels": found.levels,
        "checks": [_plain(one) for one in found.counted],
        "months": [vars(month) for month in arrived.months],
        "arrival": {
            "latest_paid": arrived.latest_paid and arrived.latest_paid.isoformat(),
            "undated_claims": arrived.undated,
            "completeness_by_months_since": {str(lag): x for lag, x in arrived.by_lag.items()},
            "completeness_by_month": {str(month): x for month, x in arrived.complete.items()},
        },
        "ledger": {
            name: sum(row[name] for row in found.ledger.get("accounting", []))
            for name in ("rows_read", "rows_used", "rows_set_aside")
        },
    }


def _plain(one: Counted) -> dict[str, Any]:
    return {
        "check": one.check.id,
        "group": one.check.group,
        "table": one.check.table or None,
        "column": one.check.column or None,
        "claim_class": one.claim_class,
        "what": one.check.what,
        "rows": one.rows,
        "failing": one.failing,
        "share": one.share,
        "look": one.check.look,
        "bad": one.check.bad,
        "level": one.level,
        "consequence": one.check.consequence if one.level != OK else None,
    }
