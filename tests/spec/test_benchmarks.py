"""Benchmarks: what a rate is compared with (42 CFR 414.1250 for quality, 414.1255 for cost)."""

from __future__ import annotations

import pytest

from openp4p.benchmarks import benchmarks
from tests.measured import dollars, measure
from tests.short_tables import changed, column, value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver

COST = dollars()


def rate(tin: str, cases: int, value: float | None, measure_id: str = "111") -> dict:
    return {"tin": tin, "measure": measure_id, "cases": cases, "rate": value}


def cost(tin: str, cases: int, value: float) -> dict:
    return rate(tin, cases, value, "per_capita_cost")


def many(number: int, value: float = 0.5) -> list[dict]:
    """So many reporters of a hundred cases each, half of them a tenth better."""
    return [rate(f"R{n:02}", 100, value + n % 2 / 10) for n in range(number)]


def found(solver: str, year: int = 2017, rules: list | None = None, **given: object) -> list[dict]:
    choices = {k: given.pop(k) for k in list(given) if k.startswith("D")}
    rules = [measure("111"), COST] if rules is None else rules
    program = value_modifier(year, **choices)
    return solve(solver, benchmarks, program, measure_rules=rules, **given)


def only(rows: list[dict]) -> dict:
    assert len(rows) == 1
    return rows[0]


def test_every_case_of_a_quality_measure_weighs_the_same(solver):
    """Worked example `weighted_benchmark`: 0.77, and a deviation of 0.09 about it."""
    row = only(
        found(
            solver,
            D9="1",
            prior_rates="""
                tin | measure | cases | rate
                ----+---------+-------+-----
                A   | 111     | 100   | 0.60
                B   | 111     | 300   | 0.70
                C   | 111     | 400   | 0.80
                D   | 111     | 200   | 0.90
            """,
        )
    )
    assert row["mean"] == pytest.approx(0.77, rel=1e-12)
    assert row["standard_deviation"] == pytest.approx(0.09, rel=1e-12)
    assert (row["practices"], row["cases"], row["source"]) == (4, 1000, "prior_year")
    assert (row["is_usable"], row["reason"]) == (True, None)


def test_quality_is_compared_with_the_year_before_and_cost_with_the_same_year(solver):
    rows = found(
        solver,
        D9="1",
        prior_rates=[*many(4, 0.2), cost("A", 100, 1.0)],
        performance_rates=[*many(4, 0.7), cost("A", 100, 9000.0), cost("B", 100, 11000.0)],
    )
    assert column(rows, "measure", "mean") == pytest.approx(
        {"111": 0.25, "per_capita_cost": 10000.0}
    )
    assert column(rows, "measure", "source") == {
        "111": "prior_year",
        "per_capita_cost": "performance_year",
    }


@pytest.mark.parametrize(
    ("choice", "variance"),
    [
        # about the mean of all, 0.8: 20 cases are enough, 10 are not
        ("case_weighted_at_minimum", (20 * 0.3**2 + 70 * 0.1**2) / 90),
        ("unweighted", (0.3**2 + 0.1**2) / 2),
        ("ddof_1", (0.3**2 + 0.1**2) / 1),
        ("case_weighted_all", (20 * 0.3**2 + 70 * 0.1**2 + 10 * 0.1**2) / 100),
    ],
)
def test_small_reporters_move_the_mean_and_not_the_deviation(solver, choice, variance):
    """D10: who is in the deviation of a quality measure, and how each weighs."""
    rows = [rate("A", 20, 0.5), rate("B", 70, 0.9), rate("C", 10, 0.7)]
    row = only(found(solver, D9="1", D10=choice, prior_rates=rows))
    assert row["mean"] == pytest.approx(0.8, rel=1e-12)
    assert row["standard_deviation"] == pytest.approx(variance**0.5, rel=1e-12)


@pytest.mark.parametrize(
    ("needed", "expected"),
    [
        ("20", {1: "few", 2: "few", 19: "few", 20: None, 29: None}),
        ("1", {1: "no_spread", 2: None, 19: None, 20: None, 29: None}),
        ("30", {1: "few", 2: "few", 19: "few", 20: "few", 29: "few"}),
    ],
)
def test_a_quality_benchmark_needs_enough_reporters(solver, needed, expected):
    """D9; one reporter alone is enough under an alternative, but does not differ from itself."""
    reporters = [{**r, "measure": str(number)} for number in expected for r in many(number)]
    rules = [measure(str(number)) for number in expected]
    rows = found(solver, rules=rules, D9=needed, prior_rates=reporters)
    full = {"few": "fewer_than_minimum_practices", "no_spread": "no_spread", None: None}
    assert column(rows, "measure", "reason") == {str(n): full[why] for n, why in expected.items()}
    assert all(row["is_usable"] is (row["reason"] is None) for row in rows)


def test_reporters_that_are_all_alike_have_no_spread(solver):
    """Not even one of rounding: 0.1 cannot be weighted by cases without error."""
    values = {"a": 0.1, "b": 0.7, "c": 1e-7, "d": 15.94}
    reporters = [
        rate(f"R{n:02}", 21 + 7 * n, value, name)
        for name, value in values.items()
        for n in range(30)
    ]
    rows = found(solver, rules=[measure(name) for name in values], prior_rates=reporters)
    assert {(row["standard_deviation"], row["reason"]) for row in rows} == {(0.0, "no_spread")}
    assert column(rows, "measure", "mean") == pytest.approx(values, rel=1e-8)


def test_reporters_that_are_all_too_small_have_no_deviation(solver):
    row = only(found(solver, D9="1", prior_rates=[rate("A", 19, 0.5), rate("B", 19, 0.6)]))
    assert (row["standard_deviation"], row["reason"]) == (None, "no_spread")


def test_an_aco_is_not_one_of_the_reporters(solver):
    """All solo practitioners, groups, and professionals within groups are (42 CFR 414.1250)."""
    with_acos = [*many(20), rate("E1", 9000, 0.01), rate("E2", 9000, 0.02)]
    row = only(
        found(
            solver,
            prior_rates=with_acos,
            quality_result=[{"entity_id": "E1"}, {"tin": "R01"}],
            cahps_result=[{"entity_id": "E2"}],
        )
    )
    assert (row["practices"], row["mean"]) == (20, pytest.approx(0.55))


def test_a_reporter_of_the_year_before_counts_though_it_is_gone(solver):
    row = only(found(solver, prior_rates=many(20), practices=[{"tin": "new"}]))
    assert row["practices"] == 20


def test_in_2015_groups_subject_to_the_modifier_make_the_cost_benchmark(solver):
    """However few their beneficiaries (42 CFR 414.1255(a))."""
    row = only(
        found(
            solver,
            2015,
            performance_rates=[cost("A", 5, 9000), cost("B", 15, 13000), cost("S", 500, 1)],
            practices=[
                {"tin": "A", "is_subject": True},
                {"tin": "B", "is_subject": True},
                {"tin": "S", "is_subject": False},
            ],
        )
    )
    assert (row["practices"], row["cases"]) == (2, 20)
    assert row["mean"] == pytest.approx(12000.0)
    assert row["standard_deviation"] == pytest.approx((0.25 * 3000**2 + 0.75 * 1000**2) ** 0.5)


def test_from_2016_all_practices_at_the_minimum_make_the_cost_benchmark(solver):
    """Also those outside the program (42 CFR 414.1255(b)); two are enough."""
    row = only(
        found(
            solver,
            2016,
            performance_rates=[cost("A", 20, 9000), cost("B", 20, 13000), cost("C", 19, 1)],
            practices=[{"tin": "A", "is_subject": True}, {"tin": "B", "is_subject": False}],
        )
    )
    assert (row["practices"], row["mean"], row["is_usable"]) == (2, pytest.approx(11000.0), True)
    assert row["standard_deviation"] == pytest.approx(2000.0)


def test_a_published_benchmark_takes_the_place_of_a_computed_one(solver):
    rows = found(
        solver,
        prior_rates=many(20),
        supplied_benchmark="""
            measure     | mechanism | mean  | standard_deviation
            ------------+-----------+-------+-------------------
            111         |           | 0.6   | 0.2
            111         | ehr       | 0.4   | 0.1
            readmission |           | 15.94 | 1.39
            flat        |           | 1.0   | 0
        """,
    )
    assert column(rows, "measure", "mean") == {
        "111": 0.6,
        "111:ehr": 0.4,
        "readmission": 15.94,
        "flat": 1.0,
    }
    assert {row["source"] for row in rows} == {"supplied"}
    assert column(rows, "measure", "practices") == dict.fromkeys(
        ["111", "111:ehr", "readmission", "flat"]
    )
    assert [row["measure"] for row in rows if not row["is_usable"]] == ["flat"]


def test_a_rate_without_cases_or_value_is_none(solver):
    rows = [*many(20), rate("X", 0, 0.9), rate("Y", 50, None), rate("Z", 50, 0.9, "unheard")]
    row = only(found(solver, prior_rates=rows))
    assert (row["practices"], row["mean"]) == (20, pytest.approx(0.55))


def test_row_order_does_not_matter(solver):
    """To the last digit."""
    rows = [rate(f"R{n:02}", 20 + 13 * n, (n * 37 % 101) / 101) for n in range(25)]
    assert found(solver, prior_rates=rows) == found(solver, prior_rates=rows[::-1])


def test_twice_the_dollars_are_twice_the_benchmark(solver):
    once = [cost("A", 20, 9000), cost("B", 31, 13000), cost("C", 77, 8000)]
    twice = [{**row, "rate": 2 * row["rate"]} for row in once]
    one, other = (only(found(solver, performance_rates=rows)) for rows in (once, twice))
    for moment in ("mean", "standard_deviation"):
        assert other[moment] == pytest.approx(2 * one[moment], rel=1e-12)


OUTCOME = {**measure("readmission"), "source": "claims"}


def test_without_an_earlier_run_outcomes_are_compared_with_the_present(solver):
    """The rule is the year before; a run that has none says so, and the program may forbid it."""
    rows = [rate("A", 100, 0.1), rate("B", 100, 0.2)]
    present = [{**row, "measure": name} for row in rows for name in ("readmission", "111")]
    given = {"rules": [OUTCOME, measure("111")], "performance_rates": present, "D9": "1"}
    given["practices"] = [{"tin": "A"}, {"tin": "B"}]
    row = only(found(solver, **given))
    assert (row["measure"], row["source"]) == ("readmission", "performance_year")
    assert row["mean"] == pytest.approx(0.15)
    strict = changed(
        value_modifier(2017, D9="1"), quality={"outcome_benchmark_without_prior": "none"}
    )
    rules = given.pop("rules")
    del given["D9"]
    assert solve(solver, benchmarks, strict, measure_rules=rules, **given) == []


def test_rates_of_an_earlier_run_are_the_benchmark_of_outcomes(solver):
    earlier = [{**rate("A", 100, 0.3), "measure": "readmission"}]
    earlier += [{**rate("C", 300, 0.5), "measure": "readmission"}]
    earlier += [{**rate("ACO1", 900, 0.9), "measure": "readmission"}]
    row = only(
        found(
            solver,
            rules=[OUTCOME],
            D9="1",
            prior_outcome_rates=earlier,
            performance_rates=[{**rate("A", 100, 0.1), "measure": "readmission"}],
            practices=[{"tin": "A"}],
            model_participation=[{"tin": "A", "model": "mssp", "entity_id": "ACO1"}],
        )
    )
    assert (row["source"], row["practices"]) == ("prior_year", 2)
    assert row["mean"] == pytest.approx(0.45)
