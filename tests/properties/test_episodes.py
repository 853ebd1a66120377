"""Stays, index admissions, episodes and their model on both engines are the reference's.

Mutants of the engine code that were made by hand, each with the test that failed:
- of two bills that end on the same day the interim one is the last (stays);
- an admission on the thirtieth day is not counted as blocked (index admissions);
- runs of more than eight index admissions are not followed further (index admissions);
- a death on the last day of an episode is outside it (index admissions);
- a cost of the last day is outside the episode (costs and practices);
- practices with equal charges are told apart by services before the latest day (the same);
- a birthday on the first day has not come yet (terms of the model);
- predictions are raised and not rescaled (the model and the cases).
"""

from __future__ import annotations

from collections import Counter

import pytest

from openp4p.measures.episodes import episode_costs, episodes
from openp4p.measures.episodes_attribution import episode_candidates
from openp4p.measures.episodes_conditions import episode_conditions
from openp4p.measures.episodes_exclusions import stay_exclusions
from openp4p.measures.episodes_model import COEFFICIENTS, episode_model_sums, solved
from openp4p.measures.episodes_risk import episode_diagnoses, episode_risks, episode_terms
from openp4p.measures.episodes_walk import episode_stays, index_candidates, index_steps
from openp4p.measures.spending_per_beneficiary import (
    expected_episodes,
    spending_per_beneficiary_cases,
)
from openp4p.measures.stays import inpatient_stays, stay_claims
from openp4p.program.definition import Program
from openp4p.risk.institutional import nursing_facility_cover
from tests.conftest import ENGINES
from tests.properties import admissions
from tests.properties.agreeing import same, sampled
from tests.short_tables import value_modifier
from tests.solving import REFERENCE, Given, assert_same_rows, reference, solve

EXAMPLES = {"duckdb": 5, "spark": 1}
SMALL_CELLS = {"minimum_cell": 4}


def rules(year: int, **choices: str) -> Program:
    """A program whose model is fitted to few episodes."""
    program = value_modifier(year, **choices)
    fewer = program.episodes.model_copy(update=SMALL_CELLS)
    return program.model_copy(update={"episodes": fewer})


RULES = [
    rules(2017),
    rules(2016, M39="everything_that_touches", M2="same_day", M42="excluded_stays_do_not_block"),
    rules(2017, M27="maryland_included", M28="prorated_post_acute", D22="all_carrier_lines"),
    rules(2018, M31="dropped", M22="never_fall_back", M32="never", M30="mean_of_ratios"),
    rules(2017, M32="supplied_status", D22="place_of_service_restricted", D3="earliest_service"),
    rules(2017, D23="ols_per_mdc_untruncated", D3="seeded"),
    rules(2017, D23="observed_over_expected_without_model"),
]
on_every_engine = pytest.mark.parametrize("engine_name", ENGINES)
on_every_rule = pytest.mark.parametrize("program", RULES, ids=range(len(RULES)))
on_each = sampled(RULES, EXAMPLES)


@on_each
def test_stays_are_the_references(engine_name, program, seed):
    given_ = admissions.bills(seed, program.performance_year)
    joined = same(engine_name, stay_claims, program, claim=given_["claim"])
    same(engine_name, inpatient_stays, program, **given_, stay_claims=joined)


@on_each
def test_index_admissions_are_the_references(engine_name, program, seed):
    walked(engine_name, program, seed)


def walked(engine_name: str, program: Program, seed: int) -> dict[str, list[dict]]:
    """From stays to the episodes of the year, each step the same as the reference's."""
    year = program.performance_year
    stays = admissions.stays(seed, year)
    around = admissions.enrolled(seed, stays, year)
    excluded = same(engine_name, stay_exclusions, program, inpatient_stays=stays, **around)
    candidates = same(engine_name, index_candidates, program, stay_exclusions=excluded)
    steps = same(engine_name, index_steps, program, index_candidates=candidates)
    known = {
        "stay_exclusions": excluded,
        "index_candidates": candidates,
        "index_steps": steps,
    }
    found = same(engine_name, episode_stays, program, **known)
    opened = same(
        engine_name,
        episodes,
        program,
        episode_stays=found,
        stay_exclusions=excluded,
        inpatient_stays=stays,
    )
    return {**known, "episode_stays": found, "episodes": opened}


@on_each
def test_costs_and_practices_of_episodes_are_the_references(engine_name, program, seed):
    given_ = admissions.hospital_year(seed, program)
    opened = given_["episodes"]
    costs = same(
        engine_name,
        episode_costs,
        program,
        episodes=opened,
        service_costs=given_["service_costs"],
    )
    same(
        engine_name,
        episode_candidates,
        program,
        episodes=opened,
        claim_line=given_["claim_line"],
    )
    same(engine_name, episode_risks, program, episodes=opened, episode_costs=costs)


def _conditions(solver: str, program: Program, coded: dict[str, list[dict]]) -> list[dict]:
    """The conditions of generated episodes."""
    sources = ("episode_risks", "claim", "claim_line", "diagnosis")
    codes = solve(solver, episode_diagnoses, program, **{k: coded[k] for k in sources})
    return solve(
        solver,
        episode_conditions,
        program,
        episode_risks=coded["episode_risks"],
        episode_diagnoses=codes,
        beneficiary=coded["beneficiary"],
    )


@on_each
def test_terms_of_the_model_are_the_references(engine_name, program, seed):
    given_ = admissions.coded(seed, program.performance_year)
    risks, lines = given_["episode_risks"], given_["claim_line"]
    spells = same(engine_name, nursing_facility_cover, program, claim_line=lines)
    codes = same(
        engine_name,
        episode_diagnoses,
        program,
        **{k: given_[k] for k in ("episode_risks", "claim", "claim_line", "diagnosis")},
    )
    held = same(
        engine_name,
        episode_conditions,
        program,
        episode_risks=risks,
        episode_diagnoses=codes,
        beneficiary=given_["beneficiary"],
    )
    same(
        engine_name,
        episode_terms,
        program,
        episode_risks=risks,
        episode_conditions=held,
        beneficiary=given_["beneficiary"],
        enrollment_month=given_["enrollment_month"],
        nursing_facility_cover=spells,
    )


@on_each
def test_the_model_and_the_cases_are_the_references(engine_name, program, seed):
    modelled(engine_name, program, seed)


def modelled(engine_name: str, program: Program, seed: int) -> list[dict]:
    """From the terms of episodes to cases, each step the same as the reference's."""
    given_ = admissions.episode_terms(seed)
    known = {k: given_[k] for k in ("episode_risks", "episode_terms")}
    sums = same(engine_name, episode_model_sums, program, **known)
    model = solved(sums)
    exact = reference("episode_model")(sums)
    key = ("stratum", "term")
    assert_same_rows(_sorted(model, key), _sorted(exact, key))
    tables = [Given(model, COEFFICIENTS) for s in (engine_name, REFERENCE)]
    found, expected = (
        solve(solver, expected_episodes, program, **known, episode_model=table)
        for solver, table in zip((engine_name, REFERENCE), tables, strict=True)
    )
    assert_same_rows(found, expected)
    return same(
        engine_name,
        spending_per_beneficiary_cases,
        program,
        expected_episodes=found,
        episode_candidates=given_["episode_candidates"],
    )


def _sorted(rows: list[dict], key: tuple[str, ...]) -> list[dict]:
    return sorted(rows, key=lambda row: tuple(row[column] for column in key))


def test_interesting_things_do_occur():
    """The generators are held to what they are for: each contest occurs, and often."""
    seen: Counter[str] = Counter()
    program = RULES[0]
    for seed in range(6):
        given_ = admissions.bills(seed, 2015)
        joined = solve(REFERENCE, stay_claims, program, claim=given_["claim"])
        stays = solve(REFERENCE, inpatient_stays, program, **given_, stay_claims=joined)
        seen["bills joined"] += sum(row["position"] > 1 for row in joined)
        seen["not the last by date of admission"] += sum(
            row["is_last"] and row["position"] < most
            for row in joined
            for most in [sum(r["stay_id"] == row["stay_id"] for r in joined)]
        )
        seen["in a transfer chain"] += sum(row["chain_stays"] > 1 for row in stays)
        walk = walked(REFERENCE, program, seed)
        for row in walk["episode_stays"]:
            seen[row["reason"] or "index"] += 1
        for row in walk["episodes"]:
            seen[f"episode {row['reason']}"] += 1
        seen["eight steps"] += sum(row["step_8"] is not None for row in walk["index_steps"])
        index = [row for row in walk["episode_stays"] if row["is_index"]]
        long = Counter(row["beneficiary_id"] for row in index)
        seen["more than 32 index admissions"] += sum(number > 32 for number in long.values())
        for row in modelled(REFERENCE, program, seed):
            seen[f"case {row['reason']}"] += 1
        year = admissions.hospital_year(seed, program)
        tied = solve(
            REFERENCE,
            episode_candidates,
            program,
            episodes=year["episodes"],
            claim_line=year["claim_line"],
        )
        charges = Counter((row["episode_id"], row["charges"]) for row in tied)
        seen["practices tied"] += sum(number > 1 for number in charges.values())
        coded = admissions.coded(seed, 2015)
        conditions = _conditions(REFERENCE, program, coded)
        seen["interactions"] += sum("_" in row["variable"] for row in conditions)
        spells = solve(REFERENCE, nursing_facility_cover, program, claim_line=coded["claim_line"])
        seen["spells"] += len(spells)
    assert {what: number for what, number in seen.items() if number < 3} == {}
    wanted = {"not_subsection_d", "no_payment_or_drg", "transfer", "within_30_days", "index"}
    wanted |= {f"episode {r}" for r in ("None", "not_enrolled", "part_c", "medicare_secondary")}
    wanted |= {"episode died", "case None", "case outlier", "case died", "practices tied"}
    assert wanted <= set(seen)
