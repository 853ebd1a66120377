"""Budget neutrality: the factor x at which upward adjustments spend what downward ones bring."""

from __future__ import annotations

from decimal import Decimal

import ibis
import ibis.expr.types as ir

from openp4p.engine.portable import (
    FRACTION,
    half_up,
    money_sum,
    ratio,
    rounded_down,
    share_of_money,
)
from openp4p.engine.stage import stage
from openp4p.program.definition import Program

_DOLLARS = "decimal(38, 2)"


@stage(
    key=("payment_year",),
    columns={
        "payment_year": "int64",
        "downward_dollars": _DOLLARS,
        "unit_dollars": _DOLLARS,
        "adjustment_factor": FRACTION,
        "upward_dollars": _DOLLARS,
        "residual_dollars": _DOLLARS,
        "source": "string",
    },
)
def balance(
    adjustments: ir.Table,
    paid_amounts: ir.Table,
    program: Program,
    published_factor: float | None,
) -> ir.Table:
    """One row: the pool, the dollars it is spread over, the factor x, what is left over.

    x = actuarial factor times downward dollars / unit dollars, where unit dollars are paid amounts
    times multiples (42 CFR 414.1270), rounded to the program's digits (D27). A published factor,
    when given, takes its place. `source`: computed, published, undefined (nobody is owed an upward
    adjustment). downward_dollars + upward_dollars + residual_dollars = 0 to the cent, with downward
    dollars negative.
    """
    dollars = paid_amounts.select("tin", "paid_amount")
    found = adjustments.inner_join(dollars, "tin")
    is_upward = found.multiple.notnull()
    downward = share_of_money(found.paid_amount, found.percent.fill_null(0))
    weighted = share_of_money(found.paid_amount, found.multiple.fill_null(0))
    sums = found.agg(
        downward_dollars=money_sum(downward, where=~is_upward).fill_null(0).cast(_DOLLARS),
        unit_dollars=money_sum(weighted).fill_null(0).cast(_DOLLARS),
    )
    if published_factor is not None:
        factor = ibis.literal(Decimal(str(published_factor)), FRACTION)
        source = ibis.literal("published")
    else:
        exact = program.payment.actuarial_factor * ratio(
            -sums.downward_dollars.cast("float64"), sums.unit_dollars
        )
        is_defined = sums.unit_dollars > 0
        factor = ibis.ifelse(is_defined, _rounded(exact, program), ibis.null(FRACTION))
        source = ibis.ifelse(is_defined, "computed", "undefined")
    factored = sums.mutate(adjustment_factor=factor, source=source)
    paid_out = _paid_out(found.filter(is_upward), factored)
    joined = factored.cross_join(paid_out)
    left_over = -(joined.downward_dollars + joined.upward_dollars)
    return joined.mutate(
        payment_year=ibis.literal(program.payment_year).cast("int64"),
        residual_dollars=left_over.cast(_DOLLARS),
    )


def _rounded(exact: ir.FloatingValue, program: Program) -> ir.Value:
    """x to the program's digits, halves up (D27; the alternative cuts)."""
    rounding = half_up if program.payment.factor_rounding == "half_up" else rounded_down
    return rounding(exact, program.payment.factor_digits)


def _paid_out(upward: ir.Table, factored: ir.Table) -> ir.Table:
    """What the upward adjustments come to, each rounded to the cent as it will be paid."""
    joined = upward.cross_join(factored.select("adjustment_factor"))
    fraction = (
        joined.multiple.cast("decimal(18, 9)") * joined.adjustment_factor.fill_null(0)
    ).cast(FRACTION)
    amounts = joined.select(amount=share_of_money(joined.paid_amount, fraction))
    return amounts.agg(upward_dollars=money_sum(amounts.amount).fill_null(0).cast(_DOLLARS))
