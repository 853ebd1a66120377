"""The bootstrap beside the delta method, on shares whose standard error is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import uncertainty

DRAWS = 4000
SHARE = {"form": "proportion", "unit": "proportion"}


def case(person: str, numerator: float, expected: float | None = None) -> dict:
    return {
        "beneficiary_id": person,
        "numerator": numerator,
        "denominator": 1.0,
        "expected": expected,
    }


def drawn(cases: list[dict], rule: dict, rate: float) -> np.ndarray:
    people = sorted({each["beneficiary_id"] for each in cases})
    weights = uncertainty.resampled(uncertainty.generator("A"), len(people), DRAWS)
    place = {person: number for number, person in enumerate(people)}
    return uncertainty.of_cases(cases, place, weights, rule, {"rate": rate})


def test_a_share_of_people_varies_as_the_root_of_its_variance():
    values = drawn([case(f"b{n:03}", float(n < 60)) for n in range(200)], SHARE, 0.3)
    assert values.mean() == pytest.approx(0.3, abs=0.002)
    assert values.std(ddof=1) == pytest.approx((0.3 * 0.7 / 200) ** 0.5, rel=0.04)


def test_the_cases_of_one_person_are_drawn_together():
    """Four alike cases a person say no more than one: the error is that of fifty people."""
    values = drawn([case(f"b{n % 50:02}", float(n % 50 < 15)) for n in range(200)], SHARE, 0.3)
    assert values.std(ddof=1) == pytest.approx((0.3 * 0.7 / 50) ** 0.5, rel=0.04)


def test_observed_over_expected_is_scaled_to_the_rate_of_the_run():
    rule = {"form": "observed_over_expected", "unit": "per_1000"}
    cases = [case(f"b{n:03}", float(n < 40), 0.1) for n in range(200)]
    values = drawn(cases, rule, 80.0)
    assert values.mean() == pytest.approx(80.0, rel=0.01)
    assert values.std(ddof=1) / 80.0 == pytest.approx((0.2 * 0.8 / 200) ** 0.5 / 0.2, rel=0.04)


def test_a_report_varies_as_its_patients_would():
    reports = [{"numerator": 30.0, "denominator": 100.0}, {"numerator": 10.0, "denominator": 100.0}]
    values = uncertainty.of_reports(uncertainty.generator("A"), reports, DRAWS)
    assert values.mean() == pytest.approx(0.2, abs=0.002)
    assert values.std(ddof=1) == pytest.approx(((21.0 + 9.0) ** 0.5) / 200.0, rel=0.04)


def test_draws_are_a_practices_own():
    one, again, other = (uncertainty.generator(tin).random(3).tolist() for tin in "AAB")
    assert one == again
    assert one != other
