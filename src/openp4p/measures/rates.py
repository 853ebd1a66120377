"""From cases to rates: one form for shares, one for means, one for observed over expected."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import exact_sum, ratio, significant
from openp4p.engine.stage import stage

_THOUSAND = 1000.0
_HALF = 0.5

RATES = {
    "tin": "string",
    "measure": "string",
    "cases": "int64",
    "numerator": "float64",
    "denominator": "float64",
    "expected": "float64",
    "national_mean": "float64",
    "rate": "float64",
    "variance": "float64",
}


@stage(key=("tin", "measure"), columns=RATES)
def unadjusted_rates(
    measure_cases: ir.Table, measure_rules: ir.Table, supplied_rate: ir.Table
) -> ir.Table:
    """One measure of one practice, summed from the cases that count, with the variance of its rate.

    proportion: sum of numerators over denominators; mean: the same with the spread inside each row;
    observed_over_expected: observed over expected times the national mean. A supplied rate stands
    as
    it is. The variance follows the form (D12) and is missing where one case alone cannot give it.
    """
    rules = measure_rules.select("measure", "form", "unit")
    counted = measure_cases.filter(measure_cases.included).inner_join(rules, "measure")
    national = counted.group_by("measure").agg(
        national_mean=ratio(exact_sum(_.numerator), exact_sum(_.denominator)),
    )
    sums = counted.group_by(["tin", "measure"]).agg(
        form=_.form.min(),
        rows=_.count().cast("int64"),
        cases=_.cases.sum().cast("int64"),
        numerator=exact_sum(_.numerator),
        denominator=exact_sum(_.denominator),
        expected=exact_sum(_.expected),
        within=exact_sum(_.spread * _.spread * _.cases.cast("float64")),
        without_spread=_.spread.isnull().sum(),
    )
    sums = sums.inner_join(national, "measure")
    share = ratio(sums.numerator, sums.denominator)
    over_expected = ratio(sums.numerator, sums.expected)
    sums = sums.mutate(share=share, over_expected=over_expected)
    sums = sums.left_join(_squares(counted, sums), ["tin", "measure"])
    sums = sums.drop("tin_right", "measure_right")
    is_ratio = sums.form == "observed_over_expected"
    computed = sums.select(
        "tin",
        "measure",
        "cases",
        "numerator",
        "denominator",
        "expected",
        "national_mean",
        rate=ibis.ifelse(is_ratio, sums.over_expected * sums.national_mean, sums.share),
        variance=ibis.cases(
            (sums.form == "proportion", proportion_variance(sums.numerator, sums.denominator)),
            (sums.form == "mean", _mean_variance(sums)),
            else_=_ratio_variance(sums),
        ),
    )
    return computed.anti_join(supplied_rate, ["tin", "measure"]).union(
        _supplied(supplied_rate, rules)
    )


def proportion_variance(numerator: ir.Value, denominator: ir.Value) -> ir.Value:
    """r(1 - r)/n; at 0 or 1 the rate is first moved half a case inwards, (x + .5)/(n + 1)."""
    plain = ratio(numerator, denominator)
    moved = ratio(numerator + _HALF, denominator + 1.0)
    at_edge = (plain <= 0.0) | (plain >= 1.0)
    used = ibis.ifelse(at_edge, moved, plain)
    return ratio(used * (1.0 - used), denominator)


def _mean_variance(sums: ir.Table) -> ir.Value:
    """s^2/n, with s^2 pooled over rows; missing when a row states no deviation."""
    cases = sums.cases.cast("float64")
    pooled = ratio(sums.within, cases * cases)
    return ibis.ifelse(sums.without_spread > 0, ibis.null("float64"), pooled)


def _squares(counted: ir.Table, sums: ir.Table) -> ir.Table:
    """Sum of squared distances of what was observed from what that practice would expect."""
    ratios = sums.select("tin", "measure", "over_expected")
    joined = counted.inner_join(ratios, ["tin", "measure"])
    off = joined.numerator - joined.over_expected * joined.expected
    return (
        joined.mutate(square=off * off)
        .group_by(["tin", "measure"])
        .agg(squares=exact_sum(_.square))
    )


def _ratio_variance(sums: ir.Table) -> ir.Value:
    """The ratio estimator: (N/Ebar)^2 [sum (A - R E)^2 / (n - 1)] / n."""
    rows = sums["rows"].cast("float64")
    mean_expected = ratio(sums.expected, rows)
    scale = ratio(sums.national_mean, mean_expected)
    return scale * scale * ratio(ratio(sums.squares, rows - 1.0), rows)


def _supplied(supplied_rate: ir.Table, rules: ir.Table) -> ir.Table:
    """Rates as a report states them; a share without a variance gets that of its form."""
    found = supplied_rate.left_join(rules, "measure").drop("measure_right")
    number = found.cases.cast("float64")
    of_share = proportion_variance(found["rate"] * number, number)
    variance = ibis.ifelse(found.form == "proportion", of_share, ibis.null("float64"))
    nothing = ibis.null("float64")
    return found.select(
        "tin",
        "measure",
        "cases",
        numerator=nothing,
        denominator=nothing,
        expected=nothing,
        national_mean=nothing,
        rate=found["rate"],
        variance=ibis.coalesce(found.variance, variance),
    )


def per_1000(events: ir.Value, denominator: ir.Value) -> ir.Value:
    """Events per 1,000 of the denominator."""
    return ratio(events * _THOUSAND, denominator)


def adjusted_to_nation(observed: ir.Value, expected: ir.Value, national: ir.Value) -> ir.Value:
    """Observed over expected times the national rate, in the unit of the national rate."""
    return ratio(observed, expected) * national


def combined_ratio(cohorts: ir.Table, by: str) -> ir.Table:
    """Standardised ratios of cohorts combined by volume: exp(sum n ln SRR / sum n).

    Takes the columns `stays` and `ratio`; gives `ratio` per value of `by`. Engines differ in the
    last digit of logarithms, so the result keeps 12 significant digits.
    """
    weighted = cohorts.mutate(weight=_.stays.cast("float64"))
    weighted = weighted.mutate(log_ratio=significant(weighted["ratio"].ln()) * weighted.weight)
    sums = weighted.group_by(by).agg(total=exact_sum(_.log_ratio), weight=exact_sum(_.weight))
    return sums.select(by, ratio=significant(ratio(sums.total, sums.weight).exp()))
