"""The results that are shrunken: of the period, two years together, and the benchmark year."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import exact_sum, ratio
from openp4p.engine.stage import stage
from openp4p.program.definition import Program

PERFORMANCE_YEAR, TWO_YEARS, BENCHMARK_YEAR = "performance_year", "two_years", "benchmark_year"
_PERCENT, _HUNDRED = "percent", 100.0
_SHARES = ("proportion", _PERCENT)
STANDARDIZED = "standardized_ratio"


@stage(
    key=("period", "measure", "tin"),
    columns={
        "period": "string",
        "measure": "string",
        "tin": "string",
        "is_count": "boolean",
        "scale": "float64",
        "cases": "int64",
        "met": "float64",
        "rate": "float64",
        "variance": "float64",
    },
)
def shrinkage_results(
    unadjusted_rates: ir.Table,
    prior_rates: ir.Table,
    benchmark_rates: ir.Table,
    measure_rules: ir.Table,
    practices: ir.Table,
    program: Program,
    benchmark_year: int | None,
) -> ir.Table:
    """One quality measure of one practice in one period: what a distribution is fitted to.

    `period`: performance_year; two_years (that and the year before, for measures with results of
    the year before, unless that is the benchmark year); benchmark_year (of an earlier run). A share
    of cases is counted (`is_count`, with `met` of `cases`), `scale` times which is its unit; every
    other result is a rate with a variance. A standardised ratio is drawn towards the mean by its
    own model already: observed over expected stands in its place, with the variance of its cases,
    so that nothing is shrunken twice. Practices of every size count, whatever they chose.
    """
    scored = measure_rules.filter(measure_rules.kind == "quality", measure_rules.is_scored)
    rules = scored.select("measure", "form", "unit")
    now = _results(unadjusted_rates, rules).semi_join(practices, "tin")
    before = _results(prior_rates, rules).semi_join(practices, "tin")
    if benchmark_year == program.performance_year - 1:
        before = before.limit(0)
    both = _together(now.union(before).semi_join(before, "measure"))
    benchmark = _results(benchmark_rates, rules)
    periods = ((PERFORMANCE_YEAR, now), (TWO_YEARS, both), (BENCHMARK_YEAR, benchmark))
    return ibis.union(*[rows.mutate(period=ibis.literal(name)) for name, rows in periods])


def _results(rates: ir.Table, rules: ir.Table) -> ir.Table:
    found = rates.inner_join(rules, "measure")
    found = found.filter(found["rate"].notnull(), found.cases > 0)
    scale = ibis.ifelse(found.unit == _PERCENT, _HUNDRED, 1.0)
    cases = found.cases.cast("float64")
    counted = (found.denominator == cases).fill_null(False) & found.numerator.notnull()
    met = ibis.ifelse(
        counted,
        ibis.least(found.numerator, found.denominator),
        ratio(found["rate"], scale) * cases,
    )
    is_count = (found.form == "proportion") & found.unit.isin(_SHARES)
    nation = found.national_mean
    has_cases = (found.expected > 0) & found.numerator.notnull() & nation.notnull()
    again = ((found.form == STANDARDIZED) & has_cases).fill_null(False)
    of_cases = nation * nation * ratio(1.0 - ratio(found.expected, cases), found.expected)
    return found.select(
        "measure",
        "tin",
        is_count=is_count,
        scale=scale.cast("float64"),
        cases=found.cases,
        met=ibis.ifelse(is_count, met, ibis.null("float64")),
        rate=ibis.ifelse(again, ratio(found.numerator, found.expected) * nation, found["rate"]),
        variance=ibis.ifelse(again, of_cases, found.variance),
    )


def _together(years: ir.Table) -> ir.Table:
    """Counts added up; rates by their cases, with the variance of that mean."""
    weight = years.cases.cast("float64")
    weighted = years.mutate(
        part=weight * years["rate"], part_variance=weight * weight * years.variance
    )
    sums = weighted.group_by(["measure", "tin"]).agg(
        is_count=_.is_count.max(),
        scale=_.scale.max(),
        cases=_.cases.sum().cast("int64"),
        met=exact_sum(_.met),
        total=exact_sum(_.part),
        square=exact_sum(_.part_variance),
        unknown=_.variance.isnull().sum(),
    )
    cases = sums.cases.cast("float64")
    known = ratio(sums.square, cases * cases)
    return sums.select(
        "measure",
        "tin",
        "is_count",
        "scale",
        "cases",
        "met",
        rate=ibis.ifelse(sums.is_count, ratio(sums.met, cases) * sums.scale, sums.total / cases),
        variance=ibis.ifelse(sums.unknown > 0, ibis.null("float64"), known),
    )
