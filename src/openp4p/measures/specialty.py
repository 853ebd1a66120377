"""Specialty adjustment: a practice's costs against what its mix of specialties costs nationally."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import exact_sum, money_sum, ratio
from openp4p.engine.stage import stage
from openp4p.program.definition import Program

RATES = {
    "tin": "string",
    "measure": "string",
    "cases": "int64",
    "rate": "float64",
    "variance": "float64",
    "unadjusted_rate": "float64",
    "specialty_expected": "float64",
    "numerator": "float64",
    "denominator": "float64",
    "expected": "float64",
}


@stage(
    key=("measure", "specialty"),
    columns={
        "measure": "string",
        "specialty": "string",
        "weight": "float64",
        "expected_cost": "float64",
    },
)
def specialty_costs(
    unadjusted_rates: ir.Table, professionals: ir.Table, measure_rules: ir.Table, program: Program
) -> ir.Table:
    """What a cost measure costs nationally where professionals of one specialty practise.

    The mean of practices' costs, each weighted by the specialty's share of its professionals times
    their number times its cases (42 CFR 414.1235(c); D20), over practices at the minimum of cases.
    """
    costs = _costs(unadjusted_rates, measure_rules)
    if not program.cost.specialty_adjustment:
        costs = costs.limit(0)
    mix = _mix(professionals)
    share = mix.headcount_share
    if program.cost.specialty_share == "part_b_payments":
        share = mix.paid_share
    mix = mix.mutate(first_share=share)
    joined = costs.inner_join(mix, "tin")
    weight = joined.first_share * joined.headcount.cast("float64") * joined.cases.cast("float64")
    joined = joined.mutate(weight=weight, cost=weight * joined["rate"])
    return joined.group_by(["measure", "specialty"]).agg(
        weight=exact_sum(_.weight), expected_cost=ratio(exact_sum(_.cost), exact_sum(_.weight))
    )


@stage(key=("tin", "measure"), columns=RATES)
def performance_rates(
    unadjusted_rates: ir.Table,
    specialty_costs: ir.Table,
    professionals: ir.Table,
    measure_rules: ir.Table,
    program: Program,
) -> ir.Table:
    """One measure of one practice as it will be compared.

    Cost measures: cost over the practice's specialty-adjusted expected cost, times the national
    mean (42 CFR 414.1235(c)). Specialties weigh by the practice's Part B payments (D36); one
    without national weight counts as the national mean (D21; the alternative leaves it out). Other
    measures stand as they are, and so do a supplied rate and a practice of unknown specialties.
    """
    kept = unadjusted_rates.mutate(unadjusted_rate=_["rate"])
    columns = [*RATES]
    if not program.cost.specialty_adjustment:
        return kept.mutate(specialty_expected=ibis.null("float64")).select(*columns)
    costs = _costs(unadjusted_rates, measure_rules)
    weighted = costs.mutate(weight=costs.cases.cast("float64"))
    weighted = weighted.mutate(cost=weighted.weight * weighted["rate"])
    means = weighted.group_by("measure").agg(mean=ratio(exact_sum(_.cost), exact_sum(_.weight)))
    expected = _expected(specialty_costs, means, professionals, program)
    rules = measure_rules.select("measure", "kind")
    joined = kept.left_join(rules, "measure").drop("measure_right")
    joined = joined.left_join(expected, ["tin", "measure"]).drop("tin_right", "measure_right")
    factor = ratio(joined["mean"], joined.specialty_expected)
    applies = (joined.kind == "cost") & joined.numerator.notnull() & factor.notnull()
    return joined.mutate(
        rate=ibis.ifelse(applies, joined["rate"] * factor, joined["rate"]),
        variance=ibis.ifelse(applies, joined.variance * factor * factor, joined.variance),
    ).select(*columns)


def _costs(unadjusted_rates: ir.Table, measure_rules: ir.Table) -> ir.Table:
    """Cost rates computed here, of practices at the minimum of cases."""
    rules = measure_rules.filter(measure_rules.kind == "cost").select("measure", "minimum_cases")
    found = unadjusted_rates.inner_join(rules, "measure")
    return found.filter(
        found.cases >= found.minimum_cases, found["rate"].notnull(), found.numerator.notnull()
    ).select("tin", "measure", "cases", "rate")


def _mix(professionals: ir.Table) -> ir.Table:
    """Each practice's professionals by specialty: their number and shares of heads and dollars."""
    billing = professionals.filter(professionals.in_claims)
    by_specialty = billing.group_by(["tin", "specialty"]).agg(
        headcount=_.count().cast("int64"),
        paid=money_sum(_.paid_amount).fill_null(0),
        allowed=money_sum(_.allowed_amount).fill_null(0),
    )
    # dollars are added as dollars: a sum of floats has another last digit in another order
    whole = ibis.window(group_by="tin")
    return by_specialty.mutate(
        headcount_share=ratio(_.headcount, _.headcount.sum().over(whole)),
        paid_share=ratio(_.paid, _.paid.sum().over(whole)),
        allowed_share=ratio(_.allowed, _.allowed.sum().over(whole)),
    )


def _expected(
    specialty_costs: ir.Table, means: ir.Table, professionals: ir.Table, program: Program
) -> ir.Table:
    """Each practice's expected cost: the national costs of its specialties by its own mix (D36)."""
    mix = _mix(professionals)
    share = {
        "paid_fee_schedule": mix.paid_share,
        "allowed_amount": mix.allowed_share,
        "headcount": mix.headcount_share,
    }[program.cost.specialty_dollars]
    # a practice without such dollars is mixed by heads
    mix = mix.mutate(own_share=share.fill_null(mix.headcount_share))
    every = mix.cross_join(means)
    national = specialty_costs.select("measure", "specialty", "expected_cost")
    joined = every.left_join(national, ["measure", "specialty"])
    joined = joined.drop("measure_right", "specialty_right")
    if program.cost.specialty_missing == "drop_and_renormalise":
        joined = joined.filter(joined.expected_cost.notnull())
    cost = joined.expected_cost.fill_null(joined["mean"])
    joined = joined.mutate(cost=joined.own_share * cost)
    sums = joined.group_by(["tin", "measure"]).agg(
        mean=_["mean"].max(), cost=exact_sum(_.cost), shares=exact_sum(_.own_share)
    )
    return sums.select("tin", "measure", "mean", specialty_expected=ratio(sums.cost, sums.shares))
