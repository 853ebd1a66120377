"""What each practice's place in the grid pays: a percent, or a multiple of the factor x."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from openp4p.engine.portable import FRACTION, kept_unless
from openp4p.engine.stage import stage
from openp4p.program.definition import Program
from openp4p.program.payment_columns import PLACE_COLUMNS

_NOTHING = ibis.literal(0).cast(FRACTION)


@stage(key=("tin",), columns={**PLACE_COLUMNS, "basis": "string"})
def adjustments(
    practices: ir.Table,
    reporting_categories: ir.Table,
    tiers: ir.Table,
    high_risk: ir.Table,
    payment_grid: ir.Table,
    automatic_adjustments: ir.Table,
    practice_corrections: ir.Table,
    reviewed_adjustments: ir.Table,
    program: Program,
) -> ir.Table:
    """One practice with the percent it is paid, or the multiple of x with any high-risk bonus.

    `percent` is a fraction of the Medicare-paid amount and missing where a multiple is paid;
    `multiple` includes `high_risk_bonus` (42 CFR 414.1275(d)) and is missing where a percent is
    paid. `basis`: not_subject, automatic (Category 2), not_elected, no_measure, average_by_model,
    informal_review (a correction changed a tier), tiering; a practice whose ACO did not report has
    basis automatic. In a review of an earlier run practices without a correction keep what they had
    (D31).
    """
    found = practices.select("tin", subject=practices.is_subject)
    placed = tiers.select(
        "tin", "size_class", "category", "quality_tier", "cost_tier", "is_tiered", "reason"
    )
    found = found.inner_join(placed, "tin")
    reporters = reporting_categories.select("tin", "mechanism")
    risk = high_risk.select("tin", "is_high_risk")
    for table in (reporters, risk):
        found = found.left_join(table, "tin").drop("tin_right")
    cell = ["size_class", "quality_tier", "cost_tier"]
    grid = payment_grid.select(
        *cell, cell_percent=payment_grid.percent, units=payment_grid.multiple
    )
    found = found.left_join(grid, cell).drop(*[f"{name}_right" for name in cell])
    automatic = automatic_adjustments.select("size_class", automatic=automatic_adjustments.percent)
    found = found.left_join(automatic, "size_class").drop("size_class_right")
    basis = ibis.cases(
        (~found.subject, "not_subject"),
        (found.reason.isin(["category_2", "aco_not_reported"]), "automatic"),
        (found.reason.notnull(), found.reason),
        else_="tiering",
    )
    earns = found.units.notnull() & found.is_tiered
    mechanisms = program.payment.high_risk.mechanisms
    reported_so = ibis.literal(True)
    if mechanisms:
        reported_so = found.mechanism.isin(mechanisms).fill_null(False)
    bonus = earns & found.is_high_risk.fill_null(False) & reported_so
    extra = ibis.literal(program.payment.high_risk.multiple).cast(FRACTION)
    high_risk_bonus = ibis.ifelse(bonus, extra, _NOTHING)
    percent = ibis.cases(
        (basis == "automatic", found.automatic),
        (found.is_tiered, found.cell_percent),
        else_=_NOTHING,
    )
    computed = found.select(
        "tin",
        "size_class",
        "category",
        "quality_tier",
        "cost_tier",
        percent=percent,
        multiple=ibis.ifelse(
            earns, (found.units + high_risk_bonus).cast(FRACTION), ibis.null(FRACTION)
        ),
        high_risk_bonus=high_risk_bonus,
        basis=basis,
    )
    return kept_unless(computed, reviewed_adjustments, practice_corrections, "tin")
