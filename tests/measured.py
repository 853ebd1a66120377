"""Short ways to ask for measures: what a test does not mention is ordinary."""

from __future__ import annotations

import datetime as dt

from openp4p.measures.cases import CASES
from openp4p.measures.per_capita_cost import (
    cost_model_sums,
    cost_populations,
    cost_trim_points,
    per_capita_cost_cases,
)
from openp4p.measures.rates import unadjusted_rates
from openp4p.measures.risk_adjustment import COEFFICIENTS, solved
from openp4p.program.definition import Program
from tests.conftest import parse
from tests.short_tables import value_modifier
from tests.solving import REFERENCE, Given, columns_of, reference, solve

PEOPLE = {
    "beneficiary_id": "string",
    "tin": "string",
    "cost": "float64",
    "months": "int64",
    "score": "float64",
    "esrd": "boolean",
    "new": "boolean",
    "standardized": "boolean",
    "conditions": "string",
}


def facility_claims(text: str) -> list[dict]:
    """Outpatient claims of 1 June 2015, unless the table says otherwise."""
    rows = parse(text, columns_of("claim"))
    for number, row in enumerate(rows, start=1):
        row["claim_id"] = row["claim_id"] or f"k{number}"
        row["beneficiary_id"] = row["beneficiary_id"] or "b1"
        row["claim_class"] = row["claim_class"] or "OUTPATIENT"
        row["from_date"] = row["from_date"] or dt.date(2015, 6, 1)
        row["thru_date"] = row["thru_date"] or row["from_date"]
    return rows


def eligible(*ids: str, months: int = 12, days: int = 365, is_eligible: bool = True) -> list[dict]:
    """Beneficiaries with so many months and days in Parts A and B."""
    return [
        {"beneficiary_id": i, "months": months, "days": days, "is_eligible": is_eligible}
        for i in ids
    ]


def people(text: str) -> list[dict]:
    """Attributed beneficiaries: a whole year, no ESRD and a score of 1.0, unless the table says.

    `conditions` names those that a beneficiary has, with spaces between them.
    """
    rows = parse(text, PEOPLE)
    for number, row in enumerate(rows, start=1):
        row["beneficiary_id"] = row["beneficiary_id"] or f"b{number:03}"
        row["months"] = row["months"] or 12
        row["esrd"] = bool(row["esrd"])
    return rows


def per_capita_cost(solver: str, program: Program, listed: list[dict]) -> dict[str, list[dict]]:
    """Populations, trim points, sums, model and cases of per capita cost for these people."""
    return per_capita_cost_of(solver, program, people_given(listed))


def people_given(listed: list[dict]) -> dict[str, list[dict]]:
    """The beneficiaries as the stages of per capita cost take them."""
    return {
        "beneficiary_costs": [
            {
                "beneficiary_id": row["beneficiary_id"],
                "months": row["months"],
                "annualised_cost": row["cost"] * 12 / row["months"],
                "is_standardized": row.get("standardized") is not False,
            }
            for row in listed
        ],
        "attributed_beneficiaries": [
            {"beneficiary_id": row["beneficiary_id"], "tin": row["tin"]} for row in listed
        ],
        "eligible_beneficiaries": [
            {
                "beneficiary_id": row["beneficiary_id"],
                "risk_score": row["score"],
                "is_esrd": row["esrd"],
            }
            for row in listed
        ],
        "beneficiary_conditions": [
            {"beneficiary_id": row["beneficiary_id"], "condition": name, "has_condition": True}
            for row in listed
            for name in (row.get("conditions") or "").split()
        ],
        "risk_scores": [
            {"beneficiary_id": row["beneficiary_id"], "is_new_enrollee": row.get("new")}
            for row in listed
        ],
    }


def per_capita_cost_of(
    solver: str, program: Program, inputs: dict[str, list[dict]]
) -> dict[str, list[dict]]:
    """Populations, trim points, sums, model and cases, each from the ones before."""
    found = solve(solver, cost_populations, program, **inputs)
    points = solve(solver, cost_trim_points, program, cost_populations=found)
    trimmed = {"cost_populations": found, "cost_trim_points": points}
    sums = solve(solver, cost_model_sums, program, **trimmed)
    model = reference("cost_model")(sums) if solver == REFERENCE else solved(sums)
    given = Given(model, COEFFICIENTS)
    cases = solve(solver, per_capita_cost_cases, program, **trimmed, cost_model=given)
    return {"people": found, "points": points, "sums": sums, "model": model, "cases": cases}


def measure(id_: str, **said: object) -> dict:
    """The rule of one measure: a quality share for higher is better, unless said otherwise."""
    usual = {
        "name": id_,
        "kind": "quality",
        "domain": "ECC",
        "better": "higher",
        "sign": 1.0,
        "unit": "proportion",
        "form": "proportion",
        "source": "reported",
        "minimum_cases": 20,
        "minimum_group_size": 1,
        "is_scored": True,
    }
    return {"measure": id_, **usual, **said}


def dollars(id_: str = "per_capita_cost", **said: object) -> dict:
    """The rule of a cost measure."""
    cost = {"kind": "cost", "domain": "AAB", "better": "lower", "unit": "dollars"}
    return measure(id_, **{**cost, "form": "observed_over_expected", "source": "claims", **said})


def rates(solver: str, cases: list[dict], *rules: dict, **given: object) -> list[dict]:
    """The rates of these cases under these rules; what a case does not say is missing."""
    rows = [{"case_id": str(n), "included": True, "cases": 1, **row} for n, row in enumerate(cases)]
    return solve(
        solver,
        unadjusted_rates,
        value_modifier(2017),
        measure_cases=Given(rows, CASES),
        measure_rules=list(rules),
        **given,
    )
