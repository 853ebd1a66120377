"""The model program's awards, one practice at a time."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openp4p.program.award import Award
from openp4p.program.library import load_program
from openp4p.reference import awards
from openp4p.reference.awards import Fit, Patients

AWARD = load_program("vms_model/2017").award
FIT = Fit(12, 4)


def test_the_worked_example_to_its_last_digit():
    theta = awards.estimate(AWARD, 41, 60, FIT)
    base = awards.estimate(AWARD, 33, 58, FIT)
    assert (round(theta, 6), round(base, 6)) == (0.697368, 0.608108)
    assert round(awards.measure_score(AWARD, theta, 0.62, 0.88, None), 6) == 0.297571
    assert round(awards.improvement(AWARD, theta, 0.88, base), 6) == 0.295464
    assert round(awards.measure_score(AWARD, theta, 0.62, 0.88, base), 6) == 0.297571
    assert round(awards.reliability(60, FIT), 6) == 0.789474
    months = awards.complexity_months(AWARD, Patients(4200, 0.30, 0.20, 12))
    assert months == Decimal("4200") * Decimal("1.20")
    most = awards.largest_bonus(months, Decimal("6.00"))
    assert awards.bonus(awards.nine_decimals(0.55), most) == Decimal("16632.00")


def test_the_thresholds_are_those_of_the_program():
    assert (AWARD.threshold_low, AWARD.threshold_high, AWARD.is_symmetric) == (0.1, 0.9, True)
    other = Award(**{**AWARD.model_dump(), "threshold_low": 0.25})
    assert not other.is_symmetric


@pytest.mark.parametrize(
    ("theta", "low", "high", "base", "score"),
    [
        (0.95, 0.6, 0.9, None, 1.0),
        (0.50, 0.6, 0.9, None, 0.0),
        (0.90, 0.6, 0.9, 0.5, 1.0),  # attained
        (0.65, 0.6, 0.9, 0.4, 0.45),  # half of the way, nine tenths of it
        (0.65, 0.6, 0.9, 0.9, 1 / 6),  # nothing to improve from the top
        (0.50, 0.6, 0.9, 0.7, 0.0),  # worse than before
        # lower is better: the same, turned over
        (0.10, 0.4, 0.1, None, 1.0),
        (0.35, 0.4, 0.1, 0.6, 0.45),
        (0.35, 0.4, 0.1, 0.1, 1 / 6),
        (0.5, 0.7, 0.7, None, None),
    ],
)
def test_a_measure_scores_the_better_of_attainment_and_improvement(theta, low, high, base, score):
    found = awards.measure_score(AWARD, theta, low, high, base)
    assert found == (None if score is None else pytest.approx(score))


def test_few_cases_are_drawn_to_the_mean_and_none_are_the_mean():
    assert awards.estimate(AWARD, 0, 0, FIT) == 0.75
    assert awards.estimate(AWARD, 0, 2, FIT) > awards.estimate(AWARD, 0, 200, FIT)
    raw = Award(**{**AWARD.model_dump(), "estimate": "observed_rate"})
    assert awards.estimate(raw, 1, 2, FIT) == 0.5
    assert awards.estimate(raw, 0, 0, FIT) is None


def test_domains_and_measures_weigh_alike_and_empty_ones_pass_their_weight_on():
    assert awards.practice_award({"a": [1.0, 0.0], "b": [1.0], "c": []}) == 0.75
    assert awards.practice_award({"a": []}) is None


def test_the_pool_covers_every_award_there_could_be():
    patients = [Patients(m, r, d, 12) for m, r, d in ((4200, 0.3, 0.2), (100, 0, 0), (900, 1, 1))]
    months = [awards.complexity_months(AWARD, each) for each in patients]
    dollars = awards.rate(Decimal("30000"), months)
    paid = sum(awards.bonus(Decimal(1), awards.largest_bonus(each, dollars)) for each in months)
    assert Decimal("29999.97") <= paid <= Decimal("30000")


def test_short_history_is_scaled_and_short_reliability_takes_two_years():
    half, whole = Patients(600, 0, 0, 6), Patients(1200, 0, 0, 12)
    assert awards.complexity_months(AWARD, half) == awards.complexity_months(AWARD, whole)
    assert awards.takes_two_years(AWARD, [0.5, 0.69])
    assert not awards.takes_two_years(AWARD, [0.5, 0.70])
    assert not awards.takes_two_years(AWARD, [])


def test_what_is_shown_of_a_patient_and_of_a_measure():
    assert [awards.is_complex(AWARD, share) for share in (0.74, 0.75)] == [False, True]
    assert awards.label(AWARD, 0.80, 0.05) == "high"
    assert awards.label(AWARD, 0.79, 0.05) == "not different"
    assert awards.label(AWARD, 0.05, 0.81) == "low"
