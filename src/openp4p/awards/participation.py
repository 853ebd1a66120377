"""Who takes part: those who asked to, and nobody else."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir

from openp4p.engine.stage import stage
from openp4p.program.definition import Program

_LAST_MONTH, _LAST_DAY = 12, 31


@stage(
    key=("tin",),
    columns={
        "tin": "string",
        "is_eligible": "boolean",
        "participates_from": "date",
        "participates_to": "date",
        "participates": "boolean",
        "reason": "string",
    },
)
def participants(practices: ir.Table, participation: ir.Table, program: Program) -> ir.Table:
    """One practice: whether it takes part, which is for it alone to say.

    It takes part if it enrolled before the performance period began and has not withdrawn before
    the end of it; silence is not enrolment. `reason` of one that does not: not_eligible,
    did_not_enrol, enrolled_late, withdrawn.
    """
    first = ibis.literal(dt.date(program.performance_year, 1, 1))
    last = ibis.literal(dt.date(program.performance_year, _LAST_MONTH, _LAST_DAY))
    from_, to = participation.participates_from, participation.participates_to
    stretches = participation.mutate(
        in_time=from_ <= first, to_the_end=(to.isnull() | (to >= last))
    )
    whole = (stretches.in_time & stretches.to_the_end).cast("int32")
    best = ibis.window(group_by="tin", order_by=[whole.desc(), stretches.participates_from.desc()])
    ranked = stretches.mutate(place=ibis.row_number().over(best))
    chosen = ranked.filter(ranked.place == 0).drop("place")
    found = practices.select("tin", is_eligible=practices.is_subject)
    found = found.left_join(chosen, "tin").drop("tin_right")
    reason = ibis.cases(
        (~found.is_eligible, "not_eligible"),
        (found.participates_from.isnull(), "did_not_enrol"),
        (~found.to_the_end, "withdrawn"),
        (~found.in_time, "enrolled_late"),
        else_=ibis.null("string"),
    )
    return found.select(
        "tin",
        "is_eligible",
        "participates_from",
        "participates_to",
        participates=reason.isnull(),
        reason=reason,
    )
