"""Estimates, scores, months and bonuses on every engine are the reference's.

Mutants of the engine code that were made by hand, each with the test that failed:
- a rate without a variance keeps its distance: test_estimates_and_scores_are_the_references
- improvement is counted from a baseline beyond the target: the same
- the year before is added though it is the benchmark year: test_results_are_the_references
- months before the practice first billed are counted: test_months_are_the_references
- those who tie at the cut of risk are all complex: the same
- one who withdrew on 30 December takes part: test_bonuses_are_the_references_and_fit_the_pool
- cents are rounded and not cut: the same
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from random import Random

from openp4p.awards.complexity import practice_complexity
from openp4p.awards.fund import award_fund, award_payments, award_rate, bonuses
from openp4p.awards.participation import participants
from openp4p.awards.scores import award_measures, practice_awards
from openp4p.program.library import load_program
from openp4p.shrinkage.estimates import shrunken_rates
from openp4p.shrinkage.results import shrinkage_results
from tests.properties import fitted
from tests.properties.agreeing import same, sampled
from tests.short_tables import changed
from tests.solving import REFERENCE, solve

EXAMPLES = {"duckdb": 4, "spark": 1}
MODEL = load_program("vms_model/2017")
OBSERVED = changed(MODEL, award={"estimate": "observed_rate", "top_risk_quantile": 0.5})
on_each = sampled([MODEL, OBSERVED], EXAMPLES)
HERE = [{"tin": tin} for tin in fitted.TINS]


@on_each
def test_results_are_the_references(engine_name, program, seed):
    given = {**fitted.rates(seed), "practices": HERE}
    year = [None, 2013, 2014][seed % 3]
    same(engine_name, shrinkage_results, program, **given, benchmark_year=year)


def results_of(seed: int) -> list[dict]:
    given = {**fitted.rates(seed), "practices": HERE, "benchmark_year": 2013}
    return solve(REFERENCE, shrinkage_results, MODEL, **given)


@on_each
def test_estimates_and_scores_are_the_references(engine_name, program, seed):
    given = {"shrinkage_results": results_of(seed), "shrinkage_fits": fitted.fits(seed)}
    rates = same(engine_name, shrunken_rates, program, **given)
    scores = same(engine_name, award_measures, program, shrunken_rates=rates, practices=HERE)
    awards = same(engine_name, practice_awards, program, award_measures=scores)
    assert all(0 <= row["award"] <= 1 for row in awards)


@on_each
def test_months_are_the_references(engine_name, program, seed):
    same(engine_name, practice_complexity, program, **fitted.care(seed))


@on_each
def test_bonuses_are_the_references_and_fit_the_pool(engine_name, program, seed):
    draw, asked = Random(seed), fitted.choices(seed)
    who = same(engine_name, participants, program, **asked)
    pool = Decimal(draw.choice(["0.00", "0.07", "1000.00", "123456.78"]))
    months = [
        {"tin": t, "complexity_months": Decimal(draw.choice(["0", "1", "7.333333", "1200.5"]))}
        for t in fitted.TINS
        if draw.random() < 0.9
    ]
    awards = [
        {"tin": t, "award": draw.choice([0.0, 1 / 3, 0.999999999, 1.0])}
        for t in fitted.TINS
        if draw.random() < 0.9
    ]
    known = same(
        engine_name, award_rate, program, practice_complexity=months, participants=who, pool=pool
    )
    rows = same(
        engine_name, bonuses, program,
        participants=who, practice_awards=awards, practice_complexity=months, award_rate=known,
    )  # fmt: skip
    (fund,) = same(engine_name, award_fund, program, award_rate=known, bonuses=rows)
    assert fund["largest_liability"] <= pool
    assert sum(row["bonus"] for row in rows) + fund["unused_dollars"] == pool
    assert all(row["bonus"] == 0 for row in rows if not row["participates"])
    reviewed = [{**row, "bonus": Decimal("1.23")} for row in rows if draw.random() < 0.8]
    corrected = [{"tin": row["tin"]} for row in rows if draw.random() < 0.3]
    again = same(
        engine_name, bonuses, program,
        participants=who, practice_awards=awards, practice_complexity=months, award_rate=known,
        reviewed_bonuses=reviewed, practice_corrections=corrected,
    )  # fmt: skip
    changed_ = {row["tin"] for row in corrected}
    kept = {row["tin"]: row for row in reviewed if row["tin"] not in changed_}
    assert {row["tin"]: row for row in again} == {row["tin"]: row for row in rows} | kept
    paid = same(
        engine_name, award_payments, program,
        bonuses=rows, practices=asked["practices"],
        paid_amounts=[{"tin": "T1", "paid_amount": Decimal("777.77")}],
    )  # fmt: skip
    assert all(row["adjustment_amount"] >= 0 for row in paid)


def test_the_populations_reach_every_edge():
    """Not a property: how often the interesting things happen, so that the others can lose."""
    seen: Counter = Counter()
    for seed in range(60):
        given = {"shrinkage_results": results_of(seed), "shrinkage_fits": fitted.fits(seed)}
        rates = solve(REFERENCE, shrunken_rates, MODEL, **given)
        scores = solve(REFERENCE, award_measures, MODEL, shrunken_rates=rates, practices=HERE)
        seen.update(f"score {row['score']}" for row in scores if row["score"] in (0.0, 1.0))
        seen.update("improved" for r in scores if (r["improvement"] or 0) > 0)
        seen.update(row["threshold_source"] for row in rates)
        seen.update(f"period {row['period']}" for row in rates)
        seen.update(str(row["reason"]) for row in scores)
        who = solve(REFERENCE, participants, MODEL, **fitted.choices(seed))
        seen.update(f"who {row['reason']}" for row in who)
        months = solve(REFERENCE, practice_complexity, MODEL, **fitted.care(seed))
        seen.update("newcomer" for row in months if row["months_of_history"] < 12)
        seen.update(f"year {row['counted_year']}" for row in months)
        seen.update("complex" for row in months if row["top_risk_patients"])
    assert min(seen.values()) >= 5, seen
    assert len(seen) == 19, sorted(seen)
