"""The claim lines on which the modifier is paid: fee schedule services of adjusted clinicians."""

from __future__ import annotations

import ibis.expr.types as ir

from openp4p.claims.allowed import PROFESSIONAL, is_allowed_line, professional_lines
from openp4p.program.definition import Program


def payable_lines(
    claim_line: ir.Table,
    professionals: ir.Table,
    specialties: ir.Table,
    fee_schedule_codes: ir.Table,
    program: Program,
) -> ir.Table:
    """Allowed fee schedule lines of adjusted clinicians, with `service_year`, in the year paid on.

    The year is the payment year when the claims reach it, else the performance year (D28). Rules
    applied to the care of a later year have no payment year after it: the care itself is paid on.
    """
    lines = adjustable_lines(claim_line, professionals, specialties, fee_schedule_codes, program)
    latest = lines.agg(
        paid_year=lines.service_year.max().fill_null(program.performance_year).cast("int64")
    )
    return lines.inner_join(latest, lines.service_year == latest.paid_year)


def adjustable_lines(
    claim_line: ir.Table,
    professionals: ir.Table,
    specialties: ir.Table,
    fee_schedule_codes: ir.Table,
    program: Program,
) -> ir.Table:
    """The same lines of the payment year, if it is later, and of the performance year.

    A clinician's class is that of its specialty under the TIN (D6). One who came to the TIN after
    the performance year takes the TIN's modifier: its class is that of the specialty on the line.
    Fee schedule line: D35. A line without an assignment indicator counts as assigned.
    """
    lines = claim_line.filter(
        claim_line.claim_class == PROFESSIONAL,
        claim_line.tin.notnull(),
        claim_line.npi.notnull(),
        is_allowed_line(claim_line),
    )
    if program.applicability.fee_schedule_line == "supplied_or_betos":
        lines = lines.semi_join(fee_schedule_codes, "hcpcs_code")
    else:
        lines = lines.semi_join(specialties, "specialty")
    if program.payment.assigned_claims_only:
        lines = lines.filter(lines.is_assigned.fill_null(True))
    lines = lines.mutate(service_year=lines.from_date.year().cast("int64"))
    payable_years = {program.performance_year, max(program.payment_year, program.performance_year)}
    lines = lines.filter(lines.service_year.isin(sorted(payable_years)))
    adjusted = professionals.filter(professionals.is_adjusted).select("tin", "npi")
    known = lines.semi_join(adjusted, ["tin", "npi"])
    before = professional_lines(claim_line, program.performance_year)
    before = before.select("tin", "npi").distinct()
    newcomers = lines.anti_join(professionals, ["tin", "npi"]).anti_join(before, ["tin", "npi"])
    stated = newcomers.specialty.fill_null(program.applicability.unstated_specialty)
    of_class = specialties.filter(specialties.is_adjusted).select(stated="specialty")
    newcomers = newcomers.mutate(stated=stated).semi_join(of_class, "stated").drop("stated")
    return known.union(newcomers)
