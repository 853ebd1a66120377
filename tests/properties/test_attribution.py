"""Attribution on both engines is the reference's, on populations full of contests.

Mutants of the engine code that were made by hand; each made
`test_engine_and_reference_agree_on_every_row` fail under the rules named:
- more services break a tie before the latest service does (rules 0)
- the pre-step takes primary care physicians only, or no longer orders candidates (rules 0)
- the month of death is lost or 31 December is; a service without charge counts (rules 0)
- a short year is kept of someone who was enrolled before (rules 2)
- the runner-up is taken from a later step (rules 0)
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given

from openp4p.attribution.attributed import attributed_beneficiaries
from openp4p.attribution.candidates import attribution_candidates
from openp4p.attribution.eligible import eligible_beneficiaries
from openp4p.attribution.primary_care import primary_care_services
from openp4p.program.definition import Program
from tests.conftest import ENGINES
from tests.properties import contested
from tests.properties.contested import seeds, thoroughly
from tests.short_tables import value_modifier
from tests.solving import REFERENCE, assert_same_rows, solve

EXAMPLES = {"duckdb": 8, "spark": 1}
RULES = [
    value_modifier(2015),
    value_modifier(2016, D3="earliest_service", D4="any_tin", D37="any_unbroken_spell"),
    value_modifier(2017),
    value_modifier(2018, D3="seeded", D5="standardized_amount"),
    value_modifier(2017, D37="any_unbroken_spell", D15b="january"),
]
on_every_engine = pytest.mark.parametrize("engine_name", ENGINES)


def population(seed: int, program: Program) -> dict[str, list[dict]]:
    """The inputs of attribution, drawn from one number."""
    draw, year = Random(seed), program.performance_year
    people, months = contested.enrolment(draw, year)
    return {
        "beneficiary": people,
        "enrollment_month": months,
        "risk_scores": contested.risk_scores(draw),
        "claim_line": contested.claim_lines(draw, year),
        "removed_patient": [],
    }


def answers(solver: str, program: Program, inputs: dict[str, list[dict]]) -> dict[str, list[dict]]:
    """The rows of all four stages."""

    def ask(stage: object, *names: str) -> list[dict]:
        known = {**inputs, **found}
        return solve(solver, stage, program, **{name: known[name] for name in names})

    found: dict[str, list[dict]] = {}
    found["eligible_beneficiaries"] = ask(
        eligible_beneficiaries, "beneficiary", "enrollment_month", "risk_scores"
    )
    found["primary_care_services"] = ask(primary_care_services, "claim_line")
    found["attribution_candidates"] = ask(attribution_candidates, "primary_care_services")
    found["attributed_beneficiaries"] = ask(
        attributed_beneficiaries,
        "attribution_candidates",
        "eligible_beneficiaries",
        "removed_patient",
    )
    return found


def whose(found: dict[str, list[dict]]) -> dict[str, str]:
    return {row["beneficiary_id"]: row["tin"] for row in found["attributed_beneficiaries"]}


@on_every_engine
@pytest.mark.parametrize("program", RULES, ids=range(len(RULES)))
def test_engine_and_reference_agree_on_every_row(engine_name, program):
    @thoroughly(EXAMPLES[engine_name])
    @given(seeds)
    def agree(seed):
        inputs = population(seed, program)
        found, expected = answers(engine_name, program, inputs), answers(REFERENCE, program, inputs)
        for table, rows in expected.items():
            assert_same_rows(found[table], rows)

    agree()


@on_every_engine
def test_the_order_of_rows_changes_nothing(engine_name):
    @thoroughly(EXAMPLES[engine_name] // 3 + 1)
    @given(seeds)
    def agree(seed):
        program = RULES[seed % len(RULES)]
        inputs = population(seed, program)
        shuffled = {name: Random(seed).sample(rows, len(rows)) for name, rows in inputs.items()}
        assert answers(engine_name, program, shuffled) == answers(engine_name, program, inputs)

    agree()


@on_every_engine
def test_a_beneficiary_elsewhere_changes_nobody_elses_practice(engine_name):
    @thoroughly(EXAMPLES[engine_name] // 3 + 1)
    @given(seeds)
    def agree(seed):
        program = RULES[seed % len(RULES)]
        inputs = population(seed, program)
        left = Random(seed).choice(inputs["claim_line"])["beneficiary_id"]
        without = {
            name: [row for row in rows if row["beneficiary_id"] != left]
            for name, rows in inputs.items()
        }
        everyone = whose(answers(engine_name, program, inputs))
        everyone.pop(left, None)
        assert whose(answers(engine_name, program, without)) == everyone

    agree()


@on_every_engine
def test_doubled_dollars_change_no_attribution(engine_name):
    @thoroughly(EXAMPLES[engine_name] // 3 + 1)
    @given(seeds)
    def agree(seed):
        program = RULES[seed % len(RULES)]
        inputs = population(seed, program)
        money = ("allowed_amount", "standardized_amount")
        doubled = [
            {**line, **{c: None if line[c] is None else line[c] * 2 for c in money}}
            for line in inputs["claim_line"]
        ]
        once = answers(engine_name, program, inputs)
        twice = answers(engine_name, program, {**inputs, "claim_line": doubled})
        assert whose(twice) == whose(once)
        margins = [row["margin"] * 2 for row in once["attributed_beneficiaries"]]
        assert [row["margin"] for row in twice["attributed_beneficiaries"]] == margins

    agree()


def test_the_populations_are_full_of_contests():
    """Not a property: how often the interesting things happen, so that the others can lose."""
    seen: Counter[str] = Counter()
    for seed in range(40):
        program = RULES[seed % len(RULES)]
        found = answers(REFERENCE, program, population(seed, program))
        seen.update(str(row["reason"]) for row in found["eligible_beneficiaries"])
        for row in found["attributed_beneficiaries"]:
            seen["attributed"] += 1
            seen["contested"] += row["practices"] > 1
            seen["tied"] += row["margin"] == Decimal(0) and row["practices"] > 1
            seen["step 2"] += row["step"] == 2
        failing = [r for r in found["attribution_candidates"] if not r["passes_prestep"]]
        seen["failing the pre-step"] += len(failing)
    reasons = ("not_enrolled", "part_c", "part_a_or_b_only", "outside_us", "short_year", "None")
    assert min(seen[reason] for reason in reasons) >= 15, seen
    assert seen["contested"] > seen["attributed"] / 4, seen
    assert seen["tied"] > seen["attributed"] / 4, seen
    assert min(seen["step 2"], seen["failing the pre-step"]) > 20, seen
