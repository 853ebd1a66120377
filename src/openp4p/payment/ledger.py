"""The payment ledger: the dollars the modifier applies to, and what each practice gets."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import FRACTION, money_sum, share_of_money
from openp4p.engine.stage import stage
from openp4p.program.payment_columns import DOLLARS, PAYMENT_COLUMNS


@stage(
    key=("tin",),
    columns={
        "tin": "string",
        "service_year": "int64",
        "lines": "int64",
        "paid_amount": DOLLARS,
    },
)
def paid_amounts(payable_clinicians: ir.Table, supplied_practice: ir.Table) -> ir.Table:
    """One practice with the Medicare-paid fee schedule dollars that the modifier applies to.

    From claims (D28, D35); for a run that starts from a report, the dollars the report states.
    """
    from_claims = payable_clinicians.group_by("tin").agg(
        service_year=_.service_year.max(),
        lines=_.lines.sum().cast("int64"),
        paid_amount=money_sum(_.paid_amount).cast(DOLLARS),
    )
    stated = supplied_practice.filter(supplied_practice.paid_amount.notnull()).select(
        "tin",
        service_year=ibis.null("int64"),
        lines=ibis.null("int64"),
        paid_amount=supplied_practice.paid_amount.cast(DOLLARS),
    )
    return from_claims.anti_join(stated, "tin").union(stated)


@stage(key=("tin",), columns=PAYMENT_COLUMNS)
def payments(adjustments: ir.Table, paid_amounts: ir.Table, balance: ir.Table) -> ir.Table:
    """One practice with the fraction by which its payments change, and the dollars that makes.

    The fraction is the percent of its cell, or its multiple of x; the dollars are the fraction of
    the Medicare-paid amount, to the cent. Beneficiary cost sharing does not move.
    """
    dollars = paid_amounts.select("tin", "paid_amount")
    found = adjustments.left_join(dollars, "tin").drop("tin_right")
    found = found.cross_join(balance.select("adjustment_factor"))
    fraction = adjustment_fraction(found)
    amount = found.paid_amount.fill_null(0).cast(DOLLARS)
    return found.mutate(
        paid_amount=amount,
        adjustment_fraction=fraction,
        adjustment_amount=share_of_money(amount, fraction).cast(DOLLARS),
    )


def adjustment_fraction(found: ir.Table) -> ir.DecimalValue:
    """The percent, or the multiple times the factor; nothing while the factor is undefined."""
    upward = (found.multiple.cast("decimal(18, 9)") * found.adjustment_factor.fill_null(0)).cast(
        FRACTION
    )
    return ibis.ifelse(found.multiple.notnull(), upward, found.percent.fill_null(0)).cast(FRACTION)
