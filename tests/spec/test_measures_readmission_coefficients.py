"""Readmission coefficients that are supplied: a small practice against the model of a nation."""

from __future__ import annotations

import math
from functools import partial

import pytest

from openp4p.measures.cases import CASES
from openp4p.measures.rates import unadjusted_rates
from openp4p.measures.readmission_cases import cohort_ratios
from openp4p.measures.readmission_risks import readmission_risks
from openp4p.reference.readmission_model import readmission_model as plainly
from tests.conftest import parse
from tests.measured import measure
from tests.properties.supplied_models import COHORTS
from tests.readmitted import fitted, rated
from tests.short_tables import column, value_modifier
from tests.solving import REFERENCE, Given, columns_of, on_every_solver, solve

pytestmark = on_every_solver
LOG_ODDS = math.log(0.15 / 0.85)  # of an average practice in the worked example
# an intercept and a variance for every cohort, and the rate of the nation
NATION = [
    {"cohort": "all", "kind": "rate", "name": "nation", "value": 0.16},
    *({"cohort": c, "kind": "intercept", "name": "every_stay", "value": LOG_ODDS} for c in COHORTS),
    *(
        {"cohort": c, "kind": "variance", "name": "between_practices", "value": 0.04}
        for c in COHORTS
    ),
]
RATES = [measure("readmission", form="standardized_ratio", source="claims", unit="percent")]


def coefficients(text: str) -> list[dict]:
    """The nation's model with these rows of the cohort medicine beside it, or in place."""
    rows = parse(text, columns_of("readmission_coefficient"))
    for row in rows:
        row["cohort"] = row["cohort"] or "medicine"
    said = {(row["cohort"], row["kind"], row["name"]) for row in rows}
    return rows + [r for r in NATION if (r["cohort"], r["kind"], r["name"]) not in said]


def stays(tin: str, number: int, readmitted: int, **said: object) -> list[dict]:
    """So many index stays of a practice in the cohort medicine, the first of them readmitted."""
    usual = {"cohort": "medicine", "principal_category": "122", "age": 65, "reason": None}
    return [
        {
            **usual,
            "tin": tin,
            "stay_id": f"{tin}{place:04}",
            "beneficiary_id": f"{tin}{place:04}",
            "is_readmitted": place < readmitted,
            **said,
        }
        for place in range(number)
    ]


def found(solver, index, supplied, ill=(), program=None) -> dict[str, list[dict]]:
    """Risks, model, chances, cohorts, ratios, cases and rates of these index stays."""
    program = program or value_modifier(2017)
    risks = solve(
        solver,
        readmission_risks,
        program,
        index_stays=index,
        stay_comorbidities=list(ill),
        readmission_coefficient=supplied,
    )
    if solver == REFERENCE:
        model = plainly(risks, program, supplied)
    else:
        model = fitted(risks, program, supplied)
    made = {"index": index, "risks": risks, "ill": list(ill)}
    made |= rated(partial(solve, solver), program, {"model_participation": []}, made, model)
    rates = solve(
        solver,
        unadjusted_rates,
        program,
        measure_cases=Given(made["cases"], CASES),
        measure_rules=RATES,
        standardized_ratios=made["ratios"],
    )
    return {**made, "model": model, "rates": rates}


@pytest.mark.parametrize(
    ("number", "readmitted", "ratio"),
    [(250, 50, 1.192752684), (1000, 200, 1.283225056), (60, 12, 1.080014137),
     (250, 25, 0.819903682)],
)  # fmt: skip
def test_one_practice_alone_is_held_against_the_nation(solver, number, readmitted, ratio):
    """The worked example: 20% readmitted where 15% are usual is more telling of more stays."""
    made = found(solver, stays("A", number, readmitted), NATION)
    (cohort,) = made["cohorts"]
    assert cohort["expected"] == pytest.approx(0.15 * number)
    assert cohort["ratio"] == pytest.approx(ratio, abs=5e-10)
    (rate,) = made["rates"]
    assert (rate["cases"], rate["rate"]) == (number, pytest.approx(16.0 * ratio))
    assert rate["variance"] > 0


def test_a_stay_is_expected_to_end_as_its_terms_add_up(solver):
    supplied = coefficients("""
        kind        | name       | value
        intercept   | every_stay | -2.0
        age         | years      | 0.01
        category    | 122        | 0.3
        category    | 108        | -0.5
        category    | pooled     | 0.1
        comorbidity | chf        | 0.25
    """)
    index = [
        *stays("A", 1, 0, age=85),
        *stays("B", 1, 0, principal_category="108"),
        *stays("C", 1, 0, principal_category="50"),
    ]
    # a comorbidity that is not listed counts for nothing
    ill = [
        {"stay_id": "A0000", "variable": "chf"},
        {"stay_id": "A0000", "variable": "diabetes"},
    ]
    made = found(solver, index, supplied, ill)
    assert column(made["risks"], "tin", "category") == {"A": "122", "B": "108", "C": "pooled"}
    log_odds = {"A": -2.0 + 0.3 + 20 * 0.01 + 0.25, "B": -2.0 - 0.5, "C": -2.0 + 0.1}
    for row in made["chances"]:
        assert row["expected"] == pytest.approx(1 / (1 + math.exp(-log_odds[row["tin"]])))


def test_with_an_intercept_categories_that_are_not_listed_are_as_it_says(solver):
    supplied = coefficients("kind | name | value\n category | 108 | 0.4")
    made = found(solver, stays("A", 3, 1, principal_category="2"), supplied)
    assert [row["expected"] for row in made["chances"]] == [pytest.approx(0.15)] * 3


def test_without_an_intercept_each_category_is_one_as_in_a_fitted_model(solver):
    supplied = [row for row in NATION if row["kind"] != "intercept"] + [
        {"cohort": c, "kind": "category", "name": name, "value": value}
        for c in COHORTS
        for name, value in (("122", LOG_ODDS), ("pooled", 0.0))
    ]
    index = [*stays("A", 2, 1), *stays("B", 2, 1, principal_category="2")]
    made = found(solver, index, supplied)
    assert column(made["chances"], "tin", "expected") == {
        "A": pytest.approx(0.15),
        "B": pytest.approx(0.5),
    }


def test_a_category_that_is_frequent_here_and_not_listed_is_pooled_nevertheless(solver):
    program = value_modifier(2017, M13="25")
    index = stays("A", 30, 3)
    fits = solve(solver, readmission_risks, program, index_stays=index)
    assert {row["category"] for row in fits} == {"122"}
    made = found(solver, index, NATION, program=program)
    assert {row["category"] for row in made["risks"]} == {"pooled"}


def test_what_is_said_of_other_practices_and_of_other_stays_is_not_used(solver):
    index = stays("A", 40, 20)
    effects = coefficients("""
        cohort   | kind      | name | value
        medicine | effect    | A    | 3.0
        all      | resampled | A    | 3.0
    """)
    plain, made = found(solver, index, NATION), found(solver, index, effects)
    assert made["ratios"] == plain["ratios"]
    # 20 of 40 were readmitted here; what turns the ratio into a rate is the nation's 16%
    assert {row["national_mean"] for row in made["cases"]} == {0.16}


def test_practices_that_do_not_differ_in_the_nation_all_have_its_rate(solver):
    nothing = "kind | name | value\n variance | between_practices | 0"
    made = found(solver, stays("A", 60, 30), coefficients(nothing))
    assert [row["ratio"] for row in made["cohorts"]] == [1.0]


def test_without_shrinkage_no_variance_is_asked_for(solver):
    program = value_modifier(2017, M14="observed_over_expected")
    supplied = [row for row in NATION if row["kind"] != "variance"]
    made = found(solver, stays("A", 40, 12), supplied, program=program)
    assert [row["ratio"] for row in made["cohorts"]] == [pytest.approx(12 / 6.0)]


def test_the_rate_of_a_nation_that_is_not_supplied_is_that_of_its_index_stays(solver):
    index = [*stays("A", 40, 12), *stays("B", 40, 4), *stays("C", 9, 9, reason="died")]
    made = found(solver, index, [])
    assert {row["national_mean"] for row in made["cases"]} == {0.2}
    again = solve(
        solver, cohort_ratios, value_modifier(2017), readmission_predictions=made["chances"]
    )
    assert again == made["cohorts"]
