"""Adjustments, balance, ledger and claim lines on every engine are the reference's.

Mutants of the engine code that were made by hand, each with the test that failed:
- the change of a line is rounded and not what is paid:
  test_paid_amounts_and_lines_are_the_references
- a line counts whatever the specialty that its clinician is paid on by: the same
- one who billed in the performance year is taken for a newcomer: the same
- a line that does not say whether it was assigned was not: the same
- x is rounded without a care for binary fractions: test_balance_and_ledger_are_the_references
- x is nought where there are no units: the same
- sicker patients earn a bonus in neutral cells: test_adjustments_are_the_references
- in 2015 any mechanism earns the bonus: the same
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given

from openp4p.payment.adjustment import adjustments
from openp4p.payment.balance import balance
from openp4p.payment.claim_lines import adjusted_claim_lines
from openp4p.payment.ledger import paid_amounts, payments
from openp4p.payment.lines import payable_clinicians
from tests.conftest import ENGINES
from tests.properties import standings
from tests.properties.agreeing import same, sampled
from tests.properties.contested import seeds, thoroughly
from tests.short_tables import value_modifier
from tests.solving import REFERENCE, solve

EXAMPLES = {"duckdb": 3, "spark": 1}
PROGRAMS = [
    value_modifier(2015),
    value_modifier(2016, D27="floor", D29="sequestration_then_modifier"),
    value_modifier(2017, D35="carrier_lines_of_ep_specialties"),
    value_modifier(2018),
]
# short, so that an engine does not take ten thousand codes with every question
CODES = [{"hcpcs_code": "99213"}, {"hcpcs_code": "99214"}]
on_every_engine = pytest.mark.parametrize("engine_name", ENGINES)
on_every_program = pytest.mark.parametrize("program", PROGRAMS, ids=range(len(PROGRAMS)))
on_each = sampled(PROGRAMS, EXAMPLES)


def published(seed: int) -> float | None:
    return 0.1548 if seed % 5 == 1 else None


def stated(seed: int) -> list[dict]:
    """What a report says one of the practices was paid."""
    amount = [None, Decimal("0.00"), Decimal("5.00")][seed % 3]
    return [{"tin": "T01", "paid_amount": amount}]


def to_lines(bills: dict, theirs: list[dict], seed: int) -> dict:
    """What the stage of the lines takes of bills, once it is known on whose lines is paid."""
    kept = {name: rows for name, rows in bills.items() if name != "professionals"}
    return {**kept, "payable_clinicians": theirs, "payments": standings.fractions(seed)}


@on_each
def test_adjustments_are_the_references(engine_name, program, seed):
    same(engine_name, adjustments, program, **standings.cells(seed, program))


@on_each
def test_balance_and_ledger_are_the_references(engine_name, program, seed):
    """And the budget sums to zero, to the cent."""
    for drawn in range(seed, seed + 3):
        inputs = standings.money(drawn)
        rows = same(engine_name, balance, program, **inputs, published_factor=published(drawn))
        ledger = same(engine_name, payments, program, **inputs, balance=rows)
        row = rows[0]
        assert row["downward_dollars"] + row["upward_dollars"] + row["residual_dollars"] == 0
        paid_out = sum((one["adjustment_amount"] for one in ledger), Decimal(0))
        assert paid_out + row["residual_dollars"] == 0


@on_each
def test_paid_amounts_and_lines_are_the_references(engine_name, program, seed):
    inputs = {**standings.bills(seed, program), "fee_schedule_codes": CODES}
    theirs = same(engine_name, payable_clinicians, program, **inputs)
    given_ = {"payable_clinicians": theirs, "supplied_practice": stated(seed)}
    same(engine_name, paid_amounts, program, **given_)
    lines = same(engine_name, adjusted_claim_lines, program, **to_lines(inputs, theirs, seed))
    for line in lines:
        assert line["paid_after"] * line["paid_before"] >= 0  # no payment turns into a debt


@on_every_engine
def test_the_order_of_rows_changes_no_payment(engine_name):
    @thoroughly(EXAMPLES[engine_name])
    @given(seeds)
    def agree(seed):
        program = PROGRAMS[seed % len(PROGRAMS)]
        bills = {**standings.bills(seed, program), "fee_schedule_codes": CODES}
        for stage, inputs, rest in (
            (balance, standings.money(seed), {"published_factor": None}),
            (payable_clinicians, bills, {}),
        ):
            shuffled = {name: Random(seed).sample(rows, len(rows)) for name, rows in inputs.items()}
            once = solve(engine_name, stage, program, **inputs, **rest)
            assert solve(engine_name, stage, program, **shuffled, **rest) == once

    agree()


@on_every_engine
def test_another_practice_without_adjustment_changes_no_payment(engine_name):
    @thoroughly(EXAMPLES[engine_name])
    @given(seeds)
    def agree(seed):
        program, inputs = PROGRAMS[seed % len(PROGRAMS)], standings.money(seed)
        neutral = {"tin": "new", "percent": Decimal(0), "high_risk_bonus": Decimal(0)}
        more = {
            "adjustments": [*inputs["adjustments"], neutral],
            "paid_amounts": [
                *inputs["paid_amounts"],
                {"tin": "new", "paid_amount": Decimal("123456.78")},
            ],
        }
        before = solve(engine_name, balance, program, **inputs, published_factor=None)
        assert solve(engine_name, balance, program, **more, published_factor=None) == before

    agree()


@on_every_engine
def test_twice_the_dollars_leave_the_factor_and_every_fraction_as_they_are(engine_name):
    """Where cents do not round: in whole dollars times a hundred."""

    @thoroughly(EXAMPLES[engine_name])
    @given(seeds)
    def agree(seed):
        program, inputs = PROGRAMS[seed % len(PROGRAMS)], standings.money(seed)
        ledgers = []
        for factor in (10_000, 20_000):
            paid = [
                {**row, "paid_amount": factor * row["paid_amount"]}
                for row in inputs["paid_amounts"]
            ]
            given_ = {**inputs, "paid_amounts": paid}
            rows = solve(engine_name, balance, program, **given_, published_factor=None)
            ledgers.append(solve(engine_name, payments, program, **given_, balance=rows))
        for one, other in zip(*ledgers, strict=True):
            assert other["adjustment_fraction"] == one["adjustment_fraction"]
            assert other["paid_amount"] == 2 * one["paid_amount"]

    agree()


def test_the_populations_reach_every_edge():
    """Not a property: how often the interesting things happen, so that the others can lose."""
    seen: Counter = Counter()
    for seed in range(60):
        program = PROGRAMS[seed % len(PROGRAMS)]
        for row in solve(REFERENCE, adjustments, program, **standings.cells(seed, program)):
            seen[row["basis"]] += 1
            seen["bonus"] += row["high_risk_bonus"] > 0
            seen["upward without bonus"] += bool(row["multiple"]) and not row["high_risk_bonus"]
        inputs = standings.money(seed)
        factor = published(seed)
        row = solve(REFERENCE, balance, program, **inputs, published_factor=factor)[0]
        seen[row["source"]] += 1
        seen["nothing downward"] += row["downward_dollars"] == 0 and row["unit_dollars"] > 0
        seen["residual"] += row["residual_dollars"] != 0
        paid = {one["tin"]: one["paid_amount"] for one in inputs["paid_amounts"]}
        steps = (
            10_000 * -row["downward_dollars"] / row["unit_dollars"] if row["unit_dollars"] else 0
        )
        seen["half a step"] += steps % 1 == Decimal("0.5")
        seen["taken back"] += any(amount < 0 for amount in paid.values())
        bills = {**standings.bills(seed, program), "fee_schedule_codes": CODES}
        theirs = solve(REFERENCE, payable_clinicians, program, **bills)
        for one in solve(REFERENCE, paid_amounts, program, payable_clinicians=theirs):
            year = one["service_year"]
            seen["payment year" if year == program.payment_year else "performance year"] += 1
        known = {(row["tin"], row["npi"]) for row in bills["professionals"]}
        lines = to_lines(bills, theirs, seed)
        for line in solve(REFERENCE, adjusted_claim_lines, program, **lines):
            seen["newcomer"] += (line["tin"], line["npi"]) not in known
            exact = line["paid_before"] * (1 + line["adjustment_fraction"]) * 100
            seen["half a cent"] += exact % 1 == Decimal("0.5")
            seen["negative line"] += line["paid_before"] < 0
    wanted = ["automatic", "tiering", "not_subject", "not_elected", "no_measure", "bonus"]
    wanted += ["average_by_model", "upward without bonus", "computed", "published", "undefined"]
    wanted += ["nothing downward", "residual", "half a step", "taken back", "payment year"]
    wanted += ["performance year", "newcomer", "half a cent", "negative line"]
    assert {what: seen[what] for what in wanted if seen[what] < 3} == {}
