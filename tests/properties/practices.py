"""Practices at the thresholds, and what the stages of a run make of them, many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random

from openp4p.composites import composites, domain_scores, raw_composites, scores
from openp4p.payment.adjustment import adjustments
from openp4p.payment.ledger import payments
from openp4p.program.definition import Program
from openp4p.simulation.practice_pay import category, is_high_risk
from openp4p.simulation.practice_tiers import rate_at
from openp4p.simulation.rates import Line, Reporting, Sheet, reason_not_scored, size_class_of
from openp4p.tiers import tiers
from tests.solving import rules_of, solve

FRACTION = Decimal("0.000000001")
SHARES = ("236", "001", "117", "130")
COSTS = ("per_capita_cost", "spending_per_beneficiary", "diabetes_cost")


# by kind, mean and deviation of raw composites; the second have costs that are all alike
PEERS = (
    {"quality": (0.05, 0.42), "cost": (0.0, 0.5)},
    {"quality": (0.0, 0.2), "cost": (0.1, 0.0)},
)


def sheet(seed: int, program: Program, peers: int = 0) -> Sheet:
    """A practice with few cases, events at zero, rates on a benchmark."""
    draw = Random(seed)
    size = draw.choice([1, 9, 10, 38, 100, 140])
    lines = [_share(draw, program, name) for name in SHARES if draw.random() < 0.8]
    lines += [_events(draw, program, name) for name in ("acute_pqi", "chronic_pqi")]
    lines.append(_value(draw, program, "readmission", 16.0, 1.5))
    lines += [_value(draw, program, name, 12000.0, 1000.0) for name in COSTS if _has(program, name)]
    enough = draw.random() < 0.9
    return Sheet(
        program=program,
        size=size,
        physicians=size,
        paid_amount=Decimal(draw.choice(["0.01", "87.50", "2000000.00", "123456.78"])),
        factor=Decimal("0.1548"),
        lines=tuple(replace(line, reason=reason_not_scored(line, size)) for line in lines),
        peers=PEERS[peers],
        reporting=Reporting(
            group_reported=enough, professionals=size, satisfactory=0, mechanism="registry",
            elects_quality_tiering=draw.random() < 0.9,
        ),
        risk=draw.choice([None, (1.7, 1.625), (1.625, 1.625), (1.6, 1.625)]),
        is_subject=size >= program.applicability.minimum_group_size,
        size_class=size_class_of(program, size, size),
    )  # fmt: skip


def _has(program: Program, name: str) -> bool:
    return any(rule.id == name for rule in program.measures)


def _share(draw: Random, program: Program, name: str) -> Line:
    cases = draw.choice([1, 19, 20, 50, 200])
    met = draw.choice([0, cases, cases // 2, cases - 1])
    return Line(name, program.measure(name), "share", cases, float(met), mean=0.77, deviation=0.09)


def _events(draw: Random, program: Program, name: str) -> Line:
    events = draw.choice([0.0, 3.0, 26.0])
    rule = program.measure(name)
    return Line(name, rule, "events", 400, events, worth=0.9, mean=20.0, deviation=8.0)


def _value(draw: Random, program: Program, name: str, mean: float, deviation: float) -> Line:
    rule, variance = program.measure(name), draw.choice([0.0, (deviation / 5) ** 2, None])
    amount = mean + deviation * draw.choice([-2.0, -0.5, 0.0, 0.5, 1.0, 2.0])
    form = "percent" if rule.unit == "percent" and variance is None else "value"
    return Line(name, rule, form, 300, amount, variance=variance, mean=mean, deviation=deviation)


def by_stages(
    solver: str, listed: Sequence[tuple[Sheet, Mapping[str, float]]]
) -> list[dict[str, object]]:
    """What scores, composites, tiers, adjustments and payments make of sheets.

    The sheets are of one program and have the same peers; each comes with amounts that take
    the place of its own.
    """
    program = listed[0][0].program
    held: dict[str, list[dict]] = {
        name: []
        for name in (
            "performance_rates", "practices", "reporting_categories", "high_risk", "paid_amounts",
        )
    }  # fmt: skip
    made = []
    for number, (one, amounts) in enumerate(listed):
        tin = f"T{number:06}"
        number_of, basis = category(one)
        held["practices"].append(
            {"tin": tin, "size": one.size, "size_class": one.size_class,
             "is_subject": one.is_subject,
             "elects_quality_tiering": one.reporting.elects_quality_tiering}
        )  # fmt: skip
        held["reporting_categories"].append(
            {"tin": tin, "category": number_of, "basis": basis,
             "mechanism": one.reporting.mechanism}
        )  # fmt: skip
        sick = replace(one, reporting=replace(one.reporting, mechanism="registry"))
        held["high_risk"].append({"tin": tin, "is_high_risk": is_high_risk(sick)})
        held["paid_amounts"].append({"tin": tin, "paid_amount": one.paid_amount})
        for line in one.lines:
            rate, variance = rate_at(line, float(amounts.get(line.measure, line.amount)))
            known = None if variance != variance else float(variance)  # NaN is not itself
            held["performance_rates"].append(
                {"tin": tin, "measure": line.measure, "cases": line.cases, "rate": float(rate),
                 "variance": known}
            )  # fmt: skip
        made.append(tin)
    held |= _shared([one for one, _ in listed])
    scored = solve(solver, scores, program, **_only(held, scores))
    domains = solve(solver, domain_scores, program, scores=scored)
    raws = solve(solver, raw_composites, program, domain_scores=domains)
    held |= {"raw_composites": raws}
    held["composites"] = solve(solver, composites, program, **_only(held, composites))
    held["tiers"] = solve(solver, tiers, program, **_only(held, tiers))
    held["adjustments"] = solve(solver, adjustments, program, **_only(held, adjustments))
    paid = []
    for factor in sorted({one.factor for one, _ in listed}):
        mine = {tin for tin, (one, _) in zip(made, listed, strict=True) if one.factor == factor}
        some = {
            n: [row for row in held[n] if row["tin"] in mine]
            for n in ("adjustments", "paid_amounts")
        }
        balance = [
            {"payment_year": program.payment_year, "adjustment_factor": factor.quantize(FRACTION)}
        ]
        paid += solve(solver, payments, program, **some, balance=balance)
    paid.sort(key=lambda row: row["tin"])
    placed = {row["tin"]: row for row in held["tiers"]}
    return [{**placed[row["tin"]], **row} for row in paid]


def _shared(sheets: list[Sheet]) -> dict[str, list[dict]]:
    """Benchmarks and peers, which are the same for every sheet of a call."""
    one = sheets[0]
    measures = {line.measure: line for each in sheets for line in each.lines}
    classes = [row["size_class"] for row in rules_of(one.program)["size_classes"]]
    return {
        "benchmarks": [
            {"measure": line.measure, "mean": line.mean, "standard_deviation": line.deviation,
             "is_usable": True}
            for line in measures.values()
        ],
        "peer_groups": [
            {"kind": kind, "size_class": name, "mean": mean, "standard_deviation": deviation}
            for kind, (mean, deviation) in one.peers.items()
            for name in classes
        ],
    }  # fmt: skip


def _only(held: dict[str, list[dict]], stage: object) -> dict[str, list[dict]]:
    wanted = stage.function.__annotations__
    return {name: rows for name, rows in held.items() if name in wanted}
