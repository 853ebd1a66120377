"""Draws of beneficiaries: every engine's are the reference's, and they are what they should be.

Mutants made by hand, each with the test that failed: a weight drawn per case instead of per
beneficiary, a share of one over measures without domains, an ACO's practices not moving with it,
the sign of a lower-is-better measure: test_every_engine_draws_what_the_reference_draws; one step
left out of the Poisson numbers: test_weights_are_poisson_and_unlike_from_draw_to_draw.
"""

from __future__ import annotations

import math
from collections import Counter
from random import Random

import numpy as np
import pytest

from openp4p.composites import composites, domain_scores, raw_composites, scores
from openp4p.measures.cases import CASES
from openp4p.program.tables import COLUMNS
from openp4p.reference import bootstrap as reference
from openp4p.simulation import bootstrap
from openp4p.simulation.bootstrap_draws import PRIME, draw_rows, mixed, number_of, poisson_steps
from openp4p.simulation.bootstrap_run import drawn_tables
from openp4p.simulation.bootstrap_sizes import by_size, with_reliability
from openp4p.tiers import tiers
from tests.measured import dollars, measure
from tests.short_tables import value_modifier
from tests.solving import REFERENCE, columns_of, solve

PROGRAM = value_modifier(2017)
DRAWS = 60
TINS = ["A", "B", "C", "D", "M"]
RULES = [
    measure("pqi", unit="per_1000", form="observed_over_expected", sign=-1.0, domain="CCC"),
    measure("acute", unit="per_1000", form="observed_over_expected", sign=-1.0, domain="CCC"),
    measure("111", domain="ECC"),
    dollars("total", minimum_cases=1),
    dollars("ill", domain="BSC", minimum_cases=1),
]
STAGES = (scores, domain_scores, raw_composites, composites, tiers)


def cases(draw: Random) -> list[dict]:
    """Few beneficiaries with cases of several measures, some of two practices, one of an ACO."""
    found = []
    for person in range(160):
        tin = draw.choice(["A", "B", "C", "D", "E1"])
        asked = [r["measure"] for r in RULES if r["measure"] != "111" and draw.random() < 0.7]
        for name in asked:
            events = draw.choice([0.0, 0.0, 0.0, 1.0])
            cost = draw.choice([100.0, 9000.5, 40000.25])
            of_cost = name in ("total", "ill")
            for number in range(draw.choice([1, 1, 2])):
                found.append(
                    {
                        "measure": name, "tin": tin, "case_id": f"{person}.{number}",
                        "beneficiary_id": f"P{person}", "cases": 1,
                        "numerator": cost if of_cost else events, "denominator": 1.0,
                        "expected": draw.choice([8000.0, 12000.5]) if of_cost else 0.25,
                        "included": draw.random() < 0.95,
                    }
                )  # fmt: skip
    return found


def tables(seed: int) -> dict[str, list[dict]]:
    """A small finished run, by the reference, as far as tiers go."""
    draw = Random(seed)
    listed = cases(draw)
    rates = []
    for rule in RULES:
        for tin in [*TINS[:4], "E1"]:
            mine = [c for c in listed if (c["tin"], c["measure"]) == (tin, rule["measure"])]
            mine = [c for c in mine if c["included"]]
            rate, variance = draw.choice([0.6, 0.775, 0.9]), 0.002
            if rule["measure"] != "111":
                if not mine:
                    continue
                over = sum(c["numerator"] for c in mine) / sum(c["expected"] for c in mine)
                rate, variance = over * 10000.0, 40000.0
            row = {"tin": tin, "measure": rule["measure"], "cases": 60, "rate": rate}
            rates.append({**row, "variance": variance})
    practices = [
        {"tin": t, "size": 20, "size_class": "10+", "is_subject": True,
         "handling": "aco" if t == "M" else None}
        for t in TINS
    ]  # fmt: skip
    held: dict[str, list[dict]] = {
        "measure_cases": [{c: row.get(c) for c in CASES} for row in listed],
        "measure_rules": [{c: row.get(c) for c in COLUMNS["measure_rules"]} for row in RULES],
        "practices": practices,
        "performance_rates": rates,
        "benchmarks": [
            {"measure": r["measure"], "is_usable": True, "mean": 0.77 if r["measure"] == "111" else
             10000.0, "standard_deviation": 0.09 if r["measure"] == "111" else 3000.0}
            for r in RULES
        ],
        "peer_groups": [
            {"kind": k, "size_class": "10+", "mean": 0.0, "standard_deviation": 0.5}
            for k in ("quality", "cost")
        ],
        "model_participation": [
            {"tin": "M", "model": "mssp", "entity_id": "E1", "performance_year": 2015,
             "entity_reported": True}
        ],
        "reporting_categories": [
            {"tin": t, "category": 1, "basis": "aco_reported" if t == "M" else "group"}
            for t in TINS
        ],
    }  # fmt: skip
    for stage in STAGES:
        wanted = [n for n in stage.function.__annotations__ if n in held]
        given = {n: held[n] for n in wanted if n != "measure_cases"}
        held[stage.name] = solve(REFERENCE, stage, PROGRAM, **given)
    return held


def by_engine(
    engine: object, held: dict[str, list[dict]], folder: object, draws: int = DRAWS
) -> Counter:
    """The same counts from an engine."""
    columns = {"measure_cases": CASES}
    found = bootstrap.Results(
        **{
            name: engine.table(held[name], columns.get(name) or columns_of(name))
            for name in bootstrap.Results.__dataclass_fields__
        }
    )
    times, _ = drawn_tables(found, engine, PROGRAM, folder, draws=draws, progress=lambda *_: None)
    rows = engine.rows(times).to_pylist()
    return Counter({(r["tin"], r["quality_tier"], r["cost_tier"]): r["times"] for r in rows})


def test_every_engine_draws_what_the_reference_draws(engine, tmp_path):
    held = tables(1)
    draws = DRAWS if engine.name == "duckdb" else DRAWS // 4  # more than is computed together
    expected = reference.tier_counts(held, PROGRAM, draws)
    assert by_engine(engine, held, tmp_path, draws) == expected
    assert sum(expected.values()) == draws * len(TINS)
    # draws that moved no tier of anybody would agree whatever they are
    several = [len({cell for cell in expected if cell[0] == tin}) > 1 for tin in "ABM"]
    assert any(several) if draws < DRAWS else all(several)


@pytest.mark.parametrize("seed", range(2, 4))
def test_the_embedded_engine_agrees_on_other_populations(duckdb_engine, tmp_path, seed):
    held = tables(seed)
    assert by_engine(duckdb_engine, held, tmp_path) == reference.tier_counts(held, PROGRAM, DRAWS)


def test_weights_are_poisson_and_unlike_from_draw_to_draw():
    seeds = [number_of(f"beneficiary {n}") for n in range(4000)]
    drawn = np.array(
        [
            [np.searchsorted(poisson_steps(), mixed(s, draw), side="right") for s in seeds]
            for draw in draw_rows(1, 8)
        ]
    )
    assert all(0 <= mixed(s, draw) < PRIME for s in seeds[:50] for draw in draw_rows(1, 3))
    for count in range(5):
        expected = math.exp(-1) / math.factorial(count)
        error = math.sqrt(expected * (1 - expected) / drawn.size)
        assert abs((drawn == count).mean() - expected) < 4 * error
    between = np.corrcoef(drawn)
    np.fill_diagonal(between, 0.0)
    assert np.abs(between).max() < 4 / math.sqrt(len(seeds))


def test_without_noise_nothing_is_wrong_and_without_signal_every_label_is():
    rows = [
        {"tin": str(n), "kind": "cost", "size_class": "1-9", "composite": value, "tier": tier,
         "stays": 1.0, "standard_error": 0.1}
        for n, (value, tier) in enumerate([(-2.0, "low"), (0.0, "average"), (2.0, "high")])
    ]  # fmt: skip
    sure = with_reliability([{**row, "drawn_error": 0.0} for row in rows], 1.0, 3)
    assert [(r["reliability"], r["wrong"]) for r in sure] == [(1.0, 0.0)] * 3
    lost = with_reliability([{**row, "drawn_error": 3.0} for row in rows], 1.0, 3)
    assert [r["wrong"] for r in lost] == [1.0, 0.0, 1.0]
    (group,) = by_size(lost)
    assert (group["practices"], group["wrong_of_high"], group["reliability"]) == (3, 1.0, 0.0)
    (few,) = by_size(with_reliability([{**row, "drawn_error": 0.0} for row in rows], 1.0, 4))
    assert (few["changes"], few["wrong"], few["reliability"]) == (0.0, None, None)
