"""Professionals and practices again, in plain Python, from the rules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row, professional_lines

_ZERO = Decimal("0.00")


def professionals(
    claim_line: list[Row],
    provider_enrollment: list[Row],
    specialties: list[Row],
    fee_schedule_codes: list[Row],
    program: Program,
) -> list[Row]:
    """The eligible professionals of every TIN, from the roster and the claims of the year."""
    rule = program.applicability
    classes = {row["specialty"]: row for row in specialties}
    fee_schedule = {row["hcpcs_code"] for row in fee_schedule_codes}

    lines: dict[tuple[str, str], list[Row]] = {}
    for line in professional_lines(claim_line, program.performance_year):
        if line["tin"] is not None and line["npi"] is not None:
            lines.setdefault((line["tin"], line["npi"]), []).append(line)
    roster = {(row["tin"], row["npi"]): row["specialty_primary"] for row in provider_enrollment}

    found = []
    for tin, npi in lines.keys() | roster.keys():
        mine = lines.get((tin, npi), [])
        known = [_specialty_in_claims(mine), roster.get((tin, npi))]
        if rule.specialty_of_professional == "roster":
            known.reverse()
        specialty = known[0] or known[1] or rule.unstated_specialty
        if specialty not in classes:
            continue  # not an eligible professional
        pfs = [line for line in mine if _is_fee_schedule(line, fee_schedule, classes, program)]
        if rule.claims_ep_rule == "any_carrier_line":
            in_claims = len(mine) > 0
        else:
            in_claims = any((line["allowed_amount"] or _ZERO) > 0 for line in pfs)
        kind = classes[specialty]
        found.append(
            {
                "tin": tin,
                "npi": npi,
                "specialty": specialty,
                "ep_class": kind["ep_class"],
                "is_physician": kind["is_physician"],
                "is_np_pa_cns": kind["is_np_pa_cns"],
                "is_adjusted": kind["is_adjusted"],
                "in_roster": (tin, npi) in roster,
                "in_claims": in_claims,
                "pfs_lines": len(pfs),
                "allowed_amount": sum((line["allowed_amount"] or _ZERO for line in pfs), _ZERO),
                "paid_amount": sum((line["paid_amount"] or _ZERO for line in pfs), _ZERO),
            }
        )
    return found


def _specialty_in_claims(lines: list[Row]) -> str | None:
    charges: dict[str, Decimal] = {}
    for line in lines:
        code = line["specialty"]
        if code is not None:
            charges[code] = charges.get(code, _ZERO) + (line["allowed_amount"] or _ZERO)
    if not charges:
        return None
    largest = max(charges.values())
    return min(code for code, charge in charges.items() if charge == largest)


def _is_fee_schedule(
    line: Row, fee_schedule: set[str], classes: dict[str, Row], program: Program
) -> bool:
    if program.applicability.fee_schedule_line == "supplied_or_betos":
        return line["hcpcs_code"] in fee_schedule
    return line["specialty"] in classes


def practices(
    professionals: list[Row],
    supplied_practice: list[Row],
    model_participation: list[Row],
    practice_election: list[Row],
    size_classes: list[Row],
    model_handling: list[Row],
    program: Program,
    roster_supplied: bool,
) -> list[Row]:
    """Every TIN with its counts, size, size class and whether the modifier applies to it."""
    year = program.performance_year
    handling = {row["model"]: row["handling"] for row in model_handling}
    taking_part: dict[str, list[Row]] = {}
    for row in model_participation:
        if row["performance_year"] == year and row["model"] in handling:
            taking_part.setdefault(row["tin"], []).append(row)
    elections = {row["tin"]: row for row in practice_election if row["performance_year"] == year}

    found = []
    for tin, counts in _counts(professionals, supplied_practice, roster_supplied).items():
        in_roster, in_claims, physicians, has_roster = counts
        stated = [in_roster, in_claims] if has_roster else [in_claims]
        size = min((count for count in stated if count is not None), default=None)
        size_class = _size_class(size, physicians, size_classes)
        entity, treated, reported = _model(taking_part.get(tin, []), handling)
        reason = _why_not_subject(counts, size, size_class, treated, program)
        election = elections.get(tin, {})
        found.append(
            {
                "tin": tin,
                "professionals_in_roster": in_roster,
                "professionals_in_claims": in_claims,
                "physicians_in_claims": physicians,
                "size": size,
                "size_class": size_class,
                "entity_id": entity,
                "entity_reported": reported,
                "handling": treated,
                "is_subject": reason is None,
                "reason": reason,
                "elects_quality_tiering": bool(election.get("elects_quality_tiering")),
                "elects_cahps": bool(election.get("elects_cahps")),
            }
        )
    return found


def _counts(
    professionals: list[Row], supplied_practice: list[Row], roster_supplied: bool
) -> dict[str, tuple[Any, Any, Any, bool]]:
    counts: dict[str, tuple[Any, Any, Any, bool]] = {}
    for row in professionals:
        roster, claims, physicians, _ = counts.get(row["tin"], (0, 0, 0, False))
        counts[row["tin"]] = (
            roster + row["in_roster"],
            claims + row["in_claims"],
            physicians + (row["in_claims"] and row["is_physician"]),
            roster_supplied,
        )
    for row in supplied_practice:
        roster = row["professionals_in_roster"]
        counts[row["tin"]] = (
            roster,
            row["professionals_in_claims"],
            row["physicians_in_claims"],
            roster is not None,
        )
    return counts


def _size_class(size: int | None, physicians: int | None, size_classes: list[Row]) -> str | None:
    for row in size_classes:
        if size is None or size < row["minimum"]:
            continue
        if row["maximum"] is not None and size > row["maximum"]:
            continue
        if row["composition"] == "no_physician" and physicians != 0:
            continue
        return str(row["size_class"])
    return None


def _model(
    taking_part: list[Row], handling: dict[str, str]
) -> tuple[str | None, str | None, bool | None]:
    """Entity, handling and whether an ACO reported; an exclusion outweighs everything else."""
    reported = [
        bool(row["entity_reported"]) for row in taking_part if handling[row["model"]] == "aco"
    ]
    for wanted in ("excluded", "waived", "aco", "average", "ordinary"):
        entities = [row["entity_id"] for row in taking_part if handling[row["model"]] == wanted]
        if entities:
            return min(entities), wanted, any(reported) if reported else None
    return None, None, None


def _why_not_subject(
    counts: tuple[Any, Any, Any, bool],
    size: int | None,
    size_class: str | None,
    handling: str | None,
    program: Program,
) -> str | None:
    in_roster, in_claims, physicians, has_roster = counts
    rule = program.applicability
    if has_roster and in_roster == 0:
        return "not_on_roster"
    if in_claims == 0 or size is None:
        return "no_professionals"
    if rule.requires_physician and physicians == 0:
        return "no_physician"
    if handling in ("excluded", "waived"):
        return f"model_{handling}"
    too_few_listed = (
        rule.requires_size_on_both and has_roster and in_roster < rule.minimum_group_size
    )
    if size is None or size < rule.minimum_group_size or too_few_listed or size_class is None:
        return "below_minimum_size"
    return None
