"""Whose episode it is: the practices that cared for the beneficiary during the index admission."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.claims.allowed import PROFESSIONAL, is_allowed_line
from openp4p.engine.portable import money_sum
from openp4p.engine.stage import stage
from openp4p.program.definition import Program


@stage(
    key=("episode_id", "tin"),
    each="beneficiary_id",
    columns={
        "episode_id": "string",
        "tin": "string",
        "charges": "decimal(38, 2)",
        "services": "int64",
        "first_service": "date",
        "last_service": "date",
        "rank": "int64",
    },
)
def episode_candidates(
    episodes: ir.Table, claim_line: ir.Table, specialties: ir.Table, program: Program
) -> ir.Table:
    """Every practice an episode could go to, best first (rank 1 has it; 42 CFR 414.1240(b)).

    Allowed charges of the lines dated from admission to discharge whose specialty is one of
    eligible professionals (D22; the alternatives take all lines, or those in inpatient places
    only). A line without a specialty is read as a physician's, as in primary care. Ties (D3): the
    latest service, then more services, then the smallest TIN. An episode without such a line has
    no row.
    """
    lines = _lines(claim_line, specialties, program)
    days = episodes.select("episode_id", "beneficiary_id", "admission_date", "discharge_date")
    found = lines.inner_join(days, "beneficiary_id")
    found = found.filter(
        found.service_date >= found.admission_date, found.service_date <= found.discharge_date
    )
    totals = found.group_by(["episode_id", "tin"]).agg(
        charges=money_sum(_.charge),
        services=_.count().cast("int64"),
        first_service=_.service_date.min(),
        last_service=_.service_date.max(),
    )
    best_first = ibis.window(
        group_by="episode_id",
        order_by=[totals.charges.desc(), *_tie_break(totals, program), totals.tin],
    )
    return totals.mutate(rank=(ibis.row_number().over(best_first) + 1).cast("int64"))


def _lines(claim_line: ir.Table, specialties: ir.Table, program: Program) -> ir.Table:
    lines = claim_line.filter(
        claim_line.claim_class == PROFESSIONAL,
        claim_line.tin.notnull(),
        claim_line.allowed_amount > 0,
        is_allowed_line(claim_line),
    )
    asked = program.episodes.attribution_lines
    if asked != "all_carrier_lines":
        known = specialties.select("specialty", is_ep=ibis.literal(True)).distinct()
        lines = lines.left_join(known, "specialty").drop("specialty_right")
        lines = lines.filter(lines.is_ep.fill_null(False) | lines.specialty.isnull())
    if asked == "place_of_service_restricted":
        lines = lines.filter(lines.place_of_service.isin(program.episodes.inpatient_places))
    return lines.select("beneficiary_id", "tin", service_date=_.from_date, charge=_.allowed_amount)


def _tie_break(totals: ir.Table, program: Program) -> list[ir.Value]:
    """The order among practices with equal charges, before the smallest TIN (D3)."""
    if program.attribution.tie_break == "latest_service":
        return [totals.last_service.desc(), totals.services.desc()]
    if program.attribution.tie_break == "earliest_service":
        return [totals.first_service, totals.services.desc()]
    return [(totals.episode_id + totals.tin).hexdigest("md5")]
