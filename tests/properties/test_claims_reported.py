"""Quality-data codes on both engines are the reference's.

Mutants of the engine code that were made by hand, the first test failed for each:
- an encounter that was denied counts;
- the denied line of a code does not count;
- a code on another claim than that of the encounter counts;
- the worst outcome stands instead of the best;
- a code without modifier holds for lines with 8P;
- the last age of a row is left out;
- the fourth modifier is not looked at;
- a report that was sent does not win where its stratum is missing.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from random import Random

from openp4p.measures.claims_reported import (
    claims_quality_instances,
    claims_quality_results,
    quality_reports,
)
from tests.properties.agreeing import same, sampled
from tests.short_tables import changed, value_modifier

ORDER = ("not_met", "exception", "met", "exclusion")
RULES = [
    value_modifier(2017),
    changed(value_modifier(2016), reporting={"quality_data_outcomes": ORDER}),
]
seen: Counter = Counter()


def codes(draw: Random, year: int) -> list[dict]:
    """Two measures that share encounters and codes and say different things by them."""
    rows = {}
    for measure in ("001", "128"):
        for period in (year, year - 1):
            for code, outcome in [("99213", "eligible"), ("99214", "eligible"), ("3044F", "met")]:
                rows[measure, period, code, None, outcome] = {}
            for _ in range(4):
                code = draw.choice(["3044F", "3045F", "G8000", "99214"])
                modifier = draw.choice([None, "1P", "2P", "8P", "GA"])
                outcome = draw.choice(["met", "not_met", "exception", "exclusion"])
                rows[measure, period, code, modifier, outcome] = {}
    names = ("measure", "performance_year", "hcpcs_code", "modifier", "outcome")
    return [
        dict(zip(names, key, strict=True))
        | {"age_from": draw.choice([None, None, 18]), "age_to": draw.choice([None, None, 75])}
        for key in rows
    ]


def lines(draw: Random, year: int) -> list[dict]:
    """Claims of a few lines, most of one professional, with dates at the ends of the year."""
    days = [dt.date(year - 1, 12, 31), dt.date(year, 1, 1), *[dt.date(year, 6, 1)] * 4]
    days += [dt.date(year, 12, 31), dt.date(year + 1, 1, 1)]
    rows = []
    for claim in range(90):
        person, day = f"b{draw.randrange(12)}", draw.choice(days)
        tin, npi = draw.choice(["T1", "T1", "T2", None]), draw.choice(["n1", "n1", "n2", None])
        for number in range(draw.choice([1, 2, 3, 4])):
            rows.append(
                {
                    "claim_id": f"c{claim}",
                    "line_number": number,
                    "beneficiary_id": person,
                    "claim_class": draw.choice(["PART_B"] * 9 + ["OUTPATIENT"]),
                    "from_date": day,
                    "hcpcs_code": draw.choice(
                        ["99213", "99214", "3044F", "3044F", "3045F", "G8000", "99215", None]
                    ),
                    "modifier_1": draw.choice([None] * 4 + ["1P", "8P", "GA"]),
                    "modifier_2": draw.choice([None] * 4 + ["2P", "3P"]),
                    "modifier_4": draw.choice([None] * 9 + ["8P"]),
                    "tin": tin,
                    "npi": draw.choice([npi] * 6 + ["n2"]),
                    "allowed_amount": draw.choice([None, 0, 70]),
                    "processing_indicator": draw.choice(["A"] * 4 + [None, "R", "D"]),
                }
            )
    return rows


def sent(draw: Random, counted: list[dict]) -> list[dict]:
    """Reports like some that were counted, with one part of the key another."""
    rows = {}
    for row in counted:
        other = draw.choice(
            [
                {},
                {},
                {"npi": None},
                {"stratum": "old"},
                {"tin": None, "npi": None, "entity_id": "E1"},
                {"mechanism": "registry"},
                {"measure": "111"},
                {"performance_year": 2000},
            ]
        )
        if draw.random() < 0.7:
            report = {**row, **other, "met": 0}
            rows[tuple(report[column] for column in quality_reports.key)] = report
    return list(rows.values())


@sampled(RULES, {"duckdb": 8, "spark": 1})
def test_codes_on_claims_are_the_references(engine_name, program, seed):
    draw, year = Random(seed), program.performance_year
    births = [dt.date(year - 18, 6, 1), dt.date(year - 18, 6, 2), dt.date(year - 76, 6, 1)]
    births += [dt.date(year - 76, 6, 2), *[dt.date(1945, 2, 3)] * 4, None]
    instances = same(
        engine_name,
        claims_quality_instances,
        program,
        claim_line=lines(draw, year),
        beneficiary=[
            {"beneficiary_id": f"b{n}", "birth_date": draw.choice(births)} for n in range(11)
        ],
        quality_data_code=codes(draw, year),
    )
    given = {"claims_quality_instances": instances}
    counted = same(engine_name, claims_quality_results, program, **given)
    reports = sent(draw, counted)
    united = same(
        engine_name,
        quality_reports,
        program,
        quality_result=reports,
        claims_quality_results=counted,
    )
    seen.update(f"outcome {row['outcome']}" for row in instances)
    seen.update(f"year {row['performance_year'] - year}" for row in instances)
    seen["sent instead"] += len(reports) + len(counted) - len(united)
    seen["counted and kept"] += len(united) - len(reports)


def test_the_contests_were_met():
    wanted = {f"outcome {said}" for said in (None, "met", "not_met", "exception", "exclusion")}
    wanted |= {"year 0", "year -1", "sent instead", "counted and kept"}
    assert {what: seen[what] for what in wanted if seen[what] < 10} == {}
