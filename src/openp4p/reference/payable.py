"""The lines the modifier is paid on, read a second time from the rules in plain Python."""

from __future__ import annotations

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row, professional_lines


def payable(
    claim_line: list[Row],
    professionals: list[Row],
    specialties: list[Row],
    fee_schedule_codes: list[Row],
    program: Program,
) -> list[Row]:
    """Fee schedule lines of clinicians whose payments move, in the year that is paid on (D28)."""
    in_class = {row["specialty"]: bool(row["is_adjusted"]) for row in specialties}
    known = {(row["tin"], row["npi"]): bool(row["is_adjusted"]) for row in professionals}
    schedule = {row["hcpcs_code"] for row in fee_schedule_codes}
    performed = professional_lines(claim_line, program.performance_year)
    billed_before = {(line["tin"], line["npi"]) for line in performed}

    def moves(line: Row) -> bool:
        """Whether the payment of the clinician who rendered the service is adjusted."""
        pair = (line["tin"], line["npi"])
        if None in pair or pair in known:
            return known.get(pair, False)
        if pair in billed_before:
            return False  # billed in the performance year and is no eligible professional
        stated = line["specialty"] or program.applicability.unstated_specialty
        return in_class.get(stated, False)

    def counts(line: Row) -> bool:
        """Whether the service is one of the physician fee schedule (D35), assigned where asked."""
        if program.payment.assigned_claims_only and line["is_assigned"] is False:
            return False
        if program.applicability.fee_schedule_line == "supplied_or_betos":
            return line["hcpcs_code"] in schedule
        return line["specialty"] in in_class

    years = [program.performance_year]
    if program.payment_year > program.performance_year:
        years.insert(0, program.payment_year)
    for year in years:
        lines = professional_lines(claim_line, year)
        found = [line for line in lines if counts(line) and moves(line)]
        if found:
            return found
    return []
