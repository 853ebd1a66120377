"""CAHPS summary scores: when they count, and what a score stands for."""

from __future__ import annotations

import pytest

from openp4p.measures.survey import survey_cases
from tests.measured import measure, rates
from tests.short_tables import value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver

RULE = measure("cahps_1", unit="score", form="mean", source="survey", domain="PCE")
SCORES = """
    tin | entity_id | performance_year | measure | cases | mean_score | standard_deviation
    ----+-----------+------------------+---------+-------+------------+-------------------
    A   |           | 2015             | cahps_1 | 100   | 80.0       | 20.0
    B   |           | 2015             | cahps_1 | 100   | 90.0       | 20.0
        | ACO1      | 2015             | cahps_1 | 100   | 70.0       | 20.0
    A   |           | 2014             | cahps_1 | 100   | 60.0       | 20.0
"""
PRACTICES = "tin | elects_cahps\n A | yes\n B | no"


def found(solver, scores=SCORES, period=2015, **changes):
    program = value_modifier(2017)
    quality = program.quality.model_copy(update=changes)
    return solve(
        solver,
        survey_cases,
        program.model_copy(update={"quality": quality}),
        cahps_result=scores,
        practices=PRACTICES,
        measure_rules=[RULE],
        performance_year=period,
    )


def test_a_score_counts_when_the_practice_elected_it(solver):
    """An ACO's scores count without election."""
    assert {row["tin"]: row["reason"] for row in found(solver)} == {
        "A": None,
        "ACO1": None,
        "B": "not_elected",
    }


@pytest.mark.parametrize(("when", "counted"), [("always", 3), ("never", 0)])
def test_a_program_may_count_all_or_none(solver, when, counted):
    assert sum(row["included"] for row in found(solver, cahps=when)) == counted


def test_every_score_of_the_year_before_counts(solver):
    rows = found(solver, period=2014)
    assert [(row["tin"], row["included"], row["numerator"]) for row in rows] == [
        ("A", True, 6000.0)
    ]


def test_a_score_is_a_mean_with_the_variance_of_its_surveys(solver):
    """s squared over n."""
    made = rates(solver, found(solver), RULE)
    assert [(r["tin"], r["cases"], r["rate"], r["variance"]) for r in made] == [
        ("A", 100, 80.0, 4.0),
        ("ACO1", 100, 70.0, 4.0),
    ]


def test_a_score_without_deviation_has_no_variance(solver):
    scores = """
        tin | performance_year | measure | cases | mean_score
        ----+------------------+---------+-------+-----------
        A   | 2015             | cahps_1 | 100   | 80.0
    """
    made = rates(solver, found(solver, scores), RULE)
    assert [(row["rate"], row["variance"]) for row in made] == [(80.0, None)]


def test_scores_that_cannot_count_say_why(solver):
    scores = """
        tin | performance_year | measure | cases | mean_score
        ----+------------------+---------+-------+-----------
        A   | 2015             | cahps_1 | 0     | 80.0
        A   | 2015             | cahps_9 | 10    | 80.0
    """
    assert [row["reason"] for row in found(solver, scores)] == ["no_surveys", "unknown_measure"]
