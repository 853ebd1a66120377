"""Who works in a practice: one professional under one TIN (42 CFR 414.1205; 42 USC 1395x(r))."""

from __future__ import annotations

from decimal import Decimal

from openp4p.groups.professionals import professionals
from tests.short_tables import carrier_lines, column, value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver


def found(solver: str, lines: str, roster: str = "tin | npi", **choices: str) -> list[dict]:
    return solve(
        solver,
        professionals,
        value_modifier(2017, **choices),
        claim_line=carrier_lines(lines),
        provider_enrollment=roster,
    )


def test_a_professional_bills_or_is_on_the_roster(solver):
    """One row for everyone seen in either place; the claims count needs a fee schedule charge."""
    rows = found(
        solver,
        """
        tin | npi | specialty | allowed_amount
        ----+-----+-----------+---------------
        A   | 1   | 11        | 70.00
        A   | 2   | 11        | 70.00
        """,
        """
        tin | npi | specialty_primary
        ----+-----+------------------
        A   | 2   | 11
        A   | 3   | 50
        """,
    )
    assert [(r["npi"], r["in_claims"], r["in_roster"]) for r in rows] == [
        ("1", True, False),
        ("2", True, True),
        ("3", False, True),
    ]


def test_one_person_under_two_tins_is_a_professional_of_each(solver):
    rows = found(
        solver,
        """
        tin | npi | specialty | allowed_amount
        ----+-----+-----------+---------------
        A   | 1   | 11        | 70.00
        B   | 1   | 06        | 10.00
        """,
    )
    assert [(r["tin"], r["specialty"]) for r in rows] == [("A", "11"), ("B", "06")]


def test_the_specialty_with_the_largest_charges_is_the_professionals(solver):
    """D6: charges are summed over all carrier lines; ties go to the smallest code."""
    rows = found(
        solver,
        """
        tin | npi  | specialty | allowed_amount
        ----+------+-----------+---------------
        A   | most | 06        | 100.00
        A   | most | 11        |  60.00
        A   | most | 11        |  60.00
        A   | tied | 11        |  0.10
        A   | tied | 11        |  0.20
        A   | tied | 06        |  0.30
        """,
    )
    assert column(rows, "npi", "specialty") == {"most": "11", "tied": "06"}


def test_claims_outrank_the_roster_unless_the_choice_is_turned(solver):
    """D6: the roster's specialty counts for those without lines; the alternative prefers it."""
    lines = """
        tin | npi | specialty | allowed_amount
        ----+-----+-----------+---------------
        A   | 1   | 06        | 100.00
        A   | 2   | 06        | 100.00
        """
    roster = """
        tin | npi | specialty_primary
        ----+-----+------------------
        A   | 1   | 11
        A   | 2   |
        A   | 3   | 50
        """
    by_claims = found(solver, lines, roster)
    assert column(by_claims, "npi", "specialty") == {"1": "06", "2": "06", "3": "50"}
    by_roster = found(solver, lines, roster, D6="roster")
    assert column(by_roster, "npi", "specialty") == {"1": "11", "2": "06", "3": "50"}


def test_a_code_in_no_list_is_not_an_eligible_professional(solver):
    """An ambulance supplier (59) is not one; a person without any code is undefined."""
    rows = found(
        solver,
        """
        tin | npi       | specialty | allowed_amount
        ----+-----------+-----------+---------------
        A   | ambulance | 59        | 70.00
        A   | unstated  |           | 70.00
        """,
    )
    assert column(rows, "npi", "specialty") == {"unstated": "99"}


def test_only_lines_of_the_year_that_medicare_allowed_count(solver):
    """Denied lines, other years and lines without a professional make nobody."""
    rows = found(
        solver,
        """
        tin | npi      | specialty | allowed_amount | processing_indicator | from_date
        ----+----------+-----------+----------------+----------------------+-----------
        A   | first    | 11        | 70.00          | A                    | 2015-01-01
        A   | last     | 11        | 70.00          |                      | 2015-12-31
        A   | paid     | 11        | 70.00          | R                    | 2015-06-01
        A   | denied   | 11        | 70.00          | D                    | 2015-06-01
        A   | zero     | 11        |  0.00          | S                    | 2015-06-01
        A   | before   | 11        | 70.00          | A                    | 2014-12-31
        A   | after    | 11        | 70.00          | A                    | 2016-01-01
        A   |          | 11        | 70.00          | A                    | 2015-06-01
            | no_tin   | 11        | 70.00          | A                    | 2015-06-01
        """,
    )
    assert [r["npi"] for r in rows] == ["first", "last", "paid"]


def test_supplies_are_not_professional_services(solver):
    rows = found(
        solver,
        """
        tin | npi | specialty | allowed_amount | claim_class
        ----+-----+-----------+----------------+------------
        A   | 1   | 11        | 70.00          | DME
        A   | 2   | 11        | 70.00          | OUTPATIENT
        """,
    )
    assert rows == []


def test_billing_means_a_fee_schedule_charge_above_zero(solver):
    """D1 and D35: a drug (J code) or a free visit is no fee schedule charge."""
    lines = """
        tin | npi   | specialty | hcpcs_code | allowed_amount
        ----+-------+-----------+------------+---------------
        A   | drug  | 11        | J1100      | 70.00
        A   | free  | 11        | 99213      |  0.00
        A   | visit | 11        | 99213      |  0.01
        """
    strict = found(solver, lines)
    assert column(strict, "npi", "in_claims") == {"drug": False, "free": False, "visit": True}
    anything = found(solver, lines, D1="any_carrier_line")
    assert set(column(anything, "npi", "in_claims").values()) == {True}
    by_specialty = found(solver, lines, D35="carrier_lines_of_ep_specialties")
    assert column(by_specialty, "npi", "in_claims") == {"drug": True, "free": False, "visit": True}


def test_dollars_are_those_of_fee_schedule_lines(solver):
    rows = found(
        solver,
        """
        tin | npi | specialty | hcpcs_code | allowed_amount | paid_amount
        ----+-----+-----------+------------+----------------+------------
        A   | 1   | 11        | 99213      | 0.10           | 0.08
        A   | 1   | 11        | 99214      | 0.20           | 0.16
        A   | 1   | 11        | J1100      | 500.00         | 400.00
        """,
    )
    assert rows[0]["pfs_lines"] == 2
    assert rows[0]["allowed_amount"] == Decimal("0.30")
    assert rows[0]["paid_amount"] == Decimal("0.24")


def test_whose_payments_move_follows_the_payment_year(solver):
    """Physicians only in 2015 to 2017; nurse practitioners and others from 2018."""
    lines = carrier_lines(
        """
        tin | npi | specialty | allowed_amount | from_date
        ----+-----+-----------+----------------+-----------
        A   | md  | 11        | 70.00          | 2015-06-01
        A   | np  | 50        | 70.00          | 2015-06-01
        A   | pt  | 65        | 70.00          | 2015-06-01
        A   | md  | 11        | 70.00          | 2016-06-01
        A   | np  | 50        | 70.00          | 2016-06-01
        A   | pt  | 65        | 70.00          | 2016-06-01
        """
    )
    moving = {
        year: column(
            solve(solver, professionals, value_modifier(year), claim_line=lines),
            "npi",
            "is_adjusted",
        )
        for year in (2017, 2018)
    }
    assert moving[2017] == {"md": True, "np": False, "pt": False}
    assert moving[2018] == {"md": True, "np": True, "pt": False}
