"""Risk scores on both engines are the reference's: the model, and whom it scores on what.

Mutants of the engine code that were made by hand, each with the test that failed:
- the hierarchy removes nothing: test_scores_are_the_references[V22-2014]
- an interaction holds beside the one that replaces it: test_scores_are_the_references[V12-2013]
- a new enrollee of 64 entitled by age stays 64: test_scores_are_the_references[V22-2014]
- an edit for one sex holds for both: test_scores_are_the_references[V22-2016]
- new enrollees take Medicaid from the year before: test_the_score_of_each_beneficiary[v12]
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from functools import cache
from random import Random

import pytest
from hypothesis import given

from openp4p.codes import code_list
from openp4p.program.risk_tables import Version, takes_blank_segments, version_rows
from openp4p.risk.scores import risk_scores
from tests.conftest import ENGINES
from tests.properties.contested import seeds, thoroughly
from tests.scored import scored, version
from tests.short_tables import months, value_modifier
from tests.solving import REFERENCE, assert_same_rows, solve

EXAMPLES = {"duckdb": 4, "spark": 1}
MODELS = [("V12", 2013), ("V21", 2015), ("V21", 2018), ("V22", 2014), ("V22", 2016), ("V22", 2018)]
AGES = [1, 17, 18, 30, 34, 35, 63, *[64] * 4, *[65] * 3, 66, 69, 70, 74, 75, 80, 94, 95, 101]
REASONS = ["", "0", "0", "1", "1", "2", "3", "3"]
SEGMENTS = {
    "C2214O5P": ["CNA", "CND", "CFA", "CFD", "CPA", "CPD", "INS", "NE", "SNPNE"],
    "C2110H2R": ["CE", "INS", "NE"],
    "E2118P1M": sorted(
        r["segment"] for r in code_list("hcc_segments") if r["coefficient_file"] == "E2118P1M"
    ),
}
on_every_engine = pytest.mark.parametrize("engine_name", ENGINES)


@cache
def codes_of(asked: Version) -> dict[str, list]:
    """Codes by what they are good for: any category, one of a group, all of an interaction, ..."""
    listed: dict[tuple[int, str], set[str]] = {}
    for r in code_list("hcc_codes"):
        in_force = int(r["payment_year_min"]) <= asked.year <= int(r["payment_year_max"])
        if r["model"] == asked.model and in_force:
            listed.setdefault((int(r["icd_version"]), r["code"]), set()).add(r["hcc"])
    named = {
        hcc
        for r in code_list("hcc_groups")
        if r["coefficient_file"] == asked.coefficient_file
        for hcc in r["hccs"].split("|")
    }
    edited = {
        (int(r["icd_version"]), code)
        for r in code_list("hcc_age_sex_edits")
        if r["model"] == asked.model
        for code in r["codes"].split("|")
    }
    members = {
        **{f"HCC{hcc}": [code] for code, hccs in listed.items() for hcc in hccs},
        **{
            # of the first of its categories that has codes in the year
            r["group_name"]: [
                next(
                    code
                    for hcc in r["hccs"].split("|")
                    for code, hccs in listed.items()
                    if hcc in hccs
                )
            ]
            for r in code_list("hcc_groups")
            if r["coefficient_file"] == asked.coefficient_file
        },
    }
    one_each = {next(iter(hccs)): code for code, hccs in listed.items()}
    return {
        "each": sorted(one_each.values()),
        "named": sorted(code for code, hccs in listed.items() if hccs & named),
        "edited": sorted(edited & listed.keys()),
        "two": sorted(code for code, hccs in listed.items() if len(hccs) > 1),
        "together": [
            [coded for name in r["all_of"].split("&") for coded in members[name]]
            for r in code_list("hcc_interactions")
            if r["coefficient_file"] == asked.coefficient_file
        ],
        "none": [(9, "V700"), (10, "Z0000"), (10, "25000"), (9, "E119")],
    }


def population(seed: int, asked: Version, people: int = 60):
    """People whose facts contradict each other; diagnoses that interact or remove each other."""
    draw, codes = Random(seed), codes_of(asked)
    listed, diagnoses = [], []
    for number in range(people):
        listed.append(
            {
                "population": draw.choice(["community"] * 4 + ["institutional", "new_enrollee"]),
                "dual_benefit": draw.choice(["none", "partial", "full"]),
                "asked_segment": draw.choice(
                    [""] * 6 * takes_blank_segments(asked)
                    + SEGMENTS.get(asked.coefficient_file, ["CE", "INS", "NE", "SNPNE"])
                ),
                "age": draw.choice(AGES),
                "sex": draw.choice("12"),
                "medicaid": draw.random() < 0.4,
                "reason": draw.choice(REASONS),
            }
        )
        for _ in range(draw.choice([0, 1, 3, 6, 12])):
            kind = draw.choice(["each", "each", "named", "named", "edited", "two", "none"])
            if codes[kind]:
                diagnoses.append((f"b{number}", *draw.choice(codes[kind])))
        if draw.random() < 0.5:
            diagnoses += [(f"b{number}", *code) for code in draw.choice(codes["together"])]
    return listed, diagnoses


@on_every_engine
@pytest.mark.parametrize(("name", "year"), MODELS)
def test_scores_are_the_references(engine_name, name, year):
    asked = version(name, year)

    @thoroughly(EXAMPLES[engine_name])
    @given(seeds)
    def run(seed):
        listed, diagnoses = population(seed, asked)
        with_edits = seed % 4 != 0
        given_ = {"people": listed, "diagnoses": diagnoses, "with_edits": with_edits}
        found = scored(engine_name, asked, **given_)
        expected = scored(REFERENCE, asked, **given_)
        # interactions are listed in the order of the rules on both sides, by other means
        assert_same_rows(found, expected)

    run()


@pytest.mark.parametrize(("name", "year"), MODELS)
def test_the_people_hold_every_interaction_and_every_segment(name, year):
    """All that has a factor is met: every interaction of every segment, hierarchies, edits."""
    asked, seen, segments, removed = version(name, year), Counter(), Counter(), 0
    for seed in range(60):
        for row in scored(REFERENCE, asked, *population(seed, asked)):
            segments[row["segment"]] += 1
            seen.update(term.split("=")[0] for term in row["terms"].split("|"))
            removed += row["hccs"] != row["hccs_before"]
    listed = [
        r for r in code_list("hcc_coefficients") if r["coefficient_file"] == asked.coefficient_file
    ]
    assert set(segments) == {r["segment"] for r in listed}
    wanted = {r["variable"] for r in listed if r["variable_kind"].endswith("interaction")}
    assert wanted - set(seen) == set()
    assert removed > 200
    # a category that no code of the year gives cannot be met
    coded = [(row["low"], row["high"]) for row in version_rows(asked)["hcc_codes"]]
    given_ = {
        row["variable"]
        for row in version_rows(asked)["hcc_conditions"]
        if any(row["low"] & low or row["high"] & high for low, high in coded)
    }
    assert given_ - set(seen) == set()


YEAR = 2015
RULES = [
    value_modifier(2017),
    value_modifier(2015),
    value_modifier(2015, D19="v22_throughout"),
    value_modifier(2018, M36="nursing_facility_visits"),
]


def claims(seed: int, year: int) -> dict[str, list[dict]]:
    """Beneficiaries with enrolment, claims and diagnoses on every edge of what counts."""
    draw = Random(seed)
    tables: dict[str, list[dict]] = {
        name: []
        for name in (
            "beneficiary",
            "enrollment_month",
            "claim",
            "claim_line",
            "diagnosis",
            "risk_score",
            "nursing_facility_cover",
        )
    }
    icd9 = ["25000", "4280", "1970", "2860", "496", "40403", "V700"]
    icd10 = ["E119", "I509", "C7800", "D66", "J449", "I130", "Z0000"]
    for number in range(40):
        name = f"b{number:02}"
        born = [dt.date(year - age, m, d) for age in (30, 64, 65, 80) for m, d in ((1, 31), (2, 1))]
        born += [dt.date(year - 65, 2, 2), dt.date(year + 1, 1, 1), None]
        tables["beneficiary"].append(
            {
                "beneficiary_id": name,
                "birth_date": draw.choice(born),
                "sex": draw.choice(["1", "2", "1", "2", "1", "2", "0", None]),
                "orig_entitlement_code": draw.choice(["0", "0", "1", "2", "3", None]),
            }
        )
        for first, last in (((year - 1) * 100 + 1, (year - 1) * 100 + 12), (year * 100 + 1,) * 2):
            if draw.random() < 0.9:
                tables["enrollment_month"] += months(
                    name,
                    first + draw.choice([0, 0, 0, 0, 1 if last > first else 0]),
                    last,
                    dual_status=draw.choice([None, "00", "01", "02", "03", "09", "10", "NA"]),
                    institutional=draw.choice([None, False, False, True]),
                    part_b=draw.choice([True, True, True, True, None, False]),
                )
        if draw.random() < 0.2:
            for asked in {draw.choice([year - 1, year]), year + 1}:
                tables["risk_score"].append(
                    {
                        "beneficiary_id": name,
                        "performance_year": asked,
                        "risk_score": draw.choice([0.5, 1.25]),
                        "segment": draw.choice([None, "CE"]),
                    }
                )
        if draw.random() < 0.3:
            edge = draw.choice([(year - 1, 12, 31), (year, 1, 1), (year, 12, 31), (year + 1, 1, 1)])
            tables["nursing_facility_cover"].append(
                {
                    "beneficiary_id": name,
                    "first_day": dt.date(*edge) - dt.timedelta(draw.choice([0, 100])),
                    "last_day": dt.date(*edge) + dt.timedelta(draw.choice([0, 400])),
                }
            )
        for claim in range(draw.choice([0, 1, 2, 4])):
            _claim(draw, tables, name, f"{name}c{claim}", year, icd9, icd10)
    return tables


def _claim(draw, tables, name, id_, year, icd9, icd10) -> None:
    kinds = ["INPATIENT", "OUTPATIENT", "SNF", "HHA", "HOSPICE", *["PART_B"] * 5, "DME", "PDE"]
    kind = draw.choice(kinds)
    day = draw.choice(
        [dt.date(year - 1, 1, 1), dt.date(year - 1, 6, 1), dt.date(year - 1, 12, 31)] * 2
        + [dt.date(year, 1, 1), dt.date(year - 2, 12, 31)]
    )
    if draw.random() < 0.9 or kind != "PART_B":
        tables["claim"].append(
            {
                "claim_id": id_,
                "beneficiary_id": name,
                "claim_class": kind,
                "from_date": day - dt.timedelta(draw.choice([0, 1])),
                "thru_date": day,
                "nonpayment_code": draw.choice([None] * 8 + ["0", "N"]),
                "claim_type_code": draw.choice([None] * 8 + ["71", "62"]),
                "mco_paid": draw.choice([None] * 8 + ["0", "1"]),
            }
        )
    for line in range(draw.choice([1, 1, 2])):
        tables["claim_line"].append(
            {
                "claim_id": id_,
                "line_number": line + 1,
                "beneficiary_id": name,
                "claim_class": kind,
                "from_date": day - dt.timedelta(draw.choice([0, 1])),
                "thru_date": draw.choice([day, None]),
                "hcpcs_code": draw.choice(
                    ["99213"] * 5 + ["80053", "71010", "A0428", "E0260", None]
                ),
                "specialty": draw.choice(["11"] * 4 + ["30", "69", "59", None]),
                "allowed_amount": draw.choice([None, 0, 10]),
                "processing_indicator": draw.choice([None, "A", "A", "R", "D"]),
            }
        )
    for seq in range(draw.choice([1, 2, 4])):
        icd = draw.choice([9, 9, 10])
        tables["diagnosis"].append(
            {
                "claim_id": id_,
                "seq": seq + 1,
                "beneficiary_id": name,
                "code": draw.choice(icd9 if icd == 9 else icd10),
                "icd_version": icd,
            }
        )


@on_every_engine
@pytest.mark.parametrize("program", RULES, ids=["v22", "v12", "v22_for_2013", "visits"])
def test_the_score_of_each_beneficiary_is_the_references(engine_name, program):
    @thoroughly(EXAMPLES[engine_name])
    @given(seeds)
    def run(seed):
        tables = claims(seed, program.performance_year)
        found = solve(engine_name, risk_scores, program, **tables)
        assert_same_rows(found, solve(REFERENCE, risk_scores, program, **tables))

    run()


def test_the_beneficiaries_meet_every_case():
    """Supplied, computed and impossible scores; every kind of person; diagnoses in and out."""
    program, seen = RULES[3], Counter()
    for seed in range(12):
        for row in solve(REFERENCE, risk_scores, program, **claims(seed, program.performance_year)):
            seen[row["source"], row["segment"], row["risk_score"] is None] += 1
            seen["conditions"] += bool(row["hccs"])
            seen["new"] += row["is_new_enrollee"]
    assert seen["supplied", None, False] > 5
    assert seen["computed", None, True] > 20
    assert all(seen["computed", segment, False] > 8 for segment in ("CE", "NE", "INS"))
    assert seen["conditions"] > 20
    assert seen["new"] > 50
