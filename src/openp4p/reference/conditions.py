"""Chronic conditions read a second time, in plain Python: the evidence, and whether it suffices."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row, is_allowed


def beneficiary_conditions(
    claim: list[Row],
    claim_line: list[Row],
    diagnosis: list[Row],
    betos_codes: list[Row],
    condition_rules: list[Row],
    condition_codes: list[Row],
    program: Program,
) -> list[Row]:
    """The conditions with evidence in their look-back, and whether there is enough of it."""
    conditions_of = defaultdict(list)
    for row in condition_codes:
        conditions_of[row["icd_version"], row["code"]].append(row["condition"])
    named = defaultdict(set)
    for row in diagnosis:
        named[row["claim_id"]].update(conditions_of[row["icd_version"], row["code"]])
    rules = {(row["condition"], row["claim_class"]): row for row in condition_rules}
    days = _last_days(claim, claim_line, betos_codes, program)
    evidence: dict[tuple[str, str], list[tuple[dt.date, Row]]] = defaultdict(list)
    for row in claim:
        for condition in named[row["claim_id"]]:
            rule, day = rules.get((condition, row["claim_class"])), days.get(row["claim_id"])
            if rule and day and _first_day(rule, program) <= day <= _year_end(program):
                evidence[row["beneficiary_id"], condition].append((day, rule))
    algorithm = {"ccw_flags": "ccw_27", "ccw_30": "ccw_30"}[program.cost.condition_flags]
    return [
        {
            "beneficiary_id": person,
            "condition": condition,
            **_weighed(found),
            "algorithm": algorithm,
        }
        for (person, condition), found in evidence.items()
    ]


def _weighed(found: list[tuple[dt.date, Row]]) -> Row:
    alone = [day for day, rule in found if rule["claims_needed"] == 1]
    together = [(day, rule["claims_needed"]) for day, rule in found if rule["claims_needed"] > 1]
    different = {day for day, _needed in together}
    professional = sum(rule["claim_class"] == "PART_B" for _day, rule in found)
    return {
        "facility_claims": len(found) - professional,
        "other_claims": professional,
        "claims_enough_alone": len(alone),
        "days_of_other_claims": len(different),
        "first_date": min(day for day, _rule in found),
        "last_date": max(day for day, _rule in found),
        "has_condition": bool(alone) or any(len(different) >= n for _day, n in together),
    }


def _year_end(program: Program) -> dt.date:
    return dt.date(program.performance_year, 12, 31)


def _first_day(rule: Row, program: Program) -> dt.date:
    """The first of the month so many months before the month after the performance year."""
    years, months = divmod(rule["lookback_months"], 12)
    year = program.performance_year + 1 - years
    return dt.date(year - 1, 13 - months, 1) if months else dt.date(year, 1, 1)


def _last_days(
    claim: list[Row], claim_line: list[Row], betos_codes: list[Row], program: Program
) -> dict[str, dt.date]:
    """The day of each claim that can be evidence."""
    kinds = {row["hcpcs_code"]: row["betos"] for row in betos_codes}
    lines = defaultdict(list)
    for line in claim_line:
        lines[line["claim_id"]].append(line)
    found = {}
    for row in claim:
        if row["claim_type_code"] in {"61", "62", "63", "64"} or row["mco_paid"] == "1":
            continue
        if row["claim_class"] != "PART_B":
            if row["nonpayment_code"] is None:
                found[row["claim_id"]] = row["thru_date"]
        elif row["nonpayment_code"] != "0":
            days = [
                line["from_date"]
                for line in lines[row["claim_id"]]
                if is_allowed(line)
                and line["from_date"] <= _year_end(program)
                and not _is_other_content(kinds.get(line["hcpcs_code"]), program)
            ]
            if not lines[row["claim_id"]]:
                days = [row["thru_date"]]
            if days:
                found[row["claim_id"]] = max(days)
    return found


def _is_other_content(betos: str | None, program: Program) -> bool:
    """Ambulance, durable medical equipment or laboratory: not a visit to anyone."""
    return (betos or "").startswith(tuple(program.cost.condition_excluded_services))
