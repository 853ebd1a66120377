"""The risk score of each beneficiary: supplied or computed, from which diagnoses, for whom.

CMS-HCC software descriptions; choices D19, M34, M35, M36, M41.
"""

from __future__ import annotations

import datetime as dt

import pytest

from openp4p.errors import ProgramError
from openp4p.risk.scores import risk_scores
from tests.scored import scored, version
from tests.short_tables import months, value_modifier
from tests.solving import REFERENCE, on_every_solver, solve

pytestmark = on_every_solver
LAST_YEAR = dt.date(2014, 6, 1)
LINE = ("specialty", "hcpcs_code", "processing_indicator", "thru_date")
WOMAN = {
    "beneficiary_id": "b",
    "birth_date": dt.date(1941, 3, 1),
    "sex": "2",
    "orig_entitlement_code": "0",
}
DIABETES, HEART_FAILURE = "25000", "4280"


def found(solver, people=None, enrolled=None, year=2017, claims=(), **given) -> dict[str, dict]:
    """Scores by beneficiary: a woman of 73 enrolled in 2014 and 2015, unless said otherwise."""
    choices = {k: given.pop(k) for k in list(given) if k[0] in "DM" and k[1:].isdigit()}
    tables = {"claim": [], "claim_line": [], "diagnosis": []}
    for number, claim in enumerate(claims):
        _claim(tables, f"c{number}", **claim)
    rows = solve(
        solver,
        risk_scores,
        value_modifier(year, **choices),
        beneficiary=[WOMAN] if people is None else people,
        enrollment_month=months("b", 201401, 201512) if enrolled is None else enrolled,
        **{**tables, **given},
    )
    return {row["beneficiary_id"]: row for row in rows}


def _claim(tables, id_, kind="OUTPATIENT", day=LAST_YEAR, codes=(DIABETES,), icd=9, **said) -> None:
    line = {k: said.pop(k) for k in LINE if k in said}
    head = {"claim_id": id_, "beneficiary_id": "b", "claim_class": kind}
    tables["claim"].append({**head, "from_date": day, "thru_date": day, **said})
    if kind == "PART_B":
        usual = {"line_number": 1, "specialty": "11", "hcpcs_code": "99213"}
        tables["claim_line"].append({**head, "from_date": day, **usual, **line})
    tables["diagnosis"] += [
        {"claim_id": id_, "seq": n, "beneficiary_id": "b", "code": code, "icd_version": icd}
        for n, code in enumerate(codes, start=1)
    ]


def test_a_score_is_the_sum_of_its_terms(solver):
    row = found(solver, claims=[{"codes": ("25040", DIABETES, HEART_FAILURE, "V700")}])["b"]
    assert row == {
        "beneficiary_id": "b",
        "risk_score": 1.266,
        "source": "computed",
        "segment": "CE",
        "is_new_enrollee": False,
        "hccs_before": "18|19|85",
        "hccs": "18|85",
        "terms": "F70_74=0.348|HCC18=0.368|HCC85=0.368|DIABETES_CHF=0.182",
    }


def test_a_supplied_score_of_the_year_stands(solver):
    supplied = """
        beneficiary_id | performance_year | risk_score | segment
        ---------------+------------------+------------+--------
        b              | 2014             | 9.9        | CE
        b              | 2015             | 1.5        |
    """
    row = found(solver, claims=[{}], risk_score=supplied)["b"]
    assert (row["risk_score"], row["source"], row["segment"]) == (1.5, "supplied", None)
    assert row["hccs"] is row["hccs_before"] is row["terms"] is None
    row = found(solver, claims=[{}], risk_score=supplied, year=2018)["b"]
    assert row["source"] == "computed"


def test_without_birth_date_or_sex_there_is_no_score(solver):
    people = [
        {**WOMAN, "beneficiary_id": "unborn", "birth_date": None},
        {**WOMAN, "beneficiary_id": "unsexed", "sex": "0"},
        {**WOMAN, "beneficiary_id": "later", "birth_date": dt.date(2015, 2, 2)},
    ]
    rows = found(solver, people)
    assert [r["risk_score"] for r in rows.values()] == [None] * 3
    assert {r["source"] for r in rows.values()} == {"computed"}


def counted(solver, cases: list[dict]) -> list[bool]:
    """Whether the diagnosis of each claim counts; each is of a beneficiary of its own."""
    tables = {"claim": [], "claim_line": [], "diagnosis": []}
    people, enrolled = [], []
    for number, case in enumerate(cases):
        name, before = f"b{number:02}", len(tables["claim_line"])
        start = len(tables["diagnosis"])
        _claim(tables, f"c{number}", **case)
        for row in (
            tables["claim"][-1],
            *tables["claim_line"][before:],
            *tables["diagnosis"][start:],
        ):
            row["beneficiary_id"] = name
        people.append({**WOMAN, "beneficiary_id": name})
        enrolled += months(name, 201401, 201512)
    rows = found(solver, people, enrolled, **tables)
    return [row["hccs"] == "19" for row in rows.values()]


def test_diagnoses_count_from_hospitals_and_professionals(solver):
    """M34."""
    kinds = ["INPATIENT", "OUTPATIENT", "PART_B", "SNF", "HHA", "HOSPICE", "DME", "PDE"]
    assert counted(solver, [{"kind": kind} for kind in kinds]) == [True] * 3 + [False] * 5


def test_carrier_diagnoses_come_from_visits_to_acceptable_specialties(solver):
    """Not radiology, laboratory or ambulance; a source that names no specialty keeps its own."""
    counts = [
        {"specialty": "11"},
        {"specialty": None},
        {"hcpcs_code": None},
        {"nonpayment_code": "1"},
    ]
    does_not = [
        {"specialty": "30"},
        {"specialty": "69"},
        {"hcpcs_code": "71010"},
        {"hcpcs_code": "80053"},
        {"hcpcs_code": "A0428"},
        {"processing_indicator": "D"},
        {"nonpayment_code": "0"},
        {"claim_type_code": "62"},
    ]
    cases = [{"kind": "PART_B", **said} for said in (*counts, *does_not)]
    assert counted(solver, cases) == [True] * 4 + [False] * 8


def test_diagnoses_are_those_of_the_year_before(solver):
    days = [(2013, 12, 31), (2014, 1, 1), (2014, 12, 31), (2015, 1, 1)]
    cases = [
        {"kind": kind, "day": dt.date(*day)} for kind in ("INPATIENT", "PART_B") for day in days
    ]
    over_new_year = {"day": dt.date(2013, 12, 31), "thru_date": dt.date(2014, 1, 1)}
    cases.append({"kind": "PART_B", **over_new_year})
    assert counted(solver, cases) == [*[False, True, True, False] * 2, True]


def test_performance_year_2013_is_scored_by_v12_unless_v22_is_for_all(solver):
    """D19; V12 calls diabetes without complications 19 and heart failure 80, V22 85."""
    enrolled = months("b", 201201, 201312)
    claims = [{"day": dt.date(2012, 6, 1), "codes": (DIABETES, HEART_FAILURE)}]
    given = {"enrolled": enrolled, "claims": claims, "year": 2015}
    assert found(solver, **given)["b"]["hccs"] == "19|80"
    assert found(solver, **given, D19="v22_throughout")["b"]["hccs"] == "19|85"


def test_a_year_without_code_lists_takes_the_nearest_or_fails(solver):
    """M41: the lists of V22 begin with 2014."""
    given = {"enrolled": months("b", 201201, 201312), "year": 2015, "D19": "v22_throughout"}
    assert found(solver, **given)["b"]["risk_score"] is not None
    wrong = ValueError if solver == REFERENCE else ProgramError
    with pytest.raises(wrong, match="2013"):
        found(solver, **given, M41="fail")


@pytest.mark.parametrize(("first", "is_new"), [(201401, False), (201402, True), (201501, True)])
def test_fewer_than_twelve_months_of_part_b_make_a_new_enrollee(solver, first, is_new):
    """M35: what a new enrollee was diagnosed with does not count."""
    row = found(solver, enrolled=months("b", first, 201512), claims=[{}])["b"]
    assert row["is_new_enrollee"] is is_new
    assert (row["segment"], row["hccs"]) == (("NE", "") if is_new else ("CE", "19"))


def test_medicaid_is_that_of_the_diagnosis_year_and_of_the_year_for_new_enrollees(solver):
    before = months("b", 201401, 201412, dual_status="06")
    now = months("b", 201501, 201512, dual_status="01")
    assert "MCAID_Female_Aged" in found(solver, enrolled=before)["b"]["terms"]
    plain = months("b", 201401, 201412, dual_status="09")
    assert "MCAID" not in found(solver, enrolled=plain + now)["b"]["terms"]
    assert found(solver, enrolled=now)["b"]["terms"].startswith("MCAID_NORIGDIS_NEF70_74")
    assert found(solver, enrolled=before)["b"]["is_new_enrollee"] is False


def test_long_term_residents_have_the_institutional_score(solver):
    """M36: as supplied, or by visits that cover a part of the year."""
    resident = months("b", 201401, 201412) + months("b", 201501, 201501, institutional=True)
    cover = [
        {
            "beneficiary_id": "b",
            "first_day": dt.date(2014, 8, 1),
            "last_day": dt.date(2015, 1, 1),
        }
    ]
    visits = {"M36": "nursing_facility_visits", "nursing_facility_cover": cover}
    assert found(solver, enrolled=resident)["b"]["segment"] == "INS"
    assert found(solver, nursing_facility_cover=cover)["b"]["segment"] == "CE"
    assert found(solver, **visits)["b"]["segment"] == "INS"
    assert found(solver, enrolled=resident, M36=visits["M36"])["b"]["segment"] == "CE"


def terms_of(solver, name, year, codes=(), **person) -> list[str]:
    diagnoses = [("b0", icd, code) for icd, code in codes]
    row = scored(solver, version(name, year), [person], diagnoses)[0]
    return [term.split("=")[0] for term in row["terms"].split("|")]


def test_who_counts_as_originally_disabled_differs_by_model(solver):
    """V12 reasons 1 and 3, V22 reason 1 alone; under 65 nobody: they are disabled."""
    assert "OriginallyDisabled_Female" in terms_of(solver, "V12", 2013, reason="3")
    assert "OriginallyDisabled_Female" not in terms_of(solver, "V22", 2014, reason="3")
    assert "OriginallyDisabled_Female" in terms_of(solver, "V22", 2014, reason="1")
    assert terms_of(solver, "V22", 2014, reason="1", age=64) == ["F60_64"]


def test_sixty_four_and_entitled_by_age_is_aged_and_as_a_new_enrollee_sixty_five(solver):
    aged = {"age": 64, "reason": "0", "medicaid": True}
    assert terms_of(solver, "V22", 2014, **aged) == ["F60_64", "MCAID_Female_Aged"]
    disabled = {**aged, "reason": "2"}
    assert terms_of(solver, "V22", 2014, **disabled) == ["F60_64", "MCAID_Female_Disabled"]
    new = {**aged, "population": "new_enrollee"}
    assert terms_of(solver, "V22", 2014, **new) == ["MCAID_NORIGDIS_NEF65"]
    assert terms_of(solver, "V12", 2013, **new) == ["NEF65", "Medicaid_female65"]
    unknown = {**new, "reason": ""}
    assert terms_of(solver, "V22", 2014, **unknown) == ["MCAID_NORIGDIS_NEF60_64"]


def test_from_2017_age_and_benefits_choose_the_segment(solver):
    listed = [
        {"age": age, "dual_benefit": benefit, "reason": "0"}
        for age in (64, 65)
        for benefit in ("none", "partial", "full")
    ]
    rows = scored(solver, version("V22", 2017), listed, [])
    assert [r["segment"] for r in rows] == ["CND", "CPD", "CFD", "CNA", "CPA", "CFA"]


def test_in_v12_two_of_three_diseases_do_not_count_as_pairs_with_the_third(solver):
    """Diabetes, heart failure and renal failure together are one term, not three."""
    pair = terms_of(solver, "V12", 2013, [(9, DIABETES), (9, HEART_FAILURE)])
    assert pair == ["F70_74", "HCC19", "HCC80", "DM_CHF1"]
    all_three = terms_of(solver, "V12", 2013, [(9, DIABETES), (9, HEART_FAILURE), (9, "5849")])
    assert all_three == ["F70_74", "HCC19", "HCC80", "HCC131", "RF_CHF_DM"]


def test_a_code_may_mean_something_else_at_an_age_or_for_a_sex(solver):
    """Hemophilia of a woman is another category; codes of adults' lungs another under 18."""
    assert "HCC46" in terms_of(solver, "V22", 2016, [(10, "D66")], sex="1")
    assert "HCC48" in terms_of(solver, "V22", 2016, [(10, "D66")], sex="2")
    assert "HCC112" in terms_of(solver, "V22", 2016, [(10, "J449")], age=17, reason="1")
    assert "HCC111" in terms_of(solver, "V22", 2016, [(10, "J449")], age=18, reason="1")
    depressed = [(10, "F3481")]
    assert terms_of(solver, "V22", 2018, depressed, age=19, reason="1") == ["F0_34"]
    assert "HCC58" in terms_of(solver, "V22", 2018, depressed, age=18, reason="1")
