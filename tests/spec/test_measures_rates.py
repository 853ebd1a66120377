"""From cases to rates: shares, events, means and ratios, each with its variance."""

from __future__ import annotations

import pytest

from openp4p.measures.rates import adjusted_to_nation, per_1000
from tests.conftest import _opened
from tests.measured import dollars, measure, rates
from tests.solving import ENGINES, on_every_solver

SHARE = measure("111")
ACUTE = measure("acute_pqi", unit="per_1000", form="proportion", better="lower")
READMISSION = measure("readmission", unit="percent", form="observed_over_expected")


def case(measure_id, tin, numerator, denominator=1.0, expected=None, **said):
    made = {"measure": measure_id, "tin": tin, "numerator": float(numerator)}
    made["denominator"] = float(denominator)
    made["expected"] = None if expected is None else float(expected)
    return {**made, "cases": int(denominator), **said}


def only(rows: list[dict]) -> dict:
    assert len(rows) == 1
    return rows[0]


@on_every_solver
def test_a_share_is_met_over_eligible(solver):
    row = only(rates(solver, [case("111", "A", 30, 40), case("111", "A", 63, 80)], SHARE))
    assert (row["cases"], row["rate"]) == (120, 0.775)
    assert row["variance"] == pytest.approx(0.775 * 0.225 / 120, rel=1e-12)


@on_every_solver
@pytest.mark.parametrize(("met", "moved"), [(0, 0.5 / 21), (20, 20.5 / 21)])
def test_a_share_of_nobody_or_everybody_still_has_a_variance(solver, met, moved):
    """Half a case is added to the numerator and one to the denominator."""
    row = only(rates(solver, [case("111", "A", met, 20)], SHARE))
    assert row["rate"] == met / 20
    assert row["variance"] == pytest.approx(moved * (1 - moved) / 20, rel=1e-12)


@on_every_solver
def test_one_case_alone_has_no_variance(solver):
    rules = [SHARE, ACUTE, dollars()]
    made = rates(
        solver,
        [
            case("111", "A", 1, 1),
            case("acute_pqi", "A", 1, 1),
            case("per_capita_cost", "A", 100, 1, 90),
        ],
        *rules,
    )
    assert [row["variance"] for row in made] == [None, None, None]


@on_every_solver
def test_excluded_cases_do_not_count(solver):
    rows = [case("111", "A", 1, 2), case("111", "A", 50, 50, included=False, reason="any")]
    assert only(rates(solver, rows, SHARE))["rate"] == 0.5


@on_every_solver
def test_observed_events_per_thousand(solver):
    """21 admissions of 1,200 beneficiaries, three conditions each: 5.83; and 26 of 670: 38.81."""
    chronic = measure("chronic_pqi", unit="per_1000", form="proportion", better="lower")
    acute = [case("acute_pqi", "A", n, 1200) for n in (12, 6, 3)]
    others = [case("chronic_pqi", "A", n, d) for n, d in ((6, 400), (9, 150), (11, 120))]
    one, other = rates(solver, acute + others, ACUTE, chronic)
    assert one["rate"] == pytest.approx(5.8333333333, rel=1e-9)
    assert other["rate"] == pytest.approx(38.8059701493, rel=1e-9)
    # Poisson: (1000/M)^2 times the events; over the squared deviations 5.72 and 24.23
    assert one["variance"] / 5.72**2 == pytest.approx(0.0495247436, rel=1e-6)
    assert other["variance"] / 24.23**2 == pytest.approx(0.0986545033, rel=1e-6)


@on_every_solver
def test_no_event_counts_as_half_a_one_for_the_variance(solver):
    row = only(rates(solver, [case("acute_pqi", "A", 0, 500)], ACUTE))
    assert row["rate"] == 0.0
    assert row["variance"] == pytest.approx(2.0**2 * 0.5, rel=1e-12)


@on_every_solver
def test_observed_over_expected_events_times_the_national_rate(solver):
    """21 observed and 24 expected where the nation has 7.53 per 1,000: 6.58875."""
    rule = measure("acute_pqi", unit="per_1000", form="observed_over_expected", better="lower")
    rows = [case("acute_pqi", "A", 21, 3000, 24), case("acute_pqi", "Z", 54.3, 7000, 51.3)]
    made = {row["tin"]: row for row in rates(solver, rows, rule)}
    assert made["A"]["national_mean"] == pytest.approx(7.53, rel=1e-12)
    assert made["A"]["rate"] == pytest.approx(6.58875, rel=1e-12)
    assert made["A"]["variance"] == pytest.approx((7.53 / 24) ** 2 * 21, rel=1e-9)


@on_every_solver
def test_an_adjusted_share_has_the_variance_of_a_share(solver):
    """In percent: r(1 - r)/n times ten thousand."""
    rows = [case("readmission", "A", 20, 100, 16), case("readmission", "B", 10, 100, 14)]
    made = {row["tin"]: row for row in rates(solver, rows, READMISSION)}
    assert made["A"]["rate"] == pytest.approx(20 / 16 * 15.0, rel=1e-12)
    assert made["A"]["variance"] == pytest.approx(0.1875 * 0.8125 / 100 * 1e4, rel=1e-9)


@on_every_solver
def test_spending_is_a_ratio_of_sums(solver):
    """74,000 observed over 72,000 expected where an episode costs 20,500: 21,069.44."""
    rule = dollars("spending_per_beneficiary")
    spent = [(18000, 20000), (25000, 22000), (31000, 30000)]
    rows = [case(rule["measure"], "A", o, 1, e) for o, e in spent]
    # another practice brings the national mean to 20,500
    rows += [case(rule["measure"], "Z", (20500 * 6 - 74000) / 3, 1, 20000) for _ in range(3)]
    made = {row["tin"]: row for row in rates(solver, rows, rule)}
    assert made["A"]["national_mean"] == pytest.approx(20500.0, rel=1e-12)
    assert made["A"]["rate"] == pytest.approx(21069.444444, rel=1e-9)


@on_every_solver
def test_nothing_expected_gives_no_rate(solver):
    row = only(rates(solver, [case("per_capita_cost", "A", 5, 1, 0)] * 2, dollars()))
    assert (row["rate"], row["variance"]) == (None, None)


@on_every_solver
def test_a_supplied_rate_stands_as_it_is(solver):
    """And takes the place of one from cases; its variance is that of its form unless stated."""
    supplied = """
        tin | measure         | cases | rate    | variance
        ----+-----------------+-------+---------+---------
        A   | 111             | 100   | 0.80    |
        B   | 111             | 100   | 0.80    | 0.5
        C   | 111             | 1     | 1.0     |
        A   | readmission     | 230   | 15.2    |
        A   | per_capita_cost | 100   | 9000    |
    """
    rules = [SHARE, READMISSION, dollars()]
    made = rates(solver, [case("111", "A", 1, 2)], *rules, supplied_rate=supplied)
    found = {(row["tin"], row["measure"]): row for row in made}
    assert len(found) == len(made) == 5
    share = found["A", "111"]
    assert (share["cases"], share["rate"], share["numerator"]) == (100, 0.8, None)
    assert share["variance"] == pytest.approx(0.0016, rel=1e-9)
    assert found["B", "111"]["variance"] == 0.5
    assert found["C", "111"]["variance"] is None
    readmission = found["A", "readmission"]["variance"]
    # over the squared deviation of the benchmark, 1.39
    assert readmission / 1.39**2 == pytest.approx(2.9005610026, rel=1e-6)
    assert found["A", "per_capita_cost"]["variance"] is None


@on_every_solver
def test_a_share_above_its_whole_has_no_negative_variance(solver):
    supplied = "tin | measure | cases | rate\n A | 111 | 20 | 1.5"
    assert only(rates(solver, [], SHARE, supplied_rate=supplied))["variance"] > 0


@pytest.fixture(params=ENGINES)
def one_row(request):
    """One row of two columns on an engine, and how to ask for a value over it."""
    engine = _opened(request.param)
    columns = dict.fromkeys(("x", "y", "z"), "float64")

    def ask(make, x, y, z=0.0):
        table = engine.table([{"x": x, "y": y, "z": z}], columns)
        return engine.rows(table.select(v=make(table.x, table.y, table.z))).to_pylist()[0]["v"]

    return ask


def test_per_thousand(one_row):
    assert one_row(lambda x, y, _: per_1000(x, y), 21.0, 3600.0) == pytest.approx(5.8333333333)
    assert one_row(lambda x, y, _: per_1000(x, y), 21.0, 0.0) is None


def test_adjusted_to_the_nation(one_row):
    assert one_row(adjusted_to_nation, 21.0, 24.0, 7.53) == pytest.approx(6.58875, rel=1e-12)
    assert one_row(adjusted_to_nation, 21.0, 0.0, 7.53) is None
