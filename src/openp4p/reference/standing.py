"""What a practice's standing rests on, in plain Python: did it report, are its patients sicker."""

from __future__ import annotations

import math
from fractions import Fraction

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row


def reporting_categories(
    practices: list[Row],
    professionals: list[Row],
    pqrs_success: list[Row],
    practice_election: list[Row],
    practice_corrections: list[Row],
    program: Program,
    roster_supplied: bool,
) -> list[Row]:
    """Category 1 or 2 of every practice, with the share of professionals behind it."""
    year = program.performance_year
    success = [row for row in pqrs_success if row["performance_year"] == year]
    electing = {
        row["tin"]
        for row in practice_election
        if row["performance_year"] == year and row["elects_administrative_claims"]
    }
    on_review = {row["tin"] for row in practice_corrections if row["category_1"]}
    found = []
    for practice in practices:
        tin = practice["tin"]
        mine = [row for row in success if row["tin"] == tin and row["is_satisfactory"]]
        group = [row for row in mine if row["npi"] is None]
        met = {row["npi"] for row in mine if row["npi"] is not None}
        team = [row for row in professionals if row["tin"] == tin]
        if team:
            counted = _counted(team, program, roster_supplied)
            people, satisfactory = len(counted), len(counted & met)
            routes = [row for row in mine if row["npi"] in counted]
        else:
            people = _stated_count(practice, program) or 0
            satisfactory = len(met)
            routes = [row for row in mine if row["npi"] is not None]
        basis = _basis(practice, bool(group), tin in electing, satisfactory, people, program)
        if tin in on_review and basis in ("not_reported", "aco_not_reported"):
            basis = "informal_review"
        mechanisms = [row["mechanism"] for row in (group or routes) if row["mechanism"]]
        found.append(
            {
                "tin": tin,
                "group_reported": bool(group),
                "professionals": people,
                "professionals_satisfactory": satisfactory,
                "share": satisfactory / people if people else None,
                "category": 2 if basis in ("not_reported", "aco_not_reported") else 1,
                "mechanism": min(mechanisms, default=None),
                "basis": basis,
            }
        )
    return found


def _counted(team: list[Row], program: Program, roster_supplied: bool) -> set[str]:
    """The professionals on which the share rests (D2)."""
    in_claims = {row["npi"] for row in team if row["in_claims"]}
    in_roster = {row["npi"] for row in team if row["in_roster"]}
    base = program.reporting.share_denominator if roster_supplied else "claims"
    if base == "roster":
        return in_roster
    if base == "lower" and len(in_roster) < len(in_claims):
        return in_roster
    return in_claims


def _stated_count(practice: Row, program: Program) -> int | None:
    """The count a report states for a practice of which no professionals are known."""
    in_roster, in_claims = practice["professionals_in_roster"], practice["professionals_in_claims"]
    stated: int | None = {
        "claims": in_claims,
        "roster": in_claims if in_roster is None else in_roster,
        "lower": practice["size"],
    }[program.reporting.share_denominator]
    return stated


def _basis(
    practice: Row, group: bool, electing: bool, satisfactory: int, people: int, program: Program
) -> str:
    rule = program.reporting
    if rule.category_rule == "gpro_or_administrative_claims":
        if group:
            return "group"
        return "administrative_claims" if electing else "not_reported"
    is_aco = practice["handling"] == "aco"
    if is_aco and practice["entity_reported"]:
        return "aco_reported"
    if group:
        return "group"
    # exact arithmetic: half of the professionals is enough
    enough = people and Fraction(satisfactory, people) >= Fraction(str(rule.individual_share))
    if enough and rule.failed_group_with_share == "individual_data":
        return "individual_share"
    return "aco_not_reported" if is_aco else "not_reported"


def high_risk(
    attributed_beneficiaries: list[Row],
    eligible_beneficiaries: list[Row],
    practices: list[Row],
    model_participation: list[Row],
    supplied_practice: list[Row],
    reviewed_high_risk: list[Row],
    program: Program,
) -> list[Row]:
    """Mean risk score of every practice and entity against the national percentile."""
    rule = program.payment.high_risk
    score = {
        row["beneficiary_id"]: row["risk_score"]
        for row in eligible_beneficiaries
        if row["risk_score"] is not None
    }
    scores: dict[str, list[float]] = {}
    everyone = [] if rule.population == "attributed" else list(score.values())
    entities: dict[str, set[str]] = {}
    for row in model_participation:
        if row["performance_year"] == program.performance_year:
            entities.setdefault(row["tin"], set()).add(row["entity_id"])
    for row in attributed_beneficiaries:
        if row["beneficiary_id"] not in score:
            continue
        one = score[row["beneficiary_id"]]
        if rule.population == "attributed":
            everyone.append(one)
        for unit in {row["tin"]} | entities.get(row["tin"], set()):
            scores.setdefault(unit, []).append(one)
    national = quantile(everyone, rule.percentile)
    reviewed = [r["threshold"] for r in reviewed_high_risk if r["threshold"] is not None]
    if reviewed:
        national = max(reviewed)
    reports = {row["tin"]: row for row in supplied_practice}

    standing = {
        row["tin"]: row["entity_id"] if row["handling"] == "aco" else row["tin"]
        for row in practices
    }
    standing.update({entity: entity for of_tin in entities.values() for entity in of_tin})
    found = []
    for tin, unit in standing.items():
        mine = scores.get(unit, [])
        mean, threshold = math.fsum(mine) / len(mine) if mine else None, national
        report = reports.get(tin, {})
        if report.get("mean_risk_score") is not None:
            mean = report["mean_risk_score"]
        if report.get("risk_score_threshold") is not None:
            threshold = report["risk_score_threshold"]
        found.append(
            {
                "tin": tin,
                "beneficiaries": len(mine),
                "mean_risk_score": mean,
                "threshold": threshold,
                "is_high_risk": mean is not None
                and threshold is not None
                and significant(mean) >= significant(threshold),
            }
        )
    return found


def quantile(values: list[float], share: float) -> float | None:
    """The quantile by linear interpolation between order statistics (type 7)."""
    if not values:
        return None
    ordered = sorted(values)
    position = (len(ordered) - 1) * share
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def significant(value: float) -> float:
    """The value to twelve significant digits."""
    return float(f"{value:.11e}")
