"""The primary care services of the performance year: what attribution counts."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.claims.allowed import professional_lines
from openp4p.engine.stage import stage
from openp4p.program.definition import Program


@stage(
    key=("claim_id", "line_number"),
    each="beneficiary_id",
    columns={
        "claim_id": "string",
        "line_number": "int64",
        "beneficiary_id": "string",
        "tin": "string",
        "npi": "string",
        "specialty": "string",
        "provider_group": "string",
        "is_physician": "boolean",
        "service_date": "date",
        "hcpcs_code": "string",
        "charge": "decimal(18, 2)",
    },
)
def primary_care_services(
    claim_line: ir.Table, specialties: ir.Table, primary_care_codes: ir.Table, program: Program
) -> ir.Table:
    """One allowed carrier line for a primary care service with a charge above zero and a TIN.

    The specialty is that of the line. A source without specialties (`specialty` null on a line) is
    read as physicians' services: intake says so in the run's notes. The charge is the allowed
    amount (D5; the alternative takes the standardised amount).
    """
    lines = professional_lines(claim_line, program.performance_year)
    lines = lines.filter(lines.tin.notnull()).semi_join(primary_care_codes, "hcpcs_code")
    lines = lines.mutate(charge=lines[program.attribution.charge_field])
    lines = lines.filter(lines.charge > 0)
    kinds = specialties.select("specialty", "provider_group", "is_physician")
    known = lines.left_join(kinds, "specialty").drop("specialty_right")
    unstated = known.specialty.isnull()
    stated = known.provider_group.fill_null("other")
    return known.select(
        "claim_id",
        "line_number",
        "beneficiary_id",
        "tin",
        "npi",
        "specialty",
        provider_group=ibis.ifelse(unstated, "primary_care_physician", stated),
        is_physician=unstated | known.is_physician.fill_null(False),
        service_date=_.from_date,
        hcpcs_code=_.hcpcs_code,
        charge=_.charge,
    )
