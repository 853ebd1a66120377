"""Practices on both sides of every threshold between a rate and a payment."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from random import Random
from statistics import NormalDist

from openp4p.program.definition import Program
from tests.measured import dollars, measure
from tests.paid import fraction, standing
from tests.properties.contested import INDICATORS

TINS = [f"T{number:02}" for number in range(26)]
ACOS = ["E1", "E2", "P1"]
CRITICAL = NormalDist().inv_cdf(0.975)
RULES = [
    measure("111"),
    measure("001", better="lower", sign=-1.0, domain="PS"),
    measure("111:ehr"),
    measure("flat"),
    measure("alone"),
    measure("shown", is_scored=False),
    measure("readmission", domain="CCC", sign=-1.0, better="lower", minimum_cases=200)
    | {"minimum_group_size": 10},
    dollars(minimum_cases=20),
    dollars("flat_cost", domain="BSC", minimum_cases=1),
]
RATES = [0.1, 0.1, 0.2, 0.3, 0.7, None]
CASES = [0, 1, 19, 20, 20, 21, 100, 199, 200]
STRANGER = {"tin": "stranger", "paid_amount": Decimal("7.77")}
# distances at, above and next to the thresholds, each with errors that make them just significant
DISTANCES = [1.0, 1 - 1e-14, 1 + 1e-14, 0.999, CRITICAL, 2.5, 0.0]


def rates(draw: Random, tins: list[str]) -> list[dict]:
    """Rates of a few values; some measures have the same rate everywhere, one a single reporter."""
    found = []
    for rule in [*RULES, measure("unheard")]:
        name = rule["measure"]
        of = [draw.choice(tins)] if name == "alone" else tins
        scale = 1e4 if rule["kind"] == "cost" else 1.0
        for tin in of:
            if draw.random() < 0.1:
                continue
            value = 0.1 if name.startswith("flat") else draw.choice(RATES)
            found.append(
                {
                    "tin": tin,
                    "measure": name,
                    "cases": draw.choice(CASES),
                    "rate": None if value is None else value * scale,
                    "variance": draw.choice([None, 0.0, 0.01, 0.01, 0.01]),
                }
            )
    return found


def practices(draw: Random, program: Program, tins: list[str] = TINS) -> list[dict]:
    """Practices of every class, in ACOs and models, subject or not."""
    classes = [c.id for c in program.applicability.size_classes]
    return [
        {
            "tin": tin,
            "size": draw.choice([None, 1, 9, 10, 100]),
            "size_class": draw.choice([*classes * 6, None]),
            "is_subject": draw.random() < 0.85,
            "handling": draw.choice([None] * 5 + ["ordinary", "average", "aco", "aco"]),
            "elects_quality_tiering": draw.random() < 0.6,
        }
        for tin in tins
    ]


def reports(seed: int, program: Program) -> dict[str, list[dict]]:
    """What benchmarks and scores are made of."""
    draw = Random(seed)
    few = TINS[: draw.choice([3, 19, 20, 26])]
    return {
        "performance_rates": rates(draw, TINS),
        "prior_rates": rates(draw, [*few, "gone", "E1", "E2"]),
        "supplied_benchmark": [
            {
                "measure": name,
                "mechanism": draw.choice([None, None, "ehr"]),
                "mean": 0.2,
                "standard_deviation": draw.choice([0.0, 0.1]),
            }
            for name in ("111", "readmission")
            if draw.random() < 0.3
        ],
        "quality_result": [{"entity_id": "E1"}, {"tin": "T01"}],
        "cahps_result": [{"entity_id": draw.choice(["E2", None])}],
        "measure_rules": RULES,
        "practices": practices(draw, program, TINS[:24]),
    }


def raws(seed: int, program: Program) -> dict[str, list[dict]]:
    """Raw composites from a short list, or all alike, and who is whose peer."""
    draw, year = Random(seed), program.performance_year
    values = {"quality": [-1.0, 0.1, 0.1, 0.3, 2.0], "cost": draw.choice([[0.1], [-1.0, 0.3]])}
    if draw.random() < 0.5:
        values["cost"], values["quality"] = values["quality"], values["cost"]
    few = TINS[: draw.choice([1, 2, 26, 26])]
    found = [
        {
            "tin": tin,
            "kind": kind,
            "domains": 1,
            "raw": draw.choice(values[kind]) + draw.choice([0.0, 0.0, 1e-16]),
            "variance": draw.choice([None, 0.0, 0.04, 0.04]),
        }
        for tin in [*few, *ACOS, "nobody"]
        for kind in ("quality", "cost")
        if draw.random() < 0.9
    ]
    listed = practices(draw, program)
    return {
        "raw_composites": found,
        "practices": listed,
        "reporting_categories": [
            {"tin": row["tin"], "category": draw.choice([1, 1, 2])} for row in listed
        ],
        "supplied_peers": [
            {"kind": kind, "size_class": c.id, "mean": 0.05, "standard_deviation": sd}
            for kind in ("quality", "cost")
            for c in program.applicability.size_classes
            for sd in [draw.choice([0.0, 0.42])]
            if draw.random() < 0.15
        ],
        "model_participation": [
            {
                "tin": tin,
                "npi": draw.choice([None, "n1"]),
                "model": draw.choice(["mssp"] * 6 + ["pioneer", "ocm"]),
                "entity_id": entity,
                "performance_year": draw.choice([year] * 6 + [year - 1]),
                "entity_reported": draw.choice([True] * 6 + [False, None]),
            }
            for tin in TINS
            for entity in ACOS
            if draw.random() < 0.6
        ],
    }


def placements(seed: int, program: Program) -> dict[str, list[dict]]:
    """Composites exactly at, just above and just below one deviation and the critical value."""
    draw = Random(seed)
    listed = practices(draw, program)
    found = []
    for row in listed:
        for kind in ("quality", "cost"):
            if draw.random() < 0.15:
                continue
            value = draw.choice(DISTANCES) * draw.choice([1, -1])
            tie = abs(value) / CRITICAL
            errors = [None, 0.0, 0.1, 0.1, 10.0, tie, tie, tie * (1 + 1e-14), tie * (1 + 1e-6)]
            placed = {"tin": row["tin"], "kind": kind, "composite": value}
            found.append({**placed, "standard_error": draw.choice(errors)})
    bases = {1: ["group", "individual_share", "aco_reported"]}
    bases[2] = ["not_reported", "aco_not_reported"]
    categories = [
        {"tin": row["tin"], "category": category, "basis": draw.choice(bases[category])}
        for row in listed
        for category in [draw.choice([1, 1, 1, 2])]
    ]
    return {"practices": listed, "reporting_categories": categories, "composites": found}


def cells(seed: int, program: Program) -> dict[str, list[dict]]:
    """Every tier of every class, Category 2 and outsiders, with sicker patients or without."""
    draw = Random(seed)
    classes = [c.id for c in program.applicability.size_classes]
    reasons = ["category_2", "aco_not_reported", "not_elected", "no_measure", "not_subject"]
    tiers = ("low", "average", "high")
    placed = []
    for tin in TINS:
        size_class, reason = draw.choice(classes), draw.choice([None] * 8 + reasons)
        row = {"tin": tin, "size_class": size_class, "is_tiered": reason is None}
        row |= {"category": 2 if reason in reasons[:2] else 1, "reason": reason}
        if reason is None:
            by_model = draw.random() < 0.1
            quality, cost = draw.choice(tiers), draw.choice(tiers)
            row |= {"quality_tier": "average" if by_model else quality}
            row |= {"cost_tier": "average" if by_model else cost}
            row |= {"reason": "average_by_model" if by_model else None}
        placed.append(row)
    routes = [None, "claims", "registry", "gpro_web_interface"]
    return {
        "practices": [
            {"tin": row["tin"], "is_subject": row["reason"] != "not_subject"} for row in placed
        ],
        "reporting_categories": [{"tin": t, "mechanism": draw.choice(routes)} for t in TINS],
        "tiers": placed,
        "high_risk": [
            {"tin": tin, "is_high_risk": draw.choice([True, True, False])} for tin in TINS[4:]
        ],
    }


def money(seed: int) -> dict[str, list[dict]]:
    """Percents and multiples with paid amounts of nothing, next to nothing and less than nothing.

    In some, nobody loses or nobody gains; in some x falls exactly on half a step.
    """
    draw = Random(seed)
    kinds = draw.choice([["down", "up", "none"]] * 4 + [["down", "none"], ["up", "none"], ["none"]])
    amounts = ["0.00", "0.01", "0.50", "12.49", "12.50", "87.50", "1000000.01", "-25.00"]
    found, paid = [], []
    for tin in TINS[: draw.choice([0, 1, 2, 26, 26])]:
        kind = draw.choice(kinds)
        percent = {"down": draw.choice(["-0.005", "-0.01", "-0.02", "-0.04"]), "none": "0"}
        row = {"tin": tin, "size_class": "10+", "category": 1, "basis": "tiering"}
        row["percent"] = None if kind == "up" else fraction(percent[kind])
        row["multiple"] = fraction(draw.choice([1, 2, 3, 5])) if kind == "up" else None
        row["high_risk_bonus"] = fraction(draw.choice([0, 1]))
        found.append(row)
        if draw.random() < 0.9:
            paid.append({"tin": tin, "paid_amount": Decimal(draw.choice(amounts))})
    if seed % 4 == 0:
        # twenty-nine dollars over twenty thousand: 14.5 steps of a hundredth of a percent
        found = [standing("D", percent="-1"), standing("U", multiple=1)]
        dollars_ = draw.choice([("29.00", "20000.00"), ("0.29", "100.00"), ("0.57", "1000.00")])
        paid = [{"tin": t, "paid_amount": Decimal(d)} for t, d in zip("DU", dollars_, strict=True)]
    return {"adjustments": found, "paid_amounts": [*paid, STRANGER]}


def bills(seed: int, program: Program) -> dict[str, list[dict]]:
    """Lines of clinicians who stay, leave and join, with amounts that round on a half."""
    draw = Random(seed)
    reaches = draw.choice([True, True, False])
    years = [program.performance_year] * 3 + [program.payment_year] * (4 if reaches else 0)
    years += [program.performance_year + 1, program.payment_year + 1]
    amounts = ["0.00", "0.25", "0.50", "0.75", "12.25", "80.25", "-80.25", "78.40"]
    specialties = ["08", "11", "50", "43", "59", "99", None]
    lines = []
    for number in range(300):
        year = draw.choice(years)
        day = draw.choice([dt.date(year, 1, 1), dt.date(year, 12, 31), dt.date(year, 6, 1)])
        amount = Decimal(draw.choice(amounts))
        lines.append(
            {
                "claim_id": f"c{number // 2}",
                "line_number": number % 2 + 1,
                "beneficiary_id": f"b{number // 2 % 7}",
                "claim_class": draw.choice(["PART_B"] * 20 + ["DME", "OUTPATIENT"]),
                "from_date": day,
                "hcpcs_code": draw.choice(["99213"] * 9 + ["J1100", None]),
                "tin": draw.choice([*TINS[:4] * 4, None]),
                "npi": draw.choice(["n1", "n2", "n3", "n4", "n5", None]),
                "specialty": draw.choice(specialties),
                "allowed_amount": draw.choice([abs(amount), None]),
                "paid_amount": draw.choice([amount] * 9 + [None]),
                "processing_indicator": draw.choice(INDICATORS),
                "is_assigned": draw.choice([True, True, None, False]),
            }
        )
    return {
        "claim_line": lines,
        "professionals": [
            {"tin": tin, "npi": npi, "is_adjusted": draw.choice([True, False])}
            for tin in TINS[:4]
            for npi in ("n1", "n2", "n3")
            if draw.random() < 0.6
        ],
    }


def fractions(seed: int) -> list[dict]:
    """What the practices of the bills are paid more or less."""
    draw = Random(seed)
    shares = ["-0.04", "-0.02", "-0.02", "-0.01", "0", "0.02", "0.3096"]
    return [{"tin": t, "adjustment_fraction": fraction(draw.choice(shares))} for t in TINS[:3]]
