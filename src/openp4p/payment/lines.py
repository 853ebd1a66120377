"""The claim lines on which the modifier is paid: fee schedule services of adjusted clinicians."""

from __future__ import annotations

import ibis.expr.types as ir
from ibis import _

from openp4p.claims.allowed import PROFESSIONAL, is_allowed_line, professional_lines
from openp4p.engine.portable import money_sum
from openp4p.engine.stage import stage
from openp4p.program.definition import Program
from openp4p.program.payment_columns import DOLLARS

_OF_A_CLINICIAN = ("tin", "npi", "specialty", "service_year")


@stage(
    key=_OF_A_CLINICIAN,
    columns={
        "tin": "string",
        "npi": "string",
        "specialty": "string",
        "service_year": "int64",
        "lines": "int64",
        "first_service": "date",
        "last_service": "date",
        "paid_amount": DOLLARS,
    },
)
def payable_clinicians(
    claim_line: ir.Table,
    professionals: ir.Table,
    specialties: ir.Table,
    fee_schedule_codes: ir.Table,
    program: Program,
) -> ir.Table:
    """One clinician of a practice, by the specialty on the lines, on whose lines it is paid.

    A clinician's class is that of its specialty under the TIN (D6). One who came to the TIN after
    the performance year takes the TIN's modifier: its class is that of the specialty on the line.
    The year is the payment year when the claims reach it, else the performance year (D28). Rules
    applied to the care of a later year have no payment year after it: the care itself is paid on.
    `lines`: how many fee schedule lines (D35); `paid_amount`: what Medicare paid of them, dollars.
    """
    lines = _fee_schedule_lines(claim_line, specialties, fee_schedule_codes, program)
    billed = lines.group_by(_OF_A_CLINICIAN).agg(
        lines=_.count().cast("int64"),
        first_service=_.from_date.min(),
        last_service=_.from_date.max(),
        paid_amount=money_sum(_.paid_amount).fill_null(0).cast(DOLLARS),
    )
    of_practice = ["tin", "npi"]
    adjusted = professionals.filter(professionals.is_adjusted).select(*of_practice)
    before = professional_lines(claim_line, program.performance_year).select(*of_practice)
    newcomers = billed.anti_join(professionals, of_practice).anti_join(
        before.distinct(), of_practice
    )
    of_class = specialties.filter(specialties.is_adjusted).select("specialty")
    payable = billed.semi_join(adjusted, of_practice).union(
        newcomers.semi_join(of_class, "specialty")
    )
    latest = payable.agg(paid_year=payable.service_year.max())
    return payable.inner_join(latest, payable.service_year == latest.paid_year).drop("paid_year")


def payable_lines(
    claim_line: ir.Table,
    payable_clinicians: ir.Table,
    specialties: ir.Table,
    fee_schedule_codes: ir.Table,
    program: Program,
) -> ir.Table:
    """The lines that `payable_clinicians` counts, one by one; `specialty` as it counts them."""
    lines = _fee_schedule_lines(claim_line, specialties, fee_schedule_codes, program)
    return lines.semi_join(payable_clinicians, list(_OF_A_CLINICIAN))


def _fee_schedule_lines(
    claim_line: ir.Table, specialties: ir.Table, fee_schedule_codes: ir.Table, program: Program
) -> ir.Table:
    """Allowed lines of the payment year, if it is later, and of the performance year.

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
    lines = lines.mutate(
        service_year=lines.from_date.year().cast("int64"),
        specialty=lines.specialty.fill_null(program.applicability.unstated_specialty),
    )
    payable_years = {program.performance_year, max(program.payment_year, program.performance_year)}
    return lines.filter(lines.service_year.isin(sorted(payable_years)))
