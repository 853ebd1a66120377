"""Rates and their variances read a second time, in plain Python."""

from __future__ import annotations

import math
from collections import defaultdict

from openp4p.reference.carrier_lines import Row

_WHOLE = {"percent": 100.0, "per_1000": 1000.0}


def unadjusted_rates(
    measure_cases: list[Row],
    measure_rules: list[Row],
    standardized_ratios: list[Row],
    supplied_rate: list[Row],
) -> list[Row]:
    """The rate of every practice and measure, from its cases or as a report states it."""
    rules = {row["measure"]: row for row in measure_rules}
    stated = {(row["tin"], row["measure"]) for row in supplied_rate}
    national: dict[str, list[Row]] = defaultdict(list)
    mine: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for case in measure_cases:
        if case["included"] and case["measure"] in rules:
            national[case["measure"]].append(case)
            mine[case["tin"], case["measure"]].append(case)
    modelled = {(row["tin"], row["measure"]): row for row in standardized_ratios}
    found = []
    for key, cases in mine.items():
        if key not in stated:
            nation, rule = _nation(national[key[1]]), rules[key[1]]
            made = _rate(cases, nation, rule, modelled.get(key))
            found.append({"tin": key[0], "measure": key[1], **made})
    return found + [_stated(row, rules.get(row["measure"])) for row in supplied_rate]


def _nation(cases: list[Row]) -> float | None:
    """What cases state of the nation they are part of, or else their own mean."""
    stated = [c["national_mean"] for c in cases if c.get("national_mean") is not None]
    if stated:
        return float(max(stated))
    return _share(_total(cases, "numerator"), _total(cases, "denominator"))


def _total(cases: list[Row], column: str) -> float | None:
    values = [case[column] for case in cases if case[column] is not None]
    return math.fsum(values) if values else None


def _share(top: float | None, bottom: float | None) -> float | None:
    return None if top is None or bottom is None or bottom == 0 else top / bottom


def _rate(cases: list[Row], nation: float | None, rule: Row, modelled: Row | None) -> Row:
    numerator, denominator = _total(cases, "numerator"), _total(cases, "denominator")
    expected, number = _total(cases, "expected"), sum(case["cases"] for case in cases)
    whole = _WHOLE.get(rule["unit"], 1.0)
    mean = None if nation is None else nation * whole
    if rule["form"] == "observed_over_expected":
        over = _share(numerator, expected)
        rate = None if over is None or mean is None else over * mean
    elif rule["form"] == "standardized_ratio":
        rate = None if modelled is None or mean is None else modelled["ratio"] * mean
    else:
        share = _share(numerator, denominator)
        rate = None if share is None else share * whole
    made = {
        "cases": number,
        "numerator": numerator,
        "denominator": denominator,
        "expected": expected,
        "national_mean": mean,
        "rate": rate,
    }
    variance = None
    if number > 1 and rate is not None:
        variance = _variance(cases, made, rule, whole)
        if modelled is not None and rule["form"] == "standardized_ratio" and mean is not None:
            drawn = modelled["ratio_variance"]
            variance = drawn * mean**2 if drawn else variance
    return {**made, "variance": variance}


def _variance(cases: list[Row], made: Row, rule: Row, whole: float) -> float | None:
    """The variance of a rate by the form and the unit of its measure (D12)."""
    is_ratio = rule["form"] in ("observed_over_expected", "standardized_ratio")
    if rule["form"] == "mean":
        return _of_mean(cases, made["cases"])
    if rule["unit"] == "per_1000":
        worth = whole / made["denominator"]
        if is_ratio:
            worth = made["national_mean"] / made["expected"]
        return float(worth**2 * max(made["numerator"], 0.5))
    if rule["unit"] in ("proportion", "percent"):
        if is_ratio:
            met = made["rate"] / whole * made["cases"]
            return _of_share(met, made["cases"]) * whole**2
        return _of_share(made["numerator"], made["denominator"]) * whole**2
    return _of_ratio(cases, made)


def _of_mean(cases: list[Row], number: int) -> float | None:
    if any(case["spread"] is None for case in cases):
        return None
    return math.fsum(c["spread"] ** 2 * c["cases"] for c in cases) / number**2


def _of_ratio(cases: list[Row], made: Row) -> float | None:
    if len(cases) < 2:
        return None
    over = made["numerator"] / made["expected"]
    squares = math.fsum((c["numerator"] - over * c["expected"]) ** 2 for c in cases)
    scale = made["national_mean"] / (made["expected"] / len(cases))
    return float(scale**2 * squares / (len(cases) - 1) / len(cases))


def _of_share(met: float, number: float) -> float:
    met = min(met, number)
    share = met / number
    if share in (0.0, 1.0):
        share = (met + 0.5) / (number + 1)
    return share * (1 - share) / number


def _stated(row: Row, rule: Row | None) -> Row:
    variance = row["variance"]
    if variance is None and rule and rule["unit"] in ("proportion", "percent") and row["cases"] > 1:
        whole = _WHOLE.get(rule["unit"], 1.0)
        variance = _of_share(row["rate"] / whole * row["cases"], row["cases"]) * whole**2
    absent = dict.fromkeys(("numerator", "denominator", "expected", "national_mean"))
    return {
        "tin": row["tin"],
        "measure": row["measure"],
        "cases": row["cases"],
        **absent,
        "rate": row["rate"],
        "variance": variance,
    }
