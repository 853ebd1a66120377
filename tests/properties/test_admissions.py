"""Preventable admissions on both engines are the reference's, from stays to rates.

Mutants of the engine code that were made by hand, each with the test that failed:
- an earlier bill's principal diagnosis is no secondary one (stays that meet an indicator);
- the later stays of a chain are transfers even where the point of origin is known (the same);
- a birthday on the last day of the year has not come yet (the population);
- expected admissions of a composite are not added up over components (the cases).
"""

from __future__ import annotations

from openp4p.attribution.attributed import attributed_beneficiaries  # noqa: F401  # its columns
from openp4p.attribution.eligible import eligible_beneficiaries  # noqa: F401  # its columns
from openp4p.measures.admission_cases import admission_cases
from openp4p.measures.admission_populations import admission_populations, admission_strata
from openp4p.measures.admissions import preventable_stays
from openp4p.measures.conditions import beneficiary_conditions  # noqa: F401  # its columns
from tests.properties import hospital_care
from tests.properties.agreeing import same, sampled
from tests.short_tables import value_modifier

EXAMPLES = {"duckdb": 8, "spark": 1}
RULES = [
    value_modifier(2017),
    value_modifier(2016, M3="v6", M6="counted", D24="none"),
    value_modifier(2017, M4="v2024", M5="all_inpatient", M40="no_exclusion"),
    value_modifier(2017, M7="every_indicator", M10="flag_before_admission"),
    value_modifier(2018, M8="mean_of_component_rates", M4="v2023"),
    value_modifier(2017, M8="mean_of_component_rates", D24="none"),
]
SUPPLIED = [
    {"measure": "pneumonia_pqi", "sex": "2", "age_from": 65, "denominator": 100, "numerator": 3},
    {"measure": "pneumonia_pqi", "sex": "1", "age_from": 75, "denominator": 40, "numerator": 2},
]
seen = {"counted": 0, "reasons": set(), "measures": set()}


@sampled(RULES, EXAMPLES)
def test_admissions_are_the_references(engine_name, program, seed):
    given = hospital_care.care(seed, program.performance_year)
    stays = same(
        engine_name,
        preventable_stays,
        program,
        **{
            name: given[name]
            for name in (
                "inpatient_stays",
                "stay_claims",
                "diagnosis",
                "procedure",
                "beneficiary",
            )
        },
    )
    people = same(
        engine_name,
        admission_populations,
        program,
        attributed_beneficiaries=given["attributed_beneficiaries"],
        eligible_beneficiaries=given["eligible_beneficiaries"],
        beneficiary_conditions=given["beneficiary_conditions"],
        preventable_stays=stays,
    )
    strata = same(
        engine_name,
        admission_strata,
        program,
        admission_populations=people,
        supplied_admission_rate=SUPPLIED if seed % 3 == 0 else [],
    )
    cases = same(
        engine_name,
        admission_cases,
        program,
        admission_populations=people,
        admission_strata=strata,
    )
    seen["counted"] += sum(row["is_counted"] for row in stays)
    seen["reasons"] |= {row["reason"] for row in stays}
    seen["measures"] |= {row["measure"] for row in cases}


def test_the_contests_were_met():
    assert seen["counted"] > 100
    assert seen["reasons"] == {
        None, "other_hospital", "missing_facts", "too_young", "transferred_in", "ungroupable",
        "pregnancy_or_newborn", "indicator_exclusion",
    }  # fmt: skip
    assert {"acute_pqi", "chronic_pqi", "copd_asthma_pqi"} <= seen["measures"]
