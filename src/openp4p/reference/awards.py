"""Awards in plain Python: from the cases of a measure to a practice's bonus, one at a time.

The fit of a measure (the alpha and beta of its distribution of true rates, and the thresholds that
follow from it) is given; everything after it is here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

from openp4p.program.award import Award

_CENT = Decimal("0.01")
_STORED = Decimal("0.000000001")


@dataclass(frozen=True)
class Fit:
    """The distribution of true rates over practices: their number, as it were, met and not met."""

    alpha: float
    beta: float


@dataclass(frozen=True)
class Patients:
    """Whom a practice cared for in the months before enrolment opened."""

    member_months: int
    top_risk_share: float
    dual_share: float
    months_of_history: int


def estimate(award: Award, met: int, cases: int, fit: Fit) -> float | None:
    """What a measure is paid on: the rate drawn towards the mean of all, the more so the fewer."""
    if award.estimate == "posterior_mean":
        return posterior_mean(met, cases, fit)
    return met / cases if cases else None


def posterior_mean(met: float, cases: float, fit: Fit) -> float:
    """The rate as if as many cases were added as the distribution of true rates is worth."""
    return (met + fit.alpha) / (cases + fit.alpha + fit.beta)


def reliability(cases: int, fit: Fit) -> float:
    """How much of the estimate is the practice's own."""
    return cases / (cases + fit.alpha + fit.beta)


def takes_two_years(award: Award, reliabilities: Iterable[float]) -> bool:
    """Whether the year before is taken with the performance year, for lack of reliability."""
    known = list(reliabilities)
    return bool(known) and max(known) < award.pooled_below_reliability


def measure_score(
    award: Award, theta: float, low: float, high: float, baseline: float | None
) -> float | None:
    """The better of attainment and improvement, from 0 to 1; none where thresholds are the same.

    For a measure where lower is better `low` is the higher number: the formulas are the same.
    """
    if low == high:
        return None
    better = improvement(award, theta, high, baseline, lower=high < low)
    return max(attainment(theta, low, high), better)


def attainment(theta: float, low: float, high: float) -> float:
    """How far of the way from the low to the high threshold a practice is."""
    return _clamped((theta - low) / (high - low))


def improvement(
    award: Award, theta: float, high: float, baseline: float | None, *, lower: bool = False
) -> float:
    """How far of the way from the benchmark year to the high threshold a practice has come."""
    if baseline is None or (baseline <= high if lower else baseline >= high):
        return 0.0
    return award.improvement_share * _clamped((theta - baseline) / (high - baseline))


def practice_award(domains: Mapping[str, Iterable[float]]) -> float | None:
    """Domains weigh alike, and so do the measures of a domain; what has no score passes on."""
    scores = [list(measures) for measures in domains.values()]
    means = [sum(measures) / len(measures) for measures in scores if measures]
    return sum(means) / len(means) if means else None


def complexity_months(award: Award, patients: Patients) -> Decimal:
    """Member-months, more for patients of high risk and with Medicaid; scaled up if too few.

    To six decimals, a value within twelve digits of a half being the half.
    """
    weight = (
        1.0
        + award.top_risk_weight * patients.top_risk_share
        + award.dual_weight * patients.dual_share
    )
    scaled = patients.member_months * weight * award.history_months / patients.months_of_history
    return _to(scaled, 6, Fraction(1, 2))


def rate(pool: Decimal, months: Iterable[Decimal]) -> Decimal | None:
    """Dollars a complexity month over all eligible practices, whoever enrols.

    Cut to nine decimals, so that full awards of all never exceed the pool.
    """
    total = sum(months, Decimal(0))
    if not total:
        return None
    return Decimal(math.floor(Fraction(pool) / Fraction(total) * 10**9)).scaleb(-9)


def largest_bonus(months: Decimal, dollars_a_month: Decimal) -> Decimal:
    """What a practice is paid at a full award, parts of a cent dropped."""
    return (months * dollars_a_month).quantize(_CENT, ROUND_DOWN)


def bonus(award: Decimal, largest: Decimal) -> Decimal:
    """What a practice is paid: its award's part of the most, parts of a cent dropped."""
    return (award * largest).quantize(_CENT, ROUND_DOWN)


def nine_decimals(number: float) -> Decimal:
    """A number from 0 on as it is stored: nine decimals, halves up."""
    return _to(number, 9, Fraction(1, 2))


def is_complex(award: Award, share_of_people_below: float) -> bool:
    """Whether a patient's risk score is in the part of the population that weighs more."""
    return share_of_people_below >= award.top_risk_quantile


def label(award: Award, probability_high: float, probability_low: float) -> str:
    """What is shown of a measure, and pays nothing."""
    if probability_high >= award.label_probability:
        return "high"
    return "low" if probability_low >= award.label_probability else "not different"


def _clamped(share: float) -> float:
    return min(1.0, max(0.0, share))


def _to(number: float, digits: int, half: Fraction) -> Decimal:
    """In steps of the last digit; a value within twelve digits of a step or a half is on it."""
    steps = Fraction(f"{number * 10**digits:.11e}")
    return Decimal(math.floor(steps + half)).scaleb(-digits).quantize(_STORED)
