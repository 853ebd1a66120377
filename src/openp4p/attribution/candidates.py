"""Every practice a beneficiary could go to, best first."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import money_sum
from openp4p.engine.stage import stage
from openp4p.program.definition import Program


@stage(
    key=("beneficiary_id", "step", "tin"),
    each="beneficiary_id",
    columns={
        "beneficiary_id": "string",
        "step": "int32",
        "tin": "string",
        "charges": "decimal(38, 2)",
        "services": "int64",
        "first_service": "date",
        "last_service": "date",
        "passes_prestep": "boolean",
        "rank": "int64",
    },
)
def attribution_candidates(
    primary_care_services: ir.Table, attribution_steps: ir.Table, program: Program
) -> ir.Table:
    """Every practice a beneficiary could go to in each step, best first (rank 1 wins).

    An earlier step beats a later one; then higher charges (42 CFR 414.1240(a)). Ties (D3): the
    latest service, then more services, then the smallest TIN, over the lines of the step. Where the
    program has a pre-step, practices without a primary care service by a physician rank behind all
    others and cannot win; the visit must be with the same TIN (D4).
    """
    services = primary_care_services
    counted = services.inner_join(attribution_steps, "provider_group")
    totals = counted.group_by(["beneficiary_id", "step", "tin"]).agg(
        charges=money_sum(_.charge),
        services=_.count(),
        first_service=_.service_date.min(),
        last_service=_.service_date.max(),
    )
    totals = _with_prestep(totals, services, program)
    best_first = ibis.window(
        group_by="beneficiary_id",
        order_by=[
            totals.passes_prestep.cast("int32").desc(),
            totals.step,
            totals.charges.desc(),
            *_tie_break(totals, program),
            totals.tin,
        ],
    )
    return totals.mutate(rank=(ibis.row_number().over(best_first) + 1).cast("int64"))


def _with_prestep(totals: ir.Table, services: ir.Table, program: Program) -> ir.Table:
    """Whether each practice stays in after the physician visit that some years ask for (D4)."""
    if not program.attribution.prestep_physician_visit:
        return totals.mutate(passes_prestep=ibis.literal(True))
    same_tin = program.attribution.prestep_scope == "same_tin"
    keys = ["beneficiary_id", "tin"] if same_tin else ["beneficiary_id"]
    seen = services.filter(services.is_physician).select(*keys).distinct()
    seen = seen.mutate(seen_by_physician=ibis.literal(True))
    joined = totals.left_join(seen, keys)
    joined = joined.mutate(passes_prestep=joined.seen_by_physician.fill_null(False))
    return joined.select(*totals.columns, "passes_prestep")


def _tie_break(totals: ir.Table, program: Program) -> list[ir.Value]:
    """The order among practices with equal charges, before the smallest TIN (D3)."""
    if program.attribution.tie_break == "latest_service":
        return [totals.last_service.desc(), totals.services.desc()]
    if program.attribution.tie_break == "earliest_service":
        return [totals.first_service, totals.services.desc()]
    return [(totals.beneficiary_id + totals.tin).hexdigest("md5")]
