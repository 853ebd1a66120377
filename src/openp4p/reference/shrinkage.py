"""Results and their shrunken estimates, read a second time in plain Python."""

from __future__ import annotations

from collections import defaultdict
from math import fsum
from typing import Any

from openp4p.program.definition import Program
from openp4p.reference import awards
from openp4p.reference.awards import Fit

Row = dict[str, Any]
_UNITS = {"percent": 100.0}


def shrinkage_results(
    unadjusted_rates: list[Row],
    prior_rates: list[Row],
    benchmark_rates: list[Row],
    measure_rules: list[Row],
    practices: list[Row],
    program: Program,
    benchmark_year: int | None,
) -> list[Row]:
    """The quality results of each period that a distribution is fitted to."""
    rules = {
        row["measure"]: row
        for row in measure_rules
        if row["kind"] == "quality" and row["is_scored"]
    }
    here = {row["tin"] for row in practices}
    now = [r for row in unadjusted_rates if row["tin"] in here for r in _result(row, rules)]
    before = [r for row in prior_rates if row["tin"] in here for r in _result(row, rules)]
    if benchmark_year == program.performance_year - 1:
        before = []
    both: dict[tuple[str, str], list[Row]] = defaultdict(list)
    measured_before = {row["measure"] for row in before}
    for row in [*now, *before]:
        if row["measure"] in measured_before:
            both[row["measure"], row["tin"]].append(row)
    benchmark = [r for row in benchmark_rates for r in _result(row, rules)]
    return [
        *({"period": "performance_year", **row} for row in now),
        *({"period": "two_years", **_added(years)} for years in both.values()),
        *({"period": "benchmark_year", **row} for row in benchmark),
    ]


def _result(row: Row, rules: dict[str, Row]) -> list[Row]:
    rule = rules.get(row["measure"])
    if rule is None or row["rate"] is None or row["cases"] <= 0:
        return []
    scale = _UNITS.get(rule["unit"], 1.0)
    is_count = rule["form"] == "proportion" and rule["unit"] in ("proportion", "percent")
    met = None
    if is_count:
        met = row["rate"] / scale * row["cases"]
        if row["numerator"] is not None and row["denominator"] == row["cases"]:
            met = min(row["numerator"], row["denominator"])
    rate, variance = row["rate"], row["variance"]
    nation, expected = row["national_mean"], row["expected"] or 0
    has_cases = expected > 0 and None not in (nation, row["numerator"])
    if rule["form"] == "standardized_ratio" and has_cases:
        # its model has drawn it towards the mean already
        rate = row["numerator"] / expected * nation
        variance = nation**2 * (1 - expected / row["cases"]) / expected
    return [
        {
            "measure": row["measure"],
            "tin": row["tin"],
            "is_count": is_count,
            "scale": scale,
            "cases": row["cases"],
            "met": met,
            "rate": rate,
            "variance": variance,
        }
    ]


def _added(years: list[Row]) -> Row:
    cases = sum(row["cases"] for row in years)
    made = {**years[0], "cases": cases, "variance": None}
    if all(row["variance"] is not None for row in years):
        squares = fsum(row["cases"] ** 2 * row["variance"] for row in years)
        made["variance"] = squares / cases**2
    if made["is_count"]:
        made["met"] = fsum(row["met"] for row in years)
        made["rate"] = made["met"] / cases * made["scale"]
    else:
        made["rate"] = fsum(row["cases"] * row["rate"] for row in years) / cases
    return made


def shrunken_rates(
    shrinkage_results: list[Row],
    shrinkage_fits: list[Row],
    practice_corrections: list[Row],
    reviewed_shrunken_rates: list[Row],
    program: Program,
) -> list[Row]:
    """What each measure of each practice is paid on, and its thresholds."""
    results: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in shrinkage_results:
        results[row["measure"], row["period"]].append(row)
    benchmarks = {
        fit["measure"]: fit
        for fit in shrinkage_fits
        if fit["period"] == "benchmark_year" and fit["reason"] is None
    }
    found = []
    for fit in (fit for fit in shrinkage_fits if fit["is_paid_on"]):
        measure = fit["measure"]
        published = benchmarks.get(measure)
        baselines = {
            row["tin"]: _estimate(row, published, program)[0]
            for row in results[measure, "benchmark_year"]
            if published is not None
        }
        thresholds = published or fit
        for row in results[measure, fit["period"]]:
            estimate, reliability = _estimate(row, fit, program)
            found.append(
                {
                    "tin": row["tin"],
                    "measure": measure,
                    "period": fit["period"],
                    "cases": row["cases"],
                    "rate": row["rate"],
                    "shared_mean": fit["mean"],
                    "reliability": reliability,
                    "estimate": estimate,
                    "baseline": baselines.get(row["tin"]),
                    "low": thresholds["low"],
                    "high": thresholds["high"],
                    "threshold_source": "benchmark_year" if published else "performance_period",
                    "reason": fit["reason"],
                }
            )
    corrected = {row["tin"] for row in practice_corrections}
    kept = [row for row in reviewed_shrunken_rates if row["tin"] not in corrected]
    standing = {row["tin"] for row in kept}
    return [row for row in found if row["tin"] not in standing] + kept


def _estimate(row: Row, fit: Row, program: Program) -> tuple[float | None, float | None]:
    """What is paid on, and how much of it is the practice's own."""
    assert program.award is not None, "only a program that pays awards shrinks its results"
    mean, reliability = fit["mean"], None if fit["mean"] is None else 0.0
    estimate = mean
    if fit["reason"] is None:
        if row["is_count"]:
            beta = Fit(fit["alpha"], fit["beta"])
            reliability = awards.reliability(row["cases"], beta)
            share = awards.posterior_mean(row["met"], row["cases"], beta)
            estimate = share * row["scale"]
        else:
            if row["variance"] is not None and fit["between"] + row["variance"] > 0:
                reliability = fit["between"] / (fit["between"] + row["variance"])
            estimate = mean + reliability * (row["rate"] - mean)
    if program.award.estimate == "observed_rate":
        estimate = row["rate"]
    return estimate, reliability
