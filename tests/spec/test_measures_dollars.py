"""What a beneficiary cost: Part A and B dollars of the performance year, scaled to a whole year."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from openp4p.measures.costs import beneficiary_costs
from tests.measured import eligible, facility_claims
from tests.short_tables import carrier_lines, value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver


def found(solver, claims="claim_id", lines="claim_id", people=None, year=2017, **choices):
    return solve(
        solver,
        beneficiary_costs,
        value_modifier(year, **choices),
        claim=facility_claims(claims),
        claim_line=carrier_lines(lines),
        eligible_beneficiaries=eligible("b1") if people is None else people,
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
    rows = solve(
        solver,
        beneficiary_costs,
        value_modifier(2017),
        claim=[],
        claim_line=lines,
        eligible_beneficiaries=eligible("b1"),
    )
    assert rows[0]["cost_dollars"] == Decimal("3.00")
    assert lines[0]["from_date"] == dt.date(2015, 6, 1)
