"""Per capita cost and its calibration on both engines are the reference's, for five measures.

Mutants of the engine code that were made by hand, each with the test that failed:
trim points that do not leave out who has no score, a cost at the trim point dropped, months as
weights under every option, the floor of predictions taken from costs, every unnamed score one of a
new enrollee, evidence that does not suffice counted as a condition, dollars as paid refused under
every option: test_populations_trimming_model_and_cases_are_the_references; the predictive ratio
turned over, cases that do not count, deciles over all measures, R squared left as the unexplained
share: test_calibration_and_fit_are_the_references.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from random import Random

import pytest
from hypothesis import given

from openp4p.measures.calibration import cost_calibration, cost_fit
from openp4p.measures.cases import CASES
from openp4p.program.definition import Program
from tests.conftest import ENGINES
from tests.measured import dollars, measure, people, people_given, per_capita_cost_of
from tests.properties.contested import TINS, seeds, thoroughly
from tests.short_tables import value_modifier
from tests.solving import REFERENCE, Given, assert_same_rows, solve

EXAMPLES = {"duckdb": 6, "spark": 1}
RULES = [
    value_modifier(2015, D14="none", D15="month_weighted_ols", D16="none"),
    value_modifier(2016, D14="cap_only", D15="ols_with_new_enrollee", M22="never_fall_back"),
    value_modifier(2017, D14="floor_and_cap"),
    value_modifier(2018, D16="first_percentile"),
    value_modifier(2018),
]
COSTS = [0.0, 100.0, 100.0, 200.0, 300.1, 5000.0, 5000.0, 12000.5, 250000.0]
SCORES = [None, 0.3, 0.3, 0.7, 1.0, 1.1, 1.1, 2.5, 4.75]
ILL = ["diabetes", "ischemic_heart_dis", "copd", "heart_failure", "asthma"]
SPENDING = "spending_per_beneficiary"
EVERYDAY = "tin | cost | score | conditions\n" + "\n".join(
    f"T{n % 3} | {100 + n * n} | {0.5 + n % 7 / 5} | {'diabetes' if n % 2 else ''}"
    for n in range(40)
)
on_every_engine = pytest.mark.parametrize("engine_name", ENGINES)
on_every_rule = pytest.mark.parametrize("program", RULES, ids=range(len(RULES)))


def patients(seed: int) -> list[dict]:
    """Attributed beneficiaries with few costs and scores, so that many stand on a trim point."""
    draw = Random(seed)
    spread = [draw.uniform(0.2, 0.6) for _ in range(20)] + [3.0]
    scores = draw.choice([SCORES, SCORES, spread, spread, [1.1], [0.3, 1.1], [None]])
    tied = draw.random() < 0.5
    esrd, new, ill = draw.choice([0.0, 0.2]), draw.choice([0.0, 0.2]), draw.choice([0.02, 0.4])
    return [
        {
            "beneficiary_id": f"b{number:03}",
            "tin": draw.choice(TINS),
            "cost": draw.choice(COSTS) if tied and draw.random() < 0.9 else draw.uniform(0, 9000),
            "months": draw.choice([12, 12, 12, 7, 1]),
            "score": draw.choice(scores),
            "esrd": draw.random() < esrd,
            "new": draw.choice([None, False]) if draw.random() >= new else True,
            "standardized": draw.random() < 0.9,
            "conditions": " ".join(name for name in ILL if draw.random() < ill),
        }
        for number in range(draw.choice([0, 1, 4, 60, 120]))
    ]


def inputs_of(seed: int) -> dict[str, list[dict]]:
    """The patients as tables, with evidence that does not suffice and people known to one table."""
    made, draw = people_given(patients(seed)), Random(seed)
    for row in made["beneficiary_conditions"]:
        row["has_condition"] = draw.random() < 0.8
    for table in ("beneficiary_costs", "eligible_beneficiaries", "risk_scores"):
        made[table] = [row for row in made[table] if draw.random() < 0.98]
    return made


def calibrated(seed: int, program: Program) -> dict[str, object]:
    """Cases around the border of every group: few scores, ages at the bands, cases of nobody."""
    draw, year = Random(seed), program.performance_year
    born = [
        None,
        *(dt.date(year - age, 12, day) for age in (64, 65, 75, 85, 84) for day in (1, 31)),
    ]
    persons = [f"b{number:02}" for number in range(40)]
    listed = [
        {
            "measure": name,
            "tin": draw.choice([*TINS, *([None] if name == SPENDING else [])]),
            "case_id": f"e{number}" if name == SPENDING else person,
            "beneficiary_id": person,
            "cases": 1,
            "numerator": draw.choice([*COSTS, 0.0]),
            "denominator": 1.0,
            "expected": draw.choice([None, 1.0, *[100.0, 4000.25] * 4]),
            "included": draw.random() < 0.9,
        }
        for name in ("per_capita_cost", "diabetes_cost", SPENDING, "readmission")
        for number, person in enumerate(draw.sample(persons, draw.choice([1, 7, 25])))
    ]
    listed += [
        {**row, "case_id": f"{row['case_id']}again", "tin": "T1"}
        for row in listed
        if row["measure"] == SPENDING and draw.random() < 0.3
    ]
    scores = draw.choice([SCORES, SCORES, [None]])
    known = [
        {
            "beneficiary_id": person,
            "birth_date": draw.choice(born),
            "is_dual": draw.choice([True, False, False]),
            "is_esrd": draw.choice([True, False, False]),
            "risk_score": draw.choice(scores),
        }
        for person in persons[:-2]
    ]
    new = [
        {"beneficiary_id": person, "is_new_enrollee": draw.choice([None, True, False])}
        for person in persons[3:]
    ]
    return {
        "measure_cases": [{column: row.get(column) for column in CASES} for row in listed],
        "measure_rules": [
            *(dollars(name) for name in ("per_capita_cost", "diabetes_cost", SPENDING)),
            measure("readmission", unit="percent", form="observed_over_expected", source="claims"),
        ],
        "eligible_beneficiaries": known,
        "risk_scores": new,
    }


@on_every_engine
@on_every_rule
def test_populations_trimming_model_and_cases_are_the_references(engine_name, program):
    @thoroughly(EXAMPLES[engine_name])
    @given(seeds)
    def run(seed):
        inputs = inputs_of(seed)
        found = per_capita_cost_of(engine_name, program, inputs)
        expected = per_capita_cost_of(REFERENCE, program, inputs)
        for table in ("people", "points", "sums", "cases"):
            assert_same_rows(found[table], expected[table])
        for one, other in zip(found["model"], expected["model"], strict=True):
            assert one["is_dropped"] == other["is_dropped"]
            assert (one["measure"], one["term"]) == (other["measure"], other["term"])
            assert one["coefficient"] == pytest.approx(other["coefficient"], rel=1e-6, abs=1e-6)

    run()


@on_every_engine
def test_calibration_and_fit_are_the_references(engine_name):
    @thoroughly(2 * EXAMPLES[engine_name])
    @given(seeds)
    def run(seed):
        program = RULES[seed % len(RULES)]
        inputs = calibrated(seed, program)
        for solver in (engine_name, REFERENCE):
            inputs[solver] = Given(inputs["measure_cases"], CASES)
        made = {}
        for solver in (engine_name, REFERENCE):
            cases = inputs[solver]
            rules = inputs["measure_rules"]
            others = {n: inputs[n] for n in ("eligible_beneficiaries", "risk_scores")}
            given_ = {"measure_cases": cases, "measure_rules": rules}
            made[solver] = (
                solve(solver, cost_calibration, program, **given_, **others),
                solve(solver, cost_fit, program, **given_),
            )
        for found, expected in zip(made[engine_name], made[REFERENCE], strict=True):
            assert_same_rows(found, expected)

    run()


@on_every_engine
def test_a_beneficiary_of_nobody_changes_nothing(engine_name):
    """Claims of someone who is attributed to no practice move no practice's cost."""
    program = RULES[-1]
    listed = people(EVERYDAY)
    inputs = people_given(listed)
    before = per_capita_cost_of(engine_name, program, inputs)["cases"]
    stranger = people_given([{**listed[1], "beneficiary_id": "zz", "cost": 1e6}])
    for table in set(inputs) - {"attributed_beneficiaries"}:
        inputs[table] = [*inputs[table], *stranger[table]]
    assert per_capita_cost_of(engine_name, program, inputs)["cases"] == before
    assert len(before) == 60


@on_every_engine
def test_a_condition_of_others_changes_no_total_cost(engine_name):
    """Who has diabetes decides one measure and leaves the others as they are."""
    program = RULES[-1]
    inputs = people_given(people(EVERYDAY))
    before = per_capita_cost_of(engine_name, program, inputs)["cases"]
    after = per_capita_cost_of(engine_name, program, {**inputs, "beneficiary_conditions": []})
    assert after["cases"] == [row for row in before if row["measure"] == "per_capita_cost"]


def test_interesting_things_do_occur():
    """What the tests above are about is found in what they draw."""
    seen: Counter = Counter()
    for seed in range(12):
        for program in RULES:
            found = per_capita_cost_of(REFERENCE, program, inputs_of(seed))
            seen.update(row["reason"] for row in found["cases"])
            seen.update(row["measure"] for row in found["points"] if row["beneficiaries"] > 3)
            seen.update("nobody counts" for row in found["points"] if row["low"] is None)
            seen.update(f"{row['term']} dropped" for row in found["model"] if row["is_dropped"])
            seen.update(f"{row['term']} kept" for row in found["model"] if not row["is_dropped"])
            seen.update("floored" for row in found["cases"] if row["expected"] == 1.0)
        inputs = calibrated(seed, RULES[0])
        inputs["measure_cases"] = tuple(inputs["measure_cases"])
        groups = solve(REFERENCE, cost_calibration, RULES[0], **inputs)
        seen.update(f"{row['grouping']} {row['group']}" for row in groups)
        seen["several episodes"] += sum(row["cases"] > row["beneficiaries"] for row in groups)
        seen["no ratio"] += sum(row["predictive_ratio"] is None for row in groups)
        given_ = {name: inputs[name] for name in ("measure_cases", "measure_rules")}
        fits = solve(REFERENCE, cost_fit, RULES[0], **given_)
        seen["no fit"] += sum(row["r_squared"] is None for row in fits)
    wanted = {"no_risk_score", "below_trim_point", "not_standardized", "nobody counts", "floored"}
    wanted |= {rule.id for rule in RULES[0].measures if rule.kind == "cost"} - {SPENDING}
    wanted |= {"esrd dropped", "risk_score_squared dropped", "new_enrollee dropped"}
    wanted |= {"new_enrollee kept", "esrd kept", "several episodes", "no ratio", "no fit"}
    wanted |= {f"risk_decile {n:02}" for n in range(1, 11)}
    wanted |= {f"age_band {band}" for band in ("under_65", "65_to_74", "75_to_84", "85_and_over")}
    wanted |= {f"{g} unknown" for g in ("risk_decile", "dual", "age_band", "new_enrollee")}
    wanted |= {"new_enrollee new_enrollee", "new_enrollee continuing", "dual dual", "esrd no_esrd"}
    assert {what: seen[what] for what in wanted if seen[what] < 5} == {}
