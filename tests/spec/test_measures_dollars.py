"""What a beneficiary cost: Part A and B dollars of the performance year, scaled to a whole year."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from tests.costed import dollars, services, stays
from tests.measured import eligible, facility_claims
from tests.short_tables import carrier_lines, value_modifier
from tests.solving import on_every_solver

pytestmark = on_every_solver


def found(solver, claims="claim_id", lines="claim_id", people=None, year=2017, **choices):
    return dollars(
        solver,
        value_modifier(year, **choices),
        people,
        claim=facility_claims(claims),
        claim_line=carrier_lines(lines),
    )


def dollars_of(solver, claims="claim_id", lines="claim_id", **said) -> str:
    return str(found(solver, claims, lines, **said)[0]["cost_dollars"])


def test_facility_claims_and_professional_lines_add_up(solver):
    """Every class of Part A and B counts; the money of an outpatient claim is on the claim."""
    claims = """
        claim_class | allowed_amount
        ------------+---------------
        INPATIENT   | 1000.00
        SNF         |  200.00
        HHA         |   30.00
        HOSPICE     |    4.00
        OUTPATIENT  |    0.50
        PART_B      |  900.00
        DME         |  900.00
    """
    lines = """
        claim_id | claim_class | allowed_amount
        ---------+-------------+---------------
        p1       | PART_B      | 0.05
        p2       | DME         | 0.01
        k5       | OUTPATIENT  | 0.50
    """
    assert dollars_of(solver, claims, lines) == "1234.56"


def test_part_d_is_not_counted(solver):
    assert dollars_of(solver, "claim_class | allowed_amount\n PDE | 80.00") == "0.00"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("nonpayment_code | allowed_amount\n N | 80.00", "not covered"),
        ("mco_paid | allowed_amount\n 1 | 80.00", "paid by a managed care plan"),
        ("claim_type_code | allowed_amount\n 62 | 80.00", "a managed care claim"),
    ],
)
def test_a_facility_claim_that_medicare_did_not_pay_is_not_counted(solver, said, why):
    assert dollars_of(solver, said) == "0.00", why


def test_lines_of_a_denied_claim_are_not_counted(solver):
    """A professional claim denied whole carries the code 0; other codes say who is paid."""
    claims = """
        claim_id | claim_class | nonpayment_code
        ---------+-------------+----------------
        p1       | PART_B      | 0
        p2       | PART_B      | 1
    """
    lines = """
        claim_id | allowed_amount
        ---------+---------------
        p1       | 10.00
        p2       |  7.00
    """
    assert dollars_of(solver, claims, lines) == "7.00"


def test_lines_that_were_not_allowed_are_not_counted(solver):
    lines = """
        processing_indicator | allowed_amount
        ---------------------+---------------
        A                    | 1.00
        R                    | 2.00
        D                    | 4.00
                             | 8.00
    """
    assert dollars_of(solver, lines=lines) == "11.00"


def test_a_stay_belongs_to_the_year_of_its_admission(solver):
    """M20: first day of the claim, inpatient the admission; the alternative takes the last day."""
    claims = """
        claim_class | admission_date | from_date  | thru_date  | allowed_amount
        ------------+----------------+------------+------------+---------------
        INPATIENT   | 2014-12-30     | 2015-01-02 | 2015-01-09 | 1.00
        INPATIENT   | 2015-12-30     | 2015-12-30 | 2016-01-09 | 2.00
        INPATIENT   |                | 2015-12-30 | 2015-12-31 | 4.00
        SNF         | 2014-12-30     | 2015-01-01 | 2015-01-31 | 8.00
        OUTPATIENT  |                | 2015-12-31 | 2016-01-01 | 16.00
        OUTPATIENT  |                | 2014-12-31 | 2015-01-01 | 32.00
    """
    assert dollars_of(solver, claims) == "30.00"
    assert dollars_of(solver, claims, M20="thru_date") == "45.00"


def test_a_line_belongs_to_the_year_of_its_own_day(solver):
    lines = """
        from_date  | thru_date  | allowed_amount
        -----------+------------+---------------
        2014-12-31 | 2015-01-01 | 1.00
        2015-01-01 |            | 2.00
        2015-12-31 | 2016-01-01 | 4.00
    """
    assert dollars_of(solver, lines=lines) == "6.00"
    assert dollars_of(solver, lines=lines, M20="thru_date") == "3.00"


def test_the_standardised_amount_is_used_where_there_is_one(solver):
    claims = """
        beneficiary_id | allowed_amount | standardized_amount
        ---------------+----------------+--------------------
        b1             | 10.00          | 8.00
        b2             | 10.00          | 8.00
        b2             | 10.00          |
        b3             | 10.00          |
        b5             |                |
    """
    rows = found(solver, claims, people=eligible("b1", "b2", "b3", "b4", "b5"))
    assert [(str(r["cost_dollars"]), r["standardization"]) for r in rows] == [
        ("8.00", "supplied"),
        ("18.00", "partial"),
        ("10.00", "none"),
        ("0.00", "no_claims"),
        ("0.00", "no_claims"),
    ]


def test_everyone_eligible_has_a_cost_and_nobody_else(solver):
    rows = found(
        solver,
        "beneficiary_id | allowed_amount\n b2 | 5.00",
        people=[*eligible("b1"), *eligible("b2", is_eligible=False)],
    )
    assert [(r["beneficiary_id"], r["cost_dollars"], r["annualised_cost"]) for r in rows] == [
        ("b1", Decimal(0), 0.0)
    ]


def test_part_of_a_year_is_scaled_to_twelve_months(solver):
    """19,250 dollars in 11 months are 21,000 a year; 2,300 in 5 are 5,520."""
    rows = found(
        solver,
        "beneficiary_id | allowed_amount\n b1 | 19250.00\n b2 | 2300.00",
        people=[*eligible("b1", months=11), *eligible("b2", months=5)],
    )
    assert [r["annualised_cost"] for r in rows] == [21000.0, 5520.0]


def test_scaling_by_days_knows_leap_years(solver):
    """D17, alternative: performance year 2016 has 366 days."""
    people = eligible("b1", months=6, days=183)
    claims = "from_date | allowed_amount\n 2016-03-01 | 183.00"
    rows = found(solver, claims, people=people, year=2018, D17="days")
    assert [r["annualised_cost"] for r in rows] == [366.0]
    claims = "from_date | allowed_amount\n 2015-03-01 | 183.00"
    rows = found(solver, claims, people=people, D17="days")
    assert [r["annualised_cost"] for r in rows] == [365.0]


def test_cents_are_exact(solver):
    lines = carrier_lines("allowed_amount\n" + "\n".join(["0.10"] * 30))
    rows = dollars(solver, value_modifier(2017), claim_line=lines)
    assert rows[0]["cost_dollars"] == Decimal("3.00")
    assert lines[0]["from_date"] == dt.date(2015, 6, 1)


def rows_of(solver, claims="claim_id", lines="claim_id", listed="stay_id", **choices):
    return services(
        solver,
        value_modifier(2017, **choices),
        facility_claims(claims),
        carrier_lines(lines),
        stays(listed),
    )["rows"]


def test_an_outpatient_claim_is_split_where_its_lines_add_up_to_it(solver):
    """To the cent, and by the standardised amounts where the claim has one."""
    claims = """
        claim_id | allowed_amount | standardized_amount
        ---------+----------------+--------------------
        k1       | 30.00          |
        k2       | 30.00          |
        k3       | 30.00          | 24.00
        k4       | 30.00          | 24.00
        k5       | 30.00          |
    """
    lines = """
        claim_id | line_number | claim_class | allowed_amount | standardized_amount
        ---------+-------------+-------------+----------------+--------------------
        k1       | 1           | OUTPATIENT  | 10.00          |
        k1       | 2           | OUTPATIENT  | 20.00          |
        k1       | 3           | OUTPATIENT  |                |
        k2       | 1           | OUTPATIENT  | 29.99          |
        k3       | 1           | OUTPATIENT  | 20.00          | 24.00
        k3       | 2           | OUTPATIENT  |  9.00          |
        k4       | 1           | OUTPATIENT  | 30.00          | 23.00
    """
    found = rows_of(solver, claims, lines)
    assert [(r["claim_id"], r["line_number"], str(r["amount"])) for r in found] == [
        ("k1", 1, "10.00"),
        ("k1", 2, "20.00"),
        ("k2", 0, "30.00"),
        ("k3", 1, "24.00"),
        ("k3", 2, "0.00"),
        ("k4", 0, "24.00"),
        ("k5", 0, "30.00"),
    ]


def test_a_line_names_who_billed_it_and_a_facility_claim_nobody(solver):
    lines = """
        claim_id | line_number | claim_class | tin | npi | allowed_amount
        ---------+-------------+-------------+-----+-----+---------------
        k1       | 1           | OUTPATIENT  | T1  | n1  | 10.00
        p1       | 1           | PART_B      | T1  | n1  | 10.00
        p2       | 1           | DME         | T2  |     | 10.00
    """
    found = rows_of(solver, "claim_id | allowed_amount\n k1 | 10.00\n k2 | 1.00", lines)
    assert [(r["claim_id"], r["line_number"], r["tin"]) for r in found] == [
        ("k1", 1, None),
        ("k2", 0, None),
        ("p1", 1, "T1"),
        ("p2", 1, "T2"),
    ]


def test_rows_before_the_year_are_kept_as_far_as_an_episode_can_reach(solver):
    """Three days before the first admission among the acute stays that ended in the year."""
    listed = """
        ccn    | is_acute | admission_date | discharge_date
        -------+----------+----------------+---------------
        010001 | yes      | 2014-12-20     | 2015-01-02
        010001 | yes      | 2014-11-20     | 2014-12-31
        012000 | no       | 2014-10-20     | 2015-01-02
        010001 | yes      | 2014-11-20     | 2016-01-01
    """
    lines = """
        claim_id | from_date  | allowed_amount
        ---------+------------+---------------
        p1       | 2014-12-16 | 1.00
        p2       | 2014-12-17 | 1.00
        p3       | 2014-12-31 | 1.00
        p4       | 2015-01-01 | 1.00
        p5       | 2015-12-31 | 1.00
        p6       | 2016-01-01 | 1.00
    """
    found = rows_of(solver, lines=lines, listed=listed)
    assert [(r["claim_id"], r["in_year"]) for r in found] == [
        ("p2", False),
        ("p3", False),
        ("p4", True),
        ("p5", True),
    ]
    alone = rows_of(solver, lines=lines)
    assert [r["claim_id"] for r in alone] == ["p4", "p5"]


def test_a_row_of_the_year_by_its_last_day_may_begin_before_it(solver):
    """M20, alternative; what only begins in the year stays for the episodes."""
    claims = """
        claim_class | from_date  | thru_date  | allowed_amount
        ------------+------------+------------+---------------
        SNF         | 2014-11-01 | 2015-01-09 | 1.00
        SNF         | 2015-12-30 | 2016-01-09 | 2.00
    """
    found = rows_of(solver, claims, M20="thru_date")
    assert [(str(r["amount"]), r["in_year"]) for r in found] == [("1.00", True), ("2.00", False)]


def test_dollars_that_no_price_was_found_for_are_told(solver):
    """A row of zero dollars needs no price."""
    claims = """
        beneficiary_id | allowed_amount | standardized_amount
        ---------------+----------------+--------------------
        b1             | 10.00          | 8.00
        b1             |  0.00          |
        b2             | 10.00          | 8.00
        b2             |  0.01          |
        b3             |  0.00          |
    """
    people = eligible("b1", "b2", "b3", "b4")
    rows = found(solver, claims, people=people, M22="never_fall_back")
    assert [(r["standardization"], r["is_standardized"]) for r in rows] == [
        ("supplied", True),
        ("partial", False),
        ("no_claims", True),
        ("no_claims", True),
    ]
