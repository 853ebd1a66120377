"""Benchmarks and standardised scores read a second time, in plain Python.

Sums are exact: every float is taken as the fraction it stands for.
"""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row


def benchmarks(
    performance_rates: list[Row],
    prior_rates: list[Row],
    prior_outcome_rates: list[Row],
    supplied_benchmark: list[Row],
    quality_result: list[Row],
    cahps_result: list[Row],
    model_participation: list[Row],
    measure_rules: list[Row],
    practices: list[Row],
    program: Program,
) -> list[Row]:
    """The benchmark of every measure: as published, or from those who are compared."""
    published = {_name(row): row for row in supplied_benchmark}
    found = [
        _benchmark(name, row["mean"], row["standard_deviation"], "supplied")
        for name, row in published.items()
    ]
    listed = {row["tin"]: row for row in practices}
    acos = {row["entity_id"] for row in [*quality_result, *cahps_result, *model_participation]}
    for rule in measure_rules:
        name = rule["measure"]
        if name in published:
            continue
        period = "performance_year"
        if rule["kind"] == "quality":
            period = program.quality.benchmark_period
        before = _stated([*prior_rates, *prior_outcome_rates], name)
        before = [rate for rate in before if rate["tin"] not in acos]
        stands_in = program.quality.outcome_benchmark_without_prior == "performance_year"
        if rule["source"] == "claims" and stands_in and not before:
            period = "performance_year"
        rates = before if period == "prior_year" else _stated(performance_rates, name)
        if rule["kind"] == "cost":
            rates = [r for r in rates if _in_cost_benchmark(r, rule, listed, program)]
        elif period == "performance_year":
            rates = [r for r in rates if r["tin"] in listed]
        if rates:
            mean, deviation = _moments(rates, rule, program)
            made = _benchmark(name, mean, deviation, period, len(rates))
            made["cases"] = sum(row["cases"] for row in rates)
            if rule["kind"] == "quality" and len(rates) < program.quality.minimum_benchmark_tins:
                made["is_usable"], made["reason"] = False, "fewer_than_minimum_practices"
            found.append(made)
    return found


def _stated(rates: list[Row], measure: str) -> list[Row]:
    """The rates of a measure that rest on a case."""
    of_measure = [row for row in rates if row["measure"] == measure]
    return [row for row in of_measure if row["rate"] is not None and row["cases"] > 0]


def _name(row: Row) -> str:
    return str(row["measure"]) + (f":{row['mechanism']}" if row["mechanism"] is not None else "")


def _benchmark(
    name: str, mean: float, deviation: float | None, source: str, practices: int | None = None
) -> Row:
    has_spread = deviation is not None and deviation > 0
    return {
        "measure": name,
        "mean": mean,
        "standard_deviation": deviation,
        "practices": practices,
        "cases": None,
        "source": source,
        "is_usable": has_spread,
        "reason": None if has_spread else "no_spread",
    }


def _in_cost_benchmark(rate: Row, rule: Row, listed: dict[str, Row], program: Program) -> bool:
    """42 CFR 414.1255: in 2015 the groups subject to the program, then all at the minimum."""
    if program.cost.benchmark_population == "practices_at_minimum":
        return bool(rate["cases"] >= rule["minimum_cases"])
    return rate["tin"] in listed and bool(listed[rate["tin"]]["is_subject"])


def _moments(rates: list[Row], rule: Row, program: Program) -> tuple[float, float | None]:
    """B = sum n r / sum n, and the deviation about the same B (D10)."""
    pairs = [(row["cases"], Fraction(row["rate"])) for row in rates]
    mean = sum(n * r for n, r in pairs) / Fraction(sum(n for n, _ in pairs))
    how = program.benchmarks.standard_deviation
    if rule["kind"] == "quality" and how != "case_weighted_all":
        pairs = [(n, r) for n, r in pairs if n >= rule["minimum_cases"]]
    if not pairs:
        return float(mean), None
    if how in ("unweighted", "ddof_1"):
        pairs = [(1, r) for _, r in pairs]
    weight = sum(n for n, _ in pairs) - (how == "ddof_1")
    if weight == 0:
        return float(mean), None
    if all_alike([row["rate"] for row in rates]):
        return float(mean), 0.0
    return float(mean), math.sqrt(sum(n * (r - mean) ** 2 for n, r in pairs) / weight)


def all_alike(values: list[float]) -> bool:
    """Whether values differ by less than the twelve digits on which thresholds are compared."""
    largest = max([1.0, *map(abs, values)])
    return max(values) - min(values) <= largest * 1e-12


def scores(
    performance_rates: list[Row],
    benchmarks: list[Row],
    measure_rules: list[Row],
    practices: list[Row],
    program: Program,
) -> list[Row]:
    """Every rate in standard deviations from its benchmark, and whether it counts."""
    rules = {row["measure"]: row for row in measure_rules}
    peers = {row["measure"]: row for row in benchmarks}
    size = {row["tin"]: row["size"] for row in practices}
    found = []
    for row in performance_rates:
        if row["measure"] not in rules:
            continue
        rule, peer = rules[row["measure"]], peers.get(row["measure"], {})
        reason = _why_not_scored(row, rule, peer, size.get(row["tin"]))
        mean, deviation = peer.get("mean"), peer.get("standard_deviation")
        score = variance = None
        if row["rate"] is not None and deviation:
            score = (row["rate"] - mean) / deviation
            if rule["kind"] == "quality" and rule["better"] == "lower":
                score = -score
        if row["variance"] is not None and deviation:
            variance = row["variance"] / deviation**2
        found.append(
            {
                "tin": row["tin"],
                "measure": row["measure"],
                "kind": rule["kind"],
                "domain": rule["domain"],
                "cases": row["cases"],
                "rate": row["rate"],
                "benchmark_mean": mean,
                "benchmark_sd": deviation,
                "score": score,
                "score_variance": variance,
                "is_scored": reason is None,
                "reason": reason,
            }
        )
    if program.quality.separate_ecqm and program.quality.ecqm_scores == "case_weighted_score":
        return _one_score_per_measure(found)
    return found


def _why_not_scored(row: Row, rule: Row, peer: Row, size: int | None) -> str | None:
    if not rule["is_scored"]:
        return "not_for_scoring"
    if size is not None and size < rule["minimum_group_size"]:
        return "below_minimum_group_size"
    if row["cases"] < rule["minimum_cases"]:
        return "below_minimum_cases"
    return None if peer.get("is_usable") and row["rate"] is not None else "no_benchmark"


def _one_score_per_measure(found: list[Row]) -> list[Row]:
    """Where both versions of a measure are scored, one score weighted by cases (D8)."""
    versions: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in found:
        if row["is_scored"]:
            versions[row["tin"], row["measure"].removesuffix(":ehr")].append(row)
    made = []
    for (_, measure), pair in versions.items():
        if len(pair) == 1:
            continue
        cases = sum(row["cases"] for row in pair)
        shares = [row["cases"] / cases for row in pair]
        variances = [row["score_variance"] for row in pair]
        blank = {"rate": None, "benchmark_mean": None, "benchmark_sd": None}
        score = sum(s * row["score"] for s, row in zip(shares, pair, strict=True))
        variance = None
        if None not in variances:
            variance = sum(s * s * v for s, v in zip(shares, variances, strict=True))
        merged = {**pair[0], **blank, "measure": measure, "cases": cases, "score": score}
        made.append({**merged, "score_variance": variance})
        found = [row for row in found if row not in pair]
    return found + made
