"""Vintages: what had been paid by a day, and how far that is from all that will be paid."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir

from openp4p.claims.formats.workbench import Workbench
from openp4p.engine.base import Engine
from openp4p.errors import Problem

LATER, UNDATED = "paid after the day asked for", "not known when it was paid"
_DRUGS = "PDE"  # counted in no measure, and paid by other clocks
_LAST_MONTH = 12


@dataclass(frozen=True)
class Vintage:
    """How far the claims of a run reach: the day asked for, the last payment among those used.

    `customary` is the last day of the customary run-out: what is paid after it is left out by
    custom, so that claims paid through an earlier day are not yet all.
    """

    paid_through: dt.date | None
    latest_paid: dt.date | None
    undated_claims: int
    period_end: dt.date
    customary: dt.date

    @property
    def reaches(self) -> dt.date | None:
        """The day through which payments are known; None when the claims do not state it."""
        known = [day for day in (self.paid_through, self.latest_paid) if day is not None]
        return min(known) if known else None

    @property
    def run_out_days(self) -> int | None:
        """Days of payments after the end of the performance period; below 0: it was not over."""
        return None if self.reaches is None else (self.reaches - self.period_end).days

    @property
    def is_short(self) -> bool | None:
        """Whether payments reach less far than is customary; None when that is not known."""
        return None if self.reaches is None else self.reaches < self.customary

    @property
    def as_plain(self) -> dict[str, Any]:
        """The same for a manifest."""
        return {
            "is_provisional": self.paid_through is not None,
            "paid_through": _iso(self.paid_through),
            "latest_paid": _iso(self.latest_paid),
            "undated_claims": self.undated_claims,
            "run_out_days": self.run_out_days,
            "customary_day": self.customary.isoformat(),
            "is_short": self.is_short,
        }


def vintage(
    engine: Engine, claim: ir.Table, year: int, run_out_months: int, paid_through: dt.date | None
) -> Vintage:
    """How far the claims that are used reach, for the performance period of a calendar year."""
    claims = claim.filter(claim.claim_class != _DRUGS)
    sums = claims.agg(latest=claims.paid_date.max(), undated=claims.paid_date.isnull().sum())
    (found,) = engine.rows(sums).to_pylist()
    return Vintage(
        paid_through=paid_through,
        latest_paid=found["latest"],
        undated_claims=int(found["undated"] or 0),
        period_end=dt.date(year, _LAST_MONTH, calendar.monthrange(year, _LAST_MONTH)[1]),
        customary=run_out_end(year, run_out_months),
    )


def run_out_end(year: int, months: int) -> dt.date:
    """The last day of so many months after a calendar year."""
    years, month = divmod(_LAST_MONTH + months - 1, _LAST_MONTH)
    return dt.date(year + years, month + 1, calendar.monthrange(year + years, month + 1)[1])


def set_later_aside(bench: Workbench, typed: str, aside: str, paid_through: dt.date) -> None:
    """Claims paid after the day, and those of which it is not known, are set aside.

    Versions of a claim are settled afterwards: what a later cancellation or adjustment changes,
    was not changed yet.
    """
    bench.connection.execute(
        f"INSERT INTO {aside} SELECT t._file, t._row, t._part, 'paid_date', "
        f"CASE WHEN paid_date IS NULL THEN '{UNDATED}' ELSE '{LATER}' END, NULL "
        f"FROM {typed} t ANTI JOIN {aside} a USING (_file, _row, _part) "
        f"WHERE paid_date IS NULL OR paid_date > DATE '{paid_through.isoformat()}'"
    )


def undated_problems(bench: Workbench, typed: str, files: list[str]) -> list[Problem]:
    """Claims that never say when they were paid cannot be cut at a day."""
    if bench.one(f"SELECT count(*) FROM (SELECT 1 FROM {typed} WHERE paid_date NOTNULL LIMIT 1)"):
        return []
    return [
        Problem(
            ", ".join(sorted(set(files))),
            "paid_date",
            "no claim says when it was paid or processed",
            "a date on each claim: NCH weekly processing date, load date or paid_date",
            "Leave --paid-through out, or supply claims with the date.",
        )
    ]


def stamp(manifest: Mapping[str, Any]) -> str | None:
    """What every page of a provisional run says; None for any other run."""
    said = manifest.get("vintage") or {}
    if not said.get("is_provisional"):
        return None
    return f"PROVISIONAL: claims paid through {said['paid_through']} only."


def _iso(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()
