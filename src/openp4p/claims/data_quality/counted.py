"""What is counted: the period asked for, and rows asked and failing of one check."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir

from openp4p.claims.data_quality.checks import Check
from openp4p.engine.base import Engine

Tables = Mapping[str, ir.Table]
ALL = "all"


@dataclass(frozen=True)
class Period:
    """The performance year that is looked at, the year paid on, and whether it was asked for."""

    year: int
    payment_year: int
    is_stated: bool

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """First and last day of the performance year."""
        return dt.date(self.year, 1, 1), dt.date(self.year, 12, 31)

    @property
    def reach(self) -> tuple[dt.date, dt.date]:
        """First and last day that a run can look at: a year before, and the year paid on."""
        last = max(self.year, self.payment_year)
        return dt.date(self.year - 1, 1, 1), dt.date(last, 12, 31)


@dataclass(frozen=True)
class Counted:
    """One check in the rows of one claim class (or of all): rows asked, and those that fail."""

    check: Check
    claim_class: str
    rows: int
    failing: int

    @property
    def share(self) -> float:
        """The share that fails; 0 without any row."""
        return self.failing / self.rows if self.rows else 0.0

    @property
    def level(self) -> str:
        """ok, look or bad."""
        return self.check.level(self.rows, self.failing)


def in_days(day: ir.DateValue, days: tuple[dt.date, dt.date]) -> ir.BooleanValue:
    """Whether a day is one of those between two, both included."""
    return (day >= days[0]) & (day <= days[1])


def rows_of(engine: Engine, table: ir.Table) -> list[dict[str, Any]]:
    """The few rows of a sum."""
    found: list[dict[str, Any]] = engine.rows(table).to_pylist()
    return found


def one_row(engine: Engine, table: ir.Table) -> dict[str, int]:
    """A row of counts; what there is none of is 0."""
    (row,) = rows_of(engine, table)
    return {name: int(value or 0) for name, value in row.items()}


def together(found: Iterable[Counted]) -> list[Counted]:
    """Counts of several claim classes as one where a check asks all of them alike."""
    sums: dict[tuple[str, str], Counted] = {}
    for one in found:
        key = (one.check.id, one.claim_class)
        held = sums.get(key, Counted(one.check, one.claim_class, 0, 0))
        sums[key] = Counted(
            one.check, one.claim_class, held.rows + one.rows, held.failing + one.failing
        )
    return list(sums.values())
