"""Budget neutrality: upward adjustments spend what downward ones bring (42 CFR 414.1270)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openp4p.payment.balance import balance
from tests.paid import dollars, paid, standing
from tests.short_tables import value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver

# the worked example `budget_neutrality`
STANDINGS = [
    standing("D1", percent="-0.01"),
    standing("D2", percent="-0.02"),
    standing("U1", multiple=1),
    standing("U3", multiple=3),
    standing("N", percent=0),
]
PAID = [
    paid("D1", 2_000_000),
    paid("D2", 5_000_000),
    paid("U1", 600_000),
    paid("U3", 300_000),
    paid("N", 9_000_000),
]


def found(solver, standings=STANDINGS, amounts=PAID, published=None, actuarial=None, **choices):
    program = value_modifier(2017, **choices)
    if actuarial is not None:
        payment = program.payment.model_copy(update={"actuarial_factor": actuarial})
        program = program.model_copy(update={"payment": payment})
    given = {"adjustments": standings, "paid_amounts": amounts, "published_factor": published}
    rows = solve(solver, balance, program, **given)
    assert len(rows) == 1
    row = rows[0]
    assert row["downward_dollars"] + row["upward_dollars"] + row["residual_dollars"] == 0
    return row


@pytest.mark.parametrize(("actuarial", "factor"), [(None, "0.08"), (0.95, "0.076")])
def test_the_pool_is_spread_over_units(solver, actuarial, factor):
    """120,000 dollars over 1.5 million units: 8.00 percent; 7.60 when the actuaries say .95."""
    row = found(solver, actuarial=actuarial)
    assert row["downward_dollars"] == Decimal("-120000.00")
    assert row["unit_dollars"] == Decimal("1500000.00")
    assert row["adjustment_factor"] == Decimal(factor)
    assert row["upward_dollars"] == Decimal(factor) * 1_500_000
    assert (row["payment_year"], row["source"]) == (2017, "computed")


@pytest.mark.parametrize(
    ("pool", "units", "half_up", "floor"),
    [
        # exactly on a step or half a step, where binary fractions are just below
        ("0.29", "100.00", "0.0029", "0.0029"),
        ("0.57", "1000.00", "0.0006", "0.0005"),
        ("29.00", "20000.00", "0.0015", "0.0014"),
        ("2.00", "3.00", "0.6667", "0.6666"),
    ],
)
def test_x_has_two_decimals_of_a_percent(solver, pool, units, half_up, floor):
    """D27: halves up; the alternative cuts."""
    standings = [standing("D", percent="-1"), standing("U", multiple=1)]
    amounts = [paid("D", pool), paid("U", units)]
    for choice, factor in (("half_up", half_up), ("floor", floor)):
        row = found(solver, standings, amounts, D27=choice)
        assert row["adjustment_factor"] == Decimal(factor), choice
        assert row["downward_dollars"] == -Decimal(pool)
        assert row["upward_dollars"] == dollars(Decimal(factor) * Decimal(units))


def test_what_rounding_leaves_over_is_reported(solver):
    row = found(
        solver,
        [standing("D", percent="-0.02"), standing("U", multiple=2)],
        [paid("D", "1000.00"), paid("U", "333.33")],
    )
    assert row["adjustment_factor"] == Decimal("0.0300")  # 20.00 over 666.66
    assert row["upward_dollars"] == Decimal("20.00")
    assert row["residual_dollars"] == 0
    row = found(
        solver,
        [standing("D", percent="-0.02"), standing("U", multiple=2)],
        [paid("D", "1000.00"), paid("U", "90000.00")],
    )
    assert row["adjustment_factor"] == Decimal("0.0001")
    assert row["residual_dollars"] == Decimal("2.00")


def test_without_anyone_to_reward_x_is_undefined(solver):
    """Neutrality fails, and the pool is what is left over."""
    row = found(solver, STANDINGS[:2], PAID)
    assert (row["adjustment_factor"], row["source"]) == (None, "undefined")
    assert (row["unit_dollars"], row["upward_dollars"]) == (0, 0)
    assert row["residual_dollars"] == Decimal("120000.00")


def test_rewards_without_dollars_leave_x_undefined(solver):
    row = found(solver, STANDINGS, [*PAID[:2], paid("U1", 0)])
    assert (row["adjustment_factor"], row["source"]) == (None, "undefined")


def test_without_anyone_to_penalise_x_is_nought(solver):
    row = found(solver, STANDINGS[2:], PAID)
    assert (row["adjustment_factor"], row["source"]) == (0, "computed")
    assert (row["downward_dollars"], row["upward_dollars"], row["residual_dollars"]) == (0, 0, 0)


def test_without_practices_there_is_still_a_balance(solver):
    row = found(solver, [], [])
    assert (row["adjustment_factor"], row["source"]) == (None, "undefined")
    assert (row["downward_dollars"], row["residual_dollars"]) == (0, 0)


def test_a_published_factor_stands_whatever_the_pool(solver):
    """x is frozen when published; later changes do not move it."""
    row = found(solver, published=0.1548)
    assert (row["adjustment_factor"], row["source"]) == (Decimal("0.1548"), "published")
    assert row["upward_dollars"] == Decimal("232200.00")
    assert row["residual_dollars"] == Decimal("-112200.00")
    fewer = found(solver, STANDINGS[1:], published=0.1548)
    assert fewer["adjustment_factor"] == Decimal("0.1548")


def test_a_practice_without_paid_dollars_moves_nothing(solver):
    more = [*STANDINGS, standing("X", percent="-0.04"), standing("Y", multiple=5)]
    assert found(solver, more) == found(solver)


def test_a_practice_that_nobody_adjusts_moves_nothing(solver):
    assert found(solver, amounts=[*PAID, paid("stranger", 1e6)]) == found(solver)


def test_twice_the_dollars_leave_x_as_it_is(solver):
    double = [paid(row["tin"], 2 * row["paid_amount"]) for row in PAID]
    once, twice = found(solver), found(solver, amounts=double)
    assert twice["adjustment_factor"] == once["adjustment_factor"]
    assert twice["upward_dollars"] == 2 * once["upward_dollars"]
    assert twice["downward_dollars"] == 2 * once["downward_dollars"]


def test_money_taken_back_from_a_practice_lowers_the_pool(solver):
    """A negative paid amount, when more was recouped than paid."""
    row = found(solver, STANDINGS, [*PAID[1:], paid("D1", -100_000)])
    assert row["downward_dollars"] == Decimal("-99000.00")
    assert row["adjustment_factor"] == Decimal("0.066")


def test_row_order_does_not_matter(solver):
    assert found(solver, STANDINGS[::-1], PAID[::-1]) == found(solver)
