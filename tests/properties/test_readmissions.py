"""Index stays and readmissions on both engines are the reference's, from stays to the model.

Mutants of the engine code that were made by hand; the first test failed for each, and for the
last one the second:
- a stay that begins before the one before it has ended is joined to it;
- 30 days after is no readmission;
- a stay for rehabilitation is not looked past;
- an acute diagnosis does not keep a procedure from being planned;
- claims that end on the day of admission say comorbidities;
- a complication of the stay counts as a comorbidity;
- the effect of a practice is taken off what is predicted;
- ages are fitted in decades and told in decades.
And of supplied coefficients, which the first test or the second failed for:
- a category that is not listed stands alone when it is not rare;
- an intercept is left out of the categories that are listed;
- the national rate is that of these stays;
- stays are compared with the intercept of another cohort.
"""

from __future__ import annotations

import math
from functools import partial

from openp4p.attribution.attributed import attributed_beneficiaries  # noqa: F401  # its columns
from openp4p.attribution.eligible import eligible_beneficiaries  # noqa: F401  # its columns
from openp4p.reference.readmission_model import readmission_model as plainly_fitted
from tests.properties import hospital_care
from tests.properties.agreeing import same, sampled
from tests.properties.supplied_models import coefficients
from tests.readmitted import discharges, fitted, modelled, rated
from tests.short_tables import changed, value_modifier

EXAMPLES = {"duckdb": 6, "spark": 1}
RULES = [
    changed(value_modifier(2017), readmissions={"rare_category": 3}),
    value_modifier(2015, M11="v4_0", M15="each_cohort"),
    value_modifier(2017, M14="observed_over_expected", M15="each_cohort", M13="25"),
    value_modifier(2018, M12="never_combined", M2="same_day", M14="full_maximum_likelihood"),
]
seen = {
    "readmitted": 0, "reasons": set(), "planned": set(), "cohorts": set(), "parts": set(),
    "categories": set(), "comorbidities": set(), "units": set(), "variances": set(),
    "kinds": set(), "supplied": set(),
}  # fmt: skip


def solver_of(engine_name):
    return partial(same, engine_name)


@sampled(RULES, EXAMPLES)
def test_readmissions_are_the_references(engine_name, program, seed):
    given = hospital_care.care(seed, program.performance_year, people=60)
    given["readmission_coefficient"] = coefficients(seed) if seed % 2 else []
    found = discharges(solver_of(engine_name), program, given)
    found |= modelled(solver_of(engine_name), program, given, found)
    model = fitted(found["risks"], program, given["readmission_coefficient"])
    made = rated(solver_of(engine_name), program, given, found, model)
    seen["readmitted"] += sum(row["is_readmitted"] for row in found["index"])
    seen["reasons"] |= {row["reason"] for row in made["cases"]}
    seen["cohorts"] |= {row["cohort"] for row in found["index"]}
    seen["planned"] |= {row["planned_rule"] for row in found["kinds"]}
    seen["parts"] |= {row["parts"] for row in found["wholes"]}
    seen["categories"] |= {row["category"] for row in found["risks"]}
    seen["comorbidities"] |= {row["variable"] for row in found["ill"]}
    seen["units"] |= {row["tin"] for row in made["ratios"]}
    seen["supplied"].add(bool(seed % 2))


FITTED = [
    value_modifier(2017, M13="25"),
    value_modifier(2017, M15="each_cohort"),
    value_modifier(2017, M14="observed_over_expected", M13="25"),
]


@sampled(FITTED, {"duckdb": 3, "spark": 1})
def test_the_model_is_the_one_that_the_plain_steps_come_to(engine_name, program, seed):
    risks = hospital_care.risks(seed)
    supplied = with_108(coefficients(seed)) if seed % 2 else []
    found, expected = (
        {(row["cohort"], row["kind"], row["name"]): row["value"] for row in rows}
        for rows in (fitted(risks, program, supplied), plainly_fitted(risks, program, supplied))
    )
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert math.isclose(found[key], value, rel_tol=1e-5, abs_tol=1e-7), (key, found[key], value)
    variances = [v for (_, kind, _), v in found.items() if kind == "variance"]
    seen["variances"] |= {value > 0.0 for value in variances}
    seen["kinds"] |= {kind for _, kind, _ in found}


def with_108(rows):
    """The same with the category 108 in every cohort: one of the two that these stays have."""
    others = [row for row in rows if row["name"] != "108"]
    cohorts = {row["cohort"] for row in rows} - {"all"}
    row = {"kind": "category", "name": "108", "value": 0.2}
    return others + [{**row, "cohort": cohort} for cohort in sorted(cohorts)]


def test_the_contests_were_met():
    assert seen["readmitted"] > 30
    assert seen["reasons"] == {
        None, "discharged_too_late", "unknown_age", "too_young", "died", "not_enrolled_before",
        "not_enrolled_after", "transferred_out", "against_advice", "cancer_hospital",
        "psychiatric", "rehabilitation", "cancer_treatment", "cohort_below_minimum",
    }  # fmt: skip
    assert seen["planned"] == {"PR1", "PR2", "PR3", "acute_diagnosis", "none"}
    assert len(seen["cohorts"]) == 5
    assert seen["parts"] >= {1, 2}
    assert "pooled" in seen["categories"]
    assert len(seen["categories"]) > 1
    assert len(seen["comorbidities"]) > 8
    assert {"T1", "A1", "A2"} <= seen["units"]
    assert seen["variances"] == {True, False}
    assert seen["supplied"] == {True, False}
    assert seen["kinds"] == {
        "age", "category", "comorbidity", "variance", "effect", "resampled", "rate",
    }  # fmt: skip
