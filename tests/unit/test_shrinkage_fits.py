"""The fit of a measure: what it finds of planted values, its targets, and when it is not made."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest

from openp4p.program.library import load_program
from openp4p.shrinkage.beta_binomial import fit_beta_binomial
from openp4p.shrinkage.fits import shrinkage_fits
from tests.short_tables import changed

MODEL = load_program("vms_model/2017")
# section 7.1 of the principles
MET = [18, 25, 40, 9, 60, 33, 71, 12]
CASES = [20, 30, 60, 15, 80, 50, 75, 20]


def fitted(rows: list[dict], program=MODEL) -> list[dict]:
    blank = dict.fromkeys(("is_count", "scale", "cases", "met", "rate", "variance"))
    whole = [{**blank, "scale": 1.0, **row} for row in rows]
    return shrinkage_fits(pa.Table.from_pylist(whole), program)


def counts(measure: str, met, cases, period: str = "performance_year") -> list[dict]:
    return [
        {"measure": measure, "period": period, "tin": f"T{n}", "is_count": True,
         "cases": int(c), "met": float(m), "rate": m / c}
        for n, (m, c) in enumerate(zip(met, cases, strict=True))
    ]  # fmt: skip


def score(alpha: float, beta: float) -> tuple[float, float]:
    """The slope of the log likelihood, as sums over counted cases: 0 at the best fit."""
    of_alpha = of_beta = 0.0
    for met, cases in zip(MET, CASES, strict=True):
        both = math.fsum(1 / (alpha + beta + k) for k in range(cases))
        of_alpha += math.fsum(1 / (alpha + k) for k in range(met)) - both
        of_beta += math.fsum(1 / (beta + k) for k in range(cases - met)) - both
    return of_alpha, of_beta


def test_the_vector_of_the_principles_and_the_slope_at_it():
    fit = fit_beta_binomial(np.array(MET, float), np.array(CASES, float), 1e6)
    assert (fit.alpha, fit.beta) == pytest.approx((9.941457, 3.258022), abs=3e-6)
    assert score(fit.alpha, fit.beta) == pytest.approx((0.0, 0.0), abs=1e-9)


def test_targets_are_the_tenth_and_ninetieth_of_true_values_turned_where_lower_is_better():
    random = np.random.default_rng(1)
    cases = np.full(400, 200)
    met = random.binomial(cases, random.beta(12, 4, 400))
    better, worse = fitted(counts("047", met, cases)), fitted(counts("001", met, cases))
    # by simulation of the distribution that was planted
    planted = np.quantile(random.beta(12, 4, 400_000), [0.1, 0.9])
    assert (better[0]["low"], better[0]["high"]) == pytest.approx(tuple(planted), abs=0.01)
    assert (worse[0]["low"], worse[0]["high"]) == (better[0]["high"], better[0]["low"])


def test_the_normal_of_other_rates():
    random = np.random.default_rng(2)
    rows = [
        {"measure": "acute_pqi", "period": "performance_year", "tin": f"T{n}", "is_count": False,
         "cases": 9, "rate": float(random.normal(50, math.sqrt(25 + 9))), "variance": 9.0}
        for n in range(2000)
    ]  # fmt: skip
    (fit,) = fitted(rows)
    assert fit["between"] == pytest.approx(25, rel=0.1)
    assert (fit["high"], fit["low"]) == pytest.approx((50 - 6.4, 50 + 6.4), abs=0.5)


def test_too_few_practices_and_practices_alike_are_not_scored():
    (few,) = fitted(counts("047", MET, CASES))
    assert (few["reason"], few["low"]) == ("too_few_practices", None)
    (alike,) = fitted(counts("047", [5] * 12, [10] * 12))
    assert (alike["reason"], alike["mean"], alike["low"]) == ("no_differences", 0.5, None)


@pytest.mark.parametrize(("floor", "paid"), [(0.70, "performance_year"), (0.95, "two_years")])
def test_two_years_are_paid_on_where_no_result_of_one_is_reliable(floor, paid):
    program = changed(MODEL, award={"pooled_below_reliability": floor, "fewest_practices": 5})
    fits = fitted([*counts("047", MET, CASES), *counts("047", MET, CASES, "two_years")], program)
    assert 0.70 < fits[0]["largest_reliability"] < 0.95
    assert {fit["period"]: fit["is_paid_on"] for fit in fits}[paid]
    assert sum(fit["is_paid_on"] for fit in fits) == 1
