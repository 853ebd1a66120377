"""Standardised scores: how many standard deviations a rate is from its benchmark (414.1245)."""

from __future__ import annotations

import pytest

from openp4p.composites import scores
from tests.measured import dollars, measure
from tests.short_tables import column, value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver

SHARE = measure("111")


def rate(measure_id: str, value: float | None, tin: str = "A", cases: int = 100, variance=None):
    found = {"tin": tin, "measure": measure_id, "cases": cases}
    return {**found, "rate": value, "variance": variance}


def peer(measure_id: str, mean: float, deviation: float, *, usable: bool = True) -> dict:
    row = {"measure": measure_id, "mean": mean, "standard_deviation": deviation}
    return {**row, "is_usable": usable}


def found(solver: str, rates: list, peers: list, rules: list | None = None, **given) -> list[dict]:
    choices = {k: given.pop(k) for k in list(given) if k.startswith("D")}
    program = value_modifier(given.pop("year", 2017), **choices)
    if rules is not None:
        given["measure_rules"] = rules
    return solve(solver, scores, program, performance_rates=rates, benchmarks=peers, **given)


def only(rows: list[dict]) -> dict:
    assert len(rows) == 1
    return rows[0]


def test_a_rate_above_its_benchmark_is_better(solver):
    """Worked example `pqrs_merge_and_score`: 0.775 against 0.77 with a deviation of 0.09."""
    variance = 0.775 * 0.225 / 120
    row = only(
        found(solver, [rate("111", 0.775, variance=variance)], [peer("111", 0.77, 0.09)], [SHARE])
    )
    assert row["score"] == pytest.approx(0.0555555556, rel=1e-6)
    assert row["score_variance"] == pytest.approx(0.1793981481, rel=1e-6)
    assert (row["benchmark_mean"], row["benchmark_sd"], row["is_scored"]) == (0.77, 0.09, True)


def test_where_less_is_better_the_sign_turns(solver):
    """Worked example `lower_is_better`: 0.14 against 0.20 with a deviation of 0.10."""
    rule = measure("001", better="lower", sign=-1.0)
    row = only(found(solver, [rate("001", 0.14)], [peer("001", 0.20, 0.10)], [rule]))
    assert row["score"] == pytest.approx(0.6, rel=1e-12)


def test_a_cost_above_its_benchmark_is_a_positive_score(solver):
    """Positive is costlier: the sign of a cost is never turned."""
    row = only(
        found(
            solver,
            [rate("per_capita_cost", 11000.0)],
            [peer("per_capita_cost", 10000.0, 500.0)],
            [dollars()],
        )
    )
    assert (row["score"], row["kind"], row["domain"]) == (pytest.approx(2.0), "cost", "AAB")


def test_twenty_cases_are_needed(solver):
    """With fewer a score is shown, and not scored."""
    rates = [rate("111", 0.8, "A", cases=19), rate("111", 0.8, "B", cases=20)]
    rows = found(solver, rates, [peer("111", 0.7, 0.1)], [SHARE])
    assert column(rows, "tin", "reason") == {"A": "below_minimum_cases", "B": None}
    assert column(rows, "tin", "is_scored") == {"A": False, "B": True}
    assert column(rows, "tin", "score") == pytest.approx({"A": 1.0, "B": 1.0})


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        # (size, cases): why not
        (2016, {(10, 20): None, (10, 19): "below_minimum_cases"}),
        (
            2017,
            {
                (10, 200): None,
                (10, 199): "below_minimum_cases",
                (9, 500): "below_minimum_group_size",
            },
        ),
        (2018, {(9, 5): "below_minimum_group_size", (1000, 200): None}),
    ],
)
def test_readmissions_need_200_cases_and_ten_professionals_from_2017(solver, year, expected):
    """42 CFR 414.1265(a); the program's own measure rules."""
    named = {f"{size}/{cases}": (size, cases) for size, cases in expected}
    rows = found(
        solver,
        [rate("readmission", 15.2, tin, cases=cases) for tin, (_, cases) in named.items()],
        [peer("readmission", 15.94, 1.39)],
        year=year,
        practices=[{"tin": tin, "size": size} for tin, (size, _) in named.items()],
    )
    assert column(rows, "tin", "reason") == {tin: expected[key] for tin, key in named.items()}
    assert [row["score"] for row in rows] == pytest.approx([0.5323741007] * len(rows), rel=1e-6)


@pytest.mark.parametrize(
    ("year", "expected"),
    [(2016, {19: False, 20: True}), (2017, {20: False, 124: False, 125: True})],
)
def test_spending_per_beneficiary_needs_125_episodes_from_2017(solver, year, expected):
    id_ = "spending_per_beneficiary"
    rows = found(
        solver,
        [rate(id_, 21000.0, str(cases), cases=cases) for cases in expected],
        [peer(id_, 20000.0, 2000.0)],
        year=year,
    )
    assert {row["cases"]: row["is_scored"] for row in rows} == expected


def test_an_aco_has_no_group_size_to_fall_short_of(solver):
    rates = [rate("readmission", 15.2, tin="E1", cases=500)]
    row = only(found(solver, rates, [peer("readmission", 15.94, 1.39)]))
    assert row["is_scored"] is True


def test_a_measure_without_a_usable_benchmark_is_shown_and_not_scored(solver):
    """As every measure in its first year."""
    rows = found(
        solver,
        [rate("111", 0.8), rate("112", 0.8), rate("113", None)],
        [peer("111", 0.7, 0.1, usable=False), peer("113", 0.7, 0.1)],
        [SHARE, measure("112"), measure("113")],
    )
    assert column(rows, "measure", "reason") == dict.fromkeys(["111", "112", "113"], "no_benchmark")
    assert column(rows, "measure", "score") == {
        "111": pytest.approx(1.0),
        "112": None,
        "113": None,
    }


def test_a_benchmark_without_spread_gives_no_score(solver):
    row = only(
        found(
            solver,
            [rate("111", 0.8, variance=0.01)],
            [peer("111", 0.8, 0.0, usable=False)],
            [SHARE],
        )
    )
    assert (row["score"], row["score_variance"], row["reason"]) == (None, None, "no_benchmark")


def test_some_measures_are_for_information(solver):
    """Visits after discharge have a rate and a benchmark, and count nowhere."""
    row = only(
        found(
            solver,
            [rate("post_discharge_visits", 800.0)],
            [peer("post_discharge_visits", 700.0, 100.0)],
        )
    )
    assert (row["is_scored"], row["reason"]) == (False, "not_for_scoring")


def test_a_score_without_a_variance_has_none(solver):
    row = only(found(solver, [rate("111", 0.8)], [peer("111", 0.7, 0.1)], [SHARE]))
    assert (row["is_scored"], row["score_variance"]) == (True, None)


VERSIONS = [
    rate("111", 0.8, cases=300, variance=0.01),
    rate("111:ehr", 0.5, cases=100, variance=0.04),
]
PEERS = [peer("111", 0.7, 0.1), peer("111:ehr", 0.7, 0.1)]
BOTH = [SHARE, measure("111:ehr")]


def test_electronic_and_other_versions_are_two_measures_from_2018(solver):
    """D8; the alternative weighs their scores by cases: 3/4 of +1 and 1/4 of -2."""
    apart = found(solver, VERSIONS, PEERS, BOTH, year=2018)
    assert column(apart, "measure", "score") == pytest.approx({"111": 1.0, "111:ehr": -2.0})
    row = only(found(solver, VERSIONS, PEERS, BOTH, year=2018, D8="case_weighted_score"))
    assert (row["measure"], row["cases"], row["is_scored"]) == ("111", 400, True)
    assert row["score"] == pytest.approx(0.25)
    assert row["score_variance"] == pytest.approx(0.75**2 * 1.0 + 0.25**2 * 4.0)


def test_a_version_that_is_not_scored_is_not_weighed(solver):
    """D8, alternative: with 19 electronic cases the other version stands alone."""
    rates = [VERSIONS[0], {**VERSIONS[1], "cases": 19}, rate("111:ehr", 0.9, tin="B")]
    rows = found(solver, rates, PEERS, BOTH, year=2018, D8="case_weighted_score")
    assert [(row["tin"], row["measure"], row["is_scored"]) for row in rows] == [
        ("A", "111", True),
        ("A", "111:ehr", False),
        ("B", "111:ehr", True),
    ]
    assert [row["score"] for row in rows] == pytest.approx([1.0, -2.0, 2.0])


def test_a_merged_score_lacks_a_variance_when_a_version_does(solver):
    rates = [VERSIONS[0], {**VERSIONS[1], "variance": None}]
    row = only(found(solver, rates, PEERS, BOTH, year=2018, D8="case_weighted_score"))
    assert (row["score"], row["score_variance"]) == (pytest.approx(0.25), None)
