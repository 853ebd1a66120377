"""The payment ledger: the dollars the modifier applies to, and what each practice gets."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openp4p.payment.ledger import paid_amounts, payments
from tests.paid import clinician, dollars, fraction, paid, paid_lines, payable, standing
from tests.short_tables import column, value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver


def found(solver: str, lines: str | list, year: int = 2017, **given: object) -> list[dict]:
    choices = {k: given.pop(k) for k in list(given) if k.startswith("D")}
    program = value_modifier(year, **choices)
    if isinstance(lines, str):
        lines = paid_lines(lines, program.performance_year)
    stated = given.pop("supplied_practice", [])
    given.setdefault("professionals", [clinician()])
    theirs = payable(solver, program, claim_line=lines, **given)
    return solve(solver, paid_amounts, program, payable_clinicians=theirs, supplied_practice=stated)


def test_medicare_paid_dollars_of_fee_schedule_lines_count(solver):
    """Not drugs, laboratory tests, equipment or facilities; not what was denied."""
    rows = found(
        solver,
        """
            claim_id | hcpcs_code | claim_class | processing_indicator | paid_amount
            ---------+------------+-------------+----------------------+------------
            visit    | 99213      |             | A                    | 80.00
            again    | 99213      |             |                      | 0.10
            drug     | J1100      |             | A                    | 7.00
            test     | 80053      |             | A                    | 7.00
            denied   | 99213      |             | D                    | 7.00
            unpaid   | 99213      |             | A                    |
            dme      | 99213      | DME         | A                    | 7.00
            hospital | 99213      | OUTPATIENT  | A                    | 7.00
        """,
    )
    assert rows == [{"tin": "A", "service_year": 2015, "lines": 3, "paid_amount": Decimal("80.10")}]


def test_only_clinicians_whose_payments_move_count(solver):
    """The class is that of a clinician's specialty under the TIN (D6), not of the line."""
    rows = found(
        solver,
        """
            npi | tin | specialty | paid_amount
            ----+-----+-----------+------------
            n1  | A   | 50        | 80.00
            n2  | A   | 08        | 7.00
            n1  | B   | 08        | 9.00
        """,
        professionals=[clinician(), clinician("n2", is_adjusted=False)],
    )
    assert column(rows, "tin", "paid_amount") == {"A": Decimal("80.00")}


@pytest.mark.parametrize(("year", "adjusted"), [(2017, False), (2018, True)])
def test_nurse_practitioners_are_adjusted_from_2018(solver, year, adjusted):
    """Shown on one who joined later, whose class is that of the line."""
    lines = paid_lines("specialty | npi | paid_amount\n 50 | new | 5.00\n 08 | n1 | 1.00", year)
    rows = found(solver, lines, year, professionals=[clinician("n1")])
    assert rows[0]["paid_amount"] == dollars(6 if adjusted else 1)


def test_the_payment_year_is_paid_on_when_the_claims_reach_it(solver):
    """D28; else the performance year stands in for it, and no other year ever does."""
    both = [
        *paid_lines("claim_id | paid_amount\n before | 10.00", 2015),
        *paid_lines("claim_id | paid_amount\n between | 100.00", 2016),
        *paid_lines("claim_id | paid_amount\n paid | 1.00", 2017),
    ]
    row = found(solver, both)[0]
    assert (row["service_year"], row["paid_amount"]) == (2017, Decimal("1.00"))
    row = found(solver, both[:2])[0]
    assert (row["service_year"], row["paid_amount"]) == (2015, Decimal("10.00"))


def test_rules_applied_to_a_later_year_are_paid_on_that_year(solver):
    """The rules of 2017 on the care of 2018: no line of 2017 is a line of the payment year."""
    program = value_modifier(2017).model_copy(update={"performance_year": 2018})
    lines = [
        *paid_lines("claim_id | paid_amount\n runs-over | 1.00", 2017),
        *paid_lines("claim_id | paid_amount\n care | 10.00", 2018),
    ]
    rows = payable(solver, program, claim_line=lines, professionals=[clinician()])
    assert [(row["service_year"], row["paid_amount"]) for row in rows] == [(2018, dollars(10))]


def test_who_joins_later_takes_the_modifier_of_the_practice(solver):
    """By the specialty on the line; one who billed before keeps the class known from then."""
    lines = [
        *paid_lines("claim_id | npi | specialty | paid_amount\n 1 | technician | 59 | 9.00", 2015),
        *paid_lines(
            """
                claim_id | npi        | specialty | paid_amount
                ---------+------------+-----------+------------
                2        | new        | 08        | 1.00
                3        | new        | 50        | 20.00
                4        | technician | 08        | 300.00
                5        | nurse      | 08        | 4000.00
            """,
            2017,
        ),
    ]
    rows = found(solver, lines, professionals=[clinician("nurse", is_adjusted=False)])
    assert rows[0]["paid_amount"] == Decimal("1.00")


def test_a_newcomer_of_unstated_specialty_counts_as_the_program_says(solver):
    lines = paid_lines("npi | specialty | paid_amount\n new | 99 | 1.00", 2017)
    lines[0]["specialty"] = None
    assert found(solver, lines)[0]["paid_amount"] == Decimal("1.00")


@pytest.mark.parametrize(("year", "amount"), [(2016, "111.00"), (2017, "101.00")])
def test_from_2017_only_assigned_claims_are_adjusted(solver, year, amount):
    """A line that does not say counts as assigned."""
    lines = paid_lines("paid_amount\n 1.00\n 10.00\n 100.00", value_modifier(year).performance_year)
    lines[1]["is_assigned"], lines[2]["is_assigned"] = False, None
    assert found(solver, lines, year)[0]["paid_amount"] == Decimal(amount)


def test_lines_of_professional_specialties_can_count_instead(solver):
    """D35, alternative: whatever the service, if the specialty on the line is a professional's."""
    lines = """
        hcpcs_code | specialty | paid_amount
        -----------+-----------+------------
        J1100      | 08        | 1.00
        99213      | 59        | 10.00
        99213      | 06        | 100.00
    """
    assert found(solver, lines)[0]["paid_amount"] == Decimal("110.00")
    other = found(solver, lines, D35="carrier_lines_of_ep_specialties")
    assert other[0]["paid_amount"] == Decimal("101.00")


def test_a_report_states_its_own_dollars(solver):
    rows = found(
        solver,
        "tin | paid_amount\n A | 80.00\n B | 70.00",
        professionals=[clinician(), clinician(tin="B")],
        supplied_practice=[paid("A", 5), paid("C", 0), {"tin": "B"}],
    )
    assert column(rows, "tin", "paid_amount") == {
        "A": dollars(5),
        "B": dollars(70),
        "C": dollars(0),
    }
    assert column(rows, "tin", "service_year") == {"A": None, "B": 2015, "C": None}


def ledger(solver: str, standings: list, amounts: list, factor: object) -> dict[str, dict]:
    rows = solve(
        solver,
        payments,
        value_modifier(2017),
        adjustments=standings,
        paid_amounts=amounts,
        balance=[{"payment_year": 2017, "adjustment_factor": fraction(factor)}],
    )
    return {row["tin"]: row for row in rows}


def test_a_practice_gets_its_percent_or_its_multiple_of_x(solver):
    made = ledger(
        solver,
        [standing("D", percent="-0.04"), standing("U", multiple=5), standing("N", percent=0)],
        [paid("D", "1000.10"), paid("U", "1000.10"), paid("N", 1)],
        "0.1548",
    )
    assert {tin: row["adjustment_fraction"] for tin, row in made.items()} == {
        "D": Decimal("-0.04"),
        "U": Decimal("0.774"),
        "N": 0,
    }
    assert {tin: row["adjustment_amount"] for tin, row in made.items()} == {
        "D": Decimal("-40.00"),
        "U": Decimal("774.08"),
        "N": 0,
    }
    assert {row["adjustment_factor"] for row in made.values()} == {Decimal("0.1548")}


def test_a_multiple_of_an_undefined_factor_is_nothing(solver):
    row = ledger(solver, [standing("U", multiple=5)], [paid("U", 100)], None)["U"]
    assert (row["adjustment_factor"], row["adjustment_fraction"]) == (None, 0)
    assert (row["adjustment_amount"], row["multiple"]) == (0, 5)


def test_a_practice_without_paid_dollars_is_in_the_ledger_with_nothing(solver):
    row = ledger(solver, [standing("D", percent="-0.04")], [], "0.1")["D"]
    assert (row["paid_amount"], row["adjustment_amount"]) == (0, 0)
    assert row["adjustment_fraction"] == Decimal("-0.04")


@pytest.mark.parametrize(
    ("amount", "change"), [("0.50", "-0.01"), ("0.49", "0.00"), ("-0.50", "0.01")]
)
def test_dollars_are_rounded_to_the_cent_halves_away_from_zero(solver, amount, change):
    row = ledger(solver, [standing("D", percent="-0.01")], [paid("D", amount)], None)["D"]
    assert row["adjustment_amount"] == Decimal(change)
