"""Reliability, shrinkage and wrong tiers."""

from __future__ import annotations

import numpy as np
import pytest

from openp4p.audit.evidence.award_error import (
    MeasureResults,
    award_error_by_band,
    award_errors,
    reliability_finding,
)
from openp4p.audit.evidence.beta_binomial import (
    can_be_fitted,
    fit_beta_binomial,
    total_interval,
)
from openp4p.audit.evidence.misclassification import (
    Wrong,
    expected_three_tiers,
    tiers_of,
    true_cuts_at_deviations,
    uncertain_labels,
    wrong_tiers,
)
from openp4p.audit.evidence.ratio_reliability import (
    composite_reliability,
    pooled_variances,
    ratio_variances,
    resampled_rate_variances,
    spread_of,
)


def test_practices_that_do_not_differ_have_the_pooled_rate():
    cases = np.full(30, 20.0)
    fit = fit_beta_binomial(np.full(30, 12.0), cases)
    assert fit.reliability(cases).tolist() == [0.0] * 30
    assert fit.posterior_mean(np.full(30, 12.0), cases) == pytest.approx(0.6)
    assert fit_beta_binomial(cases, cases).posterior_mean(cases, cases) == pytest.approx(1.0)


def test_a_planted_reliability_is_found_within_its_interval():
    random = np.random.default_rng(2)
    cases = random.integers(10, 60, 300).astype(float)
    met = random.binomial(cases.astype(int), random.beta(12, 4, 300)).astype(float)
    low, high = total_interval(met, cases, fit_beta_binomial(met, cases))
    assert low < 16.0 < high < 40.0
    assert fit_beta_binomial(met, cases).cases_for(0.7) == pytest.approx(
        7 / 3 * fit_beta_binomial(met, cases).total
    )


def test_too_few_practices_are_not_fitted():
    assert "fewer than 10" in can_be_fitted(np.array([5.0] * 9))
    assert can_be_fitted(np.ones(20)) == "no practice has two cases"
    assert can_be_fitted(np.full(10, 2.0)) == ""


def test_spread_between_practices_is_paule_and_mandels():
    random = np.random.default_rng(5)
    own = random.uniform(0.5, 2.0, 4000)
    values = random.normal(3.0, np.sqrt(1.5 + own))
    spread = spread_of(values, own)
    assert spread.between == pytest.approx(1.5, rel=0.1)
    weights = 1 / (own + spread.between)
    assert (weights * (values - spread.mean) ** 2).sum() == pytest.approx(len(values) - 1)
    assert spread_of(np.ones(20), own[:20]).reliability.tolist() == [0.0] * 20


def test_the_variance_of_one_case_is_its_specialtys():
    made = pooled_variances(np.array([4.0, 8.0, np.nan]), np.array([20.0, 20.0, 1.0]), ["a"] * 3)
    # the specialty's mean is 6; twenty cases count half
    assert made.tolist() == [5.0 / 20, 7.0 / 20, 6.0]


def test_ratios_and_their_variances_come_from_cases():
    actual, expected = np.array([2.0, 4.0, 5.0]), np.array([1.0, 2.0, 5.0])
    ratio, per_case = ratio_variances(actual, expected, np.array([0, 0, 1]))
    assert ratio.tolist() == [2.0, 1.0]
    assert per_case[0] == pytest.approx(0.0)
    assert np.isnan(per_case[1])


def test_composites_are_as_reliable_as_their_variance_is_not_error():
    assert composite_reliability(np.array([1.0, 2.0, 3.0]), np.full(3, 0.25)) == 0.75
    assert composite_reliability(np.array([1.0, 1.0]), np.full(2, 0.25)) is None


def test_resampled_patients_give_the_binomial_variance_and_what_measures_share():
    random = np.random.default_rng(3)
    first = random.binomial(1, 0.6, 400).astype(float)
    made = resampled_rate_variances(
        np.column_stack([first, first]), np.zeros(400, dtype=int), np.arange(400), seed=1
    )[0]
    expected = first.mean() * (1 - first.mean()) / 399
    assert made[0, 0] == pytest.approx(expected, rel=0.15)
    assert made[0, 1] == pytest.approx(made[0, 0])


def test_wrong_tiers_come_out_as_theory_says():
    random = np.random.default_rng(4)
    reliability, number = 0.7, 4000
    own = np.full(number, (1 - reliability) / reliability)
    values = random.normal(0.0, 1.0, number) + random.normal(0.0, np.sqrt(own))
    reach = 1 / np.sqrt(reliability)
    spread = spread_of(values, own)
    found = wrong_tiers(
        spread,
        values,
        tiers_of(values, -reach, reach),
        true_cuts_at_deviations(spread, 1.0),
        seed=1,
    )
    theory = expected_three_tiers(reliability, 1.0)
    assert found.overall == pytest.approx(theory.overall, abs=0.02)
    assert found.of_high == pytest.approx(theory.of_high, abs=0.04)
    labels = uncertain_labels(spread, values, true_cuts_at_deviations(spread, 1.0))
    assert (labels == 1).mean() == pytest.approx(0.0404, abs=0.012)


@pytest.mark.parametrize(
    ("wrong", "verdict"),
    [
        (Wrong(0.15, 0.20, None), "meets"),
        (Wrong(0.14, 0.21, 0.1), "partly"),
        (Wrong(0.26, 0.1, 0.1), "fails"),
        (Wrong(0.1, None, None), "not_assessable"),
    ],
)
def test_tiers_meet_when_few_are_wrong(wrong, verdict):
    assert wrong.verdict == verdict


def test_awards_on_shrunken_rates_are_off_as_the_specification_simulated():
    """Five measures, 20 patients each, awards from P10 to P90 of true rates: 0.086 of the award."""
    from scipy import stats

    random = np.random.default_rng(6)
    number = 1500
    measures, scores, paid = [], [], np.zeros(number)
    for alpha, beta in ((12, 4), (20, 10), (8, 2), (30, 30), (15, 5)):
        cases = np.full(number, 20.0)
        met = random.binomial(20, random.beta(alpha, beta, number)).astype(float)
        fit = fit_beta_binomial(met, cases)
        low, high = stats.beta.ppf([0.1, 0.9], alpha, beta)

        def score(rate, low=low, high=high):
            return np.clip((rate - low) / (high - low), 0.0, 1.0)

        measures.append(MeasureResults(met, cases, fit, np.ones(number)))
        scores.append(score)
        paid += score(fit.posterior_mean(met, cases)) / 5
    errors = award_errors(measures, scores, paid, seed=1)
    assert errors.mean() == pytest.approx(0.086, abs=0.006)
    bands = award_error_by_band(errors, ["1"] * 700 + ["2-9"] * 780 + ["100+"] * 20,
                                ["1", "2-9", "100+"])  # fmt: skip
    assert set(bands) == {"1", "2-9 + 100+"}


def test_the_better_route_to_reliability_counts():
    reliability, weight = np.array([0.9, 0.6, np.nan]), np.array([80.0, 10.0, 10.0])
    assert reliability_finding(reliability, weight).evidence.value == 0.8
    assert reliability_finding(reliability, weight).evidence.verdict == "partly"
    second = reliability_finding(reliability, weight, {"1": 0.09, "2+": 0.05}).evidence
    assert (second.verdict, second.value) == ("meets", 0.09)
    assert reliability_finding(np.array([]), np.array([])).evidence.verdict == "not_assessable"
