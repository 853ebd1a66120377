"""Where a practice stands and what moves it, against the stages of a run.

Mutants made by hand, each with the test that failed: significance left out, a mean over measures
in the place of domains, the bonus in neutral cells, half a case not moved inwards at 0 or 1:
test_a_sheet_stands_where_the_stages_of_a_run_put_it; a move told one patient late, or only where
the tier gets better: test_a_move_is_the_fewest_that_change_the_tier.
"""

from __future__ import annotations

from collections import Counter

import pytest

from openp4p.simulation.moves import moves
from openp4p.simulation.practice_draws import tier_probabilities
from openp4p.simulation.practice_pay import pay, untiered
from openp4p.simulation.practice_tiers import placed
from openp4p.simulation.rates import KINDS, Sheet
from tests.properties.practices import by_stages, sheet
from tests.short_tables import value_modifier
from tests.solving import REFERENCE

PROGRAMS = [
    value_modifier(2015),
    value_modifier(2016, D12="none"),
    value_modifier(2017),
    value_modifier(2018, D13="distance_only"),
]


@pytest.mark.parametrize("solver", ["duckdb", REFERENCE])
@pytest.mark.parametrize("program", PROGRAMS, ids=[p.payment_year for p in PROGRAMS])
def test_a_sheet_stands_where_the_stages_of_a_run_put_it(program, solver):
    bases, tiers = Counter(), Counter()
    for peers in (0, 1):
        sheets = [sheet(seed, program, peers) for seed in range(40)]
        rows = by_stages(solver, [(one, {}) for one in sheets])
        for one, row in zip(sheets, rows, strict=True):
            stands_alike(one, row)
            bases[row["basis"]] += 1
            tiers[row["quality_tier"], row["cost_tier"]] += 1
    assert len(bases) > 1
    assert len(tiers) > 4


def stands_alike(one: Sheet, row: dict) -> None:
    found = placed(one)
    paid = pay(one, found)
    for kind in KINDS if one.size_class else ():
        composite = found.composites[kind]
        assert (composite is None) == (row[f"{kind}_composite"] is None)
        if composite is not None:
            assert float(composite.value) == pytest.approx(row[f"{kind}_composite"], rel=1e-12)
            error = row[f"{kind}_standard_error"]
            expected = float("nan") if error is None else error
            assert float(composite.error) == pytest.approx(expected, rel=1e-12, nan_ok=True)
    if untiered(one, found) is None:
        assert found.names() == (row["quality_tier"], row["cost_tier"])
    assert paid.basis == row["basis"]
    assert (paid.percent, paid.multiple) == (row["percent"], row["multiple"])
    assert paid.high_risk_bonus == row["high_risk_bonus"]
    assert paid.fraction == row["adjustment_fraction"]
    assert paid.dollars == row["adjustment_amount"]


def test_a_move_is_the_fewest_that_change_the_tier():
    program = PROGRAMS[2]
    seen = Counter()
    for seed in range(12):
        one = sheet(seed, program)
        told = [move for move in moves(one) if move.count is not None]
        asked = [(one, {})]
        for move in told:
            line = next(x for x in one.lines if x.measure == move.measure)
            back = line.step if move.amount < line.amount else -line.step
            asked += [(one, {move.measure: move.amount}), (one, {move.measure: move.amount + back})]
        rows = by_stages(REFERENCE, asked) if untiered(one, placed(one)) is None else []
        for number, move in enumerate(told if rows else []):
            tier = f"{move.kind}_tier"
            at, before = rows[1 + 2 * number], rows[2 + 2 * number]
            assert rows[0][tier] == before[tier] == move.from_tier
            assert at[tier] == move.to_tier != move.from_tier
            assert (at["adjustment_fraction"], at["adjustment_amount"]) == (
                move.pay.fraction,
                move.pay.dollars,
            )
            seen[move.unit, move.direction] += 1
    assert {unit for unit, _ in seen} >= {"patients", "admissions", "dollars"}
    assert {direction for _, direction in seen} == {"better", "worse"}


def test_draws_add_up_and_a_practice_without_noise_stays_where_it_is():
    for seed in range(6):
        one = sheet(seed, PROGRAMS[2])
        chances = tier_probabilities(one, 500)
        assert len(chances) == 9
        assert sum(row["probability"] for row in chances) == pytest.approx(1.0, abs=1e-12)
        assert chances == tier_probabilities(one, 500)
    sure = sheet(1, PROGRAMS[2]).without("readmission")
    for name in [line.measure for line in sure.lines if line.form != "value" or line.variance]:
        sure = sure.without(name)
    held = {(r["quality"], r["cost"]): r["probability"] for r in tier_probabilities(sure, 100)}
    assert held[placed(sure).names()] == 1.0
