"""Quality-tiering: low, average or high, as measured (42 CFR 414.1275(b))."""

from __future__ import annotations

from statistics import NormalDist

import pytest

from openp4p.tiers import tiers
from tests.short_tables import column, value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver

CRITICAL = NormalDist().inv_cdf(0.975)


def practice(tin: str = "A", **said: object) -> dict:
    usual = {"size_class": "10+", "is_subject": True, "elects_quality_tiering": False}
    return {"tin": tin, **usual, **said}


def reported(tin: str = "A", category: int = 1, basis: str = "group") -> dict:
    return {"tin": tin, "category": category, "basis": basis}


def composite(value: float, error: float | None = 0.1, kind: str = "quality", tin: str = "A"):
    row = {"tin": tin, "kind": kind, "composite": value}
    return {**row, "standard_error": error}


def found(solver: str, *placed: dict, year: int = 2017, **given: object) -> dict:
    choices = {k: given.pop(k) for k in list(given) if k.startswith("D")}
    given.setdefault("practices", [practice()])
    given.setdefault("reporting_categories", [reported()])
    program = value_modifier(year, **choices)
    rows = solve(solver, tiers, program, composites=list(placed), **given)
    assert len(rows) == 1
    return rows[0]


def test_far_and_significant_is_high(solver):
    """Worked example `quality_se`: 1.405896 over 0.601614 is 2.3369."""
    row = found(solver, composite(1.4058959787, 0.6016144403))
    assert (row["quality_tier"], row["is_tiered"], row["reason"]) == ("high", True, None)
    assert row["quality_composite"] == 1.4058959787
    assert row["quality_standard_error"] == 0.6016144403


EDGES = [
    (1.0, 0.1, "high"),
    (0.999999, 0.1, "average"),
    (-1.0, 0.1, "low"),
    (-0.999999, 0.1, "average"),
    # the same to twelve digits is reached
    (1 - 1e-14, 0.1, "high"),
    (-1 + 1e-14, 0.1, "low"),
    (1.5, 1.0, "average"),
    (-1.5, 1.0, "average"),
    (CRITICAL, 1.0, "high"),
    (2 * CRITICAL, 2.0, "high"),
    (-CRITICAL, 1.0, "low"),
    (CRITICAL - 1e-6, 1.0, "average"),
    (0.0, 0.1, "average"),
]


def test_a_tier_is_one_deviation_and_the_critical_value_away(solver):
    """Ties count as reached, for quality and for cost alike."""
    names = [f"T{number:02}" for number in range(len(EDGES))]
    rows = solve(
        solver,
        tiers,
        value_modifier(2017),
        practices=[practice(tin) for tin in names],
        reporting_categories=[reported(tin) for tin in names],
        composites=[
            composite(value, error, kind, tin)
            for tin, (value, error, _) in zip(names, EDGES, strict=True)
            for kind in ("quality", "cost")
        ],
    )
    expected = {tin: tier for tin, (_, _, tier) in zip(names, EDGES, strict=True)}
    assert column(rows, "tin", "quality_tier") == expected
    assert column(rows, "tin", "cost_tier") == expected


def test_low_cost_is_low_as_measured(solver):
    row = found(solver, composite(2.0), composite(-2.0, kind="cost"))
    assert (row["quality_tier"], row["cost_tier"]) == ("high", "low")


def test_a_composite_without_standard_error_cannot_be_significant(solver):
    """As with a measure of a single case; D13, alternative: the distance is enough."""
    assert found(solver, composite(5.0, None))["quality_tier"] == "average"
    assert found(solver, composite(5.0, None), D13="distance_only")["quality_tier"] == "high"
    assert found(solver, composite(0.9, 0.1), D13="distance_only")["quality_tier"] == "average"


def test_without_standard_errors_the_distance_decides(solver):
    """D12, alternative: none are computed."""
    assert found(solver, composite(1.5, None), D12="none")["quality_tier"] == "high"


def test_a_distance_measured_without_error_is_significant(solver):
    """All beneficiaries alike: the variance is nought and known."""
    assert found(solver, composite(1.5, 0.0))["quality_tier"] == "high"


def test_from_2016_nothing_to_score_is_average(solver):
    """42 CFR 414.1265(b)(2)-(3)."""
    row = found(solver, composite(2.0), year=2016)
    assert (row["quality_tier"], row["cost_tier"], row["reason"]) == ("high", "average", None)
    row = found(solver, year=2018)
    assert (row["quality_tier"], row["cost_tier"], row["is_tiered"]) == ("average", "average", True)


def test_in_2015_both_composites_are_needed(solver):
    """42 CFR 414.1265(b)(1)."""
    kinds = {"A": ["quality"], "B": ["cost"], "C": [], "D": ["quality", "cost"]}
    rows = solve(
        solver,
        tiers,
        value_modifier(2015),
        practices=[practice(tin, elects_quality_tiering=True) for tin in kinds],
        reporting_categories=[reported(tin) for tin in kinds],
        composites=[composite(2.0, 0.1, k, tin) for tin, of in kinds.items() for k in of],
    )
    lacking = dict.fromkeys("ABC", "no_measure")
    assert column(rows, "tin", "reason") == {**lacking, "D": None}
    assert column(rows, "tin", "quality_tier") == {**dict.fromkeys("ABC"), "D": "high"}


def test_in_2015_only_groups_that_elect_it_are_tiered(solver):
    rows = solve(
        solver,
        tiers,
        value_modifier(2015),
        practices=[practice("A", elects_quality_tiering=True), practice("B")],
        reporting_categories=[reported("A"), reported("B")],
        composites=[composite(2.0, 0.1, k, tin) for tin in "AB" for k in ("quality", "cost")],
    )
    assert column(rows, "tin", "quality_tier") == {"A": "high", "B": None}
    assert column(rows, "tin", "reason") == {"A": None, "B": "not_elected"}


def test_some_practices_have_no_tier(solver):
    """Not being subject comes first; their composites are shown all the same."""
    rows = solve(
        solver,
        tiers,
        value_modifier(2017),
        practices=[
            practice("A", is_subject=False),
            practice("B"),
            practice("C"),
            practice("D", is_subject=False),
        ],
        reporting_categories=[
            reported("A"),
            reported("B", 2, "not_reported"),
            reported("C", 2, "aco_not_reported"),
            reported("D", 2, "not_reported"),
        ],
        composites=[composite(2.0, tin=tin) for tin in "ABCD"],
    )
    assert column(rows, "tin", "reason") == {
        "A": "not_subject",
        "B": "category_2",
        "C": "aco_not_reported",
        "D": "not_subject",
    }
    for row in rows:
        assert (row["is_tiered"], row["quality_tier"], row["cost_tier"]) == (False, None, None)
        assert row["quality_composite"] == 2.0


def test_in_2015_a_group_that_did_not_report_is_category_2_whatever_it_elected(solver):
    row = found(
        solver,
        year=2015,
        practices=[practice(elects_quality_tiering=False)],
        reporting_categories=[reported(category=2, basis="not_reported")],
    )
    assert row["reason"] == "category_2"


def test_an_aco_practice_has_average_cost(solver):
    """Its quality is its ACO's; without one, it is average too."""
    aco = {
        "practices": [practice(handling="aco")],
        "reporting_categories": [reported(basis="aco_reported")],
    }
    row = found(solver, composite(2.0), **aco)
    assert (row["quality_tier"], row["cost_tier"]) == ("high", "average")
    row = found(solver, **aco)
    assert (row["quality_tier"], row["cost_tier"], row["reason"]) == ("average", "average", None)


def test_a_model_can_stand_in_for_measured_performance(solver):
    """D38, alternative: a Pioneer practice counts as average whatever its composites."""
    row = found(
        solver,
        composite(5.0),
        composite(5.0, kind="cost"),
        D38="average",
        practices=[practice(handling="average")],
    )
    assert (row["quality_tier"], row["cost_tier"]) == ("average", "average")
    assert (row["is_tiered"], row["reason"]) == (True, "average_by_model")


@pytest.mark.parametrize("handling", ["aco", "average"])
def test_a_practice_that_a_model_stands_in_for_needs_no_election(solver, handling):
    """In a program with both election and ACOs; nor does it need composites of its own."""
    row = found(
        solver,
        year=2015,
        practices=[practice(handling=handling, elects_quality_tiering=False)],
    )
    assert (row["is_tiered"], row["quality_tier"], row["cost_tier"]) == (True, "average", "average")


def test_another_practice_changes_no_tier(solver):
    rows = solve(
        solver,
        tiers,
        value_modifier(2017),
        practices=[practice("A"), practice("B")],
        reporting_categories=[reported("A"), reported("B")],
        composites=[composite(2.0, tin="A"), composite(-3.0, tin="B", kind="cost")],
    )
    assert [row["quality_tier"] for row in rows] == ["high", "average"]
    assert [row["cost_tier"] for row in rows] == ["average", "low"]
