"""30-day readmission: stays joined, planned stays, cohorts, index stays and what comes after."""

from __future__ import annotations

import csv
import datetime as dt
from functools import partial
from pathlib import Path

import pytest

from openp4p.attribution.attributed import attributed_beneficiaries  # noqa: F401  # its columns
from openp4p.attribution.eligible import eligible_beneficiaries  # noqa: F401  # its columns
from openp4p.measures.combined_stays import combined_stays, stay_parts
from openp4p.measures.stay_categories import stay_categories
from tests.conftest import parse
from tests.costed import stays
from tests.readmitted import category_tables, discharges
from tests.short_tables import column, months, value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver
GOLDEN = Path(__file__).parents[1] / "golden" / "planned_readmission_cases.csv"
PERSON = {
    "beneficiary_id": "b1",
    "birth_date": dt.date(1940, 6, 15),
    "death_date": None,
    "is_eligible": True,
}


def care(text: str, procedures: str = "claim_id | code", **person: object) -> dict[str, list[dict]]:
    """The stays of b1, who is attributed to A and enrolled throughout, each with one claim."""
    listed = stays(text)
    for row in listed:
        row["principal_code"] = row["principal_code"] or "4280"
        row["principal_icd_version"] = row["principal_icd_version"] or 9
        row["discharge_status"] = row["discharge_status"] or "01"
    operations = parse(procedures, {"claim_id": "string", "code": "string"})
    return {
        "inpatient_stays": listed,
        "stay_claims": [
            {"claim_id": r["stay_id"], "stay_id": r["stay_id"], "is_last": True} for r in listed
        ],
        "procedure": [{**row, "seq": 1, "icd_version": 9} for row in operations],
        "attributed_beneficiaries": [{"beneficiary_id": "b1", "tin": "A"}],
        "eligible_beneficiaries": [{**PERSON, **person}],
        "enrollment_month": months("b1", 201401, 201512),
    }


def index(solver: str, given: dict[str, list[dict]], year: int = 2017, **choices: str) -> list:
    found = discharges(partial(solve, solver), value_modifier(year, **choices), given)
    return found["index"]


def test_stays_that_touch_with_one_diagnosis_in_one_hospital_are_one(solver):
    text = """
        stay_id | ccn    | principal_code | admission_date | discharge_date | discharge_status
        s1      | 010001 | 4280           | 2015-03-01     | 2015-03-05     | 01
        s2      | 010001 | 4280           | 2015-03-05     | 2015-03-07     | 01
        s3      | 010001 | 486            | 2015-03-07     | 2015-03-09     | 01
        s4      | 010002 | 486            | 2015-03-09     | 2015-03-11     | 01
        s5      | 010002 | 486            | 2015-03-12     | 2015-03-13     | 06
    """
    given = care(text)["inpatient_stays"]
    program = value_modifier(2017)
    parts = solve(solver, stay_parts, program, inpatient_stays=given)
    assert column(parts, "part_id", "stay_id") == {
        "s1": "s1", "s2": "s1", "s3": "s3", "s4": "s4", "s5": "s5",
    }  # fmt: skip
    wholes = solve(solver, combined_stays, program, inpatient_stays=given, stay_parts=parts)
    assert [
        (r["stay_id"], r["discharge_date"].day, r["parts"], r["chain_id"], r["chain_position"])
        for r in wholes
    ] == [
        ("s1", 7, 2, "s1", 1),
        ("s3", 9, 1, "s3", 1),
        ("s4", 11, 1, "s3", 2),
        ("s5", 13, 1, "s5", 1),
    ]
    apart = solve(
        solver, stay_parts, value_modifier(2017, M12="never_combined"), inpatient_stays=given
    )
    assert {row["part_id"] == row["stay_id"] for row in apart} == {True}


@pytest.mark.parametrize(
    ("year", "version"), [(2015, "expected_v2_1"), (2017, "expected_v3_0")], ids=["v2_1", "v3_0"]
)
def test_the_golden_stays_are_planned_as_expected(solver, year, version):
    with GOLDEN.open(encoding="utf-8") as file:
        cases = [row for row in csv.DictReader(file) if row[version]]
    listed, operations = [], []
    for case in cases:
        id_, icd = f"g{case['case_id']}", int(case["icd_version"])
        listed.append(
            {
                "stay_id": id_,
                "principal_code": case["readmission_principal_dx"],
                "principal_icd_version": icd,
            }
        )
        if case["readmission_px"]:
            operations.append(
                {"claim_id": id_, "seq": 1, "icd_version": icd, "code": case["readmission_px"]}
            )
    program = value_modifier(year)
    codes = [{"code": row["principal_code"]} for row in listed]
    found = solve(
        solver,
        stay_categories,
        program,
        combined_stays=listed,
        stay_parts=[{"part_id": r["stay_id"], "stay_id": r["stay_id"]} for r in listed],
        stay_claims=[{"claim_id": r["stay_id"], "stay_id": r["stay_id"]} for r in listed],
        procedure=operations,
        **category_tables(program, codes, operations),
    )
    said = {
        "none": "unplanned", "acute_diagnosis": "unplanned_acute",
        "PR1": "planned_PR1", "PR2": "planned_PR2", "PR3": "planned_PR3",
    }  # fmt: skip
    rules = column(found, "stay_id", "planned_rule")
    assert len(cases) == {2015: 14, 2017: 22}[year]
    for case in cases:
        assert said[rules[f"g{case['case_id']}"]] == case[version], case


def test_a_surgical_procedure_beats_the_diagnosis_and_medicine_takes_the_rest(solver):
    text = """
        stay_id | principal_code | admission_date | discharge_date
        s1      | 41401          | 2015-01-01     | 2015-01-02
        s2      | 41401          | 2015-02-01     | 2015-02-02
        s3      | 486            | 2015-03-01     | 2015-03-02
        s4      | 43491          | 2015-04-01     | 2015-04-02
        s5      | 5990           | 2015-05-01     | 2015-05-02
        s6      | XXXX           | 2015-06-01     | 2015-06-02
    """
    rows = index(solver, care(text, "claim_id | code\n---+---\ns1 | 3612"))
    assert column(rows, "stay_id", "cohort") == {
        "s1": "surgery_gynecology",
        "s2": "cardiovascular",
        "s3": "cardiorespiratory",
        "s4": "neurology",
        "s5": "medicine",
        "s6": "medicine",
    }
    assert column(rows, "stay_id", "principal_category")["s6"] == "unknown"


def test_a_readmission_begins_within_thirty_days_and_is_not_planned(solver):
    text = """
        stay_id | principal_code | admission_date | discharge_date
        s1      | 4280           | 2015-01-01     | 2015-01-05
        s2      | 4280           | 2015-02-04     | 2015-02-06
        s3      | 4280           | 2015-03-09     | 2015-03-10
        s4      | V5811          | 2015-03-20     | 2015-03-21
        s5      | 4280           | 2015-03-25     | 2015-03-26
    """
    rows = {row["stay_id"]: row for row in index(solver, care(text))}
    assert (rows["s1"]["readmission_id"], rows["s1"]["days_to_readmission"]) == ("s2", 30)
    assert rows["s1"]["is_readmitted"]
    assert rows["s2"]["readmission_id"] is None  # 31 days
    # chemotherapy is planned, and nothing after it counts
    assert (rows["s3"]["readmission_id"], rows["s3"]["readmission_is_planned"]) == ("s4", True)
    assert not rows["s3"]["is_readmitted"]
    assert rows["s4"]["is_readmitted"]


def test_a_return_on_the_day_of_discharge_is_a_readmission_when_it_is_for_something_else(solver):
    text = """
        stay_id | principal_code | admission_date | discharge_date
        s1      | 4280           | 2015-01-01     | 2015-01-05
        s2      | 486            | 2015-01-05     | 2015-01-09
    """
    rows = index(solver, care(text))
    assert (rows[0]["readmission_id"], rows[0]["days_to_readmission"]) == ("s2", 0)


def test_stays_for_rehabilitation_are_looked_past(solver):
    text = """
        stay_id | principal_code | admission_date | discharge_date | discharge_status
        s1      | 4280           | 2015-01-01     | 2015-01-05     | 01
        s2      | V5789          | 2015-01-09     | 2015-01-12     | 01
        s3      | 4280           | 2015-01-20     | 2015-01-22     | 62
        s4      | 486            | 2015-01-23     | 2015-01-24     | 01
        s5      | 486            | 2015-02-10     | 2015-02-12     | 01
    """
    rows = {row["stay_id"]: row for row in index(solver, care(text))}
    assert rows["s1"]["readmission_id"] == "s3"
    assert rows["s3"]["readmission_id"] == "s5"  # on to rehabilitation with status 62
    assert rows["s2"]["reason"] == "rehabilitation"


def test_the_last_stay_of_a_chain_is_the_index_stay_and_a_chain_may_be_the_readmission(solver):
    text = """
        stay_id | ccn    | admission_date | discharge_date
        s1      | 010001 | 2015-01-01     | 2015-01-05
        s2      | 010002 | 2015-01-06     | 2015-01-09
        s3      | 010001 | 2015-01-20     | 2015-01-21
        s4      | 010002 | 2015-01-21     | 2015-01-22
    """
    rows = {row["stay_id"]: row for row in index(solver, care(text))}
    assert {id_: row["reason"] for id_, row in rows.items()} == {
        "s1": "transferred_out", "s2": None, "s3": "transferred_out", "s4": None,
    }  # fmt: skip
    assert rows["s2"]["readmission_id"] == "s3"
    # when only the day of discharge links, a stay on the next day is a readmission
    same_day = {r["stay_id"]: r for r in index(solver, care(text), M2="same_day")}
    assert (same_day["s1"]["reason"], same_day["s1"]["readmission_id"]) == (None, "s2")


@pytest.mark.parametrize(
    ("stay", "person", "reason"),
    [
        ("2015-11-28 | 2015-12-01 | 01 | 4280 | 010001", {}, None),
        ("2015-11-28 | 2015-12-02 | 01 | 4280 | 010001", {}, "discharged_too_late"),
        ("2015-06-14 | 2015-06-20 | 01 | 4280 | 010001", {"birth_date": dt.date(1950, 6, 15)},
         "too_young"),
        ("2015-06-15 | 2015-06-20 | 01 | 4280 | 010001", {"birth_date": dt.date(1950, 6, 15)},
         None),
        ("2015-06-15 | 2015-06-20 | 01 | 4280 | 010001", {"birth_date": None}, "unknown_age"),
        ("2015-06-15 | 2015-06-20 | 20 | 4280 | 010001", {}, "died"),
        ("2015-06-15 | 2015-06-20 | 07 | 4280 | 010001", {}, "against_advice"),
        ("2015-06-15 | 2015-06-20 | 01 | 4280 | 050146", {}, "cancer_hospital"),
        ("2015-06-15 | 2015-06-20 | 01 | 29570 | 010001", {}, "psychiatric"),
        ("2015-06-15 | 2015-06-20 | 01 | V5789 | 010001", {}, "rehabilitation"),
        ("2015-06-15 | 2015-06-20 | 01 | 1533 | 010001", {}, "cancer_treatment"),
    ],
)  # fmt: skip
def test_each_reason_takes_a_stay_out(solver, stay, person, reason):
    header = "admission_date | discharge_date | discharge_status | principal_code | ccn"
    rows = index(solver, care(f"{header}\n---+---+---+---+---\n{stay}", **person))
    assert [row["reason"] for row in rows] == [reason]


def test_a_stay_with_an_operation_for_cancer_is_an_index_stay(solver):
    text = "stay_id | principal_code\n---+---\ns1 | 1533"
    rows = index(solver, care(text, "claim_id | code\n---+---\ns1 | 4573"))
    assert [(row["cohort"], row["reason"]) for row in rows] == [("surgery_gynecology", None)]


def test_one_who_died_when_no_status_says_so_is_known_by_the_day(solver):
    given = care("stay_id | discharge_date\n---+---\ns1 | 2015-06-05")
    given["inpatient_stays"][0]["discharge_status"] = None
    given["eligible_beneficiaries"][0]["death_date"] = dt.date(2015, 6, 5)
    assert [row["reason"] for row in index(solver, given)] == ["died"]
    given["eligible_beneficiaries"][0]["death_date"] = dt.date(2015, 6, 6)
    assert [row["reason"] for row in index(solver, given)] == [None]


@pytest.mark.parametrize(
    ("month", "change", "reason"),
    [
        (201405, {"part_a": False}, None),
        (201406, {"part_a": False}, "not_enrolled_before"),
        (201505, {"part_b": False}, "not_enrolled_before"),
        (201505, {"ma_enrolled": True}, "not_enrolled_before"),
        (201506, {"part_b": False}, None),
        (201506, {"part_a": False}, "not_enrolled_after"),
        (201507, {"part_b": False}, None),
        (201507, {"part_a": False}, "not_enrolled_after"),
        (201507, {"ma_enrolled": True}, "not_enrolled_after"),
        (201508, {"part_a": False}, None),
    ],
)
def test_enrolment_is_asked_for_twelve_months_before_and_thirty_days_after(
    solver, month, change, reason
):
    given = care("stay_id | discharge_date\n---+---\ns1 | 2015-06-05")
    for row in given["enrollment_month"]:
        if row["year_month"] == month:
            row.update(change)
    assert [row["reason"] for row in index(solver, given)] == [reason]


def test_one_who_dies_within_thirty_days_need_not_be_enrolled_afterwards(solver):
    given = care("stay_id | discharge_date\n---+---\ns1 | 2015-06-25")
    given["enrollment_month"] = months("b1", 201401, 201506)
    assert [row["reason"] for row in index(solver, given)] == ["not_enrolled_after"]
    given["eligible_beneficiaries"][0]["death_date"] = dt.date(2015, 6, 30)
    assert [row["reason"] for row in index(solver, given)] == [None]
