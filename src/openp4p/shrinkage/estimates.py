"""What each measure of each practice is paid on, and against which thresholds."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from openp4p.engine.portable import kept_unless, ratio
from openp4p.engine.stage import stage
from openp4p.program.definition import Program
from openp4p.shrinkage.results import BENCHMARK_YEAR

PERFORMANCE_PERIOD = "performance_period"


@stage(
    key=("tin", "measure"),
    columns={
        "tin": "string",
        "measure": "string",
        "period": "string",
        "cases": "int64",
        "rate": "float64",
        "shared_mean": "float64",
        "reliability": "float64",
        "estimate": "float64",
        "baseline": "float64",
        "low": "float64",
        "high": "float64",
        "threshold_source": "string",
        "reason": "string",
    },
)
def shrunken_rates(
    shrinkage_results: ir.Table,
    shrinkage_fits: ir.Table,
    practice_corrections: ir.Table,
    reviewed_shrunken_rates: ir.Table,
    program: Program,
) -> ir.Table:
    """One measure of one practice: its rate, drawn towards what practices share by its noise.

    A share is (met + alpha) / (cases + alpha + beta); any other rate keeps the part of its distance
    from the mean that its reliability says, and one without a variance is the mean. `baseline` is
    the same in the benchmark year with that year's fit. The thresholds are those of the benchmark
    year; where no run of it was given those of the period paid on stand in (`threshold_source`).
    `reason`: why the measure is not scored (too_few_practices, no_differences). In a review of an
    earlier run practices without a correction keep what they had (D31).
    """
    paid = _estimated(shrinkage_results, shrinkage_fits.filter("is_paid_on"), program)
    fitted = shrinkage_fits.filter(shrinkage_fits.reason.isnull())
    of_benchmark = fitted.filter(fitted.period == BENCHMARK_YEAR)
    before = _estimated(shrinkage_results, of_benchmark, program)
    baselines = before.select("tin", "measure", baseline=before.estimate)
    published = of_benchmark.select(
        "measure", benchmark_low=of_benchmark.low, benchmark_high=of_benchmark.high
    )
    found = paid.left_join(baselines, ["tin", "measure"]).drop("tin_right", "measure_right")
    found = found.left_join(published, "measure").drop("measure_right")
    is_known = found.benchmark_low.notnull()
    source = ibis.ifelse(is_known, BENCHMARK_YEAR, PERFORMANCE_PERIOD)
    estimated = found.select(
        "tin",
        "measure",
        "period",
        "cases",
        "rate",
        "shared_mean",
        "reliability",
        "estimate",
        "baseline",
        "reason",
        low=ibis.ifelse(is_known, found.benchmark_low, found.low),
        high=ibis.ifelse(is_known, found.benchmark_high, found.high),
        threshold_source=source,
    )
    return kept_unless(estimated, reviewed_shrunken_rates, practice_corrections, "tin")


def _estimated(results: ir.Table, fits: ir.Table, program: Program) -> ir.Table:
    """The results of the fitted periods with their estimate, by the program's method."""
    fitted = fits.select(
        "measure", "period", "alpha", "beta", "between", "low", "high", "reason",
        shared_mean=fits["mean"], has_model=fits.reason.isnull(),
    )  # fmt: skip
    found = results.inner_join(fitted, ["measure", "period"])
    cases = found.cases.cast("float64")
    total = cases + found.alpha + found.beta
    of_rate = ratio(found.between, found.between + found.variance)
    reliability = ibis.ifelse(found.is_count, ratio(cases, total), of_rate).fill_null(0.0)
    kept = ibis.ifelse(found.has_model, reliability, 0.0)
    drawn = ibis.ifelse(
        found.is_count & found.has_model,
        ratio(found.met + found.alpha, total) * found.scale,
        found.shared_mean + kept * (found["rate"] - found.shared_mean),
    )
    assert program.award is not None, "only a program that pays awards shrinks its results"
    observed = program.award.estimate == "observed_rate"
    return found.mutate(
        reliability=ibis.ifelse(found.shared_mean.isnull(), ibis.null("float64"), kept),
        estimate=found["rate"] if observed else drawn,
    )
