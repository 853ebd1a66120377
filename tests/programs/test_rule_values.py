"""The values of the Medicare Value Modifier, year by year, as they were read or recalled.

The table is a second copy of the rules, written from the sources and not from the program files:
42 CFR 414.1200-414.1285, the physician fee schedule rules of 2013 to 2018 (77 FR 68892, 78 FR 74230,
79 FR 67548, 80 FR 70886, 81 FR 80170, 82 FR 52976), CMS's summaries, sample reports and results.
After each value: v, its text was read; r, recalled from the named document; d, a default.
"""

# ruff: noqa: E501  # tables as text are read as tables

from __future__ import annotations

import json
from functools import cache

import pytest

from openp4p.program.library import load_program, programs, resolved

YEARS = (2015, 2016, 2017, 2018)
STATUS = {"v": "verified", "r": "recalled", "d": "default"}

VALUES = """
path                                 | 2015                           | 2016                           | 2017                                | 2018
performance_year                     | 2013 v                         | 2014 v                         | 2015 v                              | 2016 v
applicability.minimum_group_size     | 100 v                          | 10 v                           | 1 v                                 | 1 v
applicability.requires_physician     | true v                         | true v                         | true r                              | false r
applicability.adjusted_classes       | ["physician"] v                | ["physician"] v                | ["physician"] v                     | ["physician","pa","np","cns","crna"] v
applicability.requires_size_on_both  | true v                         | false r                        | false r                             | false r
applicability.unstated_specialty     | "99" d                         | "99" d                         | "99" d                              | "99" d
eligibility.part_year                | "exclude" r                    | "exclude" r                    | "include_new_and_deceased" r        | "include_new_and_deceased" r
eligibility.esrd_codes               | ["11","21","31"] v             | ["11","21","31"] v             | ["11","21","31"] v                  | ["11","21","31"] v
eligibility.full_dual_codes          | ["02","04","08"] r             | ["02","04","08"] r             | ["02","04","08"] r                  | ["02","04","08"] r
attribution.prestep_physician_visit  | true r                         | true r                         | false r                             | false r
reporting.category_rule              | "gpro_or_administrative_claims" v | "group_or_share_of_professionals" v | "group_or_share_of_professionals" r | "group_or_share_of_professionals" r
reporting.individual_share           | null v                         | 0.5 v                          | 0.5 r                               | 0.5 r
reporting.quality_tiering            | "elective" v                   | "mandatory" r                  | "mandatory" r                       | "mandatory" r
reporting.quality_data_modifiers | ["1P","2P","3P","8P"] r | ["1P","2P","3P","8P"] r | ["1P","2P","3P","8P"] r | ["1P","2P","3P","8P"] r
reporting.quality_data_outcomes | ["met","exclusion","exception","not_met"] r | ["met","exclusion","exception","not_met"] r | ["met","exclusion","exception","not_met"] r | ["met","exclusion","exception","not_met"] r
quality.separate_ecqm                | false v                        | false v                        | false v                             | true v
quality.benchmark_period             | "prior_year" v                 | "prior_year" v                 | "prior_year" v                      | "prior_year" v
quality.cahps                        | "when_elected" r               | "when_elected" r               | "when_elected" r                    | "when_elected" r
cost.trim_low                        | 0.01 r                         | 0.01 r                         | 0.01 r                              | 0.01 r
cost.trim_high                       | 0.99 r                         | 0.99 r                         | 0.99 r                              | 0.99 r
cost.specialty_adjustment            | false r                        | true r                         | true r                              | true r
cost.benchmark_population            | "subject_practices" v          | "practices_at_minimum" v       | "practices_at_minimum" v            | "practices_at_minimum" v
cost.condition_excluded_services     | ["D1","O1A","T1"] r            | ["D1","O1A","T1"] r            | ["D1","O1A","T1"] r                 | ["D1","O1A","T1"] r
cost.price_trim                      | 0.999 d                        | 0.999 d                        | 0.999 d                             | 0.999 d
cost.run_out_months                  | 3 d                            | 3 d                            | 3 d                                 | 3 d
composites.no_measure                | "no_adjustment" v              | "average" v                    | "average" v                         | "average" v
tiering.standard_deviations          | 1.0 v                          | 1.0 v                          | 1.0 v                               | 1.0 v
tiering.significance                 | 0.05 r                         | 0.05 r                         | 0.05 r                              | 0.05 r
payment.automatic_percent            | {"100+":-0.01} v               | {"10-99":-0.02,"100+":-0.02} v | {"1-9":-0.02,"10+":-0.04} r         | {"1-9":-0.01,"10+":-0.02,"nonphysician_only":-0.01} v
payment.published_factor             | 0.0489 v                       | 0.1592 v                       | 0.1548 r                            | 0.0663 d
payment.actuarial_factor             | 1.0 d                          | 1.0 d                          | 1.0 d                               | 1.0 d
payment.factor_digits                | 4 v                            | 4 v                            | 4 v                                 | 4 v
payment.assigned_claims_only         | false v                        | false r                        | true r                              | true r
payment.sequestration                | -0.02 r                        | -0.02 r                        | -0.02 r                             | -0.02 r
payment.coinsurance                  | 0.2 r                          | 0.2 r                          | 0.2 r                               | 0.2 r
payment.pqrs_percent                 | -0.015 v                       | -0.02 v                        | -0.02 v                             | -0.02 v
risk.models | {"v12_then_v22":{"model":"V12","coefficient_file":"C1209J2Y"},"v22_throughout":{"model":"V22","coefficient_file":"C2211L4P"}} r | {"v12_then_v22":{"model":"V22","coefficient_file":"C2211L4P"},"v22_throughout":{"model":"V22","coefficient_file":"C2211L4P"}} r | {"v12_then_v22":{"model":"V22","coefficient_file":"C2211L4P"},"v22_throughout":{"model":"V22","coefficient_file":"C2211L4P"}} r | {"v12_then_v22":{"model":"V22","coefficient_file":"C2211L4P"},"v22_throughout":{"model":"V22","coefficient_file":"C2211L4P"}} r
risk.age_sex_edits                   | true v                         | true v                         | true v                              | true v
risk.excluded_services               | ["D1","I","O1A","T1"] r        | ["D1","I","O1A","T1"] r        | ["D1","I","O1A","T1"] r             | ["D1","I","O1A","T1"] r
stays.interim_status                 | ["30"] v                       | ["30"] v                       | ["30"] v                            | ["30"] v
stays.interim_bill_frequencies       | ["2","3"] r                    | ["2","3"] r                    | ["2","3"] r                         | ["2","3"] r
episodes.days_before                 | 3 v                            | 3 v                            | 3 v                                 | 3 v
episodes.days_after                  | 30 v                           | 30 v                           | 30 v                                | 30 v
episodes.lookback_days               | 90 r                           | 90 r                           | 90 r                                | 90 r
episodes.days_between                | 30 r                           | 30 r                           | 30 r                                | 30 r
episodes.transfer_statuses           | ["02","05","66","82","85","94"] r | ["02","05","66","82","85","94"] r | ["02","05","66","82","85","94"] r   | ["02","05","66","82","85","94"] r
episodes.prediction_floor            | 0.005 r                        | 0.005 r                        | 0.005 r                             | 0.005 r
episodes.residual_low                | 0.005 r                        | 0.005 r                        | 0.005 r                             | 0.005 r
episodes.residual_high               | 0.995 r                        | 0.995 r                        | 0.995 r                             | 0.995 r
episodes.minimum_cell                | 30 d                           | 30 d                           | 30 d                                | 30 d
episodes.age_bands | {"age_0_34":[0,34],"age_35_44":[35,44],"age_45_54":[45,54],"age_55_59":[55,59],"age_60_64":[60,64],"age_70_74":[70,74],"age_75_79":[75,79],"age_80_84":[80,84],"age_85_89":[85,89],"age_90_94":[90,94],"age_95_gt":[95,999]} r | {"age_0_34":[0,34],"age_35_44":[35,44],"age_45_54":[45,54],"age_55_59":[55,59],"age_60_64":[60,64],"age_70_74":[70,74],"age_75_79":[75,79],"age_80_84":[80,84],"age_85_89":[85,89],"age_90_94":[90,94],"age_95_gt":[95,999]} r | {"age_0_34":[0,34],"age_35_44":[35,44],"age_45_54":[45,54],"age_55_59":[55,59],"age_60_64":[60,64],"age_70_74":[70,74],"age_75_79":[75,79],"age_80_84":[80,84],"age_85_89":[85,89],"age_90_94":[90,94],"age_95_gt":[95,999]} r | {"age_0_34":[0,34],"age_35_44":[35,44],"age_45_54":[45,54],"age_55_59":[55,59],"age_60_64":[60,64],"age_70_74":[70,74],"age_75_79":[75,79],"age_80_84":[80,84],"age_85_89":[85,89],"age_90_94":[90,94],"age_95_gt":[95,999]} r
episodes.nursing_facility_codes      | ["99307","99308","99309","99310","99315","99316","99318"] d | ["99307","99308","99309","99310","99315","99316","99318"] d | ["99307","99308","99309","99310","99315","99316","99318"] d | ["99307","99308","99309","99310","99315","99316","99318"] d
episodes.nursing_facility_place      | "32" d                         | "32" d                         | "32" d                              | "32" d
episodes.nursing_facility_days       | 90 d                           | 90 d                           | 90 d                                | 90 d
episodes.nursing_facility_gap        | 14 d                           | 14 d                           | 14 d                                | 14 d
episodes.nursing_facility_recent_days| 30 d                           | 30 d                           | 30 d                                | 30 d
episodes.inpatient_places            | ["21"] d                       | ["21"] d                       | ["21"] d                            | ["21"] d
admissions.components | {"pneumonia_pqi":{"composite":"acute_pqi","indicators":["PQI11"],"conditions":[],"minimum_age":18},"urinary_infection_pqi":{"composite":"acute_pqi","indicators":["PQI12"],"conditions":[],"minimum_age":18},"dehydration_pqi":{"composite":"acute_pqi","indicators":["PQI10"],"conditions":[],"minimum_age":18},"diabetes_pqi":{"composite":"chronic_pqi","indicators":["PQI01","PQI03","PQI14","PQI16"],"conditions":["diabetes"],"minimum_age":18},"copd_asthma_pqi":{"composite":"chronic_pqi","indicators":["PQI05"],"conditions":["copd","asthma"],"minimum_age":40},"heart_failure_pqi":{"composite":"chronic_pqi","indicators":["PQI08"],"conditions":["heart_failure"],"minimum_age":18}} r | {"pneumonia_pqi":{"composite":"acute_pqi","indicators":["PQI11"],"conditions":[],"minimum_age":18},"urinary_infection_pqi":{"composite":"acute_pqi","indicators":["PQI12"],"conditions":[],"minimum_age":18},"dehydration_pqi":{"composite":"acute_pqi","indicators":["PQI10"],"conditions":[],"minimum_age":18},"diabetes_pqi":{"composite":"chronic_pqi","indicators":["PQI01","PQI03","PQI14","PQI16"],"conditions":["diabetes"],"minimum_age":18},"copd_asthma_pqi":{"composite":"chronic_pqi","indicators":["PQI05"],"conditions":["copd","asthma"],"minimum_age":40},"heart_failure_pqi":{"composite":"chronic_pqi","indicators":["PQI08"],"conditions":["heart_failure"],"minimum_age":18}} r | {"pneumonia_pqi":{"composite":"acute_pqi","indicators":["PQI11"],"conditions":[],"minimum_age":18},"urinary_infection_pqi":{"composite":"acute_pqi","indicators":["PQI12"],"conditions":[],"minimum_age":18},"dehydration_pqi":{"composite":"acute_pqi","indicators":["PQI10"],"conditions":[],"minimum_age":18},"diabetes_pqi":{"composite":"chronic_pqi","indicators":["PQI01","PQI03","PQI14","PQI16"],"conditions":["diabetes"],"minimum_age":18},"copd_asthma_pqi":{"composite":"chronic_pqi","indicators":["PQI05"],"conditions":["copd","asthma"],"minimum_age":40},"heart_failure_pqi":{"composite":"chronic_pqi","indicators":["PQI08"],"conditions":["heart_failure"],"minimum_age":18}} r | {"pneumonia_pqi":{"composite":"acute_pqi","indicators":["PQI11"],"conditions":[],"minimum_age":18},"urinary_infection_pqi":{"composite":"acute_pqi","indicators":["PQI12"],"conditions":[],"minimum_age":18},"dehydration_pqi":{"composite":"acute_pqi","indicators":["PQI10"],"conditions":[],"minimum_age":18},"diabetes_pqi":{"composite":"chronic_pqi","indicators":["PQI01","PQI03","PQI14","PQI16"],"conditions":["diabetes"],"minimum_age":18},"copd_asthma_pqi":{"composite":"chronic_pqi","indicators":["PQI05"],"conditions":["copd","asthma"],"minimum_age":40},"heart_failure_pqi":{"composite":"chronic_pqi","indicators":["PQI08"],"conditions":["heart_failure"],"minimum_age":18}} r
admissions.age_bands | [18,40,65,70,75,80,85] d | [18,40,65,70,75,80,85] d | [18,40,65,70,75,80,85] d | [18,40,65,70,75,80,85] d
admissions.transfer_origins | ["4","5","6"] v | ["4","5","6"] v | ["4","5","6"] v | ["4","5","6"] v
admissions.excluded_categories | ["14","15"] v | ["14","15"] v | ["14","15"] v | ["14","15"] v
admissions.excluded_icd9 | [["630","679"],["760","779"]] d | [["630","679"],["760","779"]] d | [["630","679"],["760","779"]] d | [["630","679"],["760","779"]] d
admissions.ungroupable | ["999"] v | ["999"] v | ["999"] v | ["999"] v
readmissions.days | 30 v | 30 v | 30 v | 30 v
readmissions.minimum_age | 65 v | 65 v | 65 v | 65 v
readmissions.months_before | 12 r | 12 r | 12 r | 12 r
readmissions.against_advice | ["07"] v | ["07"] v | ["07"] v | ["07"] v
readmissions.died | ["20","40","41","42"] v | ["20","40","41","42"] v | ["20","40","41","42"] v | ["20","40","41","42"] v
readmissions.rehabilitation_status | ["62"] v | ["62"] v | ["62"] v | ["62"] v
readmissions.rehabilitation_codes | ["V57","Z5189"] v | ["V57","Z5189"] v | ["V57","Z5189"] v | ["V57","Z5189"] v
readmissions.planned_versions | {"by_publication":"v2_1","v4_0":"v4_0"} d | {"by_publication":"v3_0","v4_0":"v4_0"} d | {"by_publication":"v3_0","v4_0":"v4_0"} d | {"by_publication":"v3_0","v4_0":"v4_0"} d
readmissions.fewest_outcomes | 10 d | 10 d | 10 d | 10 d
readmissions.prior_variance | 100 d | 100 d | 100 d | 100 d
readmissions.no_variation | 1e-06 d | 1e-06 d | 1e-06 d | 1e-06 d
readmissions.bootstrap_draws | 200 d | 200 d | 200 d | 200 d
quality.outcome_benchmark_without_prior | "performance_year" d | "performance_year" d | "performance_year" d | "performance_year" d
visits.days | 30 d | 30 d | 30 d | 30 d
visits.minimum_age | 18 d | 18 d | 18 d | 18 d
visits.share_days | [7,14,30] d | [7,14,30] d | [7,14,30] d | [7,14,30] d
visits.home_status | ["01","06","81","86"] d | ["01","06","81","86"] d | ["01","06","81","86"] d | ["01","06","81","86"] d
corrections.effects | {"quality_error":{"category_1":false,"quality":"average","cost":"keep"},"quality_error_recomputed":{"category_1":false,"quality":"average","cost":"keep"},"cost_error":{"category_1":false,"quality":"keep","cost":"high_to_average"},"cost_error_recomputed":{"category_1":false,"quality":"keep","cost":"keep"},"widespread_quality_problem":{"category_1":false,"quality":"low_to_average","cost":"keep"},"category_1_on_review":{"category_1":true,"quality":"keep","cost":"keep"}} r | {"quality_error":{"category_1":false,"quality":"average","cost":"keep"},"quality_error_recomputed":{"category_1":false,"quality":"keep","cost":"keep"},"cost_error":{"category_1":false,"quality":"keep","cost":"high_to_average"},"cost_error_recomputed":{"category_1":false,"quality":"keep","cost":"keep"},"widespread_quality_problem":{"category_1":false,"quality":"low_to_average","cost":"keep"},"category_1_on_review":{"category_1":true,"quality":"keep","cost":"keep"}} r | {"quality_error":{"category_1":false,"quality":"average","cost":"keep"},"quality_error_recomputed":{"category_1":false,"quality":"keep","cost":"keep"},"cost_error":{"category_1":false,"quality":"keep","cost":"high_to_average"},"cost_error_recomputed":{"category_1":false,"quality":"keep","cost":"keep"},"widespread_quality_problem":{"category_1":false,"quality":"low_to_average","cost":"keep"},"category_1_on_review":{"category_1":true,"quality":"average","cost":"high_to_average"}} r | {"quality_error":{"category_1":false,"quality":"average","cost":"keep"},"quality_error_recomputed":{"category_1":false,"quality":"keep","cost":"keep"},"cost_error":{"category_1":false,"quality":"keep","cost":"high_to_average"},"cost_error_recomputed":{"category_1":false,"quality":"keep","cost":"keep"},"widespread_quality_problem":{"category_1":false,"quality":"low_to_average","cost":"keep"},"category_1_on_review":{"category_1":true,"quality":"average","cost":"high_to_average"}} r
payment.ehr_percent                  | -0.01 v                        | -0.02 v                        | -0.03 v                             | -0.03 v
"""

# quality high, average, low; within each, cost low, average, high; "x" marks a multiple of x
GRIDS = """
year | size class | high     | average        | low
2015 | 100+       | 2x 1x 0  | 1x 0 -0.005    | 0 -0.005 -0.01
2016 | 100+       | 2x 1x 0  | 1x 0 -0.01     | 0 -0.01 -0.02
2016 | 10-99      | 2x 1x 0  | 1x 0 0         | 0 0 0
2017 | 10+        | 4x 2x 0  | 2x 0 -0.02     | 0 -0.02 -0.04
2017 | 1-9        | 2x 1x 0  | 1x 0 0         | 0 0 0
2018 | all        | 2x 1x 0  | 1x 0 0         | 0 0 0
"""
SUPERSEDED = """
year | size class        | high     | average     | low
2018 | 10+               | 4x 2x 0  | 2x 0 -0.02  | 0 -0.02 -0.04
2018 | 1-9               | 2x 1x 0  | 1x 0 0      | 0 0 0
2018 | nonphysician_only | 2x 1x 0  | 1x 0 0      | 0 0 0
"""

MEASURES = """
measure                      | kind    | domain | better | unit     | scored | 2015 | 2016 | 2017  | 2018
per_capita_cost              | cost    | AAB    | lower  | dollars  | yes    | 20   | 20   | 20    | 20
spending_per_beneficiary     | cost    | AAB    | lower  | dollars  | yes    | -    | 20 r | 125   | 125
diabetes_cost                | cost    | BSC    | lower  | dollars  | yes    | 20   | 20   | 20    | 20
coronary_artery_disease_cost | cost    | BSC    | lower  | dollars  | yes    | 20   | 20   | 20    | 20
copd_cost                    | cost    | BSC    | lower  | dollars  | yes    | 20   | 20   | 20    | 20
heart_failure_cost           | cost    | BSC    | lower  | dollars  | yes    | 20   | 20   | 20    | 20
acute_pqi                    | quality | CCC    | lower  | per_1000 | yes    | 20   | 20   | 20    | 20
chronic_pqi                  | quality | CCC    | lower  | per_1000 | yes    | 20   | 20   | 20    | 20
pneumonia_pqi                | quality | CCC    | lower  | per_1000 | no     | 20   | 20   | 20    | 20
urinary_infection_pqi        | quality | CCC    | lower  | per_1000 | no     | 20   | 20   | 20    | 20
dehydration_pqi              | quality | CCC    | lower  | per_1000 | no     | 20   | 20   | 20    | 20
diabetes_pqi                 | quality | CCC    | lower  | per_1000 | no     | 20   | 20   | 20    | 20
copd_asthma_pqi              | quality | CCC    | lower  | per_1000 | no     | 20   | 20   | 20    | 20
heart_failure_pqi            | quality | CCC    | lower  | per_1000 | no     | 20   | 20   | 20    | 20
readmission                  | quality | CCC    | lower  | percent  | yes    | 20   | 20   | 200   | 200
post_discharge_visits        | quality | CCC    | higher | per_1000 | no     | 20 d | 20 d | 20 d  | 20 d
"""
SURVEY = (
    "Getting Timely Care, Appointments and Information",
    "How Well Providers Communicate",
    "Patient's Rating of Provider",
    "Access to Specialists",
    "Health Promotion and Education",
    "Shared Decision Making",
    "Health Status and Functional Status",
    "Courteous and Helpful Office Staff",
    "Care Coordination",
    "Between Visit Communication",
    "Helping You to Take Medications as Directed",
    "Stewardship of Patient Resources",
)
PRIMARY_CARE = [(99201, 99205), (99211, 99215), (99304, 99310), (99315, 99316), (99318, 99318),
                (99324, 99328), (99334, 99337), (99339, 99345), (99347, 99350)]  # fmt: skip
PRIMARY_CARE_OTHER = {"G0402", "G0438", "G0439"}

# every specialty that counts as an eligible professional; those not named are physicians
NOT_PHYSICIANS = {
    "15": "therapist", "32": "crna", "42": "cnm", "43": "crna", "50": "np", "64": "audiologist",
    "65": "therapist", "67": "therapist", "68": "cpsych", "71": "dietitian", "80": "csw",
    "89": "cns", "97": "pa",
}  # fmt: skip
NO_PROFESSIONAL = {31, 45, 47, 49, *range(51, 64), 69, 70, 73, 74, 75, 87, 88, 95, 96}


def table(text: str) -> list[dict[str, str]]:
    lines = [[c.strip() for c in line.split("|")] for line in text.strip().splitlines()]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


@cache
def program(year):
    return load_program("medicare_value_modifier", year)


def value_at(said: object, path: str) -> object:
    for part in path.split("."):
        said = said[part]
    return said


@pytest.mark.parametrize("row", table(VALUES), ids=lambda row: row["path"])
def test_each_value_is_the_one_that_was_read(row):
    found = {
        year: (
            value_at(resolved(program(year)), row["path"]),
            program(year).citation(row["path"]).status,
        )
        for year in YEARS
    }
    expected = {}
    for year in YEARS:
        text, _, letter = row[str(year)].rpartition(" ")
        expected[year] = (json.loads(text), STATUS[letter])
    assert found == expected


def test_the_table_has_every_value_that_is_not_a_list_a_grid_or_a_choice():
    elsewhere = {
        "applicability.size_classes", "applicability.model_handling", "attribution.steps",
        "attribution.primary_care_codes", "composites.quality_domains", "composites.cost_domains",
        "payment.grid", "payment.high_risk", "specialties", "fee_schedule_codes",
    }  # fmt: skip
    for year in YEARS:
        chosen = {choice.parameter for choice in program(year).choices}
        # the governance has a table of its own: tests/unit/audit/test_governance_values.py
        of_others = ("measures.", "governance.")
        cited = {p for p in program(year).citations if not p.startswith(of_others)}
        assert cited - chosen - elsewhere == {row["path"] for row in table(VALUES)}


def cells(text: str, year: int) -> list[tuple]:
    made = []
    for row in table(text):
        if int(row["year"]) != year:
            continue
        for quality in ("high", "average", "low"):
            for cost, paid in zip(("low", "average", "high"), row[quality].split(), strict=True):
                multiple = float(paid[:-1]) if paid.endswith("x") else None
                percent = None if multiple else float(paid)
                made.append((row["size class"], quality, cost, percent, multiple))
    return sorted(made, key=str)


def grid_of(said: dict) -> list[tuple]:
    keys = ("size_class", "quality", "cost", "percent", "multiple")
    return sorted((tuple(cell[key] for key in keys) for cell in said["payment"]["grid"]), key=str)


@pytest.mark.parametrize("year", YEARS)
def test_the_grid_pays_what_the_regulation_says(year):
    assert grid_of(resolved(program(year))) == cells(GRIDS, year)


def test_a_cell_that_pays_a_multiple_has_no_percent_and_the_other_way_round():
    for year in YEARS:
        for cell in resolved(program(year))["payment"]["grid"]:
            assert (cell["percent"] is None) != (cell["multiple"] is None)


def test_2018_can_be_asked_as_it_was_first_finalised():
    first = load_program("medicare_value_modifier/2018-superseded")
    assert grid_of(resolved(first)) == cells(SUPERSEDED, 2018)
    assert dict(first.payment.automatic_percent) == {
        "1-9": -0.02,
        "10+": -0.04,
        "nonphysician_only": -0.02,
    }
    assert first.payment.published_factor is None
    assert first.extends == "medicare_value_modifier/2018"
    assert first.reporting == program(2018).reporting


@pytest.mark.parametrize(
    ("year", "classes"),
    [
        (2015, [("100+", 100, None, "any")]),
        (2016, [("10-99", 10, 99, "any"), ("100+", 100, None, "any")]),
        (2017, [("1-9", 1, 9, "any"), ("10+", 10, None, "any")]),
        (
            2018,
            [
                ("nonphysician_only", 1, None, "no_physician"),
                ("1-9", 1, 9, "any"),
                ("10+", 10, None, "any"),
            ],
        ),
    ],
)
def test_size_classes_cover_every_practice_that_is_subject(year, classes):
    found = [
        (c.id, c.minimum, c.maximum, c.composition)
        for c in program(year).applicability.size_classes
    ]
    assert found == classes


@pytest.mark.parametrize(
    ("year", "handling", "status"),
    [
        (2015, {"mssp": "excluded", "pioneer": "excluded", "cpc": "excluded"}, "verified"),
        (2016, {"mssp": "excluded", "pioneer": "excluded", "cpc": "excluded"}, "verified"),
        (2017, {"mssp": "aco", "pioneer": "waived", "cpc": "waived"}, "recalled"),
        (2018, {"mssp": "aco", "pioneer": "waived", "cpc": "waived", "next_generation": "waived", "cec": "waived", "ocm": "waived"}, "recalled"),
    ],
)  # fmt: skip
def test_acos_and_models_are_handled_as_in_their_year(year, handling, status):
    assert dict(program(year).applicability.model_handling) == handling
    assert program(year).citation("applicability.model_handling").status == status


@pytest.mark.parametrize("year", YEARS)
def test_nurse_practitioners_move_to_the_first_step_in_2017(year):
    found = [set(groups) for groups in program(year).attribution.steps]
    early = [{"primary_care_physician"}, {"other_physician", "np_pa_cns"}]
    late = [{"primary_care_physician", "np_pa_cns"}, {"other_physician"}]
    assert found == (early if year < 2017 else late)


@pytest.mark.parametrize("year", YEARS)
def test_the_high_risk_bonus_is_one_x_from_the_75th_percentile(year):
    bonus = program(year).payment.high_risk
    needed = ("gpro_web_interface", "registry") if year == 2015 else ()
    assert (bonus.percentile, bonus.multiple, bonus.mechanisms) == (0.75, 1.0, needed)
    assert program(year).citation("payment.high_risk").status == "verified"


@pytest.mark.parametrize("row", table(MEASURES), ids=lambda row: row["measure"])
def test_measures_from_claims_have_their_domain_and_minimum(row):
    for year in YEARS:
        found = {m.id: m for m in program(year).measures}.get(row["measure"])
        minimum, _, letter = row[str(year)].partition(" ")
        if minimum == "-":
            assert found is None
            continue
        assert (found.kind, found.domain, found.better, found.unit) == (
            row["kind"], row["domain"], row["better"], row["unit"],
        )  # fmt: skip
        assert found.is_scored == (row["scored"] == "yes")
        assert found.minimum_cases == int(minimum)
        assert program(year).citation(f"measures.{found.id}").status == STATUS[letter or "v"]


def test_readmissions_of_small_groups_are_not_scored_from_2017():
    least = {y: next(m for m in program(y).measures if m.id == "readmission") for y in YEARS}
    assert {y: m.minimum_group_size for y, m in least.items()} == {
        2015: 1,
        2016: 1,
        2017: 10,
        2018: 10,
    }


@pytest.mark.parametrize("year", YEARS)
def test_domains_and_survey_are_those_of_the_reports(year):
    said = program(year)
    assert list(said.composites.quality_domains) == ["ECC", "PCE", "CPH", "PS", "CCC", "ECR"]
    assert list(said.composites.cost_domains) == ["AAB", "BSC"]
    survey = [m for m in said.measures if m.source == "survey"]
    assert tuple(m.name for m in survey) == SURVEY
    assert {(m.domain, m.minimum_cases) for m in survey} == {("PCE", 20)}
    assert [m.id for m in survey] == [f"cahps_{number}" for number in range(1, 13)]


@pytest.mark.parametrize("year", YEARS)
def test_primary_care_codes_are_those_of_the_modifier(year):
    codes = {str(code) for first, last in PRIMARY_CARE for code in range(first, last + 1)}
    assert program(year).attribution.primary_care_codes == codes | PRIMARY_CARE_OTHER


@pytest.mark.parametrize("year", YEARS)
def test_specialties_have_their_classes(year):
    found = {s.code: s for s in program(year).specialties}
    numbered = {f"{n:02d}" for n in range(1, 100) if n not in NO_PROFESSIONAL}
    assert set(found) == numbered | {"C0", "C3", "C5", "C6"}
    assert {c: s.ep_class for c, s in found.items() if not s.is_physician} == NOT_PHYSICIANS
    assert {s.ep_class for s in found.values() if s.is_physician} == {"physician"}
    assert {c for c, s in found.items() if s.is_primary_care_physician} == {"01", "08", "11", "38"}
    assert {c for c, s in found.items() if s.is_np_pa_cns} == {"50", "89", "97"}


@pytest.mark.parametrize("reference", programs())
def test_every_value_has_a_source_and_says_how_sure_it_is(reference):
    said = load_program(reference)
    assert {path for path, c in said.citations.items() if not c.source.strip()} == set()
    assert {c.status for c in said.citations.values()} == set(STATUS.values())
    lacking = []
    for section in ("applicability", "eligibility", "attribution", "reporting", "quality", "cost",
                    "benchmarks", "composites", "tiering", "payment"):  # fmt: skip
        for name in type(getattr(said, section)).model_fields:
            path = f"{section}.{name}"
            covered = path in said.citations or any(
                c.startswith(f"{path}.") for c in said.citations
            )
            lacking += [] if covered else [path]
    assert lacking == []
    assert all(f"measures.{measure.id}" in said.citations for measure in said.measures)


def test_a_year_that_is_verified_cites_no_choice():
    for year in YEARS:
        sources = {c.source for c in program(year).citations.values() if c.status == "verified"}
        assert not any(source.startswith("Choice ") for source in sources)
