"""Reported measures and surveys read a second time, in plain Python."""

from __future__ import annotations

from fractions import Fraction

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row


def reported_cases(
    quality_reports: list[Row],
    reporting_categories: list[Row],
    pqrs_success: list[Row],
    measure_rules: list[Row],
    program: Program,
    performance_year: int,
) -> list[Row]:
    """Every report of a measure in the year, with the first reason for which it does not count."""
    rules = {row["measure"]: row for row in measure_rules if row["source"] == "reported"}
    standing = {row["tin"]: row for row in reporting_categories}
    satisfactory = {
        (row["tin"], row["npi"])
        for row in pqrs_success
        if row["performance_year"] == performance_year and row["npi"] and row["is_satisfactory"]
    }
    reports = [row for row in quality_reports if row["performance_year"] == performance_year]
    with_individuals = {_practice(row) for row in reports if row["npi"] is not None}
    found = []
    for report in reports:
        tin = _practice(report)
        measure = report["measure"]
        if program.quality.separate_ecqm and report["mechanism"] == "ehr":
            measure += ":ehr"
        counted = report["eligible"] - (report["exclusions"] or 0) - (report["exceptions"] or 0)
        known = standing.get(tin)
        as_group = tin not in with_individuals or (
            known is not None
            and (known["group_reported"] or known["basis"] == "administrative_claims")
        )
        reason = None
        if measure not in rules:
            reason = "unknown_measure"
        elif counted <= 0:
            reason = "nothing_eligible"
        elif report["met"] > counted:
            reason = "more_met_than_eligible"
        elif performance_year == program.performance_year and report["entity_id"] is None:
            if as_group and report["npi"] is not None:
                reason = "group_reported_instead"
            elif not as_group and report["npi"] is None:
                reason = "professionals_reported_instead"
            elif (
                program.reporting.individual_data == "satisfactory_only"
                and report["npi"] is not None
                and (tin, report["npi"]) not in satisfactory
            ):
                reason = "not_satisfactory"
        who = "group" if report["npi"] is None else report["npi"]
        found.append(
            {
                "measure": measure,
                "tin": tin,
                "case_id": f"{who}|{report['mechanism']}|{report['stratum'] or ''}",
                "beneficiary_id": None,
                "cases": counted,
                "numerator": float(report["met"]),
                "denominator": float(counted),
                "expected": None,
                "spread": None,
                "national_mean": None,
                "included": reason is None,
                "reason": reason,
            }
        )
    if program.quality.merge_mechanisms == "best_mechanism":
        _leave_best(found, rules)
    return found


def _practice(report: Row) -> str:
    tin: str = report["tin"] if report["entity_id"] is None else report["entity_id"]
    return tin


def _leave_best(cases: list[Row], rules: dict[str, Row]) -> None:
    """Take out the reports by mechanisms other than the practice's best for the measure."""
    for tin, measure in {(row["tin"], row["measure"]) for row in cases}:
        mine = [
            row
            for row in cases
            if row["included"] and row["tin"] == tin and row["measure"] == measure
        ]
        totals: dict[str, tuple[Fraction, int]] = {}
        for mechanism in sorted({row["case_id"].split("|")[1] for row in mine}):
            rows = [row for row in mine if row["case_id"].split("|")[1] == mechanism]
            cases_of = sum(row["cases"] for row in rows)
            met = int(sum(row["numerator"] for row in rows))
            totals[mechanism] = (Fraction(met, cases_of), cases_of)
        direction = -1 if totals and rules[measure]["better"] == "lower" else 1
        best = min(totals, key=lambda m: (-direction * totals[m][0], -totals[m][1], m), default="")
        for row in mine:
            if row["case_id"].split("|")[1] != best:
                row["included"], row["reason"] = False, "other_mechanism_was_better"


def survey_cases(
    cahps_result: list[Row],
    practices: list[Row],
    measure_rules: list[Row],
    program: Program,
    performance_year: int,
) -> list[Row]:
    """Every survey score of the year, standing for its completed surveys."""
    known = {row["measure"] for row in measure_rules if row["source"] == "survey"}
    electing = {row["tin"] for row in practices if row["elects_cahps"]}
    found = []
    for score in cahps_result:
        if score["performance_year"] != performance_year:
            continue
        is_aco = score["entity_id"] is not None
        tin = score["entity_id"] if is_aco else score["tin"]
        counts = program.quality.cahps == "always" or (
            program.quality.cahps == "when_elected" and (is_aco or tin in electing)
        )
        reason = None
        if score["measure"] not in known:
            reason = "unknown_measure"
        elif score["cases"] <= 0:
            reason = "no_surveys"
        elif performance_year == program.performance_year and not counts:
            reason = "not_elected"
        found.append(
            {
                "measure": score["measure"],
                "tin": tin,
                "case_id": "survey",
                "beneficiary_id": None,
                "cases": score["cases"],
                "numerator": score["mean_score"] * score["cases"],
                "denominator": float(score["cases"]),
                "expected": None,
                "spread": score["standard_deviation"],
                "national_mean": None,
                "included": reason is None,
                "reason": reason,
            }
        )
    return found
