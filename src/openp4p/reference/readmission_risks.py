"""What the readmission model knows of each stay, read a second time, in plain Python."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row


def stay_comorbidities(
    index_stays: list[Row],
    stay_parts: list[Row],
    stay_claims: list[Row],
    claim: list[Row],
    diagnosis: list[Row],
    comorbidity_codes: list[Row],
    program: Program,
) -> list[Row]:
    """The comorbidities of every index stay that counts."""
    said: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for row in comorbidity_codes:
        said[row["icd_version"], row["code"]].append(row)
    rules: dict[str, list[tuple[Row, Row]]] = defaultdict(list)
    for row in diagnosis:
        if row["seq"] >= 1:
            rules[row["claim_id"]] += [
                (row, rule) for rule in said[row["icd_version"], row["code"]]
            ]
    bills: dict[str, list[Row]] = defaultdict(list)
    for part in stay_parts:
        bills[part["stay_id"]] += [r for r in stay_claims if r["stay_id"] == part["part_id"]]
    found = []
    for stay in index_stays:
        if stay["reason"] is not None:
            continue
        first = _months_back(stay["admission_date"], program.readmissions.months_before)
        earlier = [
            row["claim_id"]
            for row in claim
            if row["beneficiary_id"] == stay["beneficiary_id"]
            and _counts(row)
            and first <= row["thru_date"] < stay["admission_date"]
        ]
        variables = {rule["variable"] for id_ in earlier for _, rule in rules[id_]}
        variables |= {
            rule["variable"]
            for bill in bills[stay["stay_id"]]
            for code, rule in rules[bill["claim_id"]]
            if not rule["can_be_complication"] and not (code["seq"] == 1 and bill["is_last"])
        }
        found += [{"stay_id": stay["stay_id"], "variable": name} for name in variables]
    return found


def _counts(claim: Row) -> bool:
    if claim["claim_type_code"] in ("61", "62", "63", "64") or claim["mco_paid"] == "1":
        return False
    if claim["claim_class"] == "PART_B":
        return bool(claim["nonpayment_code"] != "0")
    return claim["claim_class"] in ("INPATIENT", "OUTPATIENT") and claim["nonpayment_code"] is None


def _months_back(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 - months
    year, month = number // 12, number % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    raise AssertionError


def readmission_risks(
    index_stays: list[Row],
    stay_comorbidities: list[Row],
    comorbidities: list[Row],
    model_participation: list[Row],
    model_handling: list[Row],
    readmission_coefficient: list[Row],
    program: Program,
) -> list[Row]:
    """What the model knows of every index stay, for its practice and for the practice's ACOs."""
    counted = [row for row in index_stays if row["reason"] is None]
    bit = {row["variable"]: row["bit"] for row in comorbidities}
    bits: dict[str, int] = defaultdict(int)
    for row in stay_comorbidities:
        bits[row["stay_id"]] |= bit[row["variable"]]
    frequency: dict[tuple[str, str], int] = defaultdict(int)
    for row in counted:
        frequency[row["cohort"], row["principal_category"]] += 1
    has_one = {
        (row["cohort"], row["name"]) for row in readmission_coefficient if row["kind"] == "category"
    }
    acos = _acos(model_participation, model_handling, program)
    found = []
    for row in counted:
        category = row["principal_category"]
        stands_alone = frequency[row["cohort"], category] >= program.readmissions.rare_category
        if readmission_coefficient:
            stands_alone = (row["cohort"], category) in has_one
        if not stands_alone:
            category = "pooled"
        for unit in [row["tin"], *sorted(acos[row["tin"]])]:
            found.append(
                {
                    "tin": unit,
                    "stay_id": row["stay_id"],
                    "is_practice": unit == row["tin"],
                    "cohort": row["cohort"],
                    "category": category,
                    "years": row["age"] - program.readmissions.minimum_age,
                    "comorbidities": bits[row["stay_id"]],
                    "is_readmitted": row["is_readmitted"],
                }
            )
    return found


def _acos(participation: list[Row], handling: list[Row], program: Program) -> dict[str, set[str]]:
    models = {row["model"] for row in handling if row["handling"] == "aco"}
    found: dict[str, set[str]] = defaultdict(set)
    for row in participation:
        if row["performance_year"] == program.performance_year and row["model"] in models:
            found[row["tin"]].add(row["entity_id"])
    return found
