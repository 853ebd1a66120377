"""The bootstrap that the delta method is held against: its draws, rates and words."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import uncertainty

DRAWS = 4000


def case(person: str, numerator: float, denominator: float = 1.0, expected: float = 0.0) -> dict:
    return {
        "beneficiary_id": person,
        "numerator": numerator,
        "denominator": denominator,
        "expected": expected,
    }


def spread(values: np.ndarray) -> float:
    return float(values.std(ddof=1))


def test_a_practice_has_draws_of_its_own_and_the_same_each_time():
    once = uncertainty.generator("000000001").random(5)
    assert (uncertainty.generator("000000001").random(5) == once).all()
    assert (uncertainty.generator("000000002").random(5) != once).all()


def test_every_draw_is_of_as_many_people():
    weights = uncertainty.resampled(np.random.default_rng(1), 30, DRAWS)
    assert weights.shape == (DRAWS, 30)
    assert (weights.sum(axis=1) == 30).all()
    assert weights.mean() == 1.0
    assert uncertainty.resampled(np.random.default_rng(1), 0, 3).shape == (3, 0)


def test_a_share_of_people_has_the_binomial_standard_error():
    met, people = 30, 120
    cases = [case(str(n), float(n < met)) for n in range(people)]
    place = {str(n): n for n in range(people)}
    weights = uncertainty.resampled(np.random.default_rng(2), people, DRAWS)
    rule, rate = {"form": "mean"}, {"rate": 100.0 * met / people}
    drawn = uncertainty.of_cases(cases, place, weights, rule, rate)
    share = met / people
    assert drawn.mean() == pytest.approx(25.0, abs=0.3)
    assert spread(drawn) == pytest.approx(100 * (share * (1 - share) / people) ** 0.5, rel=0.05)


def test_the_cases_of_one_person_are_drawn_together():
    """Ten events of one person are worth one draw, not ten."""
    apart = [case(str(n), 1.0 if n < 10 else 0.0, 1.0, 0.1) for n in range(100)]
    together = [case("0", 10.0, 1.0, 0.1), *(case(str(n), 0.0, 1.0, 0.1) for n in range(1, 100))]
    place = {str(n): n for n in range(100)}
    weights = uncertainty.resampled(np.random.default_rng(3), 100, DRAWS)
    rule, rate = {"form": "observed_over_expected"}, {"rate": 1.0}
    of_many = spread(uncertainty.of_cases(apart, place, weights, rule, rate))
    of_one = spread(uncertainty.of_cases(together, place, weights, rule, rate))
    assert of_one / of_many == pytest.approx(10**0.5, rel=0.1)


def test_everybody_drawn_once_gives_the_rate_of_the_run():
    cases = [case("a", 2.0, 1.0, 1.5), case("b", 0.0, 3.0, 2.5)]
    for form in ("ratio", "observed_over_expected"):
        drawn = uncertainty.of_cases(
            cases, {"a": 0, "b": 1}, np.ones((1, 2)), {"form": form}, {"rate": 7.25}
        )
        assert drawn.tolist() == pytest.approx([7.25])


def test_a_draw_without_any_case_is_no_rate_of_infinity():
    drawn = uncertainty.of_cases(
        [case("a", 1.0, 2.0)], {"a": 0}, np.zeros((1, 1)), {"form": "ratio"}, {"rate": 0.5}
    )
    assert drawn.tolist() == [0.0]


def test_reports_are_drawn_from_a_binomial():
    reports = [{"numerator": 40, "denominator": 50}, {"numerator": 10, "denominator": 50}]
    drawn = uncertainty.of_reports(np.random.default_rng(4), reports, DRAWS)
    assert drawn.mean() == pytest.approx(0.5, abs=0.005)
    expected = ((50 * 0.8 * 0.2 + 50 * 0.2 * 0.8) / 100**2) ** 0.5
    assert spread(drawn) == pytest.approx(expected, rel=0.05)


def test_a_line_has_the_tenths_and_the_middle():
    assert uncertainty.line("x", [0.0, 1.0, 2.0]) == "| x | 3 | 0.20 | 1.00 | 1.80 |"
