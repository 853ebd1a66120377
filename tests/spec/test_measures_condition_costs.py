"""Per capita cost of beneficiaries with a condition: who is in, trimmed and fitted apart (D18)."""

from __future__ import annotations

import pytest

from openp4p.measures.per_capita_cost import cost_populations
from tests.measured import (
    dollars,
    measure,
    people,
    people_given,
    per_capita_cost,
    per_capita_cost_of,
    rates,
)
from tests.short_tables import value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver

TOTAL = "per_capita_cost"

# four practices' beneficiaries, some with conditions; costs and scores are round
CONDITIONS = """
    beneficiary_id | tin | cost | score | conditions
    ---------------+-----+------+-------+-----------------------
    b1             | A   | 1000 | 1     |
    b2             | A   | 2000 | 2     | diabetes
    b3             | B   | 3000 | 1     | diabetes copd
    b4             | B   | 9000 | 2     | diabetes heart_failure
    b5             | B   | 5000 | 1     | ischemic_heart_dis
    b6             | B   | 6000 | 2     | asthma
"""


def test_each_condition_has_a_measure_of_its_own(solver):
    """A beneficiary with two conditions is in both, and everyone is in total cost."""
    found = per_capita_cost(solver, value_modifier(2017), people(CONDITIONS))
    members: dict[str, list[str]] = {}
    for row in found["people"]:
        members.setdefault(row["measure"], []).append(row["beneficiary_id"])
    assert members == {
        "per_capita_cost": ["b1", "b2", "b3", "b4", "b5", "b6"],
        "diabetes_cost": ["b2", "b3", "b4"],
        "copd_cost": ["b3"],
        "heart_failure_cost": ["b4"],
        "coronary_artery_disease_cost": ["b5"],
    }


def test_evidence_that_does_not_suffice_is_no_condition(solver):
    inputs = people_given(people(CONDITIONS))
    for row in inputs["beneficiary_conditions"]:
        row["has_condition"] = row["beneficiary_id"] == "b2"
    found = per_capita_cost_of(solver, value_modifier(2017), inputs)
    assert {row["beneficiary_id"] for row in found["cases"] if row["measure"] != TOTAL} == {"b2"}


def test_a_condition_counts_all_that_its_beneficiaries_cost(solver):
    """Not only what is spent on the condition: the same dollars as in total cost."""
    found = per_capita_cost(solver, value_modifier(2017, D14="none"), people(CONDITIONS))
    dollars_of = {
        (row["measure"], row["case_id"]): row["numerator"]
        for row in found["cases"]
        if row["case_id"] == "b3"
    }
    assert dollars_of == {
        ("per_capita_cost", "b3"): 3000.0,
        ("diabetes_cost", "b3"): 3000.0,
        ("copd_cost", "b3"): 3000.0,
    }


def test_each_measure_is_fitted_to_its_own_population(solver):
    """With diabetes: scores 1 and 2 cost 3,000 and 5,500 on average; of all: 3,000 and 5,666.67."""
    found = per_capita_cost(solver, value_modifier(2017, D14="none"), people(CONDITIONS))
    expected = {
        measure_: {
            row["case_id"]: row["expected"] for row in found["cases"] if row["measure"] == measure_
        }
        for measure_ in (TOTAL, "diabetes_cost")
    }
    assert expected[TOTAL] == pytest.approx(
        {
            "b1": 3000.0,
            "b3": 3000.0,
            "b5": 3000.0,
            "b2": 17000 / 3,
            "b4": 17000 / 3,
            "b6": 17000 / 3,
        }
    )
    assert expected["diabetes_cost"] == pytest.approx({"b2": 5500.0, "b3": 3000.0, "b4": 5500.0})
    made = rates(solver, found["cases"], dollars(), dollars("diabetes_cost"))
    of_diabetes = {row["tin"]: row["rate"] for row in made if row["measure"] == "diabetes_cost"}
    # actual over expected times the mean of 14,000/3 over the three with diabetes
    assert of_diabetes == pytest.approx(
        {"A": 2000 / 5500 * 14000 / 3, "B": 12000 / 8500 * 14000 / 3}
    )


def test_each_measure_is_trimmed_on_its_own_population(solver):
    """The cheapest with diabetes is dropped there, though many without it cost less."""
    rows = [*people("tin | cost | score\n" + "A | 100 | 1\n" * 100), *people(CONDITIONS)]
    rows = [{**row, "beneficiary_id": f"p{n}"} for n, row in enumerate(rows)]
    found = per_capita_cost(solver, value_modifier(2017), rows)
    points = {row["measure"]: row for row in found["points"]}
    # 2,000, 3,000 and 9,000: two hundredths of the way from the lowest, and from the highest
    assert points["diabetes_cost"]["low"] == pytest.approx(2020.0)
    assert points["diabetes_cost"]["high"] == pytest.approx(8880.0)
    assert points["diabetes_cost"]["beneficiaries"] == 3
    assert points[TOTAL]["beneficiaries"] == 106
    reasons = {(row["measure"], row["case_id"]): row["reason"] for row in found["cases"]}
    assert reasons["diabetes_cost", "p101"] == "below_trim_point"
    assert reasons[TOTAL, "p101"] is None


def test_a_condition_that_nobody_has_makes_no_measure(solver):
    found = per_capita_cost(solver, value_modifier(2017), people("tin | cost | score\n A | 1 | 1"))
    assert {row["measure"] for row in found["cases"]} == {TOTAL}
    assert [row["measure"] for row in found["points"]] == [TOTAL]


def test_a_measure_in_which_nobody_has_a_score_has_no_rate(solver):
    """The others stand as they are."""
    rows = people(CONDITIONS)
    rows[4]["score"] = None
    found = per_capita_cost(solver, value_modifier(2017), rows)
    (alone,) = (row for row in found["cases"] if row["measure"] == "coronary_artery_disease_cost")
    assert (alone["reason"], alone["numerator"], alone["expected"]) == ("no_risk_score", 5000, None)
    assert "coronary_artery_disease_cost" not in {row["measure"] for row in found["model"]}
    assert any(row["included"] for row in found["cases"])


def test_dollars_as_paid_can_be_refused(solver):
    """M22, alternative: who has any dollars without a standardised price does not count."""
    rows = people(CONDITIONS)
    rows[1]["standardized"] = False
    rows[2] |= {"standardized": False, "score": None}
    lenient = per_capita_cost(solver, value_modifier(2017, D14="none"), rows)
    strict = per_capita_cost(solver, value_modifier(2017, D14="none", M22="never_fall_back"), rows)
    reasons = [
        {row["case_id"]: row["reason"] for row in found["cases"] if row["measure"] == TOTAL}
        for found in (lenient, strict)
    ]
    assert [reasons[0][id_] for id_ in ("b1", "b2", "b3")] == [None, None, "no_risk_score"]
    assert [reasons[1][id_] for id_ in ("b1", "b2", "b3")] == [
        None,
        "not_standardized",
        "no_risk_score",
    ]


def test_someone_without_costs_or_enrolment_is_in_no_population(solver):
    """Only an eligible beneficiary has a row of costs."""
    inputs = people_given(people(CONDITIONS))
    inputs["beneficiary_costs"] = inputs["beneficiary_costs"][1:]
    found = per_capita_cost_of(solver, value_modifier(2017), inputs)
    assert "b1" not in {row["beneficiary_id"] for row in found["people"]}


def test_a_quality_measure_of_a_condition_is_no_cost(solver):
    """A measure that another part computes for the same condition is left alone."""
    inputs = people_given(people(CONDITIONS))
    rules = [dollars(), measure("eye_exam", condition="diabetes")]
    found = solve(solver, cost_populations, value_modifier(2017), **inputs, measure_rules=rules)
    assert {row["measure"] for row in found} == {TOTAL}
