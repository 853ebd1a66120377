"""Who is whose: each eligible beneficiary with its practice and how close the call was."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.stage import stage
from openp4p.program.definition import Program

_WINNER, _RUNNER_UP = 1, 2


@stage(
    key=("beneficiary_id",),
    each="beneficiary_id",
    columns={
        "beneficiary_id": "string",
        "tin": "string",
        "step": "int32",
        "charges": "decimal(38, 2)",
        "services": "int64",
        "practices": "int64",
        "runner_up_tin": "string",
        "runner_up_charges": "decimal(38, 2)",
        "margin": "decimal(38, 2)",
    },
)
def attributed_beneficiaries(
    attribution_candidates: ir.Table,
    eligible_beneficiaries: ir.Table,
    removed_patient: ir.Table,
    program: Program,
) -> ir.Table:
    """One eligible beneficiary with the practice it belongs to.

    Whom an accepted correction takes from a practice belongs to nobody, not to the runner-up.

    `practices`: how many competed in the deciding step; `margin`: charges ahead of the runner-up of
    that step, all of the charges when nobody else competed. One practice per beneficiary and year.
    """
    eligible = eligible_beneficiaries.filter(eligible_beneficiaries.is_eligible)
    candidates = attribution_candidates.filter(attribution_candidates.passes_prestep)
    candidates = candidates.semi_join(eligible, "beneficiary_id")
    first_step = ibis.window(group_by="beneficiary_id")
    candidates = candidates.mutate(deciding=candidates.step.min().over(first_step))
    deciding = candidates.filter(candidates.step == candidates.deciding)
    of_step = ibis.window(group_by="beneficiary_id")
    deciding = deciding.mutate(practices=deciding.count().over(of_step).cast("int64"))
    winner = deciding.filter(deciding["rank"] == _WINNER)
    second = deciding.filter(deciding["rank"] == _RUNNER_UP).select(
        "beneficiary_id", runner_up_tin=_.tin, runner_up_charges=_.charges
    )
    removed = removed_patient.filter(removed_patient.performance_year == program.performance_year)
    winner = winner.anti_join(removed, ["beneficiary_id", "tin"])
    joined = winner.left_join(second, "beneficiary_id").drop("beneficiary_id_right")
    ahead = joined.charges - joined.runner_up_charges.fill_null(0)
    return joined.select(
        "beneficiary_id",
        "tin",
        "step",
        "charges",
        "services",
        "practices",
        "runner_up_tin",
        "runner_up_charges",
        margin=ahead.cast("decimal(38, 2)"),
    )
