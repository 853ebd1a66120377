"""Practices whose patients are sicker than most (42 CFR 414.1275(d))."""

from __future__ import annotations

import pytest

from openp4p.groups.high_risk import high_risk
from tests.short_tables import column, value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver
PUBLISHED = [0.4, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0, 3.1]


def people(scores: dict[str, list[float | None]]) -> dict[str, list[dict]]:
    """Attributed and eligible beneficiaries with these scores, by practice; "" is nobody's."""
    attributed, eligible = [], []
    for tin, of_tin in scores.items():
        for number, score in enumerate(of_tin):
            person = f"{tin}-{number}"
            eligible.append({"beneficiary_id": person, "risk_score": score, "is_eligible": True})
            if tin:
                attributed.append({"beneficiary_id": person, "tin": tin})
    return {"attributed_beneficiaries": attributed, "eligible_beneficiaries": eligible}


def found(solver: str, scores: dict, tins: list, *, year: int = 2017, **given: object) -> list:
    choices = {k: given.pop(k) for k in list(given) if k.startswith("D")}
    rows = [tin if isinstance(tin, dict) else {"tin": tin} for tin in tins]
    program = value_modifier(year, **choices)
    return solve(solver, high_risk, program, practices=rows, **people(scores), **given)


def test_the_threshold_is_the_75th_percentile_of_beneficiaries(solver):
    """Worked example `high_risk_p75`: it is 1.625; a mean of 1.70 reaches it, 1.60 does not."""
    reports = """
        tin  | mean_risk_score
        -----+----------------
        Sick | 1.70
        Well | 1.60
    """
    rows = found(solver, {"A": PUBLISHED}, ["A", "Sick", "Well"], supplied_practice=reports)
    assert column(rows, "tin", "threshold") == pytest.approx(
        dict.fromkeys(["A", "Sick", "Well"], 1.625)
    )
    assert column(rows, "tin", "is_high_risk") == {"A": False, "Sick": True, "Well": False}


def test_a_mean_exactly_at_the_threshold_reaches_it(solver):
    """Three times 0.7 averages 0.7, whatever binary sums say; so do 0.1, 0.2 and 0.3 with 0.2."""
    rows = found(solver, {"A": [0.7, 0.7, 0.7]}, ["A"])
    assert rows[0]["is_high_risk"] is True
    rows = found(
        solver,
        {"A": [0.1, 0.2, 0.3]},
        ["A"],
        supplied_practice="tin | risk_score_threshold\nA | 0.2",
    )
    assert rows[0]["is_high_risk"] is True


def test_beneficiaries_without_a_score_are_left_out(solver):
    rows = found(solver, {"A": [1.0, None, 2.0], "B": [None]}, ["A", "B", "C"])
    assert column(rows, "tin", "beneficiaries") == {"A": 2, "B": 0, "C": 0}
    assert column(rows, "tin", "mean_risk_score") == {"A": 1.5, "B": None, "C": None}
    assert column(rows, "tin", "is_high_risk") == {"A": False, "B": False, "C": False}
    assert column(rows, "tin", "threshold") == dict.fromkeys(["A", "B", "C"], 1.75)


def test_the_percentile_is_of_the_attributed_unless_everyone_is_chosen(solver):
    """D26."""
    scores = {"A": [1.0, 1.0], "": [9.0, 9.0, 9.0, 9.0]}
    assert found(solver, scores, ["A"])[0]["is_high_risk"] is True
    everyone = found(solver, scores, ["A"], D26="all_with_score")[0]
    assert (everyone["threshold"], everyone["is_high_risk"]) == (9.0, False)


def test_an_aco_practice_stands_with_the_patients_of_its_aco(solver):
    """81 FR 80170: the ACO's whole assigned population decides."""
    taking_part = """
        tin  | model | entity_id | performance_year
        -----+-------+-----------+-----------------
        Well | mssp  | ACO       | 2015
        Sick | mssp  | ACO       | 2015
        Past | mssp  | ACO       | 2014
    """
    rows = found(
        solver,
        {"Well": [1.0], "Sick": [5.0, 6.0], "Past": [0.1] * 3, "Other": [4.0] * 2},
        [
            {"tin": "Well", "handling": "aco", "entity_id": "ACO"},
            {"tin": "Sick", "handling": "aco", "entity_id": "ACO"},
            "Past",
            "Other",
        ],
        model_participation=taking_part,
    )
    assert column(rows, "tin", "mean_risk_score") == pytest.approx(
        {"ACO": 4.0, "Well": 4.0, "Sick": 4.0, "Past": 0.1, "Other": 4.0}
    )
    assert column(rows, "tin", "beneficiaries") == {
        "ACO": 3,
        "Well": 3,
        "Sick": 3,
        "Past": 3,
        "Other": 2,
    }


def test_a_report_may_state_both_numbers(solver):
    rows = found(
        solver,
        {},
        ["A", "B"],
        supplied_practice="""
        tin | mean_risk_score | risk_score_threshold
        ----+-----------------+---------------------
        A   | 1.30            | 1.30
        B   | 1.2999          | 1.30
        """,
    )
    assert column(rows, "tin", "is_high_risk") == {"A": True, "B": False}
