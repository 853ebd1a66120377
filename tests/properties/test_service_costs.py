"""Service costs, prices, categories and their breakdown on both engines are the reference's.

Mutants of the engine code that were made by hand, each with the test that failed:
- an emergency visit on the day before an admission counts (hospital_days): every table;
- a price of a schedule has no last day (prices): every table;
- the dearest lines of a cell count toward its price (price_cells): every table, third program;
- lines with a supplied price count in the totals (price_totals): every table, third program;
- a line without a part in a standardised claim costs what it was allowed (service_rows): every
  table;
- the group of the code comes before the therapist (categories): every table;
- rows of zero dollars say how a beneficiary was priced (costs): every table;
- practices without a size class are in one (cost_breakdown): every table.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given

from openp4p.measures.cost_breakdown import (
    beneficiary_cost_categories,
    practice_cost_facts,
    practice_cost_services,
    practice_costs,
)
from openp4p.measures.costs import beneficiary_costs
from openp4p.program.definition import Program
from openp4p.program.tables import rule_tables
from tests.conftest import ENGINES
from tests.costed import services
from tests.properties.contested import INDICATORS, TINS, seeds, thoroughly
from tests.short_tables import value_modifier
from tests.solving import REFERENCE, assert_same_rows, solve

EXAMPLES = {"duckdb": 3, "spark": 1}
BY_LINE = ("PART_B", "DME")


def mean_priced(minimum: int, trim: float, **choices: str) -> Program:
    """A program of national mean prices whose cells need so few lines, and lose so many."""
    program = value_modifier(2017, M22="national_mean_price", **choices)
    cost = {"price_cell_minimum": minimum, "price_trim": trim}
    return program.model_copy(update={"cost": program.cost.model_copy(update=cost)})


RULES = [
    value_modifier(2017),
    value_modifier(2016, M20="thru_date", D17="days"),
    mean_priced(3, 0.8),
    mean_priced(5, 0.999, M20="thru_date"),
    value_modifier(2018, M22="never_fall_back"),
]
PERSONS = [f"b{number}" for number in range(6)]
HOSPITALS = {
    "010001": "short_term_acute",
    "010002": "short_term_acute",
    "210003": "short_term_acute",
    "011300": "cah",
    "014000": "psychiatric",
    "01T001": "rehab_unit",
    "012000": "ltch",
    "01U001": "swing_bed",
}
CODES = [
    *["99213"] * 9,
    *["99283"] * 8,
    *["71010", "85025", "12001", "27130", "J1100", "A0427", "90999", "00790", "E0607", "66984"] * 2,
    *["77067", "34701", "97110", "J7613", "XXXXX", None],
]
CENTRES = ["0450", "0450", "0981", "0320", "0300", "0420", "0250", "0821", None]
AMOUNTS = [*("10.00", "20.00", "33.33", "1000.00") * 3, *["0.00"] * 4, "-5.00", "0.01"]
on_every_engine = pytest.mark.parametrize("engine_name", ENGINES)
on_every_rule = pytest.mark.parametrize("program", RULES, ids=range(len(RULES)))


def bills(seed: int, program: Program) -> dict[str, list[dict]]:
    """Claims on both sides of every rule: days around stays, lines that add up and that do not."""
    draw, year = Random(seed), program.performance_year
    days = [dt.date(year, 6, day) for day in range(1, 7)] * 5
    days += [dt.date(year - 1, 12, 29), dt.date(year - 1, 12, 31), dt.date(year, 1, 1)]
    days += [dt.date(year, 12, 31), dt.date(year + 1, 1, 1)]
    stays = _stays(draw, year)
    claims = [_claim(draw, f"c{number}", days) for number in range(45)]
    for claim in claims:
        own = [s["ccn"] for s in stays if s["beneficiary_id"] == claim["beneficiary_id"]]
        if claim["claim_class"] == "INPATIENT" and own and draw.random() < 0.8:
            claim["ccn"] = draw.choice(own)
    lines = [line for claim in claims for line in _lines(draw, claim, days)]
    return {
        "claim": claims,
        "claim_line": lines,
        "inpatient_stays": stays,
        "price_schedule": _schedule(draw, year),
    }


def _claim(draw: Random, claim_id: str, days: list[dt.date]) -> dict:
    first, last = sorted((draw.choice(days), draw.choice(days)))
    kinds = ["INPATIENT", "SNF", "HHA", "HOSPICE", *["OUTPATIENT"] * 4, *["PART_B"] * 6, "DME"]
    money = [Decimal(amount) for amount in AMOUNTS]
    return {
        "claim_id": claim_id,
        "beneficiary_id": draw.choice(PERSONS),
        "claim_class": draw.choice([*kinds, "PDE"]),
        "claim_type_code": draw.choice([None, *["40"] * 8, "61"]),
        "from_date": first,
        "thru_date": last,
        "admission_date": draw.choice([None, first, draw.choice(days)]),
        "discharge_status": draw.choice(["01", "01", "02", "30"]),
        "ccn": draw.choice([None, *HOSPITALS]),
        "bill_type": draw.choice(["131", "131", "721", None]),
        "drg": draw.choice(["470", "470", "871", None]),
        "allowed_amount": draw.choice([*money, None]),
        "standardized_amount": draw.choice([None] * 4 + [Decimal("20.00"), Decimal("0.00")]),
        "nonpayment_code": draw.choice([*[None] * 9, "0", "N"]),
        "mco_paid": draw.choice([None, "0", "0", "0", "0", "1"]),
    }


def _lines(draw: Random, claim: dict, days: list[dt.date]) -> list[dict]:
    """Lines of a claim; those of an outpatient claim add up to it every other time."""
    if claim["claim_class"] not in ("OUTPATIENT", "PART_B", "DME"):
        return []
    outpatient = claim["claim_class"] == "OUTPATIENT"
    count = draw.choice([0, 1, 2, 3]) if outpatient else draw.choice([3, 6, 8])
    lines = [_line(draw, claim, number, days) for number in range(1, count + 1)]
    if outpatient and lines and draw.random() < 0.6:
        for money in ("allowed_amount", "standardized_amount"):
            if claim[money] is not None:
                others = [line[money] for line in lines[1:] if line[money] is not None]
                lines[0][money] = claim[money] - sum(others, Decimal(0))
    return lines


def _line(draw: Random, claim: dict, number: int, days: list[dt.date]) -> dict:
    first = draw.choice([claim["from_date"], draw.choice(days)])
    return {
        "claim_id": claim["claim_id"],
        "line_number": number,
        "beneficiary_id": claim["beneficiary_id"],
        "claim_class": claim["claim_class"],
        "from_date": first,
        "thru_date": draw.choice([None, first + dt.timedelta(days=draw.choice([0, 1, 40]))]),
        "hcpcs_code": draw.choice(CODES),
        "modifier_1": draw.choice([None] * 6 + ["26", "TC", "59", "QK", "NU"]),
        "modifier_2": draw.choice([None] * 6 + ["26", "RR"]),
        "revenue_code": draw.choice(CENTRES),
        "units": draw.choice([None, 1.0, 1.0, 1.0, 2.0, 0.0, 0.1]),
        "place_of_service": draw.choice(["11", "11", "22", None]),
        "tin": draw.choice([*TINS, None]),
        "npi": draw.choice(["n1", "n2", None]),
        "specialty": draw.choice(["11", "11", "11", "11", "65", None]),
        "allowed_amount": draw.choice([*map(Decimal, AMOUNTS), None]),
        "standardized_amount": draw.choice([None] * 5 + [Decimal("7.00")]),
        "processing_indicator": draw.choice(INDICATORS),
    }


def _stays(draw: Random, year: int) -> list[dict]:
    """Stays that follow each other, hold visits or begin on the day after one; some before."""
    before = draw.choice([[], [dt.date(year - 1, 12, 31)], [dt.date(year - 1, 12, 1)] * 2])
    days = [dt.date(year, 6, day) for day in range(2, 8)] + before
    found = []
    for number, person in enumerate(PERSONS[:5]):
        for part in range(draw.choice([1, 2])):
            first = draw.choice(days)
            ccn = draw.choice([*HOSPITALS, None])
            kind = HOSPITALS.get(ccn, "unknown")
            found.append(
                {
                    "stay_id": f"s{number}{part}",
                    "beneficiary_id": person,
                    "ccn": ccn,
                    "facility_type": kind,
                    "is_acute": kind in ("short_term_acute", "cah"),
                    "is_maryland": ccn == "210003",
                    "admission_date": first,
                    "discharge_date": first + dt.timedelta(days=draw.choice([0, 1, 3, 40])),
                }
            )
    return found


def _schedule(draw: Random, year: int) -> list[dict]:
    """Prices of some codes that take effect and end within the year, some by place and part."""
    found = {}
    for _ in range(12):
        price = {
            "claim_class": draw.choice(["PART_B", "PART_B", "OUTPATIENT", "INPATIENT", "DME"]),
            "code": draw.choice(["71010", "85025", "99283", "470", "E0607"]),
            "modifier": draw.choice([None, None, "26", "TC"]),
            "facility": draw.choice([None, None, True, False]),
            "valid_from": draw.choice([None, dt.date(year, 1, 1), dt.date(year, 6, 3)]),
            "valid_to": draw.choice([None, dt.date(year, 6, 2), dt.date(year, 12, 31)]),
            "price": Decimal(draw.choice(["0.35", "12.50", "9000.00"])),
            "is_per_unit": draw.choice([None, True, False]),
        }
        key = [price[name] for name in ("claim_class", "code", "modifier", "facility")]
        found[(*key, price["valid_from"])] = price
    return list(found.values())


def eligible(seed: int) -> list[dict]:
    draw = Random(seed)
    return [
        {
            "beneficiary_id": person,
            "months": draw.choice([12, 12, 11, 7, 1, 0]),
            "days": draw.choice([366, 365, 200, 31, 0]),
            "is_eligible": draw.random() < 0.8,
            "risk_score": draw.choice([None, 0.5, 1.0, 1.0, 1.3]),
        }
        for person in [*PERSONS, "nobody"]
    ]


def costed(solver: str, program: Program, seed: int) -> dict[str, list[dict]]:
    """Everything from claims to the facts of practices, each stage from the ones before."""
    found = services(solver, program, **bills(seed, program))
    people, draw = eligible(seed), Random(seed)
    attributed = [
        {"beneficiary_id": row["beneficiary_id"], "tin": draw.choice(TINS)}
        for row in people
        if row["is_eligible"] and draw.random() < 0.8
    ]
    sizes = [{"tin": tin, "size_class": draw.choice(["a", "a", "b", None])} for tin in TINS[:3]]
    spent = {"service_costs": found["rows"], "eligible_beneficiaries": people}
    found["costs"] = solve(solver, beneficiary_costs, program, **spent)
    mine = {"attributed_beneficiaries": attributed}
    found["parts"] = solve(
        solver, beneficiary_cost_categories, program, service_costs=found["rows"], **mine
    )
    parts = {"beneficiary_cost_categories": found["parts"]}
    found["practices"] = solve(solver, practice_costs, program, **parts, **mine, practices=sizes)
    found["groups"] = solve(solver, practice_cost_services, program, **parts)
    found["facts"] = solve(
        solver,
        practice_cost_facts,
        program,
        **parts,
        **mine,
        eligible_beneficiaries=people,
        beneficiary_costs=found["costs"],
    )
    return found


@on_every_engine
@on_every_rule
def test_every_table_is_the_references_and_every_dollar_is_in_one_category(engine_name, program):
    @thoroughly(EXAMPLES[engine_name])
    @given(seeds)
    def run(seed):
        found, expected = costed(engine_name, program, seed), costed(REFERENCE, program, seed)
        for table, rows in expected.items():
            assert_same_rows(found[table], rows)
        assert_adds_up(found, program)
        assert_same_totals(found["rows"])

    run()


def assert_adds_up(found: dict[str, list[dict]], program: Program) -> None:
    """Categories, beneficiaries and practices hold the same dollars, to the cent."""
    known = {row["category"] for row in rule_tables(program)["cost_categories"][1]}
    keys = [(row["claim_id"], row["line_number"]) for row in found["rows"]]
    assert len(keys) == len(set(keys))
    assert {row["category"] for row in found["rows"]} <= known
    assert None not in {row["amount"] for row in found["rows"]}
    total = defaultdict(Decimal)
    for row in found["parts"]:
        total[row["beneficiary_id"]] += row["dollars"]
    cost = {row["beneficiary_id"]: row["cost_dollars"] for row in found["costs"]}
    assert {id_: cost[id_] for id_ in total} == dict(total)
    of_practices = sum(row["dollars"] for row in found["practices"])
    assert of_practices == sum(total.values()) == sum(row["dollars"] for row in found["facts"])


def assert_same_totals(rows: list[dict]) -> None:
    """Mean prices move dollars between claims, not between classes, but for half a cent a row."""
    allowed, priced, counted = defaultdict(Decimal), defaultdict(Decimal), Counter()
    for row in rows:
        if row["in_year"] and row["standardization"] == "national_mean":
            allowed[row["claim_class"]] += row["allowed_amount"]
            priced[row["claim_class"]] += row["amount"]
            counted[row["claim_class"]] += 1
    for name, dollars in allowed.items():
        assert abs(dollars - priced[name]) <= Decimal("0.005") * counted[name]


@on_every_engine
def test_the_rows_are_the_claims_that_count(engine_name):
    """Without other prices the rows of the year hold the allowed dollars of the claims, no more."""
    program = RULES[0]
    first, last = (dt.date(program.performance_year, *day) for day in ((1, 1), (12, 31)))

    @thoroughly(2 * EXAMPLES[engine_name])
    @given(seeds)
    def run(seed):
        drawn = bills(seed, program) | {"price_schedule": []}
        for row in [*drawn["claim"], *drawn["claim_line"]]:
            row["standardized_amount"] = None
        spent = defaultdict(Decimal)
        for row in services(engine_name, program, **drawn)["rows"]:
            if row["in_year"]:
                spent[row["claim_id"]] += row["amount"]
        wanted = {}
        for claim in drawn["claim"]:
            is_facility = claim["claim_class"] not in ("PART_B", "DME", "PDE")
            day = claim["from_date"]
            if claim["claim_class"] == "INPATIENT":
                day = claim["admission_date"] or day
            is_paid = claim["nonpayment_code"] is None and claim["mco_paid"] != "1"
            is_paid = is_paid and claim["claim_type_code"] != "61"
            has_dollars = claim["allowed_amount"] is not None
            if is_facility and is_paid and has_dollars and first <= day <= last:
                wanted[claim["claim_id"]] = claim["allowed_amount"]
        facilities = {c["claim_id"] for c in drawn["claim"] if c["claim_class"] not in BY_LINE}
        assert {id_: spent[id_] for id_ in spent if id_ in facilities} == wanted

    run()


def test_interesting_things_do_occur():
    """What the tests above are about is found in what they draw."""
    seen: Counter = Counter()
    for seed in range(14):
        for program in RULES:
            found = costed(REFERENCE, program, seed)
            for row in found["rows"]:
                seen[row["category"]] += 1
                seen[row["standardization"]] += 1
                seen["before the year"] += not row["in_year"]
                outpatient = row["claim_class"] == "OUTPATIENT"
                seen["whole outpatient"] += outpatient and row["line_number"] == 0
                seen["split outpatient"] += outpatient and row["line_number"] > 0
                seen["below zero"] += row["amount"] < 0
            for row in found["costs"]:
                seen[f"beneficiary {row['standardization']}"] += 1
                seen["not standardised"] += not row["is_standardized"]
            seen.update(f"level {cell['level']}" for cell in found["cells"] if cell["is_usable"])
            seen.update("trimmed" for c in found["cells"] if c["lines_used"] < c["lines"])
            seen.update("too few" for cell in found["cells"] if not cell["is_usable"])
            seen.update(f"billed by {row['billed_by']}" for row in found["parts"])
            seen["no class"] += sum(
                row["class_per_capita_dollars"] is None for row in found["practices"]
            )
            seen["no risk"] += sum(row["risk_score"] is None for row in found["facts"])
            seen["emergency in a stay"] += sum(
                day["is_emergency"] and day["is_inpatient"] for day in found["days"]
            )
    wanted = {row["category"] for row in rule_tables(RULES[0])["cost_categories"][1]}
    wanted |= {"supplied", "schedule", "national_mean", "none", "before the year", "below zero"}
    wanted |= {"whole outpatient", "split outpatient", "not standardised", "too few", "no class"}
    wanted |= {
        "level 1",
        "level 2",
        "trimmed",
        "billed by own",
        "billed by other",
        "billed by facility",
    }
    wanted |= {"beneficiary partial", "beneficiary no_claims", "beneficiary none", "no risk"}
    wanted |= {"emergency in a stay"}
    assert {what: seen[what] for what in wanted if seen[what] < 5} == {}
