"""How the claims arrived: by month of service, by months until they were paid, how complete.

Completeness is that of the chain ladder: of months old enough, how many more claims came in with
each further month of age; the factors together say which share of a month of some age is there.
Mack, T. (1993), Distribution-free calculation of the standard error of chain ladder reserve
estimates, ASTIN Bulletin 23(2), section 2.
"""

from __future__ import annotations

import datetime as dt
import math
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
from ibis import _

from openp4p.claims.data_quality.checks import CLASSES, OK, check
from openp4p.claims.data_quality.counted import ALL, Counted, Period, rows_of
from openp4p.engine.base import Engine

_HUNDRED, _MONTHS = 100, 12
_DRUGS = "PDE"
Months = Mapping[int, Mapping[int, int]]  # month of service, months until paid, claims


@dataclass(frozen=True)
class Month:
    """The claims of one class in one month of service, beside the usual month of the class."""

    claim_class: str
    year_month: int
    claims: int
    usual: float
    level: str


@dataclass(frozen=True)
class Arrival:
    """When claims were provided and paid, and how complete each month probably is."""

    months: list[Month]
    latest_paid: dt.date | None
    undated: int
    by_lag: dict[int, float]
    complete: dict[int, float]


def by_month(engine: Engine, claim: ir.Table) -> list[dict[str, Any]]:
    """Claims by class, month of service and month of payment, with the latest day of payment."""
    month = (claim.from_date.year() * _HUNDRED + claim.from_date.month()).cast("int64")
    paid = (claim.paid_date.year() * _HUNDRED + claim.paid_date.month()).cast("int64")
    keyed = claim.mutate(of_month=month, paid_month=paid)
    sums = keyed.group_by("claim_class", "of_month", "paid_month").agg(
        claims=_.count(), latest_paid=_.paid_date.max()
    )
    return rows_of(engine, sums.order_by("claim_class", "of_month", "paid_month"))


def busiest_year(rows: Iterable[Mapping[str, Any]]) -> int | None:
    """The calendar year with the most claims, the later one of equals."""
    sums: dict[int, int] = {}
    for row in rows:
        year = row["of_month"] // _HUNDRED
        sums[year] = sums.get(year, 0) + row["claims"]
    return max(sums, key=lambda year: (sums[year], year), default=None)


def arrival(rows: list[dict[str, Any]], period: Period) -> Arrival:
    """What the counts by month say, for a performance year."""
    dated = [row for row in rows if row["paid_month"] is not None and row["claim_class"] != _DRUGS]
    lags = lagged(dated)
    as_of = max((row["paid_month"] for row in dated), default=None)
    by_lag = completion(lags, as_of) if as_of is not None else {}
    complete = {
        month: by_lag.get(_apart(month, as_of), 1.0 if _apart(month, as_of) > 0 else 0.0)
        for month in months_of(period.year)
        if as_of is not None
    }
    return Arrival(
        months=volume(rows, period),
        latest_paid=max((row["latest_paid"] for row in dated), default=None),
        undated=sum(
            row["claims"]
            for row in rows
            if row["paid_month"] is None and row["claim_class"] != _DRUGS
        ),
        by_lag=by_lag,
        complete=complete,
    )


def lagged(rows: Iterable[Mapping[str, Any]]) -> dict[int, dict[int, int]]:
    """Claims by month of service and months until they were paid; paid before counts as at once."""
    found: dict[int, dict[int, int]] = {}
    for row in rows:
        ages = found.setdefault(row["of_month"], {})
        lag = max(0, _apart(row["of_month"], row["paid_month"]))
        ages[lag] = ages.get(lag, 0) + row["claims"]
    return found


def completion(lags: Months, as_of: int) -> dict[int, float]:
    """The share of a month's claims that is there so many months after it, by chain ladder.

    The month `as_of` is the last in which anything was paid. What comes later than anything that
    was seen cannot be known: the oldest age counts as complete.
    """
    oldest = max((_apart(month, as_of) for month in lags), default=0)
    factors = []
    for age in range(max(oldest, 0)):
        # months old enough that the next age is known
        known = [ages for month, ages in lags.items() if _apart(month, as_of) > age]
        before = sum(_up_to(ages, age) for ages in known)
        after = sum(_up_to(ages, age + 1) for ages in known)
        factors.append(after / before if before else (math.inf if after else 1.0))
    found, share = {max(oldest, 0): 1.0}, 1.0
    for age in range(max(oldest, 0) - 1, -1, -1):
        share /= factors[age]
        found[age] = share
    return dict(sorted(found.items()))


def _up_to(ages: Mapping[int, int], age: int) -> int:
    return sum(claims for lag, claims in ages.items() if lag <= age)


def volume(rows: Iterable[Mapping[str, Any]], period: Period) -> list[Month]:
    """The claims of every class in every month of the year, and of others in which any are.

    The usual month is the median of the months of the year in which there are any.
    """
    sums: dict[str, dict[int, int]] = {}
    for row in rows:
        months = sums.setdefault(row["claim_class"], {})
        months[row["of_month"]] = months.get(row["of_month"], 0) + row["claims"]
    found = []
    for name in sorted(sums, key=CLASSES.index):
        counts, year = sums[name], months_of(period.year)
        usual = statistics.median([counts[m] for m in year if m in counts] or [0])
        for month in sorted({*counts, *year}):
            claims = counts.get(month, 0)
            level = _volume_level(claims, usual) if month in year else OK
            found.append(Month(name, month, claims, usual, level))
    return found


def _volume_level(claims: int, usual: float) -> str:
    one = check("month_missing")
    # of a handful of claims a month, some months have few by chance
    if usual < one.parameter:
        return OK
    return one.level(round(usual), round(max(0.0, usual - claims)))


def counted_by_month(found: Arrival) -> list[Counted]:
    """The checks of volume by class, and of completeness: the worst month of the year."""
    counted = []
    for name in {month.claim_class: None for month in found.months}:
        usual = [m for m in found.months if m.claim_class == name]
        lacking = [m for m in usual if m.level != OK]
        worst = min(lacking, key=lambda m: m.claims, default=None)
        asked = round(usual[0].usual)
        failing = 0 if worst is None else round(max(0.0, worst.usual - worst.claims))
        counted.append(Counted(check("month_missing"), name, asked, failing))
    month = min(found.complete, key=lambda m: (found.complete[m], -m), default=None)
    if month is not None:
        there = sum(m.claims for m in found.months if m.year_month == month)
        share = found.complete[month]
        awaited = round(there / share) if share else there
        counted.append(Counted(check("month_incomplete"), ALL, awaited, awaited - there))
    return counted


def months_of(year: int) -> list[int]:
    """The months of a calendar year, as 201501."""
    return [year * _HUNDRED + month for month in range(1, _MONTHS + 1)]


def _apart(first: int, last: int) -> int:
    """Months from one to another, both as 201501."""
    return (last // _HUNDRED - first // _HUNDRED) * _MONTHS + last % _HUNDRED - first % _HUNDRED
