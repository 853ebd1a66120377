"""Where a practice stands and what moves it, against the stages of a run.

Mutants made by hand, each with the test that failed: significance left out, a mean over measures
in the place of domains, a bonus in neutral cells:
test_a_sheet_stands_where_the_stages_of_a_run_put_it; a move told one patient late:
test_a_move_is_the_fewest_that_change_the_tier; moves to a lower tier not found:
test_where_no_count_moves_a_tier_even_the_last_patient_does_not; half a case not moved inwards at 0
or 1: test_rates_and_variances_of_counts_are_those_of_a_run.
"""

from __future__ import annotations

from collections import Counter

import pytest

from openp4p.simulation.moves import moves
from openp4p.simulation.practice_draws import tier_probabilities
from openp4p.simulation.practice_pay import pay, untiered
from openp4p.simulation.practice_tiers import placed, rate_at
from openp4p.simulation.rates import KINDS, TIERS, Line, Sheet
from tests.measured import measure, rates
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


def test_where_no_count_moves_a_tier_even_the_last_patient_does_not():
    seen = 0
    for seed in range(12):
        one = sheet(seed, PROGRAMS[2])
        for move in moves(one):
            line = next(x for x in one.lines if x.measure == move.measure)
            if move.count is None and line.form == "share":
                up = (line.rule.better == "higher") == (move.direction == "better")
                end = placed(one, {line.measure: line.most if up else 0.0})
                assert TIERS[int(end.tiers[move.kind].item()) + 1] == move.from_tier
                seen += 1
    assert seen > 10


@pytest.mark.parametrize("solver", ["duckdb", REFERENCE])
def test_rates_and_variances_of_counts_are_those_of_a_run(solver):
    shares = [(met, 20) for met in (0, 1, 10, 19, 20)] + [(1, 1)]
    cases = [
        {"measure": "236", "tin": f"S{number}", "cases": n, "numerator": float(met),
         "denominator": float(n)}
        for number, (met, n) in enumerate(shares)
    ]  # fmt: skip
    cases += [
        {"measure": "acute_pqi", "tin": f"E{events}", "cases": 400, "numerator": float(events),
         "denominator": 400.0, "expected": 8.0, "national_mean": 0.02}
        for events in (0, 3)
    ]  # fmt: skip
    pqi = measure("acute_pqi", unit="per_1000", form="observed_over_expected")
    found = {row["tin"]: row for row in rates(solver, cases, measure("236"), pqi)}
    program = PROGRAMS[2]
    lines = {
        f"S{number}": Line("236", program.measure("236"), "share", n, float(met))
        for number, (met, n) in enumerate(shares)
    }
    worth = 0.02 * 1000 / 8.0  # of one admission, in the unit of the rate
    for events in (0, 3):
        rule = program.measure("acute_pqi")
        lines[f"E{events}"] = Line("acute_pqi", rule, "events", 400, float(events), worth=worth)
    for tin, line in lines.items():
        rate, variance = rate_at(line, line.amount)
        expected = found[tin]["variance"]
        assert float(rate) == pytest.approx(found[tin]["rate"], rel=1e-12)
        assert float(variance) == pytest.approx(
            float("nan") if expected is None else expected, rel=1e-12, nan_ok=True
        )


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
