"""The conditions before an episode, read a second time: diagnoses and what they mean."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row, is_allowed
from openp4p.reference.episodes_risk import age_at
from openp4p.reference.hcc import after_hierarchy, categories, interactions

# condition flags take the same codes whatever the year of the data (M41)
_FLAG_YEARS = {"V12": 2013, "V22": 2016}
_DISABLED_BELOW = 65


def episode_diagnoses(
    episode_risks: list[Row],
    claim: list[Row],
    claim_line: list[Row],
    diagnosis: list[Row],
    risk_adjustment_specialties: list[Row],
    betos_codes: list[Row],
    program: Program,
) -> list[Row]:
    """The different diagnoses of the days before each episode."""
    specialties = {row["specialty"] for row in risk_adjustment_specialties}
    groups = {row["hcpcs_code"]: row["betos"] for row in betos_codes}
    days = _days_of_claims(claim, claim_line, specialties, groups, program)
    codes: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for row in diagnosis:
        codes[row["claim_id"]].add((row["icd_version"], row["code"]))
    found: list[Row] = []
    for episode in episode_risks:
        if episode["reason"] is not None:
            continue
        first = episode["start_date"] - timedelta(days=program.episodes.lookback_days)
        same = {name: episode[name] for name in ("episode_id", "beneficiary_id")}
        counted = set()
        for day, claim_id in days[episode["beneficiary_id"]]:
            if first <= day < episode["start_date"]:
                counted |= codes[claim_id]
        found += [{**same, "icd_version": version, "code": code} for version, code in counted]
    return found


def _days_of_claims(
    claim: list[Row],
    claim_line: list[Row],
    specialties: set[str],
    groups: dict[str, str],
    program: Program,
) -> dict[str, list[tuple[date, str]]]:
    """By beneficiary, the claims whose diagnoses count with the day on which they do."""
    found: dict[str, list[tuple[date, str]]] = defaultdict(list)
    carrier = set()
    for row in claim:
        if row["claim_type_code"] in ("61", "62", "63", "64") or row["mco_paid"] == "1":
            continue
        is_hospital = row["claim_class"] in ("INPATIENT", "OUTPATIENT")
        if is_hospital and row["nonpayment_code"] is None:
            found[row["beneficiary_id"]].append((row["thru_date"], row["claim_id"]))
        if row["claim_class"] == "PART_B" and row["nonpayment_code"] != "0":
            carrier.add(row["claim_id"])
    for line in claim_line:
        if line["claim_class"] != "PART_B" or line["claim_id"] not in carrier:
            continue
        accepted = line["specialty"] is None or line["specialty"] in specialties
        group = groups.get(line["hcpcs_code"], "")
        is_out = group.startswith(tuple(program.risk.excluded_services))
        if accepted and not is_out and is_allowed(line):
            day = line["from_date"] if line["thru_date"] is None else line["thru_date"]
            found[line["beneficiary_id"]].append((day, line["claim_id"]))
    return found


def episode_conditions(
    episode_risks: list[Row],
    episode_diagnoses: list[Row],
    beneficiary: list[Row],
    hcc_flag_codes: list[Row],  # noqa: ARG001  # read from the lists of the package here
    hcc_edits: list[Row],  # noqa: ARG001
    hcc_conditions: list[Row],  # noqa: ARG001
    hcc_segments: list[Row],  # noqa: ARG001
    hcc_demographics: list[Row],  # noqa: ARG001
    hcc_interactions: list[Row],  # noqa: ARG001
    hcc_sets: list[Row],  # noqa: ARG001
    program: Program,
) -> list[Row]:
    """The condition categories of each episode, and the interactions of the community model."""
    people = {row["beneficiary_id"]: row for row in beneficiary}
    codes: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for row in episode_diagnoses:
        codes[row["episode_id"]].add((row["icd_version"], row["code"]))
    model, file = program.risk.hcc.model, program.risk.hcc.coefficient_file
    found = []
    for episode in episode_risks:
        person = people.get(episode["beneficiary_id"])
        if episode["reason"] is not None or person is None:
            continue
        id_, age = episode["episode_id"], age_at(person["birth_date"], episode["start_date"])
        disabled = age < _DISABLED_BELOW and person["orig_entitlement_code"] != "0"
        edits, year = program.risk.age_sex_edits, _FLAG_YEARS[model]
        hccs = categories(codes[id_], model, year, age, person["sex"], edits)
        hccs = after_hierarchy(hccs, model)
        names = [f"HCC{hcc}" for hcc in hccs]
        names += [name for name, of in interactions(hccs, file, disabled) if "CE" in of]
        same = {name: episode[name] for name in ("episode_id", "beneficiary_id")}
        found += [{**same, "variable": name} for name in names]
    return found
