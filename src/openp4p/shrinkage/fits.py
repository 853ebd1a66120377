"""The distribution of true values of each measure, and the thresholds that it gives."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pyarrow as pa
from scipy import stats

from openp4p.program.award import Award
from openp4p.program.definition import Program
from openp4p.shrinkage.beta_binomial import cannot_be_fitted, fit_beta_binomial
from openp4p.shrinkage.results import BENCHMARK_YEAR, PERFORMANCE_YEAR, TWO_YEARS
from openp4p.shrinkage.spread import spread_of

Row = dict[str, Any]
FITS: dict[str, str] = {
    "measure": "string",
    "period": "string",
    "model": "string",  # beta_binomial (shares) or normal (everything else)
    "scale": "float64",  # of a share, what makes it its unit
    "alpha": "float64",
    "beta": "float64",
    "mean": "float64",  # what practices share, in the unit
    "between": "float64",  # normal: variance of true values
    "practices": "int64",
    "largest_reliability": "float64",
    "low": "float64",  # where attainment begins, in the unit
    "high": "float64",  # where it is full; below `low` where lower is better
    "is_paid_on": "boolean",  # whether this is the period that awards rest on
    "reason": "string",  # why it is not scored: too_few_practices, no_differences
}
TOO_FEW, NO_DIFFERENCES = "too_few_practices", "no_differences"


def shrinkage_fits(results: pa.Table, program: Program) -> list[Row]:
    """One measure in one period: its fit over all practices with cases, enrolled or not.

    Shares by the beta-binomial, everything else by the variance between practices (Paule and
    Mandel). A measure is paid on the performance year or, where no practice's result of it reaches
    the reliability asked, on that and the year before.
    """
    assert program.award is not None, "only a program that pays awards shrinks its results"
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in results.to_pylist():
        groups[row["measure"], row["period"]].append(row)
    fits = {
        (measure, period): _fit(measure, period, rows, program)
        for (measure, period), rows in sorted(groups.items())
    }
    for measure in {measure for measure, period in fits if period != BENCHMARK_YEAR}:
        paid = _period(fits, measure, program.award)
        if (measure, paid) in fits:
            fits[measure, paid]["is_paid_on"] = True
    return list(fits.values())


def _period(fits: dict[tuple[str, str], Row], measure: str, award: Award) -> str:
    now = fits.get((measure, PERFORMANCE_YEAR), {}).get("largest_reliability")
    too_little = now is not None and now < award.pooled_below_reliability
    has_two = (measure, TWO_YEARS) in fits
    return TWO_YEARS if has_two and too_little else PERFORMANCE_YEAR


def _fit(measure: str, period: str, rows: list[Row], program: Program) -> Row:
    award = program.award
    assert award is not None
    rows = sorted(rows, key=lambda row: str(row["tin"]))
    fitted = _of_counts(rows, award) if rows[0]["is_count"] else _of_rates(rows, award)
    blank: Row = dict.fromkeys(FITS)
    found = {**blank, "measure": measure, "period": period, "is_paid_on": False, **fitted}
    if program.measure(measure.partition(":")[0]).better == "lower":
        found["low"], found["high"] = found["high"], found["low"]
    return found


def _of_counts(rows: list[Row], award: Award) -> Row:
    met, cases = _column(rows, "met"), _column(rows, "cases")
    scale = float(rows[0]["scale"])
    found: Row = {"model": "beta_binomial", "scale": scale, "practices": len(rows)}
    if cannot_be_fitted(cases, award.fewest_practices):
        return {**found, "reason": TOO_FEW}
    fit = fit_beta_binomial(met, cases, award.no_differences_above)
    found |= {"mean": fit.pooled * scale, "largest_reliability": 0.0}
    if not np.isfinite(fit.total):
        return {**found, "reason": NO_DIFFERENCES}
    low, high = stats.beta.ppf(
        [award.threshold_low, award.threshold_high], fit.alpha, fit.beta
    ).tolist()
    return {
        **found,
        "alpha": fit.alpha,
        "beta": fit.beta,
        "mean": fit.alpha / fit.total * scale,
        "largest_reliability": float(fit.reliability(cases).max()),
        "low": low * scale,
        "high": high * scale,
    }


def _of_rates(rows: list[Row], award: Award) -> Row:
    known = [row for row in rows if row["variance"] is not None]
    found: Row = {"model": "normal", "scale": 1.0, "practices": len(known)}
    if len(known) < award.fewest_practices:
        return {**found, "reason": TOO_FEW}
    fit = spread_of(_column(known, "rate"), _column(known, "variance"))
    found |= {"mean": fit.mean, "between": fit.between, "largest_reliability": 0.0}
    if fit.between <= 0.0:
        return {**found, "reason": NO_DIFFERENCES}
    quantiles = [award.threshold_low, award.threshold_high]
    low, high = stats.norm.ppf(quantiles, fit.mean, fit.between**0.5).tolist()
    largest = float(fit.reliability.max())
    return {**found, "largest_reliability": largest, "low": low, "high": high}


def _column(rows: list[Row], name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in rows])
