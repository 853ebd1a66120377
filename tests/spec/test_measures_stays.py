"""Inpatient stays: which claims are one stay, in what kind of hospital, in which transfer chain."""

from __future__ import annotations

import datetime as dt

import pytest

from openp4p.measures.stays import inpatient_stays, stay_claims
from tests.conftest import parse
from tests.short_tables import column, value_modifier
from tests.solving import columns_of, on_every_solver, solve

pytestmark = on_every_solver


def bills(text: str) -> list[dict]:
    """Inpatient claims of one beneficiary in one short-term hospital, unless the table says so."""
    rows = parse(text, columns_of("claim"))
    for number, row in enumerate(rows, start=1):
        row["claim_id"] = row["claim_id"] or f"k{number}"
        row["beneficiary_id"] = row["beneficiary_id"] or "b1"
        row["claim_class"] = row["claim_class"] or "INPATIENT"
        row["ccn"] = {None: "100001", "none": None}.get(row["ccn"], row["ccn"])
        row["from_date"] = row["from_date"] or row["admission_date"] or dt.date(2015, 6, 1)
        row["thru_date"] = row["thru_date"] or row["discharge_date"] or row["from_date"]
    return rows


def stay_of(solver, text: str, **choices) -> dict[str, str]:
    found = solve(solver, stay_claims, value_modifier(2017, **choices), claim=bills(text))
    return column(found, "claim_id", "stay_id")


def stays(solver, text: str, diagnosis="claim_id", **choices) -> list[dict]:
    program, claims = value_modifier(2017, **choices), bills(text)
    joined = solve(solver, stay_claims, program, claim=claims)
    return solve(
        solver, inpatient_stays, program, claim=claims, stay_claims=joined, diagnosis=diagnosis
    )


def test_claims_whose_days_overlap_are_one_stay(solver):
    """M39: stays that only touch, the later beginning on the day of discharge, stay apart."""
    text = """
        admission_date | discharge_date
        2015-06-01     | 2015-06-10
        2015-06-09     | 2015-06-12
        2015-06-12     | 2015-06-14
        2015-06-15     | 2015-06-16
    """
    assert stay_of(solver, text) == {"k1": "k1", "k2": "k1", "k3": "k3", "k4": "k4"}
    together = stay_of(solver, text, M39="everything_that_touches")
    assert together == {"k1": "k1", "k2": "k1", "k3": "k1", "k4": "k4"}


def test_a_claim_inside_a_long_one_does_not_cut_it(solver):
    text = """
        admission_date | discharge_date
        2015-06-01     | 2015-06-30
        2015-06-03     | 2015-06-04
        2015-06-20     | 2015-07-02
    """
    assert set(stay_of(solver, text).values()) == {"k1"}


def test_interim_bills_go_on_until_the_last_one(solver):
    """A status of 30 or a bill frequency of 2 or 3 says that the patient is still there."""
    text = """
        from_date  | thru_date  | discharge_status | bill_type
        2015-06-01 | 2015-06-30 | 30               |
        2015-07-01 | 2015-07-31 |                  | 113
        2015-08-01 | 2015-08-09 | 01               | 114
        2015-08-10 | 2015-08-12 | 01               | 111
    """
    assert stay_of(solver, text) == {"k1": "k1", "k2": "k1", "k3": "k1", "k4": "k4"}


def test_an_interim_bill_does_not_reach_a_later_stay(solver):
    text = """
        from_date  | thru_date  | discharge_status
        2015-06-01 | 2015-06-30 | 30
        2015-07-02 | 2015-07-05 | 01
    """
    assert stay_of(solver, text) == {"k1": "k1", "k2": "k2"}


def test_an_admission_before_the_bill_is_the_first_day(solver):
    text = """
        admission_date | from_date  | thru_date
        2015-06-01     | 2015-06-01 | 2015-06-30
        2015-06-01     | 2015-07-05 | 2015-07-31
    """
    assert stay_of(solver, text) == {"k1": "k1", "k2": "k1"}


def test_other_hospitals_and_other_beneficiaries_are_other_stays(solver):
    text = """
        beneficiary_id | ccn    | admission_date | discharge_date
        b1             | 100001 | 2015-06-01     | 2015-06-10
        b1             | 100002 | 2015-06-02     | 2015-06-09
        b2             | 100001 | 2015-06-02     | 2015-06-09
    """
    assert stay_of(solver, text) == {"k1": "k1", "k2": "k2", "k3": "k3"}


def test_only_inpatient_claims_that_medicare_paid_make_stays(solver):
    text = """
        claim_class | claim_type_code | nonpayment_code | mco_paid
        INPATIENT   | 60              |                 | 0
        SNF         |                 |                 |
        INPATIENT   | 62              |                 |
        INPATIENT   |                 | N               |
        INPATIENT   |                 |                 | 1
    """
    assert stay_of(solver, text) == {"k1": "k1"}


def test_the_last_bill_says_how_the_stay_ended_and_amounts_add_up(solver):
    text = """
        thru_date  | admission_date | discharge_status | admission_source | drg | paid_amount
        2015-06-30 | 2015-06-01     | 30               | 4                | 100 | 10.10
        2015-07-09 | 2015-06-01     | 02               | 1                | 291 | 20.20
    """
    diagnosis = """
        claim_id | seq | beneficiary_id | code | icd_version
        k1       | 1   | b1             | 111  | 9
        k2       | 0   | b1             | 222  | 9
        k2       | 1   | b1             | 333  | 9
        k2       | 2   | b1             | 444  | 9
    """
    (stay,) = stays(solver, text, diagnosis)
    assert stay["stay_id"] == "k1"
    assert (stay["admission_date"], stay["discharge_date"]) == (
        dt.date(2015, 6, 1),
        dt.date(2015, 7, 9),
    )
    assert (stay["discharge_status"], stay["admission_source"]) == ("02", "4")
    assert (stay["drg"], stay["principal_code"], stay["principal_icd_version"]) == ("291", "333", 9)
    assert (stay["claims"], str(stay["paid_amount"])) == (2, "30.30")


def test_a_final_bill_is_later_than_an_interim_one_of_the_same_day(solver):
    text = """
        claim_id | from_date  | thru_date  | admission_date | discharge_status | drg
        z        | 2015-06-05 | 2015-06-09 | 2015-06-01     | 30               | 100
        a        | 2015-06-04 | 2015-06-09 | 2015-06-01     | 01               | 291
    """
    assert [(s["drg"], s["discharge_status"]) for s in stays(solver, text)] == [("291", "01")]


@pytest.mark.parametrize(
    ("ccn", "facility_type", "is_acute", "is_subsection_d"),
    [
        ("100001", "short_term_acute", True, True),
        ("100879", "short_term_acute", True, True),
        ("100880", "demonstration", False, False),
        ("100000", "unknown", False, False),
        ("101300", "cah", True, False),
        ("102001", "ltch", False, False),
        ("103301", "childrens", False, False),
        ("104001", "psychiatric", False, False),
        ("10S001", "psychiatric_unit", False, False),
        ("10T001", "rehab_unit", False, False),
        ("10U001", "swing_bed", False, False),
        ("10M300", "psychiatric_unit_cah", False, False),
        ("10X001", "unknown", False, False),
        ("10001E", "emergency_hospital_nonfederal", False, False),
        ("400001", "short_term_acute", True, False),
        ("330154", "short_term_acute", True, False),
        ("none", "unknown", False, False),
        ("10001", "unknown", False, False),
        ("Hosp 1", "unknown", False, False),
    ],
)
def test_the_certification_number_says_what_a_hospital_is(
    solver, ccn, facility_type, is_acute, is_subsection_d
):
    """Puerto Rico (40) is outside the states; 330154 is one of the eleven cancer hospitals."""
    (stay,) = stays(solver, f"ccn\n {ccn}")
    assert stay["facility_type"] == facility_type
    assert (stay["is_acute"], stay["is_subsection_d"]) == (is_acute, is_subsection_d)
    assert not stay["is_maryland"]


@pytest.mark.parametrize("ccn", ["210001", "800001"])
def test_maryland_is_told_apart(solver, ccn):
    (stay,) = stays(solver, f"ccn\n {ccn}")
    assert (stay["is_maryland"], stay["is_subsection_d"], stay["is_acute"]) == (True, True, True)


@pytest.mark.parametrize(
    ("ccn", "facility_type"),
    [
        ("3900ZK", "short_term_acute"),
        ("01016G", "short_term_acute"),
        ("3913ZK", "cah"),
        ("3908ZK", "unknown"),
        ("39088K", "demonstration"),
        ("45086P", "short_term_acute"),
        ("01S0UR", "psychiatric_unit"),
        ("48QBWD", "unknown"),
        ("05MBUJ", "unknown"),
    ],
)
def test_letters_that_hide_digits_leave_what_is_certain(solver, ccn, facility_type):
    """DE-SynPUF: 3908ZK may be a short-term hospital (0800-0879) or not (0880-0899)."""
    (stay,) = stays(solver, f"ccn\n {ccn}")
    assert stay["facility_type"] == facility_type


def test_a_move_to_another_acute_hospital_within_a_day_is_a_transfer_chain(solver):
    """M2; the alternative links only stays of the same day."""
    text = """
        ccn    | admission_date | discharge_date
        100001 | 2015-06-01     | 2015-06-05
        100002 | 2015-06-05     | 2015-06-09
        101300 | 2015-06-10     | 2015-06-12
        100002 | 2015-06-14     | 2015-06-15
    """

    def chains(**choices):
        found = stays(solver, text, **choices)
        return [(s["chain_id"], s["chain_position"], s["chain_stays"]) for s in found]

    assert chains() == [("k1", 1, 3), ("k1", 2, 3), ("k1", 3, 3), ("k4", 1, 1)]
    assert chains(M2="same_day") == [("k1", 1, 2), ("k1", 2, 2), ("k3", 1, 1), ("k4", 1, 1)]


def test_a_return_to_the_same_hospital_is_no_transfer(solver):
    text = """
        admission_date | discharge_date
        2015-06-01     | 2015-06-05
        2015-06-06     | 2015-06-09
    """
    assert [s["chain_stays"] for s in stays(solver, text)] == [1, 1]


def test_a_stay_in_a_unit_neither_joins_nor_breaks_a_chain(solver):
    text = """
        ccn    | admission_date | discharge_date
        100001 | 2015-06-01     | 2015-06-05
        10T001 | 2015-06-05     | 2015-06-06
        100002 | 2015-06-06     | 2015-06-09
    """
    found = stays(solver, text)
    assert [s["chain_id"] for s in found] == ["k1", "k2", "k1"]
    assert [s["chain_stays"] for s in found] == [2, 1, 2]
