"""From cases to rates: shares, means, observed over expected, and standardised ratios."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import exact_sum, ratio, significant
from openp4p.engine.stage import stage

_HALF = 0.5
_THOUSAND = 1000.0
_HUNDRED = 100.0
_SHARES = ("proportion", "percent")
STANDARDIZED = "standardized_ratio"

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
    measure_cases: ir.Table,
    measure_rules: ir.Table,
    standardized_ratios: ir.Table,
    supplied_rate: ir.Table,
) -> ir.Table:
    """One measure of one practice, summed from the cases that count, with the variance of its rate.

    proportion: sum of numerators over denominators; mean: the same with the spread inside each row;
    observed_over_expected: observed over expected times the national mean; standardized_ratio: the
    ratio that a model gives times the national mean; each in the measure's unit. The national mean
    is that of the cases that count, unless they state one. A supplied rate stands as it is. The
    variance follows form and unit (D12): r(1 - r)/n for shares, Poisson for events per 1,000, the
    ratio estimator for dollars, s^2/n for means; that of a standardised ratio over draws of its
    cases or, where no draw changes it, r(1 - r)/n; one case alone has none.
    """
    rules = measure_rules.select("measure", "form", "unit")
    counted = measure_cases.filter(measure_cases.included).inner_join(rules, "measure")
    national = counted.group_by("measure").agg(
        national_share=ibis.coalesce(
            _.national_mean.max(), ratio(exact_sum(_.numerator), exact_sum(_.denominator))
        ),
    )
    sums = counted.group_by(["tin", "measure"]).agg(
        form=_.form.min(),
        unit=_.unit.min(),
        rows=_.count().cast("int64"),
        cases=_.cases.sum().cast("int64"),
        numerator=exact_sum(_.numerator),
        denominator=exact_sum(_.denominator),
        expected=exact_sum(_.expected),
        within=exact_sum(_.spread * _.spread * _.cases.cast("float64")),
        without_spread=_.spread.isnull().sum(),
    )
    sums = sums.inner_join(national, "measure")
    sums = sums.left_join(standardized_ratios, ["tin", "measure"])
    sums = sums.drop("tin_right", "measure_right")
    is_ratio = sums.form == "observed_over_expected"
    sums = sums.mutate(
        national_mean=sums.national_share * _units(sums.unit),
        over_expected=ratio(sums.numerator, sums.expected),
        # what one case, or one expected case, is worth in the unit of the measure
        worth=ratio(
            _units(sums.unit) * ibis.ifelse(is_ratio, sums.national_share, 1.0),
            ibis.ifelse(is_ratio, sums.expected, sums.denominator),
        ),
    )
    sums = sums.left_join(_squares(counted, sums), ["tin", "measure"])
    sums = sums.drop("tin_right", "measure_right")
    sums = sums.mutate(
        rate=ibis.cases(
            (is_ratio, sums.over_expected * sums.national_mean),
            (sums.form == STANDARDIZED, sums["ratio"] * sums.national_mean),
            else_=ratio(sums.numerator, sums.denominator) * _units(sums.unit),
        )
    )
    computed = sums.select(
        "tin",
        "measure",
        "cases",
        "numerator",
        "denominator",
        "expected",
        "national_mean",
        "rate",
        variance=ibis.ifelse(sums.cases > 1, _variance(sums), ibis.null("float64")),
    )
    return computed.anti_join(supplied_rate, ["tin", "measure"]).union(
        _supplied(supplied_rate, rules)
    )


def _units(unit: ir.StringColumn) -> ir.FloatingValue:
    """How many of the measure's units make a whole: percent 100, per 1,000 1000, others 1."""
    return ibis.cases((unit == "percent", _HUNDRED), (unit == "per_1000", _THOUSAND), else_=1.0)


def _variance(sums: ir.Table) -> ir.FloatingValue:
    is_share = sums.unit.isin(_SHARES)
    of_share = share_variance(sums["rate"], sums.cases, sums.unit)
    counts = proportion_variance(sums.numerator, sums.denominator)
    of_draws = sums.ratio_variance.nullif(0.0) * sums.national_mean * sums.national_mean
    return ibis.cases(
        (sums.form == "mean", _mean_variance(sums)),
        (sums.unit == "per_1000", event_variance(sums.numerator, sums.worth)),
        (is_share & (sums.form == "proportion"), counts * _units(sums.unit) * _units(sums.unit)),
        (is_share & (sums.form == STANDARDIZED), ibis.coalesce(of_draws, of_share)),
        (is_share, of_share),
        else_=_ratio_variance(sums),
    )


def proportion_variance(numerator: ir.Value, denominator: ir.Value) -> ir.Value:
    """r(1 - r)/n; at 0 or 1 the rate is first moved half a case inwards, (x + .5)/(n + 1)."""
    counted = ibis.ifelse(numerator > denominator, denominator, numerator)
    plain = ratio(counted, denominator)
    moved = ratio(counted + _HALF, denominator + 1.0)
    at_edge = (plain <= 0.0) | (plain >= 1.0)
    used = ibis.ifelse(at_edge, moved, plain)
    return ratio(used * (1.0 - used), denominator)


def share_variance(rate: ir.Value, cases: ir.Value, unit: ir.StringColumn) -> ir.Value:
    """The variance of a share of which only the rate and the cases are known, in its own unit."""
    number = cases.cast("float64")
    units = _units(unit)
    return proportion_variance(ratio(rate, units) * number, number) * units * units


def event_variance(events: ir.Value, worth: ir.Value) -> ir.Value:
    """c^2 X: events counted, at least half a one, each worth c in the unit of the rate."""
    counted = ibis.ifelse(events < _HALF, ibis.literal(_HALF), events)
    return worth * worth * counted


def _mean_variance(sums: ir.Table) -> ir.Value:
    """s^2/n, with s^2 pooled over rows; missing when a row states no deviation."""
    cases = sums.cases.cast("float64")
    pooled = ratio(sums.within, cases * cases)
    return ibis.ifelse(sums.without_spread > 0, ibis.null("float64"), pooled)


def _squares(counted: ir.Table, sums: ir.Table) -> ir.Table:
    """Sum of squared distances of what was observed from what that practice would expect.

    In multiples of the mean expected value, so that the sum is of ordinary size for any unit.
    """
    means = ratio(sums.expected, sums["rows"])
    ratios = sums.select("tin", "measure", "over_expected", mean_expected=means)
    joined = counted.inner_join(ratios, ["tin", "measure"])
    off = ratio(joined.numerator - joined.over_expected * joined.expected, joined.mean_expected)
    return (
        joined.mutate(square=off * off)
        .group_by(["tin", "measure"])
        .agg(squares=exact_sum(_.square))
    )


def _ratio_variance(sums: ir.Table) -> ir.Value:
    """The ratio estimator: N^2 [sum ((A - R E) / Ebar)^2 / (n - 1)] / n."""
    rows = sums["rows"].cast("float64")
    mean = sums.national_mean
    return mean * mean * ratio(ratio(sums.squares, rows - 1.0), rows)


def _supplied(supplied_rate: ir.Table, rules: ir.Table) -> ir.Table:
    """Rates as a report states them; a share without a variance gets that of its form."""
    found = supplied_rate.left_join(rules, "measure").drop("measure_right")
    from_rate = ibis.ifelse(
        found.unit.isin(_SHARES) & (found.cases > 1),
        share_variance(found["rate"], found.cases, found.unit),
        ibis.null("float64"),
    )
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
        variance=ibis.coalesce(found.variance, from_rate),
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
