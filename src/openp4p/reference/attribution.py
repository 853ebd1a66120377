"""Whose patients, in plain Python: primary care services, candidates, attributed beneficiaries."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row, professional_lines


def primary_care_services(
    claim_line: list[Row], specialties: list[Row], primary_care_codes: list[Row], program: Program
) -> list[Row]:
    """The lines that attribution counts."""
    codes = {row["hcpcs_code"] for row in primary_care_codes}
    kinds = {row["specialty"]: row for row in specialties}
    found = []
    for line in professional_lines(claim_line, program.performance_year):
        charge = line[program.attribution.charge_field]
        if line["tin"] is None or line["hcpcs_code"] not in codes or not charge or charge < 0:
            continue
        if line["specialty"] is None:  # the source has no specialties
            group, is_physician = "primary_care_physician", True
        elif line["specialty"] in kinds:
            kind = kinds[line["specialty"]]
            group, is_physician = kind["provider_group"], kind["is_physician"]
        else:
            group, is_physician = "other", False
        found.append(
            {
                "claim_id": line["claim_id"],
                "line_number": line["line_number"],
                "beneficiary_id": line["beneficiary_id"],
                "tin": line["tin"],
                "npi": line["npi"],
                "specialty": line["specialty"],
                "provider_group": group,
                "is_physician": is_physician,
                "service_date": line["from_date"],
                "hcpcs_code": line["hcpcs_code"],
                "charge": charge,
            }
        )
    return found


def attribution_candidates(
    primary_care_services: list[Row], attribution_steps: list[Row], program: Program
) -> list[Row]:
    """Every practice a beneficiary could go to, with its place in the order."""
    by_person: dict[str, list[Row]] = {}
    for service in primary_care_services:
        by_person.setdefault(service["beneficiary_id"], []).append(service)
    found = []
    for person, services in by_person.items():
        candidates = [
            _candidate(person, step, tin, services, attribution_steps, program)
            for step in sorted({row["step"] for row in attribution_steps})
            for tin in {service["tin"] for service in services}
        ]
        candidates = [candidate for candidate in candidates if candidate["services"]]
        candidates.sort(key=lambda candidate: _order(candidate, program))
        for place, candidate in enumerate(candidates, start=1):
            found.append({**candidate, "rank": place})
    return found


def _candidate(
    person: str,
    step: int,
    tin: str,
    services: list[Row],
    attribution_steps: list[Row],
    program: Program,
) -> Row:
    groups = {row["provider_group"] for row in attribution_steps if row["step"] == step}
    summed = [s for s in services if s["tin"] == tin and s["provider_group"] in groups]
    passes = True
    if program.attribution.prestep_physician_visit:
        anywhere = program.attribution.prestep_scope == "any_tin"
        passes = any(s["is_physician"] for s in services if anywhere or s["tin"] == tin)
    return {
        "beneficiary_id": person,
        "step": step,
        "tin": tin,
        "charges": sum((s["charge"] for s in summed), Decimal("0.00")),
        "services": len(summed),
        "first_service": min((s["service_date"] for s in summed), default=None),
        "last_service": max((s["service_date"] for s in summed), default=None),
        "passes_prestep": passes,
    }


def _order(candidate: Row, program: Program) -> tuple[Any, ...]:
    """Smaller is better."""
    best = (not candidate["passes_prestep"], candidate["step"], -candidate["charges"])
    tie_break = program.attribution.tie_break
    more_services = -candidate["services"]
    if tie_break == "latest_service":
        return (*best, -candidate["last_service"].toordinal(), more_services, candidate["tin"])
    if tie_break == "earliest_service":
        return (*best, candidate["first_service"].toordinal(), more_services, candidate["tin"])
    drawn = hashlib.md5((candidate["beneficiary_id"] + candidate["tin"]).encode()).hexdigest()  # noqa: S324  # a draw, not a secret
    return (*best, drawn, candidate["tin"])


def attributed_beneficiaries(
    attribution_candidates: list[Row],
    eligible_beneficiaries: list[Row],
    removed_patient: list[Row],
    program: Program,
) -> list[Row]:
    """The practice of every eligible beneficiary who has one and was not taken from it."""
    removed = {
        (row["beneficiary_id"], row["tin"])
        for row in removed_patient
        if row["performance_year"] == program.performance_year
    }
    eligible = {row["beneficiary_id"] for row in eligible_beneficiaries if row["is_eligible"]}
    by_person: dict[str, list[Row]] = {}
    for row in attribution_candidates:
        if row["beneficiary_id"] in eligible and row["passes_prestep"]:
            by_person.setdefault(row["beneficiary_id"], []).append(row)
    found = []
    for person, candidates in by_person.items():
        step = min(row["step"] for row in candidates)
        deciding = sorted((r for r in candidates if r["step"] == step), key=lambda r: r["rank"])
        winner, runner_up = deciding[0], deciding[1] if len(deciding) > 1 else None
        if (person, winner["tin"]) in removed:
            continue
        behind = runner_up["charges"] if runner_up else None
        found.append(
            {
                "beneficiary_id": person,
                "tin": winner["tin"],
                "step": step,
                "charges": winner["charges"],
                "services": winner["services"],
                "practices": len(deciding),
                "runner_up_tin": runner_up["tin"] if runner_up else None,
                "runner_up_charges": behind,
                "margin": winner["charges"] - (behind or Decimal("0.00")),
            }
        )
    return found
