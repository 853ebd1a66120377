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


class Rows:
    """A finished run that has these tables only."""

    def __init__(self, **tables: list[dict]) -> None:
        self.tables = tables

    def rows(self, name: str, _where: dict | None = None) -> list[dict]:
        return self.tables[name]


def score(measure: str, domain: str, sd: float) -> dict:
    return {"measure": measure, "domain": domain, "benchmark_mean": 10.0, "benchmark_sd": sd}


def test_a_composite_varies_as_the_mean_of_its_domains_in_spreads_of_its_peers():
    """Two measures of one domain that go against each other, a second domain with one of its own:
    the first domain's mean is 1 in both draws, the second's is 0, then 2."""
    run = Rows(
        scores=[score("a", "x", 2.0), score("b", "x", 1.0), score("c", "y", 1.0)],
        measure_rules=[{"measure": name, "sign": -1.0 if name == "b" else 1.0} for name in "abc"],
    )
    drawn = {
        "a": np.array([10.0, 14.0]),
        "b": np.array([8.0, 10.0]),
        "c": np.array([10.0, 12.0]),
    }
    error = uncertainty.composite_error(run, "A", {"kind": "quality", "peer_sd": 0.5}, drawn)
    assert error == pytest.approx(np.std([0.5, 1.5], ddof=1) / 0.5)


def test_a_line_tells_the_tenths_and_the_middle():
    ratios = [float(n) for n in range(11)]
    assert uncertainty.line("rate", ratios) == "| rate | 11 | 1.00 | 5.00 | 9.00 |"
