"""Measures on both engines are the reference's: reported cases, rates, specialties.

Mutants of the engine code that were made by hand, each with the test that failed:
MUTANTS
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given

from openp4p.measures.reported import reported_cases
from openp4p.measures.specialty import performance_rates, specialty_costs
from openp4p.measures.survey import survey_cases
from openp4p.program.definition import Program
from tests.conftest import ENGINES
from tests.measured import dollars, measure, rates
from tests.properties.agreeing import same, sampled
from tests.properties.contested import SPECIALTIES, TINS, seeds, thoroughly
from tests.short_tables import value_modifier
from tests.solving import REFERENCE, assert_same_rows, solve

EXAMPLES = {"duckdb": 5, "spark": 1}
RULES = [
    value_modifier(2015),
    value_modifier(2016, D20="part_b_payments", D36="headcount"),
    value_modifier(2017, D17="days", M20="thru_date", D7="best_mechanism"),
    value_modifier(2018, D21="drop_and_renormalise", D36="allowed_amount", D32="satisfactory_only"),
    value_modifier(2018, D7="best_mechanism"),
]
REPORT_REASONS = {
    "unknown_measure",
    "nothing_eligible",
    "more_met_than_eligible",
    "group_reported_instead",
    "professionals_reported_instead",
    "not_satisfactory",
    "other_mechanism_was_better",
}
QUALITY = [
    measure("111"),
    measure("001", better="lower", sign=-1.0),
    measure("111:ehr"),
    measure("001:ehr", better="lower", sign=-1.0),
    measure("cahps_1", unit="score", form="mean", source="survey"),
    measure("acute", unit="per_1000", form="observed_over_expected", source="claims"),
    measure("visits", unit="per_1000", source="claims"),
    measure("readmission", unit="percent", form="observed_over_expected", source="claims"),
]
COST_RULES = [dollars(minimum_cases=3), dollars("other_cost", minimum_cases=3)]
on_every_engine = pytest.mark.parametrize("engine_name", ENGINES)
on_every_rule = pytest.mark.parametrize("program", RULES, ids=range(len(RULES)))
on_each = sampled(RULES, EXAMPLES)


def reports(seed: int, program: Program) -> dict[str, object]:
    """Practices that report as groups, by professionals, both ways and through ACOs."""
    draw, year = Random(seed), program.performance_year
    practices = [*TINS, "T5", "T6"]
    rows = {}
    for _ in range(90):
        eligible = draw.choice([0, 1, 20, 20, 40, 40, 60])
        entity = draw.choice([None] * 10 + ["E1"])
        row = {
            "tin": None if entity else draw.choice([*practices, "unheard"]),
            "npi": None if entity else draw.choice([None, None, "n1", "n2", "n3"]),
            "entity_id": entity,
            "performance_year": draw.choice([year] * 5 + [year - 1]),
            "mechanism": draw.choice(["claims", "registry", "ehr", "administrative_claims"]),
            "measure": draw.choice(["111", "111", "001", "001", "999", "cahps_1"]),
            "stratum": draw.choice([None, None, "old"]),
            "eligible": eligible,
            "exclusions": draw.choice([None, 0, 1]),
            "exceptions": draw.choice([None, 0, 0, 19]),
            "met": draw.choice([0, eligible // 2, eligible // 2, eligible]),
        }
        key = tuple(row[c] for c in ("tin", "npi", "entity_id", "mechanism", "measure", "stratum"))
        rows[key, row["performance_year"]] = row
    bases = ["group", "individual_share", "not_reported", "administrative_claims"]
    categories = [
        {"tin": tin, "basis": basis, "group_reported": basis == "group"}
        for tin in practices
        for basis in [draw.choice(bases)]
    ]
    success = [
        {"tin": tin, "npi": npi, "performance_year": draw.choice([year, year, year - 1])}
        | {"is_satisfactory": draw.choice([True, False])}
        for tin in practices
        for npi in (None, "n1", "n2")
    ]
    return {
        "quality_reports": list(rows.values()),
        "reporting_categories": categories,
        "pqrs_success": success,
        "measure_rules": QUALITY,
        "performance_year": draw.choice([year, year, year - 1]),
    }


def surveys(seed: int, program: Program) -> dict[str, object]:
    """Summary scores of practices and ACOs that elected them or did not."""
    draw, year = Random(seed), program.performance_year
    scores = [
        {
            "tin": None if who == "E1" else who,
            "entity_id": "E1" if who == "E1" else None,
            "performance_year": period,
            "measure": draw.choice(["cahps_1", "cahps_1", "cahps_13"]),
            "cases": draw.choice([0, 1, 20, 300]),
            "mean_score": draw.choice([0.0, 80.0, 81.3]),
            "standard_deviation": draw.choice([None, 0.0, 17.5]),
        }
        for who in (*TINS, "E1")
        for period in (year, year - 1)
    ]
    electing = [{"tin": t, "elects_cahps": draw.choice([True, False, None])} for t in TINS]
    return {
        "cahps_result": scores,
        "practices": electing,
        "measure_rules": QUALITY,
        "performance_year": draw.choice([year, year, year - 1]),
    }


def cases(seed: int) -> tuple[list[dict], list[dict]]:
    """Cases of every form and unit, among them none, one, all; and rates from a report."""
    draw = Random(seed)
    rows = []
    for rule in [*QUALITY, *COST_RULES, measure("unheard")]:
        for tin in TINS:
            for _ in range(draw.choice([0, 1, 2, 5])):
                size = draw.choice([1, 1, 1, 4, 20])
                rows.append(
                    {
                        "measure": rule["measure"],
                        "tin": tin,
                        "cases": size,
                        "numerator": float(draw.choice([0, size, size / 2, size / 3])),
                        "denominator": float(size),
                        "expected": draw.choice([0.0, 0.1, 1.5, size / 3]),
                        "spread": draw.choice([None, 0.0, 3.5, 3.5, 3.5]),
                        "included": draw.random() < 0.9,
                    }
                )
    supplied = [
        {"tin": tin, "measure": rule["measure"], "cases": draw.choice([1, 20, 200])}
        | {"rate": draw.choice([0.0, 0.5, 1.0, 15.2]), "variance": draw.choice([None, 0.25])}
        for tin in ("T1", "T9")
        for rule in QUALITY
        if draw.random() < 0.3
    ]
    return rows, supplied


def costs(seed: int) -> dict[str, list[dict]]:
    """Cost rates around the minimum of cases, of practices with few and many specialties."""
    draw = Random(seed)
    practices = [f"P{number}" for number in range(12)]
    team = [
        {
            "tin": tin,
            "npi": f"{tin}{n}",
            "specialty": draw.choice([s for s in SPECIALTIES if s] if n else ["11"]),
            "in_claims": draw.random() < 0.8,
            "paid_amount": draw.choice([None, *map(Decimal, ("0.00", "10.00", "99.99"))]),
            "allowed_amount": draw.choice([None, *map(Decimal, ("0.00", "10.00", "70.00"))]),
        }
        for tin in practices
        for n in range(draw.choice([0, 1, 2, 6]))
    ]
    found = [
        {
            "tin": tin,
            "measure": rule["measure"],
            "cases": draw.choice([1, 2, 3, 3, 50]),
            "numerator": draw.choice([1.0, 1.0, 1.0, None]),
            "rate": cost,
            "variance": None if cost is None else draw.choice([None, 25.0]),
        }
        for tin in practices
        for rule in [*COST_RULES, QUALITY[0]]
        for cost in [draw.choice([0.0, 9000.0, 9000.0, 12000.5, None])]
    ]
    return {
        "unadjusted_rates": found,
        "professionals": team,
        "measure_rules": [*COST_RULES, *QUALITY],
    }


@on_each
def test_reported_cases_are_the_references(engine_name, program, seed):
    same(engine_name, reported_cases, program, **reports(seed, program))
    same(engine_name, survey_cases, program, **surveys(seed, program))


@on_every_engine
def test_rates_and_variances_are_the_references(engine_name):
    @thoroughly(3 * EXAMPLES[engine_name])
    @given(seeds)
    def run(seed):
        rows, supplied = cases(seed)
        rules = [*QUALITY, *COST_RULES]
        assert_same_rows(
            rates(engine_name, rows, *rules, supplied_rate=supplied),
            rates(REFERENCE, rows, *rules, supplied_rate=supplied),
        )

    run()


@on_each
def test_specialty_adjustment_is_the_references(engine_name, program, seed):
    inputs = costs(seed)
    national = same(engine_name, specialty_costs, program, **inputs)
    same(engine_name, performance_rates, program, **inputs, specialty_costs=national)


def test_interesting_things_do_occur():
    """What the tests above are about is found in what they draw."""
    seen: Counter = Counter()
    for seed in range(12):
        for program in RULES:
            for row in solve(REFERENCE, reported_cases, program, **reports(seed, program)):
                seen[row["reason"]] += 1
            for row in solve(REFERENCE, survey_cases, program, **surveys(seed, program)):
                seen[f"survey {row['reason']}"] += 1
            inputs = costs(seed)
            national = solve(REFERENCE, specialty_costs, program, **inputs)
            seen["specialty without weight"] += sum(not row["weight"] for row in national)
            made = solve(REFERENCE, performance_rates, program, **inputs, specialty_costs=national)
            seen["adjusted"] += sum(row["rate"] != row["unadjusted_rate"] for row in made)
        rows, supplied = cases(seed)
        made = rates(REFERENCE, rows, *QUALITY, *COST_RULES, supplied_rate=supplied)
        seen["no variance"] += sum(row["variance"] is None for row in made)
        seen["no rate"] += sum(row["rate"] is None for row in made)
    wanted = REPORT_REASONS | {"adjusted", "no rate"}
    wanted |= {"survey not_elected", "survey no_surveys", "survey None", "no variance"}
    wanted |= {"specialty without weight"}
    assert {what: seen[what] for what in wanted if seen[what] < 5} == {}
