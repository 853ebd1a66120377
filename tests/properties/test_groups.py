"""Groups on both engines are the reference's: who bills, how large, who reported, how sick.

Mutants of the engine code that were made by hand, each with the test that failed:
- ties between specialties go to the largest code: test_the_same_professionals_are_found
- the largest size of a class is left out of it; an ACO outweighs a waiver; every ACO of a practice
  must report: test_practices_have_the_same_size_standing_and_category
- exactly half of the professionals is too few; anyone who reported is in the numerator: the same
- a mean at the threshold is not high: test_the_same_practices_have_high_risk_patients
- a missing risk score is a score of zero: the same
"""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given

from openp4p.groups.high_risk import high_risk
from openp4p.groups.practices import practices
from openp4p.groups.professionals import professionals
from openp4p.groups.reporting import reporting_categories
from openp4p.program.definition import Program
from tests.conftest import ENGINES
from tests.properties import contested
from tests.properties.contested import TINS, seeds, thoroughly
from tests.short_tables import team, value_modifier
from tests.solving import REFERENCE, assert_same_rows, solve

EXAMPLES = {"duckdb": 8, "spark": 1}
RULES = [
    value_modifier(2015, D1="any_carrier_line"),
    value_modifier(2016, D2="roster", D6="roster", D35="carrier_lines_of_ep_specialties"),
    value_modifier(2017, D2="lower", D26="all_with_score", D38="average"),
    value_modifier(2018, D33="category_2"),
    value_modifier(2018),
]
SIZES = [(0, 3), (1, 1), (9, 9), (9, 12), (10, 10), (12, 9), (99, 100), (100, 100), (3, 0)]
REASONS = {
    "not_on_roster",
    "no_professionals",
    "no_physician",
    "model_excluded",
    "model_waived",
    "below_minimum_size",
}
BASES = {
    "group",
    "individual_share",
    "administrative_claims",
    "aco_reported",
    "aco_not_reported",
    "not_reported",
}
REPORTS = ["R1", "R2", "R3"]
on_every_engine = pytest.mark.parametrize("engine_name", ENGINES)
on_every_rule = pytest.mark.parametrize("program", RULES, ids=range(len(RULES)))


def billing(seed: int, program: Program) -> dict[str, list[dict]]:
    """Claims and a roster."""
    draw = Random(seed)
    lines = contested.claim_lines(draw, program.performance_year)
    return {"claim_line": lines, "provider_enrollment": contested.roster(draw)}


def teams(seed: int, program: Program) -> dict[str, object]:
    """Practices at the edges of every size class, reporting at the edge of a half."""
    draw, year = Random(seed), program.performance_year
    people, success = [], []
    names = [f"G{number}" for number in range(len(SIZES))]
    for tin, (in_roster, in_claims) in zip(names, SIZES, strict=True):
        physicians = draw.choice([0, 1, in_claims])
        of_tin = team(tin, roster=in_roster, claims=in_claims, physicians=physicians)
        people += draw.sample(of_tin, len(of_tin))
        half = in_claims // 2
        met = draw.sample(of_tin, min(len(of_tin), draw.choice([0, half, half + 1, in_claims])))
        success += [_success(draw, tin, row["npi"], year) for row in met]
    for tin in (*names, *REPORTS):
        if draw.random() < 0.3:
            success.append(_success(draw, tin, None, year))
        success += [_success(draw, tin, f"x{n}", year) for n in range(draw.choice([0, 0, 5]))]
    listed = [*names, *REPORTS]
    return {
        "professionals": people,
        "pqrs_success": success,
        "supplied_practice": [_report(draw, tin) for tin in (*REPORTS, "G3")],
        "model_participation": contested.participation(draw, year, listed),
        "practice_election": [
            {
                "tin": tin,
                "performance_year": draw.choice([year, year, year - 1]),
                "elects_quality_tiering": draw.choice([True, False, None]),
                "elects_administrative_claims": draw.choice([True, False, None]),
                "elects_cahps": draw.choice([True, False, None]),
            }
            for tin in draw.sample(listed, 6)
        ],
        "roster_supplied": draw.choice([True, True, False]),
    }


def _success(draw: Random, tin: str, npi: str | None, year: int) -> dict:
    return {
        "tin": tin,
        "npi": npi,
        "performance_year": draw.choice([year] * 12 + [year - 1]),
        "mechanism": draw.choice(["claims", "registry", "ehr", None]),
        "is_satisfactory": draw.choice([True] * 12 + [False]),
    }


def _report(draw: Random, tin: str) -> dict:
    return {
        "tin": tin,
        "professionals_in_roster": draw.choice([None, 0, 10, 100]),
        "professionals_in_claims": draw.choice([None, 0, 9, 10, 100]),
        "physicians_in_claims": draw.choice([None, 0, 5]),
        "mean_risk_score": draw.choice([None, 0.7, 0.3]),
        "risk_score_threshold": draw.choice([None, 0.7]),
    }


def patients(seed: int, program: Program) -> dict[str, list[dict]]:
    """Scored beneficiaries of a few practices, some of them in ACOs."""
    draw, year = Random(seed), program.performance_year
    eligible = [
        {"beneficiary_id": f"b{n}", "risk_score": draw.choice([None, 0.1, 0.2, 0.3, 0.7, 0.7, 1.1])}
        for n in range(draw.choice([0, 3, 30]))
    ]
    attributed = [
        {"beneficiary_id": row["beneficiary_id"], "tin": draw.choice(TINS)}
        for row in eligible
        if draw.random() < 0.7
    ]
    taking_part = contested.participation(draw, year, TINS)
    listed = [
        {
            "tin": tin,
            "handling": draw.choice(["aco", "ordinary", None]),
            "entity_id": draw.choice(["E1", "E2"]),
        }
        for tin in [*TINS, "T5"]
    ]
    return {
        "attributed_beneficiaries": attributed,
        "eligible_beneficiaries": eligible,
        "practices": listed,
        "model_participation": taking_part,
        "supplied_practice": [_report(draw, tin) for tin in ("T1", "T5") if draw.random() < 0.5],
    }


def given_to(inputs: dict[str, object], *names: str) -> dict[str, object]:
    return {name: inputs[name] for name in names}


def sized(solver: str, program: Program, inputs: dict[str, object]) -> list[dict]:
    names = ("professionals", "supplied_practice", "model_participation", "practice_election")
    return solve(solver, practices, program, **given_to(inputs, *names, "roster_supplied"))


def categorised(solver: str, program: Program, inputs: dict[str, object], listed: list) -> list:
    names = ("professionals", "pqrs_success", "practice_election", "roster_supplied")
    return solve(
        solver, reporting_categories, program, practices=listed, **given_to(inputs, *names)
    )


@on_every_engine
@on_every_rule
def test_the_same_professionals_are_found(engine_name, program):
    @thoroughly(EXAMPLES[engine_name])
    @given(seeds)
    def agree(seed):
        inputs = billing(seed, program)
        found = solve(engine_name, professionals, program, **inputs)
        assert_same_rows(found, solve(REFERENCE, professionals, program, **inputs))

    agree()


@on_every_engine
@on_every_rule
def test_practices_have_the_same_size_standing_and_category(engine_name, program):
    @thoroughly(EXAMPLES[engine_name])
    @given(seeds)
    def agree(seed):
        inputs = teams(seed, program)
        expected = sized(REFERENCE, program, inputs)
        assert_same_rows(sized(engine_name, program, inputs), expected)
        found = categorised(engine_name, program, inputs, expected)
        assert_same_rows(found, categorised(REFERENCE, program, inputs, expected))

    agree()


@on_every_engine
@on_every_rule
def test_the_same_practices_have_high_risk_patients(engine_name, program):
    @thoroughly(EXAMPLES[engine_name])
    @given(seeds)
    def agree(seed):
        inputs = patients(seed, program)
        found = solve(engine_name, high_risk, program, **inputs)
        assert_same_rows(found, solve(REFERENCE, high_risk, program, **inputs))

    agree()


@on_every_engine
def test_the_order_of_rows_changes_no_size_category_or_risk(engine_name):
    @thoroughly(EXAMPLES[engine_name] // 3 + 1)
    @given(seeds)
    def agree(seed):
        program = RULES[seed % len(RULES)]
        for stage, inputs in (
            (professionals, billing(seed, program)),
            (high_risk, patients(seed, program)),
        ):
            shuffled = {name: Random(seed).sample(rows, len(rows)) for name, rows in inputs.items()}
            once = solve(engine_name, stage, program, **inputs)
            assert solve(engine_name, stage, program, **shuffled) == once

    agree()


@on_every_engine
def test_one_more_who_reported_never_makes_a_practice_category_2(engine_name):
    @thoroughly(EXAMPLES[engine_name] // 3 + 1)
    @given(seeds)
    def agree(seed):
        program = RULES[seed % len(RULES)]
        inputs = teams(seed, program)
        listed = sized(REFERENCE, program, inputs)
        more = [
            {**row, "is_satisfactory": True, "performance_year": program.performance_year}
            for row in inputs["pqrs_success"]
        ]
        before = categorised(engine_name, program, inputs, listed)
        after = categorised(engine_name, program, {**inputs, "pqrs_success": more}, listed)
        for one, other in zip(before, after, strict=True):
            assert other["category"] <= one["category"], one["tin"]

    agree()


def test_the_populations_reach_every_edge():
    """Not a property: how often the interesting things happen, so that the others can lose."""
    seen: Counter[str] = Counter()
    for seed in range(60):
        program = RULES[seed % len(RULES)]
        inputs = teams(seed, program)
        listed = sized(REFERENCE, program, inputs)
        seen.update(str(row["reason"]) for row in listed)
        seen.update(f"size class {row['size_class']}" for row in listed)
        rows = categorised(REFERENCE, program, inputs, listed)
        seen.update(row["basis"] for row in rows)
        seen["exactly half"] += sum(row["share"] == 0.5 for row in rows)
        for row in solve(REFERENCE, professionals, program, **billing(seed, program)):
            seen["in both"] += row["in_claims"] and row["in_roster"]
            seen["in one"] += row["in_claims"] != row["in_roster"]
        for row in solve(REFERENCE, high_risk, program, **patients(seed, program)):
            reached = row["mean_risk_score"] is not None and row["is_high_risk"]
            seen["high risk"] += reached
            seen["at the threshold"] += reached and row["mean_risk_score"] == row["threshold"]
    edges = ["exactly half", "in both", "in one", "high risk", "at the threshold"]
    needed = ["None", *REASONS, *BASES, *edges]
    assert {what: seen[what] for what in needed if seen[what] < 10} == {}
