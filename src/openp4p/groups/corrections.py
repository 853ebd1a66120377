"""What accepted corrections of the year do to a practice's category and tiers."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.stage import stage
from openp4p.program.correction_tables import AVERAGE, KEEP
from openp4p.program.definition import Program


@stage(
    key=("tin",),
    columns={
        "tin": "string",
        "corrections": "int64",
        "category_1": "boolean",
        "quality": "string",
        "cost": "string",
    },
)
def practice_corrections(
    correction: ir.Table, correction_effects: ir.Table, program: Program
) -> ir.Table:
    """One practice with accepted corrections of the performance year, and what they come to.

    `category_1`: it counts as having reported. `quality` and `cost`: keep, average, or that only a
    tier that costs it something becomes average (low_to_average, high_to_average); of several
    corrections the one that changes most.
    """
    accepted = correction.filter(correction.performance_year == program.performance_year)
    found = accepted.select("tin", "kind").inner_join(correction_effects, "kind")
    sums = found.group_by("tin").agg(
        corrections=_.count().cast("int64"),
        category_1=_.category_1.max(),
        quality=_.quality.max(where=_.quality != KEEP),
        to_average=(_.quality == AVERAGE).max(),
        cost=_.cost.max(where=_.cost != KEEP),
        cost_to_average=(_.cost == AVERAGE).max(),
    )
    return sums.mutate(
        quality=_strongest(sums.quality, sums.to_average),
        cost=_strongest(sums.cost, sums.cost_to_average),
    ).drop("to_average", "cost_to_average")


def _strongest(effect: ir.StringValue, to_average: ir.BooleanValue) -> ir.StringValue:
    return ibis.ifelse(to_average, AVERAGE, effect.fill_null(KEEP))
