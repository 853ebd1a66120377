"""To which practice a beneficiary belongs: two steps, plurality of primary care charges.

42 CFR 414.1240(a) with 42 CFR 425.402; 79 FR 67548 (nurse practitioners in step 1 from 2017).
"""

from __future__ import annotations

import hashlib
from decimal import Decimal

import pytest

from openp4p.attribution.attributed import attributed_beneficiaries
from openp4p.attribution.candidates import attribution_candidates
from openp4p.attribution.primary_care import primary_care_services
from tests.short_tables import carrier_lines, column, value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver
YEARS = (2015, 2016, 2017, 2018)


def services(solver: str, lines: list[dict], year: int = 2017, **choices: str) -> list[dict]:
    """The primary care services among the lines, which are moved to the performance year."""
    moved = [
        {**line, "from_date": line["from_date"].replace(year=year - 2)}
        if line["from_date"].year == 2015
        else line
        for line in lines
    ]
    program = value_modifier(year, **choices)
    return solve(solver, primary_care_services, program, claim_line=moved)


def candidates(solver: str, text: str, year: int = 2017, **choices: str) -> list[dict]:
    found = services(solver, carrier_lines(text), year, **choices)
    program = value_modifier(year, **choices)
    return solve(solver, attribution_candidates, program, primary_care_services=found)


def attributed(solver: str, text: str, year: int = 2017, **choices: str) -> list[dict]:
    """Whose patients the beneficiaries of the lines are, all of them eligible."""
    found = candidates(solver, text, year, **choices)
    people = sorted({row["beneficiary_id"] for row in found})
    return solve(
        solver,
        attributed_beneficiaries,
        value_modifier(year, **choices),
        attribution_candidates=found,
        eligible_beneficiaries=[{"beneficiary_id": p, "is_eligible": True} for p in people],
        removed_patient=[],
    )


def practice_of(rows: list[dict]) -> dict[str, str]:
    return column(rows, "beneficiary_id", "tin")


WORKED_EXAMPLE = """
    beneficiary_id | tin | specialty | allowed_amount
    ---------------+-----+-----------+---------------
    1              | A   | 11        | 180.00
    1              | B   | 08        | 120.00
    1              | B   | 50        | 140.00
    1              | C   | 06        | 500.00
    2              | D   | 50        | 300.00
    2              | C   | 06        | 100.00
    3              | D   | 50        | 300.00
"""


@pytest.mark.parametrize("year", YEARS)
def test_the_worked_example_of_four_years(solver, year):
    """Worked example `attribution`: nurse practitioners count in step 2 first, in step 1 later.

    Until 2016 practice D cannot win beneficiary 3, because no physician of it saw the beneficiary.
    """
    early, late = {"1": "A", "2": "C"}, {"1": "B", "2": "D", "3": "D"}
    assert practice_of(attributed(solver, WORKED_EXAMPLE, year)) == (early if year < 2017 else late)


def test_specialists_count_only_where_no_primary_care_was_given(solver):
    rows = attributed(
        solver,
        """
        beneficiary_id | tin    | specialty | allowed_amount
        ---------------+--------+-----------+---------------
        1              | Clinic | 11        |  70.00
        1              | Heart  | 06        | 110.00
        2              | Heart  | 06        | 110.00
        """,
    )
    assert practice_of(rows) == {"1": "Clinic", "2": "Heart"}
    assert column(rows, "beneficiary_id", "step") == {"1": 1, "2": 2}


def test_charges_decide_and_not_the_number_of_visits(solver):
    rows = attributed(
        solver,
        """
        tin | specialty | allowed_amount
        ----+-----------+---------------
        A   | 11        | 30.00
        A   | 11        | 30.00
        A   | 11        | 30.00
        B   | 11        | 90.01
        """,
    )
    assert practice_of(rows) == {"b1": "B"}
    assert rows[0]["margin"] == Decimal("0.01")


def test_charges_are_compared_as_exact_cents(solver):
    """Ten cents and twenty cents are thirty cents; the tie goes on to the latest service."""
    rows = attributed(
        solver,
        """
        tin | specialty | allowed_amount | from_date
        ----+-----------+----------------+-----------
        A   | 11        | 0.10           | 2015-01-01
        A   | 11        | 0.20           | 2015-01-01
        B   | 11        | 0.30           | 2015-01-02
        """,
    )
    assert practice_of(rows) == {"b1": "B"}
    assert rows[0]["margin"] == Decimal("0.00")


TIES = """
    beneficiary_id | tin | specialty | allowed_amount | from_date
    ---------------+-----+-----------+----------------+-----------
    dates          | A   | 11        | 50.00          | 2015-01-01
    dates          | B   | 11        | 50.00          | 2015-12-31
    lines          | A   | 11        | 50.00          | 2015-03-01
    lines          | B   | 11        | 20.00          | 2015-03-01
    lines          | B   | 11        | 30.00          | 2015-03-01
    tins           | B   | 11        | 50.00          | 2015-03-01
    tins           | A   | 11        | 50.00          | 2015-03-01
"""


def test_ties_go_to_the_latest_service_then_more_services_then_the_smallest_tin(solver):
    """D3."""
    assert practice_of(attributed(solver, TIES)) == {"dates": "B", "lines": "B", "tins": "A"}


def test_ties_may_go_to_the_earliest_service(solver):
    """D3, the alternative."""
    rows = attributed(solver, TIES, D3="earliest_service")
    assert practice_of(rows) == {"dates": "A", "lines": "B", "tins": "A"}


def test_ties_may_be_drawn_the_same_way_every_time(solver):
    """D3, the other alternative: the smaller MD5 of beneficiary and TIN, whatever the dates."""
    rows = attributed(solver, TIES, D3="seeded")
    drawn = {
        person: min("AB", key=lambda tin: hashlib.md5((person + tin).encode()).hexdigest())
        for person in ("dates", "lines", "tins")
    }
    assert practice_of(rows) == drawn


def test_only_services_of_the_deciding_step_break_ties(solver):
    """The specialist's late visit does not help B, nor does it count among its services."""
    rows = attributed(
        solver,
        """
        tin | specialty | allowed_amount | from_date
        ----+-----------+----------------+-----------
        A   | 11        | 50.00          | 2015-05-01
        B   | 11        | 50.00          | 2015-04-01
        B   | 06        | 50.00          | 2015-11-01
        """,
    )
    assert practice_of(rows) == {"b1": "A"}
    assert (rows[0]["services"], rows[0]["runner_up_charges"]) == (1, Decimal("50.00"))


VISITS = """
    beneficiary_id | tin | specialty | allowed_amount
    ---------------+-----+-----------+---------------
    1              | A   | 50        | 90.00
    1              | B   | 06        | 10.00
    2              | A   | 50        | 90.00
    2              | A   | 06        | 10.00
    2              | B   | 06        | 50.00
"""


def test_until_2016_a_physician_of_the_practice_must_have_seen_the_beneficiary(solver):
    """D4: the same practice's physician; the alternative takes a physician anywhere."""
    assert practice_of(attributed(solver, VISITS, 2016)) == {"1": "B", "2": "A"}
    anywhere = attributed(solver, VISITS, 2016, D4="any_tin")
    assert practice_of(anywhere) == {"1": "A", "2": "A"}


def test_a_beneficiary_no_physician_saw_belongs_to_nobody_until_2016(solver):
    text = "tin | specialty | allowed_amount\nA | 50 | 90.00"
    for choices in ({}, {"D4": "any_tin"}):
        assert attributed(solver, text, 2016, **choices) == []
    assert practice_of(attributed(solver, text, 2017)) == {"b1": "A"}


def test_every_practice_is_kept_with_its_place(solver):
    """The losers stay: those without a physician visit rank behind all others."""
    rows = candidates(
        solver,
        """
        tin | specialty | allowed_amount
        ----+-----------+---------------
        A   | 50        | 900.00
        B   | 06        | 500.00
        C   | 11        |  10.00
        C   | 06        | 700.00
        """,
        2016,
    )
    ranked = sorted(rows, key=lambda row: row["rank"])
    assert [(r["rank"], r["tin"], r["step"], r["passes_prestep"]) for r in ranked] == [
        (1, "C", 1, True),
        (2, "C", 2, True),
        (3, "B", 2, True),
        (4, "A", 2, False),
    ]


def test_the_runner_up_is_the_second_of_the_deciding_step(solver):
    rows = attributed(
        solver,
        """
        beneficiary_id | tin | specialty | allowed_amount
        ---------------+-----+-----------+---------------
        1              | A   | 11        | 80.00
        1              | B   | 11        | 50.00
        1              | C   | 11        | 20.00
        2              | A   | 11        | 80.00
        2              | B   | 06        | 90.00
        """,
    )
    assert [(r["practices"], r["runner_up_tin"], r["margin"]) for r in rows] == [
        (3, "B", Decimal("30.00")),
        (1, None, Decimal("80.00")),
    ]


def test_only_eligible_beneficiaries_belong_to_a_practice(solver):
    found = candidates(solver, WORKED_EXAMPLE)
    rows = solve(
        solver,
        attributed_beneficiaries,
        value_modifier(2017),
        attribution_candidates=found,
        eligible_beneficiaries="""
        beneficiary_id | is_eligible
        ---------------+------------
        1              | no
        2              | yes
        4              | yes
        """,
        removed_patient=[],
    )
    assert practice_of(rows) == {"2": "D"}


def test_whom_a_correction_takes_from_a_practice_nobody_gets(solver):
    """Of the year alone, from that practice alone; the runner-up of beneficiary 2 gets nothing."""
    found = candidates(solver, WORKED_EXAMPLE)
    before = attributed(solver, WORKED_EXAMPLE)
    rows = solve(
        solver,
        attributed_beneficiaries,
        value_modifier(2017),
        attribution_candidates=found,
        eligible_beneficiaries=[
            {"beneficiary_id": row["beneficiary_id"], "is_eligible": True} for row in found
        ],
        removed_patient=[
            {"beneficiary_id": "2", "tin": "D", "performance_year": 2015},
            {"beneficiary_id": "1", "tin": "D", "performance_year": 2014},
            {"beneficiary_id": "4", "tin": "Z", "performance_year": 2015},
        ],
    )
    assert practice_of(rows) == {b: t for b, t in practice_of(before).items() if b != "2"}


def test_primary_care_services_are_allowed_lines_for_listed_codes_with_a_charge(solver):
    """The statutory codes and the wellness visits; hospital visits and drugs are none."""
    lines = carrier_lines(
        """
        claim_id   | tin | hcpcs_code | allowed_amount | processing_indicator | claim_class
        -----------+-----+------------+----------------+----------------------+------------
        office     | A   | 99213      | 70.00          | A                    | PART_B
        wellness   | A   | G0438      | 70.00          |                      | PART_B
        hospital   | A   | 99223      | 70.00          | A                    | PART_B
        drug       | A   | J1100      | 70.00          | A                    | PART_B
        denied     | A   | 99213      | 70.00          | D                    | PART_B
        free       | A   | 99213      |  0.00          | A                    | PART_B
        unpriced   | A   | 99213      |                | A                    | PART_B
        nobody     |     | 99213      | 70.00          | A                    | PART_B
        outpatient | A   | 99213      | 70.00          | A                    | OUTPATIENT
        """
    )
    assert [row["claim_id"] for row in services(solver, lines)] == ["office", "wellness"]


def test_primary_care_services_are_those_of_the_calendar_year(solver):
    lines = carrier_lines(
        """
        claim_id | tin | allowed_amount | from_date
        ---------+-----+----------------+-----------
        before   | A   | 70.00          | 2014-12-31
        first    | A   | 70.00          | 2015-01-01
        last     | A   | 70.00          | 2015-12-31
        after    | A   | 70.00          | 2016-01-01
        """
    )
    assert [row["claim_id"] for row in services(solver, lines)] == ["first", "last"]


def test_the_specialty_on_the_line_says_who_gave_the_service(solver):
    """A therapist gives no service that counts; a source without specialties is all physicians."""
    lines = carrier_lines(
        """
        claim_id | tin | specialty | allowed_amount
        ---------+-----+-----------+---------------
        1        | A   | 11        | 70.00
        2        | A   | 06        | 70.00
        3        | A   | 97        | 70.00
        4        | A   | 65        | 70.00
        5        | A   | 59        | 70.00
        6        | A   |           | 70.00
        """
    )
    found = services(solver, lines)
    assert [(row["provider_group"], row["is_physician"]) for row in found] == [
        ("primary_care_physician", True),
        ("other_physician", True),
        ("np_pa_cns", False),
        ("other", False),
        ("other", False),
        ("primary_care_physician", True),
    ]


def test_charges_may_be_standardised(solver):
    """D5: the allowed charge; the alternative takes the payment-standardised amount."""
    text = """
        tin | specialty | allowed_amount | standardized_amount
        ----+-----------+----------------+--------------------
        A   | 11        | 80.00          | 40.00
        B   | 11        | 50.00          | 50.00
        C   | 11        | 10.00          |
    """
    assert practice_of(attributed(solver, text)) == {"b1": "A"}
    rows = attributed(solver, text, D5="standardized_amount")
    assert practice_of(rows) == {"b1": "B"}
    assert rows[0]["practices"] == 2
