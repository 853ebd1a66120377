"""Clinical variances: an override takes a case out, an exception only one that was not met."""

from __future__ import annotations

import datetime as dt

import pytest

from openp4p.measures.admission_cases import admission_cases
from openp4p.measures.per_capita_cost import per_capita_cost_cases
from openp4p.measures.post_discharge_visits import post_discharge_visit_cases
from openp4p.measures.readmission_cases import readmission_cases, readmission_predictions
from openp4p.measures.risk_adjustment import COEFFICIENTS
from openp4p.measures.spending_per_beneficiary import spending_per_beneficiary_cases
from openp4p.review.variances import Case, rate
from tests.short_tables import value_modifier
from tests.solving import Given, on_every_solver, solve

pytestmark = on_every_solver

YEAR = value_modifier(2017).performance_year


def variance(measure: str, **said: object) -> dict:
    usual = {"tin": "A", "measure": measure, "performance_year": YEAR, "is_override": True}
    return usual | said


def reasons(rows: list[dict]) -> dict[str, str | None]:
    assert all(row["included"] == (row["reason"] is None) for row in rows)
    return {row["case_id"]: row["reason"] for row in rows}


def visits(solver: str, *said: dict) -> list[dict]:
    """Discharges s1 to s6 of patients b1 to b6 of A; those of b1, b3 and b5 were followed up."""
    out = dt.date(YEAR, 6, 5)
    listed = [
        {"stay_id": f"s{n}", "tin": "A", "beneficiary_id": f"b{n}", "discharge_date": out,
         "reason": "too_young" if n == 6 else None}
        for n in range(1, 7)
    ]  # fmt: skip
    seen = [
        {"stay_id": f"s{n}", "service_date": out, "professional": "n", "days": 1} for n in (1, 3, 5)
    ]
    return solve(
        solver, post_discharge_visit_cases, value_modifier(2017), visit_discharges=listed,
        post_discharge_visits=seen, clinical_variance=list(said),
    )  # fmt: skip


def test_an_exception_leaves_what_was_met_and_an_override_takes_it_out(solver):
    measure = "post_discharge_visits"
    said = [
        variance(measure, beneficiary_id="b1", is_override=False),  # met: it stays
        variance(measure, beneficiary_id="b2", is_override=False),
        variance(measure, case_id="s3"),
        variance(measure, beneficiary_id="b4", is_override=False, performance_year=YEAR - 1),
        variance(measure, beneficiary_id="b5", tin="B"),
        variance(measure, beneficiary_id="b6"),  # out already, and keeps its reason
        variance("readmission", beneficiary_id="b4"),
    ]
    found = visits(solver, *said)
    assert reasons(found) == {
        "s1": None, "s2": "clinical_exception", "s3": "clinical_override", "s4": None, "s5": None,
        "s6": "too_young",
    }  # fmt: skip
    counted = [row for row in found if row["included"]]
    share = sum(row["numerator"] for row in counted) / len(counted)
    codes = {"s1": "V-MED-1", "s2": "V-PAT-1", "s3": "V-OVR-1"}
    same = [
        Case(is_met=row["numerator"] >= 1, is_excluded=row["reason"] == "too_young",
             variance=codes.get(row["case_id"]))
        for row in visits(solver)
    ]  # fmt: skip
    assert share == rate(same).rate == 2 / 3
    assert rate(same).without_exceptions == 3 / 5


def test_of_two_variances_of_one_case_the_override_acts(solver):
    measure = "post_discharge_visits"
    said = [
        variance(measure, beneficiary_id="b2", is_override=False),
        variance(measure, case_id="s2"),
    ]
    assert reasons(visits(solver, *said))["s2"] == "clinical_override"


@pytest.mark.parametrize(("is_override", "reason"), [(True, "clinical_override"), (False, None)])
def test_an_episode_goes_with_what_it_cost_and_was_expected_to_cost(solver, is_override, reason):
    """What was expected of the others, and the national mean, are as they were."""
    costs = [{"episode_id": f"e{n}", "beneficiary_id": f"b{n}", "cost": 100.0 * n,
              "expected": 150.0} for n in (1, 2, 3)]  # fmt: skip
    mine = [{"episode_id": row["episode_id"], "tin": "A", "rank": 1} for row in costs]
    given = {"expected_episodes": costs, "episode_candidates": mine}
    said = variance("spending_per_beneficiary", beneficiary_id="b2", is_override=is_override)
    found = solve(
        solver, spending_per_beneficiary_cases, value_modifier(2017), **given,
        clinical_variance=[said],
    )  # fmt: skip
    assert reasons(found) == {"e1": None, "e2": reason, "e3": None}
    assert {row["expected"] for row in found} == {150.0}
    assert {row["national_mean"] for row in found} == {200.0}


def test_a_patient_goes_from_the_costs_of_one_measure_alone(solver):
    people = [
        {"measure": measure, "beneficiary_id": id_, "tin": "A", "months": 12,
         "annualised_cost": 1000.0, "risk_score": 1.0, "is_esrd": False, "is_new_enrollee": False}
        for measure in ("per_capita_cost", "per_capita_cost_copd") for id_ in ("b1", "b2")
    ]  # fmt: skip
    points = [
        {"measure": measure, "low": 0.0, "high": 9999.0, "beneficiaries": 2}
        for measure in ("per_capita_cost", "per_capita_cost_copd")
    ]
    model = [
        {"measure": point["measure"], "term": term, "coefficient": 900.0 if term == "intercept"
         else 0.0, "is_dropped": False}
        for point in points
        for term in ("intercept", "risk_score", "risk_score_squared", "esrd", "new_enrollee")
    ]  # fmt: skip
    found = solve(
        solver, per_capita_cost_cases, value_modifier(2017), cost_populations=people,
        cost_trim_points=points, cost_model=Given(model, COEFFICIENTS),
        clinical_variance=[variance("per_capita_cost", beneficiary_id="b1")],
    )  # fmt: skip
    assert {(row["measure"], row["case_id"]): row["reason"] for row in found} == {
        ("per_capita_cost", "b1"): "clinical_override", ("per_capita_cost", "b2"): None,
        ("per_capita_cost_copd", "b1"): None, ("per_capita_cost_copd", "b2"): None,
    }  # fmt: skip


def test_of_an_admissions_composite_the_event_and_its_patient_go(solver):
    program = value_modifier(2017)
    people = [
        {"measure": "pneumonia_pqi", "beneficiary_id": f"b{n}", "tin": "A", "sex": "1", "age": 70,
         "age_from": 70, "events": 1}
        for n in (1, 2)
    ]  # fmt: skip
    strata = [{"measure": "pneumonia_pqi", "sex": "1", "age_from": 70, "rate": 0.1,
               "national_rate": 0.1, "national_denominator": 20, "national_events": 2}]  # fmt: skip
    found = solve(
        solver, admission_cases, program, admission_populations=people, admission_strata=strata,
        clinical_variance=[variance("acute_pqi", beneficiary_id="b1")],
    )  # fmt: skip
    assert {(row["measure"], row["case_id"]): row["reason"] for row in found} == {
        ("acute_pqi", "b1"): "clinical_override", ("acute_pqi", "b2"): None,
        ("pneumonia_pqi", "b1"): None, ("pneumonia_pqi", "b2"): None,
    }  # fmt: skip


def test_a_stay_goes_from_its_ratio_and_stays_listed_while_the_model_stands(solver):
    program = value_modifier(2017)
    stays = [{"stay_id": f"s{n}", "tin": "A", "beneficiary_id": f"b{n}", "cohort": "medicine",
              "is_readmitted": n == 1} for n in (1, 2)]  # fmt: skip
    risks = [
        {"tin": tin, "stay_id": row["stay_id"], "is_practice": tin == "A", "cohort": "medicine",
         "category": "1", "years": 5, "comorbidities": 0, "is_readmitted": row["is_readmitted"]}
        for row in stays for tin in ("A", "ACO")
    ]  # fmt: skip
    model = [
        {"cohort": "medicine", "kind": kind, "name": name, "value": value}
        for kind, name, value in (("age", "years", 0.1), ("category", "1", -2.0),
                                  ("effect", "A", 0.2), ("effect", "ACO", 0.1),
                                  ("rate", "nation", 0.15))
    ]  # fmt: skip
    said = [variance("readmission", beneficiary_id="b1")]
    chances = solve(
        solver, readmission_predictions, program, readmission_risks=risks, readmission_model=model,
        index_stays=stays, clinical_variance=said,
    )  # fmt: skip
    assert [(row["tin"], row["stay_id"]) for row in chances] == [
        ("A", "s2"), ("ACO", "s1"), ("ACO", "s2"),
    ]  # fmt: skip
    found = solve(
        solver, readmission_cases, program, index_stays=stays, readmission_predictions=chances,
        readmission_model=model, clinical_variance=said,
    )  # fmt: skip
    assert reasons(found) == {"s1": "clinical_override", "s2": None}
