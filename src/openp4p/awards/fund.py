"""From awards to dollars: a fixed pool, a rate known in advance, and cents that never exceed it."""

from __future__ import annotations

from decimal import Decimal

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import (
    FRACTION,
    MONEY,
    half_up,
    kept_unless,
    money_sum,
    ratio,
    rounded_down,
    significant,
)
from openp4p.engine.stage import stage
from openp4p.program.definition import Program
from openp4p.program.payment_columns import DOLLARS, PAYMENT_COLUMNS

_MONTHS = "decimal(38, 9)"
_DIGITS = 9
_CENT = ibis.literal(Decimal("0.01"), "decimal(18, 2)")


@stage(
    key=("payment_year",),
    columns={
        "payment_year": "int64",
        "pool": MONEY,
        "eligible_practices": "int64",
        "enrolled_practices": "int64",
        "complexity_months": _MONTHS,
        "rate": FRACTION,
    },
)
def award_rate(
    practice_complexity: ir.Table, participants: ir.Table, program: Program, pool: Decimal
) -> ir.Table:
    """One row: the pool over the complexity months of all eligible practices, dollars a month.

    Of all and not of those enrolled: so the rate is known before anybody enrols, and nobody's award
    depends on who else does. It is cut to nine decimals; missing where nobody has months.
    """
    eligible = participants.filter(participants.is_eligible)
    months = eligible.left_join(practice_complexity, "tin").agg(
        eligible_practices=_.count().cast("int64"),
        enrolled_practices=_.participates.cast("int64").sum().fill_null(0).cast("int64"),
        complexity_months=_.complexity_months.cast(_MONTHS).sum().fill_null(0).cast(_MONTHS),
    )
    return months.mutate(
        payment_year=ibis.literal(program.payment_year).cast("int64"),
        pool=ibis.literal(pool, MONEY),
        rate=_rate(months.complexity_months, pool),
    )


def _rate(months: ir.DecimalValue, pool: Decimal) -> ir.DecimalValue:
    """The pool over the months, cut to nine decimals; a float alone can end on the step above."""
    near = rounded_down(ratio(ibis.literal(float(pool)), months), _DIGITS)
    # widths chosen so that the product fits 38 digits without either engine cutting it
    left = ibis.literal(pool, MONEY) - near.cast(FRACTION) * months.cast("decimal(19, 9)")
    steps = significant(ratio(left, months) * float(10**_DIGITS)).floor()
    return (near + (steps / float(10**_DIGITS)).cast(FRACTION)).cast(FRACTION)


@stage(
    key=("tin",),
    columns={
        "tin": "string",
        "participates": "boolean",
        "award": FRACTION,
        "complexity_months": FRACTION,
        "largest_bonus": MONEY,
        "offered_bonus": MONEY,
        "bonus": MONEY,
        "reason": "string",
    },
)
def bonuses(
    participants: ir.Table,
    practice_awards: ir.Table,
    practice_complexity: ir.Table,
    award_rate: ir.Table,
    practice_corrections: ir.Table,
    reviewed_bonuses: ir.Table,
) -> ir.Table:
    """One practice with the most it could get, what its award comes to, and what it is paid.

    The most is its complexity months times the rate; its award's part of that is offered, and paid
    if it takes part. Both are cut to the cent: rounded up they could exceed the pool together.
    `reason` of one that is paid nothing: why it does not take part, no_patients, no_measure.
    In a review of an earlier run practices without a correction keep what they had (D31), and the
    months and the rate are those of that run: what a correction adds comes from what was not used.
    """
    found = participants.select("tin", "participates", "is_eligible", outside=participants.reason)
    awards = practice_awards.select("tin", score=practice_awards.award)
    months = practice_complexity.select("tin", "complexity_months")
    for table in (awards, months):
        found = found.left_join(table, "tin").drop("tin_right")
    found = found.cross_join(award_rate.select("rate"))
    owed = found.is_eligible & found.complexity_months.notnull() & found["rate"].notnull()
    most = _cut_to_the_cent(
        ibis.ifelse(owed, found.complexity_months, 0).cast(FRACTION)
        * found["rate"].fill_null(0).cast(FRACTION)
    )
    found = found.mutate(award=half_up(found.score, _DIGITS), largest_bonus=most)
    offered = _cut_to_the_cent(
        found.largest_bonus.cast(MONEY) * found.award.fill_null(0).cast("decimal(19, 9)")
    )
    reason = ibis.cases(
        (~found.participates, found.outside),
        (found.complexity_months.fill_null(0) == 0, "no_patients"),
        (found.award.isnull(), "no_measure"),
        else_=ibis.null("string"),
    )
    nothing = ibis.literal(Decimal("0.00"), MONEY)
    computed = found.select(
        "tin",
        "participates",
        "award",
        "complexity_months",
        "largest_bonus",
        offered_bonus=offered,
        bonus=ibis.ifelse(found.participates, offered, nothing),
        reason=reason,
    )
    return kept_unless(computed, reviewed_bonuses, practice_corrections, "tin")


def _cut_to_the_cent(amount: ir.DecimalValue) -> ir.DecimalValue:
    """What is left of an exact amount from 0 on when parts of a cent are dropped."""
    nearest = amount.round(2).cast(MONEY)
    return ibis.ifelse(nearest > amount, (nearest - _CENT).cast(MONEY), nearest).cast(MONEY)


@stage(
    key=("payment_year",),
    columns={
        "payment_year": "int64",
        "pool": MONEY,
        "rate": FRACTION,
        "eligible_practices": "int64",
        "enrolled_practices": "int64",
        "paid_practices": "int64",
        "largest_liability": DOLLARS,
        "awarded_dollars": DOLLARS,
        "unused_dollars": DOLLARS,
    },
)
def award_fund(award_rate: ir.Table, bonuses: ir.Table) -> ir.Table:
    """One row: what of the pool is paid and what returns to the sponsor; they add up to the pool.

    The largest liability is what those who take part would get at full awards.
    """
    sums = bonuses.agg(
        paid_practices=(_.bonus > 0).cast("int64").sum().fill_null(0).cast("int64"),
        largest_liability=money_sum(_.largest_bonus, where=_.participates)
        .fill_null(0)
        .cast(DOLLARS),
        awarded_dollars=money_sum(_.bonus).fill_null(0).cast(DOLLARS),
    )
    known = award_rate.select(
        "payment_year", "pool", "rate", "eligible_practices", "enrolled_practices"
    )
    found = known.cross_join(sums)
    left = found.pool.cast(DOLLARS) - found.awarded_dollars
    return found.mutate(unused_dollars=left.cast(DOLLARS))


@stage(key=("tin",), columns=PAYMENT_COLUMNS)
def award_payments(
    bonuses: ir.Table,
    practices: ir.Table,
    reporting_categories: ir.Table,
    paid_amounts: ir.Table,
) -> ir.Table:
    """One practice with its bonus, beside the Medicare-paid dollars that do not change.

    The fraction is the bonus over those dollars, for comparison alone; there are no tiers and no
    factor. `basis`: award, not_subject (not eligible), or why nothing is paid (bonuses).
    """
    found = practices.select("tin", "size_class")
    categories = reporting_categories.select("tin", "category")
    dollars = paid_amounts.select("tin", "paid_amount")
    for table in (categories, dollars):
        found = found.left_join(table, "tin").drop("tin_right")
    found = found.inner_join(bonuses.select("tin", "bonus", "reason"), "tin")
    nothing = ibis.literal(Decimal(0), FRACTION)
    paid = found.paid_amount.fill_null(0).cast(DOLLARS)
    basis = ibis.cases(
        (found.reason == "not_eligible", "not_subject"),
        (found.reason.notnull(), found.reason),
        else_="award",
    )
    return found.select(
        "tin",
        "size_class",
        "category",
        quality_tier=ibis.null("string"),
        cost_tier=ibis.null("string"),
        percent=nothing,
        multiple=ibis.null(FRACTION),
        high_risk_bonus=nothing,
        adjustment_factor=ibis.null(FRACTION),
        adjustment_fraction=half_up(ratio(found.bonus, paid), _DIGITS).fill_null(nothing),
        paid_amount=paid,
        adjustment_amount=found.bonus.cast(DOLLARS),
        basis=basis,
    )
