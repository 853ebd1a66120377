"""Chronic conditions on both engines are the reference's, whatever the claims.

Mutants of the engine code that were made by hand, each with the test that failed:
two claims of one day taken for two days; a look-back that is a month longer; laboratory lines that
date a claim; codes joined without their version; lines of the next year; unpaid facility claims:
each failed test_conditions_are_the_references.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given

from openp4p.measures.conditions import beneficiary_conditions
from openp4p.program.definition import Program
from tests.conftest import ENGINES
from tests.properties.contested import INDICATORS, seeds, thoroughly
from tests.short_tables import value_modifier
from tests.solving import REFERENCE, assert_same_rows, solve

EXAMPLES = {"duckdb": 8, "spark": 2}
RULES = [value_modifier(2015), value_modifier(2017), value_modifier(2018, D18="ccw_30")]
# codes of all five conditions in both versions, one that only version 30 has, some of no condition
CODES = [
    *((9, code) for code in ("25000", "25000", "25001", "41401", "496", "4280", "49390", "4019")),
    *((10, code) for code in ("E119", "I2510", "J449", "I509", "I420", "J45909", "I10", "25000")),
]
CLASSES = ["INPATIENT", "SNF", "HHA", "HOSPICE", "DME", *["OUTPATIENT"] * 3, *["PART_B"] * 7]
# a visit, laboratory, ambulance, equipment, a test, a code of no list, none
SERVICES = ["99213", "80053", "80053", "A0428", "E0601", "93000", "X9999", None]
on_every_engine = pytest.mark.parametrize("engine_name", ENGINES)


def sick(seed: int, program: Program) -> dict[str, list[dict]]:
    """Claims at both ends of each look-back, many on one day, with lines of every kind or none."""
    draw, year = Random(seed), program.performance_year
    days = [
        dt.date(year - 2, 12, 31),
        dt.date(year - 1, 1, 1),
        dt.date(year - 1, 12, 31),
        dt.date(year, 1, 1),
        *[dt.date(year, 6, 1)] * 2,
        dt.date(year, 12, 31),
        dt.date(year + 1, 1, 1),
    ]
    claims, lines, diagnoses = [], [], []
    for number in range(150):
        first, last = sorted((draw.choice(days), draw.choice(days)))
        claims.append(
            {
                "claim_id": f"c{number:03}",
                "beneficiary_id": f"b{draw.randrange(30):02}",
                "claim_class": draw.choice(CLASSES),
                "claim_type_code": draw.choice([None, "60", "40", *["71"] * 5, "61", "64"]),
                "from_date": first,
                "thru_date": last,
                "nonpayment_code": draw.choice([*[None] * 10, "0", "N"]),
                "mco_paid": draw.choice([None, "0", "0", "0", "1"]),
            }
        )
        for seq in range(draw.choice([0, 1, 1, 2, 3])):
            version, code = draw.choice(CODES)
            diagnoses.append(
                {
                    "claim_id": f"c{number:03}",
                    "seq": seq,
                    "beneficiary_id": claims[-1]["beneficiary_id"],
                    "code": code,
                    "icd_version": version,
                }
            )
        for line in range(draw.choice([0, 1, 2, 3])):
            lines.append(
                {
                    "claim_id": f"c{number:03}",
                    "line_number": line,
                    "beneficiary_id": claims[-1]["beneficiary_id"],
                    "claim_class": claims[-1]["claim_class"],
                    "from_date": draw.choice([first, last, draw.choice(days)]),
                    "hcpcs_code": draw.choice(SERVICES),
                    "allowed_amount": draw.choice([None, Decimal("0.00"), Decimal("50.00")]),
                    "processing_indicator": draw.choice(INDICATORS),
                }
            )
    return {"claim": claims, "claim_line": lines, "diagnosis": diagnoses}


@on_every_engine
@pytest.mark.parametrize("program", RULES, ids=range(len(RULES)))
def test_conditions_are_the_references(engine_name, program):
    @thoroughly(EXAMPLES[engine_name])
    @given(seeds)
    def run(seed):
        inputs = sick(seed, program)
        found = solve(engine_name, beneficiary_conditions, program, **inputs)
        assert_same_rows(found, solve(REFERENCE, beneficiary_conditions, program, **inputs))

    run()


@on_every_engine
def test_more_claims_take_no_condition_away(engine_name):
    """Whoever has a condition has it still when there are more claims."""
    program, all_ = RULES[1], sick(7, RULES[1])
    fewer = {**all_, "claim": all_["claim"][::2]}
    before, after = (
        {
            (row["beneficiary_id"], row["condition"])
            for row in solve(engine_name, beneficiary_conditions, program, **inputs)
            if row["has_condition"]
        }
        for inputs in (fewer, all_)
    )
    assert before < after


def test_interesting_things_do_occur():
    """What the tests above are about is found in what they draw."""
    seen: Counter = Counter()
    for seed in range(4):
        for program in RULES:
            inputs = sick(seed, program)
            year = program.performance_year
            found = solve(REFERENCE, beneficiary_conditions, program, **inputs)
            for row in found:
                claims = row["facility_claims"] + row["other_claims"]
                seen[f"{row['condition']} {row['has_condition']}"] += 1
                seen["one of two"] += row["days_of_other_claims"] == 1 and claims == 1
                seen["two on one day"] += (
                    row["days_of_other_claims"] == 1
                    and claims > 1
                    and not row["claims_enough_alone"]
                )
                seen["two days"] += row["days_of_other_claims"] > 1
                seen["both kinds"] += bool(
                    row["claims_enough_alone"] and row["days_of_other_claims"]
                )
                seen["first day"] += row["first_date"] == dt.date(year - 1, 1, 1)
                seen["last day"] += row["last_date"] == dt.date(year, 12, 31)
            without = {**inputs, "claim_line": []}
            other = solve(REFERENCE, beneficiary_conditions, program, **without)
            seen["lines matter"] += sum(a != b for a, b in zip(found, other, strict=False))
            strict = solve(REFERENCE, beneficiary_conditions, program, **inputs, betos_codes=[])
            seen["laboratory matters"] += sum(a != b for a, b in zip(found, strict, strict=False))
    conditions = ("diabetes", "ischemic_heart_dis", "copd", "heart_failure", "asthma")
    wanted = {f"{condition} True" for condition in conditions}
    wanted |= {f"{condition} False" for condition in ("diabetes", "copd", "asthma")}
    wanted |= {"one of two", "two on one day", "two days", "both kinds", "first day", "last day"}
    wanted |= {"lines matter", "laboratory matters"}
    assert {what: seen[what] for what in wanted if seen[what] < 5} == {}
