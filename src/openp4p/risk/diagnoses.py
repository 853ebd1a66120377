"""Which diagnoses count toward a risk score: of the year before, from acceptable sources."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from openp4p.claims.allowed import PROFESSIONAL, is_allowed_line, is_fee_for_service
from openp4p.program.definition import Program

_HOSPITAL = ("INPATIENT", "OUTPATIENT")
_DENIED = "0"


def risk_adjustment_diagnoses(
    claim: ir.Table,
    claim_line: ir.Table,
    diagnosis: ir.Table,
    risk_adjustment_specialties: ir.Table,
    betos_codes: ir.Table,
    program: Program,
) -> ir.Table:
    """One diagnosis of one claim that counts: beneficiary_id, icd_version, code (M34).

    Hospital claims, inpatient and outpatient, whose last day is in the year before the performance
    year. Carrier claims with an allowed line of that year by an acceptable specialty that is not
    imaging, laboratory, ambulance or equipment; a line that names no specialty is taken as
    acceptable, so that a source without specialties keeps its diagnoses. Nursing facility, home
    health, hospice, equipment, denied and managed-care claims are out.
    """
    claims = acceptable_claims(claim, claim_line, risk_adjustment_specialties, betos_codes, program)
    counted = claims.filter(claims.day.year() == program.performance_year - 1)
    found = diagnosis.semi_join(counted, "claim_id")
    return found.select("beneficiary_id", "icd_version", "code")


def acceptable_claims(
    claim: ir.Table,
    claim_line: ir.Table,
    specialties: ir.Table,
    betos_codes: ir.Table,
    program: Program,
) -> ir.Table:
    """The claims whose diagnoses count, with their days: beneficiary_id, claim_id, day (M34).

    A hospital claim counts on its last day, a carrier claim on that of each acceptable line.
    """
    hospital = claim.filter(
        claim.claim_class.isin(_HOSPITAL),
        claim.nonpayment_code.isnull(),
        is_fee_for_service(claim),
    ).select("beneficiary_id", "claim_id", day="thru_date")
    denied = claim.filter(
        claim.claim_class == PROFESSIONAL,
        ~is_fee_for_service(claim) | (claim.nonpayment_code == _DENIED).fill_null(False),
    )
    lines = _acceptable_lines(claim_line, specialties, betos_codes, program)
    return hospital.union(lines.anti_join(denied, "claim_id"))


def _acceptable_lines(
    claim_line: ir.Table, specialties: ir.Table, betos_codes: ir.Table, program: Program
) -> ir.Table:
    lines = claim_line.filter(claim_line.claim_class == PROFESSIONAL, is_allowed_line(claim_line))
    excluded = [
        betos_codes.betos.startswith(group) for group in sorted(program.risk.excluded_services)
    ]
    codes = betos_codes.filter(ibis.or_(*excluded)).select("hcpcs_code")
    seen = lines.anti_join(codes, "hcpcs_code")
    accepted = seen.specialty.isin(specialties.specialty) | seen.specialty.isnull()
    kept = seen.filter(accepted)
    return kept.select("beneficiary_id", "claim_id", day=kept.thru_date.fill_null(kept.from_date))
