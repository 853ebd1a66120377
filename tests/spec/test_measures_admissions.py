"""Preventable admissions: which stays meet which AHRQ indicator, and which of them count."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest

from openp4p.attribution.eligible import eligible_beneficiaries  # noqa: F401  # its columns
from openp4p.measures.admissions import preventable_stays
from tests.conftest import parse
from tests.costed import stays
from tests.short_tables import value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver
GOLDEN = Path(__file__).parents[1] / "golden" / "pqi_cases.csv"
BORN = "beneficiary_id | birth_date | sex\n---+---+---\nb1 | 1940-06-15 | 2"


def found(
    solver: str,
    stay: str | list[dict],
    diagnosis: list[tuple[int, str]] = (),
    procedure: list[tuple[int, str]] = (),
    beneficiary: str | list[dict] = BORN,
    year: int = 2017,
    **choices: str,
) -> list[dict]:
    """The indicators of stays s1, s2, ..., each of one claim, with these further codes."""
    listed = stays(stay) if isinstance(stay, str) else stay
    for row in listed:
        row["chain_position"] = row["chain_position"] or 1
        row["principal_icd_version"] = row["principal_icd_version"] or 9
    claims = [{"claim_id": r["stay_id"], "stay_id": r["stay_id"], "is_last": True} for r in listed]
    codes = [
        {"claim_id": claim["claim_id"], "seq": seq, "icd_version": version, "code": code}
        for claim in claims
        for seq, (version, code) in enumerate(diagnosis, start=2)
    ]
    operations = [
        {"claim_id": claim["claim_id"], "seq": seq, "icd_version": version, "code": code}
        for claim in claims
        for seq, (version, code) in enumerate(procedure, start=1)
    ]
    return solve(
        solver,
        preventable_stays,
        value_modifier(year, **choices),
        inpatient_stays=listed,
        stay_claims=claims,
        diagnosis=codes,
        procedure=operations,
        beneficiary=beneficiary,
    )


def reasons(rows: list[dict]) -> dict[str, str | None]:
    return {row["indicator"]: row["reason"] for row in rows}


def one(**columns: object) -> list[dict]:
    row = stays("stay_id")
    row = stays("stay_id\n---\ns1")
    row[0].update(columns)
    return row


def test_the_golden_stays_meet_the_indicators_that_are_expected(solver):
    with GOLDEN.open(encoding="utf-8") as file:
        cases = list(csv.DictReader(file))
    listed, claims, codes, operations, people = [], [], [], [], []
    for case in cases:
        id_, version = f"g{case['case_id']}", int(case["icd_version"])
        dx = case["dx_codes_principal_first"].split("|")
        stay = one(
            stay_id=id_,
            beneficiary_id=id_,
            principal_code=dx[0],
            principal_icd_version=version,
            admission_source=case["point_of_origin"] or None,
            chain_position=1,
        )[0]
        listed.append(stay)
        claims.append({"claim_id": id_, "stay_id": id_, "is_last": True})
        birth = dt.date(stay["admission_date"].year - int(case["age"]), 1, 1)
        people.append({"beneficiary_id": id_, "birth_date": birth, "sex": "1"})
        codes += [
            {"claim_id": id_, "seq": seq, "icd_version": version, "code": code}
            for seq, code in enumerate(dx, start=1)
        ]
        operations += [
            {"claim_id": id_, "seq": seq, "icd_version": version, "code": code}
            for seq, code in enumerate(filter(None, case["px_codes"].split("|")), start=1)
        ]
    rows = solve(
        solver,
        preventable_stays,
        value_modifier(2017),
        inpatient_stays=listed,
        stay_claims=claims,
        diagnosis=codes,
        procedure=operations,
        beneficiary=people,
    )
    counted = {}
    for row in rows:
        if row["is_counted"]:
            counted.setdefault(row["stay_id"], set()).add(row["indicator"])
    assert len(cases) == 55
    for case in cases:
        expected = set(filter(None, case["expected_pqi"].split("|")))
        assert counted.get(f"g{case['case_id']}", set()) == expected, case


def test_each_reason_takes_a_stay_out_in_its_order(solver):
    text = """
        stay_id | principal_code | is_acute | admission_source | drg
        s1      | 486            | yes      |                  |
        s2      | 486            | no       | 4                | 999
        s3      | 486            | yes      | 4                | 999
        s4      | 486            | yes      | 1                | 999
        s5      | 486            | yes      |                  | 765
    """
    found_ = {row["stay_id"]: row["reason"] for row in found(solver, text)}
    assert found_ == {
        "s1": None,
        "s2": "other_hospital",
        "s3": "transferred_in",
        "s4": "ungroupable",
        "s5": "pregnancy_or_newborn",
    }


def test_all_inpatient_hospitals_count_when_they_are_chosen(solver):
    stay = one(principal_code="486", is_acute=False)
    assert reasons(found(solver, stay)) == {"PQI11": "other_hospital"}
    assert reasons(found(solver, stay, M5="all_inpatient")) == {"PQI11": None}


def test_age_and_sex_must_be_known_and_the_age_is_that_at_admission(solver):
    stay = one(principal_code="49121", admission_date=dt.date(2015, 6, 14))
    forty = "beneficiary_id | birth_date | sex\n---+---+---\nb1 | 1975-06-14 | 2"
    younger = forty.replace("06-14", "06-15")
    assert reasons(found(solver, stay, beneficiary=forty)) == {"PQI05": None}
    assert reasons(found(solver, stay, beneficiary=younger)) == {"PQI05": "too_young"}
    for person in (forty.replace("1975-06-14", ""), forty.replace("| 2", "| 0")):
        assert reasons(found(solver, stay, beneficiary=person)) == {"PQI05": "missing_facts"}
    assert reasons(found(solver, stay, beneficiary="beneficiary_id")) == {"PQI05": "missing_facts"}


def test_without_a_point_of_origin_the_later_stays_of_a_chain_are_transfers(solver):
    text = """
        stay_id | principal_code | admission_source | chain_position
        s1      | 486            |                  | 2
        s2      | 486            | 1                | 2
        s3      | 486            | 6                | 1
    """
    found_ = {row["stay_id"]: row["reason"] for row in found(solver, text)}
    assert found_ == {"s1": "transferred_in", "s2": None, "s3": "transferred_in"}
    counted = found(solver, text, M6="counted")
    assert {row["reason"] for row in counted} == {None}


@pytest.mark.parametrize(
    ("version", "code", "is_out"),
    [(9, "64844", True), (9, "67900", True), (9, "68000", False), (10, "O99215", True)],
)
def test_pregnancy_is_told_by_the_principal_diagnosis_where_there_is_no_drg(
    solver, version, code, is_out
):
    """M40: it can only ever take out an amputation, which is told by a procedure."""
    amputation, diabetes = (9, "8415"), (9, "25070")
    if version == 10:
        amputation, diabetes = (10, "0Y6H0Z1"), (10, "E1151")
    stay = one(principal_code=code, principal_icd_version=version)
    said = found(solver, stay, [diabetes], [amputation])
    assert reasons(said)["PQI16"] == ("pregnancy_or_newborn" if is_out else None)
    said = found(solver, stay, [diabetes], [amputation], M40="no_exclusion")
    assert reasons(said)["PQI16"] is None


def test_releases_differ_in_their_code_sets(solver):
    """M3: release 6 counts 491.22 and no acute bronchitis; M4: its ICD-10 sets are not the last."""
    exacerbation, bronchitis = one(principal_code="49122"), one(principal_code="4660")
    assert reasons(found(solver, exacerbation)) == {}
    assert reasons(found(solver, exacerbation, M3="v6")) == {"PQI05": None}
    assert reasons(found(solver, bronchitis, [(9, "49120")])) == {"PQI05": None}
    assert reasons(found(solver, bronchitis, [(9, "49120")], M3="v6")) == {}
    dehydration = one(principal_code="E860", principal_icd_version=10)
    assert reasons(found(solver, dehydration)) == {"PQI10": None}
    assert reasons(found(solver, dehydration, M4="v2024")) == {}


def test_stays_that_end_in_another_year_are_none_of_this_year(solver):
    text = """
        stay_id | principal_code | admission_date | discharge_date
        s1      | 486            | 2014-12-29     | 2015-01-01
        s2      | 486            | 2015-12-31     | 2016-01-02
        s3      | 486            | 2015-12-30     | 2015-12-31
    """
    assert [row["stay_id"] for row in found(solver, text)] == ["s1", "s3"]


def test_an_admitting_diagnosis_is_none_and_an_earlier_principal_one_is_secondary(solver):
    stay = one(principal_code="2760", principal_icd_version=9)
    claims = parse(
        """
        claim_id | stay_id | is_last
        k1       | s1      | no
        k2       | s1      | yes
        """,
        {"claim_id": "string", "stay_id": "string", "is_last": "boolean"},
    )
    stay[0]["chain_position"] = 1

    def with_dehydration(claim_id: str, seq: int) -> dict[str, str | None]:
        code = {"claim_id": claim_id, "seq": seq, "icd_version": 9, "code": "27651"}
        rows = solve(
            solver,
            preventable_stays,
            value_modifier(2017),
            inpatient_stays=stay,
            stay_claims=claims,
            diagnosis=[code],
            beneficiary=BORN,
        )
        return reasons(rows)

    assert with_dehydration("k2", 0) == {}
    assert with_dehydration("k2", 1) == {}
    assert with_dehydration("k1", 1) == {"PQI10": None}
    assert with_dehydration("k2", 2) == {"PQI10": None}
