"""Chronic conditions by the algorithms of the Chronic Conditions Warehouse (D18, M26).

The performance year is 2015, so that a look-back of 24 months begins on 1 January 2014.
"""

from __future__ import annotations

import datetime as dt

import pytest

from openp4p.measures.conditions import beneficiary_conditions
from tests.conftest import parse
from tests.short_tables import carrier_lines, column, value_modifier
from tests.solving import columns_of, on_every_solver, solve

pytestmark = on_every_solver

LISTED = {"code": "string", "icd_version": "int64", "seq": "int64"}


def conditions(solver: str, text: str, lines: str = "", **choices: str) -> list[dict]:
    """The conditions that these claims, each with one diagnosis, are evidence of.

    Claims of beneficiary b1 in ICD-9, unless the table says otherwise; the first day is the last.
    """
    claims = parse(text, {**columns_of("claim"), **LISTED})
    for number, row in enumerate(claims, start=1):
        row["claim_id"] = row["claim_id"] or f"k{number}"
        row["beneficiary_id"] = row["beneficiary_id"] or "b1"
        row["from_date"] = row["from_date"] or row["thru_date"]
    diagnoses = [
        {
            **{name: row[name] for name in ("claim_id", "beneficiary_id", "code")},
            "icd_version": row["icd_version"] or 9,
            "seq": row["seq"] or 1,
        }
        for row in claims
    ]
    return solve(
        solver,
        beneficiary_conditions,
        value_modifier(2017, **choices),
        claim=claims,
        claim_line=carrier_lines(lines) if lines else [],
        diagnosis=diagnoses,
    )


def ill(solver: str, text: str, lines: str = "", **choices: str) -> list[str]:
    """The conditions that the beneficiary has."""
    found = conditions(solver, text, lines, **choices)
    return [row["condition"] for row in found if row["has_condition"]]


def test_one_hospital_claim_is_evidence_enough(solver):
    assert conditions(
        solver,
        """
        claim_class | from_date  | thru_date  | code
        ------------+------------+------------+------
        INPATIENT   | 2015-03-01 | 2015-03-09 | 25000
        """,
    ) == [
        {
            "beneficiary_id": "b1",
            "condition": "diabetes",
            "facility_claims": 1,
            "other_claims": 0,
            "claims_enough_alone": 1,
            "days_of_other_claims": 0,
            "first_date": dt.date(2015, 3, 9),
            "last_date": dt.date(2015, 3, 9),
            "has_condition": True,
            "algorithm": "ccw_27",
        }
    ]


@pytest.mark.parametrize("claim_class", ["INPATIENT", "SNF", "HHA"])
@pytest.mark.parametrize(
    ("condition", "code"), [("diabetes", "25000"), ("copd", "496"), ("asthma", "49390")]
)
def test_hospital_nursing_facility_and_home_health_are_enough_alone(
    solver, claim_class, condition, code
):
    table = f"claim_class | thru_date | code\n {claim_class} | 2015-03-01 | {code}"
    assert ill(solver, table) == [condition]


@pytest.mark.parametrize("claim_class", ["OUTPATIENT", "PART_B"])
def test_one_visit_is_not_enough_for_diabetes(solver, claim_class):
    """It is kept, as evidence that does not suffice."""
    table = f"claim_class | thru_date | code\n {claim_class} | 2015-03-01 | 25000"
    (found,) = conditions(solver, table)
    assert (found["has_condition"], found["days_of_other_claims"]) == (False, 1)


def test_two_visits_on_different_days_are_enough(solver):
    """An outpatient claim and a professional's count together."""
    assert ill(
        solver,
        """
        claim_class | thru_date  | code
        ------------+------------+------
        OUTPATIENT  | 2015-03-01 | 25000
        PART_B      | 2015-03-02 | 25001
        """,
    ) == ["diabetes"]


def test_two_visits_on_one_day_are_one(solver):
    (found,) = conditions(
        solver,
        """
        claim_class | thru_date  | code
        ------------+------------+------
        OUTPATIENT  | 2015-03-01 | 25000
        PART_B      | 2015-03-01 | 25000
        """,
    )
    assert not found["has_condition"]
    assert (found["facility_claims"], found["other_claims"]) == (1, 1)
    assert found["days_of_other_claims"] == 1


def test_two_visits_of_different_people_are_one_each(solver):
    assert not ill(
        solver,
        """
        beneficiary_id | claim_class | thru_date  | code
        ---------------+-------------+------------+------
        b1             | PART_B      | 2015-03-01 | 25000
        b2             | PART_B      | 2015-03-02 | 25000
        """,
    )


def test_visits_for_different_conditions_do_not_add_up(solver):
    found = conditions(
        solver,
        """
        claim_class | thru_date  | code
        ------------+------------+------
        PART_B      | 2015-03-01 | 496
        PART_B      | 2015-03-02 | 25000
        """,
    )
    assert column(found, "condition", "has_condition") == {"copd": False, "diabetes": False}


@pytest.mark.parametrize("claim_class", ["INPATIENT", "SNF", "HHA", "OUTPATIENT", "PART_B"])
def test_any_claim_is_enough_for_ischemic_heart_disease(solver, claim_class):
    table = f"claim_class | thru_date | code\n {claim_class} | 2015-03-01 | 41401"
    assert ill(solver, table) == ["ischemic_heart_dis"]


@pytest.mark.parametrize(
    ("claim_class", "condition"),
    [
        ("INPATIENT", ["heart_failure"]),
        ("OUTPATIENT", ["heart_failure"]),
        ("PART_B", ["heart_failure"]),
        ("SNF", []),
        ("HHA", []),
    ],
)
def test_heart_failure_takes_no_nursing_facility_and_no_home_health(solver, claim_class, condition):
    table = f"claim_class | thru_date | code\n {claim_class} | 2015-03-01 | 4280"
    found = conditions(solver, table)
    assert [row["condition"] for row in found] == condition
    assert all(row["has_condition"] for row in found)


@pytest.mark.parametrize("claim_class", ["HOSPICE", "DME", "PDE"])
def test_hospice_equipment_and_drugs_are_no_evidence(solver, claim_class):
    table = f"claim_class | thru_date | code\n {claim_class} | 2015-03-01 | 41401"
    assert conditions(solver, table) == []


@pytest.mark.parametrize(
    ("code", "condition", "first_day", "day_before"),
    [
        ("25000", "diabetes", "2014-01-01", "2013-12-31"),
        ("41401", "ischemic_heart_dis", "2014-01-01", "2013-12-31"),
        ("4280", "heart_failure", "2014-01-01", "2013-12-31"),
        ("496", "copd", "2015-01-01", "2014-12-31"),
        ("49390", "asthma", "2015-01-01", "2014-12-31"),
    ],
)
def test_the_lookback_begins_on_its_first_day(solver, code, condition, first_day, day_before):
    """24 months are the performance year and the year before, 12 the performance year."""

    def stay(day):
        return f"claim_class | thru_date | code\n INPATIENT | {day} | {code}"

    assert ill(solver, stay(first_day)) == [condition]
    assert conditions(solver, stay(day_before)) == []


def test_the_lookback_ends_on_the_last_day_of_the_year(solver):
    """A stay over the turn of the year belongs to the next."""
    found = conditions(
        solver,
        """
        beneficiary_id | claim_class | from_date  | thru_date  | code
        ---------------+-------------+------------+------------+------
        in             | INPATIENT   | 2015-12-20 | 2015-12-31 | 25000
        out            | INPATIENT   | 2015-12-20 | 2016-01-01 | 25000
        """,
    )
    assert [row["beneficiary_id"] for row in found] == ["in"]


def test_two_visits_may_lie_in_different_years(solver):
    assert ill(
        solver,
        """
        claim_class | thru_date  | code
        ------------+------------+------
        PART_B      | 2014-01-01 | 25000
        PART_B      | 2015-12-31 | 25000
        """,
    ) == ["diabetes"]


def test_copd_of_the_year_before_does_not_count(solver):
    (found,) = conditions(
        solver,
        """
        claim_class | thru_date  | code
        ------------+------------+-----
        PART_B      | 2014-12-31 | 496
        PART_B      | 2015-12-31 | 496
        """,
    )
    assert (found["has_condition"], found["other_claims"]) == (False, 1)


@pytest.mark.parametrize("position", [0, 2, 25])
def test_the_code_may_stand_in_any_position(solver, position):
    table = f"claim_class | thru_date | code | seq\n SNF | 2015-03-01 | 25000 | {position}"
    assert ill(solver, table) == ["diabetes"]


@pytest.mark.parametrize(
    ("version", "code", "condition"),
    [
        (9, "25000", ["diabetes"]),
        (10, "E119", ["diabetes"]),
        (9, "41401", ["ischemic_heart_dis"]),
        (10, "I2510", ["ischemic_heart_dis"]),
        (9, "496", ["copd"]),
        (10, "J449", ["copd"]),
        (9, "4280", ["heart_failure"]),
        (10, "I509", ["heart_failure"]),
        (10, "25000", []),
        (9, "E119", []),
        (9, "4019", []),
    ],
)
def test_a_code_is_read_in_its_own_version(solver, version, code, condition):
    """Whatever the day: the version stands with the diagnosis."""
    table = f"claim_class | thru_date | code | icd_version\n INPATIENT | 2015-09-30 | {code} | "
    assert ill(solver, table + str(version)) == condition


def test_codes_of_both_versions_add_up(solver):
    assert ill(
        solver,
        """
        claim_class | thru_date  | code  | icd_version
        ------------+------------+-------+------------
        PART_B      | 2015-09-30 | 25000 | 9
        PART_B      | 2015-10-01 | E119  | 10
        """,
    ) == ["diabetes"]


def test_one_claim_with_two_codes_of_a_condition_counts_once(solver):
    day = dt.date(2015, 3, 1)
    claims = {"claim_id": "k", "beneficiary_id": "b1", "claim_class": "OUTPATIENT"}
    (found,) = solve(
        solver,
        beneficiary_conditions,
        value_modifier(2017),
        claim=[{**claims, "from_date": day, "thru_date": day}],
        diagnosis=[
            {"claim_id": "k", "seq": 1, "code": "25000", "icd_version": 9},
            {"claim_id": "k", "seq": 2, "code": "25001", "icd_version": 9},
        ],
    )
    assert (found["facility_claims"], found["days_of_other_claims"]) == (1, 1)


VISITS = """
    claim_id | claim_class | thru_date  | code
    ---------+-------------+------------+------
    k1       | PART_B      | 2015-03-01 | 41401
"""


@pytest.mark.parametrize(
    ("codes", "counts"),
    [
        (["80053"], False),  # laboratory
        (["A0428"], False),  # ambulance
        (["E0601"], False),  # durable medical equipment
        (["A0428", "80053", "E0601"], False),
        (["80053", "99213"], True),
        (["93000"], True),  # other tests are no laboratory
        (["X9999"], True),  # a code that is in no list
        ([""], True),
    ],
)
def test_a_claim_of_ambulance_equipment_or_laboratory_alone_does_not_count(solver, codes, counts):
    lines = "claim_id | line_number | hcpcs_code\n" + "\n".join(
        f"k1 | {number} | {code}" for number, code in enumerate(codes, start=1)
    )
    found = conditions(solver, VISITS, lines)
    assert bool(found) is counts


def test_a_claim_that_lists_no_lines_counts_by_its_last_day(solver):
    (found,) = conditions(solver, VISITS)
    assert (found["last_date"], found["has_condition"]) == (dt.date(2015, 3, 1), True)


def test_a_claim_all_of_whose_lines_were_denied_does_not_count(solver):
    lines = "claim_id | processing_indicator | allowed_amount\n k1 | {} | {}"
    assert conditions(solver, VISITS, lines.format("D", "50.00")) == []
    assert conditions(solver, VISITS, lines.format("R", "0.00")) == []
    assert len(conditions(solver, VISITS, lines.format("A", "50.00"))) == 1


def test_a_professional_claim_is_dated_by_its_last_line_of_the_year(solver):
    """Laboratory lines and lines of the next year date nothing; a claim counts once."""
    (found,) = conditions(
        solver,
        VISITS,
        """
        claim_id | line_number | from_date  | hcpcs_code
        ---------+-------------+------------+-----------
        k1       | 1           | 2015-12-01 | 99213
        k1       | 2           | 2015-12-20 | 99213
        k1       | 3           | 2015-12-30 | 80053
        k1       | 4           | 2016-01-02 | 99213
        """,
    )
    assert (found["first_date"], found["last_date"]) == (dt.date(2015, 12, 20),) * 2
    assert found["other_claims"] == 1


def test_a_claim_with_lines_of_the_next_year_only_does_not_count(solver):
    assert conditions(solver, VISITS, "claim_id | from_date\n k1 | 2016-01-01") == []


@pytest.mark.parametrize(
    ("claim_class", "column_", "value", "counts"),
    [
        ("INPATIENT", "nonpayment_code", "N", False),
        ("INPATIENT", "nonpayment_code", "0", False),
        ("PART_B", "nonpayment_code", "0", False),
        ("PART_B", "nonpayment_code", "N", True),
        ("INPATIENT", "claim_type_code", "61", False),
        ("PART_B", "claim_type_code", "64", False),
        ("INPATIENT", "claim_type_code", "60", True),
        ("PART_B", "mco_paid", "1", False),
        ("PART_B", "mco_paid", "0", True),
    ],
)
def test_denied_and_managed_care_claims_are_out(solver, claim_class, column_, value, counts):
    table = (
        f"claim_class | thru_date | code | {column_}\n {claim_class} | 2015-03-01 | 41401 | {value}"
    )
    assert bool(ill(solver, table)) is counts


def test_version_30_has_other_lookbacks_kinds_and_codes(solver):
    """D18, alternative: only the rule tables differ."""
    copd = "claim_class | thru_date | code\n INPATIENT | 2014-03-01 | 496"
    assert ill(solver, copd) == []
    assert ill(solver, copd, D18="ccw_30") == ["copd"]
    heart = "claim_class | thru_date | code | icd_version\n PART_B | 2015-11-01 | I509 | 10"
    assert ill(solver, heart) == ["heart_failure"]
    assert ill(solver, heart, D18="ccw_30") == []
    muscle = "claim_class | thru_date | code | icd_version\n INPATIENT | 2015-11-01 | I420 | 10"
    assert ill(solver, muscle) == []
    assert ill(solver, muscle, D18="ccw_30") == ["heart_failure"]


def test_row_order_does_not_matter(solver):
    rows = [f"PART_B | 2015-0{n}-01 | {code}" for n in (1, 2, 3) for code in ("25000", "496")]
    forward = conditions(solver, "\n".join(["claim_class | thru_date | code", *rows]))
    backward = conditions(solver, "\n".join(["claim_class | thru_date | code", *rows[::-1]]))
    assert forward == backward
