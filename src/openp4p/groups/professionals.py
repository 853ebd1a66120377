"""The professionals of each practice: who they are, by which specialty, what they billed."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.claims.allowed import professional_lines
from openp4p.engine.portable import money_sum
from openp4p.engine.stage import stage
from openp4p.program.definition import Program

_MONEY = "decimal(38, 2)"


@stage(
    key=("tin", "npi"),
    columns={
        "tin": "string",
        "npi": "string",
        "specialty": "string",
        "ep_class": "string",
        "is_physician": "boolean",
        "is_np_pa_cns": "boolean",
        "is_adjusted": "boolean",
        "in_roster": "boolean",
        "in_claims": "boolean",
        "pfs_lines": "int64",
        "allowed_amount": _MONEY,
        "paid_amount": _MONEY,
    },
)
def professionals(
    claim_line: ir.Table,
    provider_enrollment: ir.Table,
    specialties: ir.Table,
    fee_schedule_codes: ir.Table,
    program: Program,
) -> ir.Table:
    """One eligible professional under one TIN, on the roster or billing in the performance year.

    Specialty: the code with the largest allowed charges over the professional's carrier lines
    under the TIN, ties to the smallest code; the roster's code where there are no lines (D6; the
    alternative takes the roster first); the program's code for an unstated specialty where neither
    says one. `in_claims`: at least one fee schedule line with an allowed
    amount above zero (D1; the alternative takes any carrier line). Fee schedule line: D35.
    """
    lines = professional_lines(claim_line, program.performance_year)
    lines = lines.filter(lines.tin.notnull(), lines.npi.notnull())
    lines = _with_fee_schedule(lines, fee_schedule_codes, specialties, program)
    billed = lines.group_by(["tin", "npi"]).agg(
        lines=_.count(),
        pfs_lines=_.is_pfs.sum(),
        charged_pfs_lines=(_.is_pfs & (_.allowed_amount > 0)).sum(),
        allowed_amount=money_sum(_.allowed_amount, where=_.is_pfs),
        paid_amount=money_sum(_.paid_amount, where=_.is_pfs),
    )
    enrolled = provider_enrollment.select("tin", "npi", "specialty_primary").distinct()
    enrolled = enrolled.group_by(["tin", "npi"]).agg(roster_specialty=_.specialty_primary.min())
    enrolled = enrolled.mutate(in_roster=ibis.literal(True))
    both = _coalesced(billed, enrolled, ["tin", "npi"])
    both = both.left_join(_claims_specialty(lines), ["tin", "npi"])
    both = both.drop("tin_right", "npi_right")
    order = [both.claims_specialty, both.roster_specialty]
    if program.applicability.specialty_of_professional == "roster":
        order.reverse()
    unstated = ibis.literal(program.applicability.unstated_specialty)
    both = both.mutate(specialty=ibis.coalesce(*order, unstated))
    seen = {
        "pfs_line_allowed_above_zero": both.charged_pfs_lines,
        "any_carrier_line": both.lines,
    }[program.applicability.claims_ep_rule]
    both = both.mutate(in_claims=seen.fill_null(0) > 0)
    named = both.inner_join(specialties, "specialty")
    return named.select(
        "tin",
        "npi",
        "specialty",
        "ep_class",
        "is_physician",
        "is_np_pa_cns",
        "is_adjusted",
        in_roster=_.in_roster.fill_null(False),
        in_claims=_.in_claims,
        pfs_lines=_.pfs_lines.fill_null(0).cast("int64"),
        allowed_amount=_.allowed_amount.fill_null(0).cast(_MONEY),
        paid_amount=_.paid_amount.fill_null(0).cast(_MONEY),
    )


def _with_fee_schedule(
    lines: ir.Table, fee_schedule_codes: ir.Table, specialties: ir.Table, program: Program
) -> ir.Table:
    """The lines with `is_pfs`: whether a line is a physician fee schedule service (D35)."""
    if program.applicability.fee_schedule_line == "supplied_or_betos":
        listed, key = fee_schedule_codes.select("hcpcs_code").distinct(), "hcpcs_code"
    else:
        listed, key = specialties.select("specialty").distinct(), "specialty"
    marked = lines.left_join(listed.mutate(is_listed=ibis.literal(True)), key)
    return marked.mutate(is_pfs=marked.is_listed.fill_null(False)).drop(f"{key}_right", "is_listed")


def _claims_specialty(lines: ir.Table) -> ir.Table:
    """The specialty with the largest allowed charges of each professional under each TIN (D6)."""
    totals = (
        lines.filter(lines.specialty.notnull())
        .group_by(["tin", "npi", "specialty"])
        .agg(charges=money_sum(_.allowed_amount))
    )
    best = ibis.window(
        group_by=["tin", "npi"],
        order_by=[totals.charges.fill_null(0).desc(), totals.specialty],
    )
    ranked = totals.mutate(place=ibis.row_number().over(best))
    return ranked.filter(ranked.place == 0).select("tin", "npi", claims_specialty=_.specialty)


def _coalesced(left: ir.Table, right: ir.Table, keys: list[str]) -> ir.Table:
    """A full outer join with one column per key."""
    joined = left.outer_join(right, keys)
    merged = {key: ibis.coalesce(joined[key], joined[f"{key}_right"]) for key in keys}
    return joined.mutate(**merged).drop(*[f"{key}_right" for key in keys])
