"""The lines the modifier is paid on, read a second time from the rules in plain Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row, professional_lines

_NOTHING = Decimal("0.00")


def payable_clinicians(
    claim_line: list[Row],
    professionals: list[Row],
    specialties: list[Row],
    fee_schedule_codes: list[Row],
    program: Program,
) -> list[Row]:
    """Clinicians whose payments move, with their lines of the year that is paid on (D28)."""
    in_class = {row["specialty"]: bool(row["is_adjusted"]) for row in specialties}
    known = {(row["tin"], row["npi"]): bool(row["is_adjusted"]) for row in professionals}
    performed = professional_lines(claim_line, program.performance_year)
    billed_before = {(line["tin"], line["npi"]) for line in performed}

    def moves(line: Row) -> bool:
        """Whether the payment of the clinician who rendered the service is adjusted."""
        pair = (line["tin"], line["npi"])
        if None in pair or pair in known:
            return known.get(pair, False)
        if pair in billed_before:
            return False  # billed in the performance year and is no eligible professional
        return in_class.get(_stated(line, program), False)

    years = [program.performance_year]
    if program.payment_year > program.performance_year:
        years.insert(0, program.payment_year)
    counts = _counted(specialties, fee_schedule_codes, program)
    for year in years:
        found = [x for x in professional_lines(claim_line, year) if counts(x) and moves(x)]
        if found:
            return _by_clinician(found, year, program)
    return []


def payable_lines(
    claim_line: list[Row],
    payable_clinicians: list[Row],
    specialties: list[Row],
    fee_schedule_codes: list[Row],
    program: Program,
) -> list[Row]:
    """The lines of those clinicians one by one."""
    theirs = {(row["tin"], row["npi"], row["specialty"]) for row in payable_clinicians}
    counts = _counted(specialties, fee_schedule_codes, program)
    return [
        line
        for year in sorted({row["service_year"] for row in payable_clinicians})
        for line in professional_lines(claim_line, year)
        if counts(line) and (line["tin"], line["npi"], _stated(line, program)) in theirs
    ]


def _counted(
    specialties: list[Row], fee_schedule_codes: list[Row], program: Program
) -> Callable[[Row], bool]:
    """Whether a service is one of the physician fee schedule (D35), assigned where asked."""
    named = {row["specialty"] for row in specialties}
    schedule = {row["hcpcs_code"] for row in fee_schedule_codes}

    def counts(line: Row) -> bool:
        if program.payment.assigned_claims_only and line["is_assigned"] is False:
            return False
        if program.applicability.fee_schedule_line == "supplied_or_betos":
            return line["hcpcs_code"] in schedule
        return line["specialty"] in named

    return counts


def _stated(line: Row, program: Program) -> str:
    return line["specialty"] or program.applicability.unstated_specialty


def _by_clinician(lines: list[Row], year: int, program: Program) -> list[Row]:
    groups: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for line in lines:
        groups[line["tin"], line["npi"], _stated(line, program)].append(line)
    return [
        {
            "tin": tin,
            "npi": npi,
            "specialty": specialty,
            "service_year": year,
            "lines": len(mine),
            "first_service": min(line["from_date"] for line in mine),
            "last_service": max(line["from_date"] for line in mine),
            "paid_amount": sum((line["paid_amount"] or _NOTHING for line in mine), _NOTHING),
        }
        for (tin, npi, specialty), mine in groups.items()
    ]
