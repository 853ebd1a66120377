"""Benchmarks, scores, composites and tiers on every engine are the reference's.

Mutants of the engine code that were made by hand, each with the test that failed:
- 20 cases are too few to be in a deviation; ACOs of the year before are among the reporters:
  test_benchmarks_scores_and_domains_are_the_references
- a merged score of two versions has a variance though one of them lacks it: the same
- the worst of several ACOs lends its quality: test_peers_and_composites_are_the_references
- twenty peers are too few: the same
- one deviation is not far enough: test_tiers_are_the_references
- a distance of the critical value is not significant: the same
"""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given

from openp4p.benchmarks import benchmarks
from openp4p.composites import composites, domain_scores, peer_groups, raw_composites, scores
from openp4p.program.definition import Program
from openp4p.tiers import tiers
from tests.conftest import ENGINES
from tests.properties import standings
from tests.properties.agreeing import same, sampled
from tests.properties.contested import seeds, thoroughly
from tests.short_tables import value_modifier
from tests.solving import REFERENCE, assert_same_rows, solve

EXAMPLES = {"duckdb": 3, "spark": 1}
PROGRAMS = [
    value_modifier(2015, D9="1", D10="ddof_1", D11="all_practices"),
    value_modifier(2016, D10="unweighted", D11="subject_same_class_category_1", D34="1"),
    value_modifier(2017, D10="case_weighted_all", D12="none", D38="average"),
    value_modifier(2018, D8="case_weighted_score", D9="1", D11="all_subject", D13="distance_only"),
    value_modifier(2018, D9="1", D34="1"),
]
_DOLLARS = ("rate", "benchmark_mean", "benchmark_sd")
NATIONAL = ("reporting_categories", "supplied_peers", "raw_composites", "practices")
on_every_engine = pytest.mark.parametrize("engine_name", ENGINES)
on_every_program = pytest.mark.parametrize("program", PROGRAMS, ids=range(len(PROGRAMS)))
on_each = sampled(PROGRAMS, EXAMPLES)


def some(inputs: dict, *names: str) -> dict:
    return {name: inputs[name] for name in names}


def reported(seed: int, program: Program) -> tuple[dict, dict]:
    """What benchmarks take, and what scores take besides benchmarks."""
    inputs = standings.reports(seed, program)
    return inputs, some(inputs, "performance_rates", "measure_rules", "practices")


@on_each
def test_benchmarks_scores_and_domains_are_the_references(engine_name, program, seed):
    inputs, rest = reported(seed, program)
    peers = same(engine_name, benchmarks, program, **inputs)
    scored = same(engine_name, scores, program, benchmarks=peers, **rest)
    of_domains = same(engine_name, domain_scores, program, scores=scored)
    same(engine_name, raw_composites, program, domain_scores=of_domains)


@on_each
def test_peers_and_composites_are_the_references(engine_name, program, seed):
    """Each among its own peers: a deviation that is almost nothing makes all the difference."""
    inputs = standings.raws(seed, program)
    peers = same(engine_name, peer_groups, program, **some(inputs, *NATIONAL))
    expected = solve(REFERENCE, peer_groups, program, **some(inputs, *NATIONAL))
    given_ = some(inputs, "raw_composites", "practices", "model_participation")
    assert_same_rows(
        solve(engine_name, composites, program, peer_groups=peers, **given_),
        solve(REFERENCE, composites, program, peer_groups=expected, **given_),
    )


@on_each
def test_tiers_are_the_references(engine_name, program, seed):
    same(engine_name, tiers, program, **standings.placements(seed, program))


@on_every_engine
def test_the_order_of_rows_changes_no_benchmark_and_no_peer(engine_name):
    """To the last digit."""

    @thoroughly(EXAMPLES[engine_name])
    @given(seeds)
    def agree(seed):
        program = PROGRAMS[seed % len(PROGRAMS)]
        for stage, inputs in (
            (benchmarks, standings.reports(seed, program)),
            (peer_groups, some(standings.raws(seed, program), *NATIONAL)),
        ):
            shuffled = {name: Random(seed).sample(rows, len(rows)) for name, rows in inputs.items()}
            once = solve(engine_name, stage, program, **inputs)
            assert solve(engine_name, stage, program, **shuffled) == once

    agree()


def tiered(engine_name: str, program: Program, made: list[dict], inputs: dict) -> list[dict]:
    """Tiers of these rates, among peers and benchmarks that are given and do not move."""
    listed = [{**row, "is_subject": True, "handling": None} for row in inputs["practices"]]
    peers = [
        {"kind": kind, "size_class": c.id, "mean": 0.0, "standard_deviation": 0.5}
        for kind in ("quality", "cost")
        for c in program.applicability.size_classes
    ]
    usable = {"standard_deviation": 0.1, "is_usable": True}
    fixed = [{"measure": rule["measure"], **usable, "mean": 0.3} for rule in standings.RULES]
    scored = solve(
        engine_name,
        scores,
        program,
        performance_rates=made,
        benchmarks=fixed,
        measure_rules=standings.RULES,
        practices=listed,
    )
    of_domains = solve(engine_name, domain_scores, program, scores=scored)
    raws = solve(engine_name, raw_composites, program, domain_scores=of_domains)
    placed = solve(
        engine_name,
        composites,
        program,
        raw_composites=raws,
        practices=listed,
        peer_groups=peers,
    )
    return solve(
        engine_name,
        tiers,
        program,
        practices=listed,
        reporting_categories=[
            {"tin": row["tin"], "category": 1, "basis": "group"} for row in listed
        ],
        composites=placed,
    )


@on_every_engine
def test_a_better_rate_never_lowers_a_tier(engine_name):
    """Benchmarks and peers as they were, the rate alone improves; and likewise a dearer cost."""
    rank = {None: -1, "low": 0, "average": 1, "high": 2}

    @thoroughly(EXAMPLES[engine_name])
    @given(seeds)
    def agree(seed):
        program, draw = PROGRAMS[1 + seed % 4], Random(seed)
        inputs = standings.reports(seed, program)
        before = [
            {**row, "variance": 1e-4, "rate": (row["rate"] or 0.1) % 1}
            for row in inputs["performance_rates"]
        ]
        signs = {rule["measure"]: rule["sign"] for rule in standings.RULES}
        after = [
            {**row, "rate": row["rate"] + signs.get(row["measure"], 1) * draw.choice([0, 0, 0.4])}
            for row in before
        ]
        once = tiered(engine_name, program, before, inputs)
        again = tiered(engine_name, program, after, inputs)
        for one, other in zip(once, again, strict=True):
            for kind in ("quality_tier", "cost_tier"):
                assert rank[other[kind]] >= rank[one[kind]], one["tin"]

    agree()


@on_every_engine
def test_twice_the_dollars_change_no_cost_score(engine_name):
    """Benchmark, deviation and rate double alike, and a variance by four."""

    @thoroughly(EXAMPLES[engine_name])
    @given(seeds)
    def agree(seed):
        program = PROGRAMS[1 + seed % 4]
        inputs, rest = reported(seed, program)
        costly = [row for row in inputs["performance_rates"] if row["measure"] == "per_capita_cost"]
        found = []
        for factor in (1, 2):
            scaled = [
                {
                    **row,
                    "rate": row["rate"] and factor * row["rate"],
                    "variance": row["variance"] and factor**2 * row["variance"],
                }
                for row in costly
            ]
            given_ = {**inputs, "performance_rates": scaled}
            peers = solve(engine_name, benchmarks, program, **given_)
            with_rates = {**rest, "performance_rates": scaled, "benchmarks": peers}
            found.append(solve(engine_name, scores, program, **with_rates))
        once, twice = ([{**row, **dict.fromkeys(_DOLLARS)} for row in rows] for rows in found)
        assert_same_rows(once, twice)

    agree()


@on_every_engine
def test_an_unrelated_practice_changes_no_tier(engine_name):
    @thoroughly(EXAMPLES[engine_name])
    @given(seeds)
    def agree(seed):
        program = PROGRAMS[seed % len(PROGRAMS)]
        inputs = standings.placements(seed, program)
        more = {
            "practices": [{**inputs["practices"][0], "tin": "new"}],
            "reporting_categories": [{**inputs["reporting_categories"][0], "tin": "new"}],
            "composites": [{**inputs["composites"][0], "tin": "new"}],
        }
        before = solve(engine_name, tiers, program, **inputs)
        joined = {name: [*rows, *more[name]] for name, rows in inputs.items()}
        after = solve(engine_name, tiers, program, **joined)
        assert [row for row in after if row["tin"] != "new"] == before

    agree()


def test_the_populations_reach_every_edge():
    """Not a property: how often the interesting things happen, so that the others can lose."""
    seen: Counter = Counter()
    for seed in range(40):
        program = PROGRAMS[seed % len(PROGRAMS)]
        inputs, rest = reported(seed, program)
        peers = solve(REFERENCE, benchmarks, program, **inputs)
        seen.update(f"benchmark {row['reason']} {row['source']}" for row in peers)
        scored = solve(REFERENCE, scores, program, benchmarks=peers, **rest)
        seen.update(f"score {row['reason']}" for row in scored)
        seen["merged"] += sum(row["is_scored"] and row["rate"] is None for row in scored)
        inputs = standings.raws(seed, program)
        peers = solve(REFERENCE, peer_groups, program, **some(inputs, *NATIONAL))
        seen.update(f"peers {row['basis']}" for row in peers)
        seen["no spread"] += sum(row["standard_deviation"] == 0 for row in peers)
        seen["single peer"] += sum(row["peers"] == 1 for row in peers)
        given_ = some(inputs, "raw_composites", "practices", "model_participation")
        for row in solve(REFERENCE, composites, program, peer_groups=peers, **given_):
            seen["of an ACO"] += row["entity_id"] is not None
            seen["no error"] += row["standard_error"] is None
        inputs = standings.placements(seed, program)
        for row in solve(REFERENCE, tiers, program, **inputs):
            seen[f"tier {row['reason']}"] += 1
            seen[f"quality {row['quality_tier']}"] += 1
            if row["quality_tier"] in ("high", "low"):
                distance, error = abs(row["quality_composite"]), row["quality_standard_error"]
                seen["just one deviation"] += abs(distance - 1) < 1e-12
                tied = error and abs(distance / error / standings.CRITICAL - 1) < 1e-12
                seen["just significant"] += bool(tied)
                seen["certain"] += error == 0
    reasons = ["not_for_scoring", "below_minimum_group_size", "below_minimum_cases"]
    wanted = {f"score {reason}" for reason in [*reasons, "no_benchmark", None]}
    wanted |= {"benchmark no_spread prior_year", "benchmark no_spread performance_year"}
    wanted |= {"benchmark None prior_year", "benchmark None performance_year", "merged"}
    wanted |= {"benchmark fewer_than_minimum_practices prior_year", "benchmark None supplied"}
    wanted |= {f"peers {basis}" for basis in ("size_class", "all_practices", "supplied")}
    wanted |= {"no spread", "single peer", "of an ACO", "no error", "certain"}
    unplaced = ["not_subject", "category_2", "aco_not_reported", "not_elected", "no_measure"]
    wanted |= {f"tier {reason}" for reason in [*unplaced, "average_by_model", None]}
    wanted |= {f"quality {tier}" for tier in ("low", "average", "high")}
    wanted |= {"just one deviation", "just significant"}
    assert {what: seen[what] for what in wanted if seen[what] < 5} == {}
