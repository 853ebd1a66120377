"""Index stays and readmissions read a second time, in plain Python."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row


def stay_parts(inpatient_stays: list[Row], program: Program) -> list[Row]:
    """Every acute stay with the whole it is part of."""
    found: list[Row] = []
    for wholes in _wholes(inpatient_stays, program).values():
        for parts in wholes:
            found += [
                {
                    "part_id": part["stay_id"],
                    "stay_id": parts[0]["stay_id"],
                    "beneficiary_id": part["beneficiary_id"],
                    "position": position,
                    "is_last": part is parts[-1],
                }
                for position, part in enumerate(parts, start=1)
            ]
    return found


def _wholes(stays: list[Row], program: Program) -> dict[tuple[str, str], list[list[Row]]]:
    """The acute stays of each beneficiary in each hospital, the parts of one together."""
    found: dict[tuple[str, str], list[list[Row]]] = defaultdict(list)
    for stay in sorted(stays, key=_order):
        if not stay["is_acute"]:
            continue
        listed = found[stay["beneficiary_id"], stay["ccn"]]
        if listed and program.readmissions.same_hospital == "combined":
            before = listed[-1][-1]
            same = all(
                before[name] is not None and before[name] == stay[name]
                for name in ("principal_code", "principal_icd_version")
            )
            if same and before["discharge_date"] == stay["admission_date"]:
                listed[-1].append(stay)
                continue
        listed.append([stay])
    return found


def _order(stay: Row) -> tuple[date, date, str]:
    return stay["admission_date"], stay["discharge_date"], stay["stay_id"]


def combined_stays(
    inpatient_stays: list[Row], stay_parts: list[Row], program: Program
) -> list[Row]:
    """Every acute stay as a whole, with its transfer chain."""
    stays = {row["stay_id"]: row for row in inpatient_stays}
    members: dict[str, list[Row]] = defaultdict(list)
    for part in stay_parts:
        members[part["stay_id"]].append(part)
    by_person: dict[str, list[Row]] = defaultdict(list)
    for stay_id, parts in members.items():
        bills = [stays[part["part_id"]] for part in parts]
        last = next(stays[part["part_id"]] for part in parts if part["is_last"])
        by_person[last["beneficiary_id"]].append(
            {
                "stay_id": stay_id,
                "beneficiary_id": last["beneficiary_id"],
                "ccn": last["ccn"],
                "admission_date": min(bill["admission_date"] for bill in bills),
                "discharge_date": max(bill["discharge_date"] for bill in bills),
                "discharge_status": last["discharge_status"],
                "principal_code": last["principal_code"],
                "principal_icd_version": last["principal_icd_version"],
                "parts": len(parts),
            }
        )
    return [stay for wholes in by_person.values() for stay in _chained(wholes, program)]


def _chained(stays: list[Row], program: Program) -> list[Row]:
    longest = 1 if program.stays.transfer_link == "same_or_next_day" else 0
    chains: list[list[Row]] = []
    for stay in sorted(stays, key=_order):
        ccns = {stay["ccn"], chains[-1][-1]["ccn"]} if chains else set()
        if len(ccns - {None}) == len(ccns) > 1:
            gap = (stay["admission_date"] - chains[-1][-1]["discharge_date"]).days
            if 0 <= gap <= longest:
                chains[-1].append(stay)
                continue
        chains.append([stay])
    return [
        {
            **stay,
            "chain_id": chain[0]["stay_id"],
            "chain_position": position,
            "chain_stays": len(chain),
        }
        for chain in chains
        for position, stay in enumerate(chain, start=1)
    ]


def stay_categories(
    combined_stays: list[Row],
    stay_parts: list[Row],
    stay_claims: list[Row],
    procedure: list[Row],
    diagnosis_categories: list[Row],
    procedure_categories: list[Row],
    planned_rules: list[Row],
    readmission_cohorts: list[Row],
    readmission_exclusions: list[Row],
    program: Program,
) -> list[Row]:
    """The category and cohort of every stay, and whether it was planned."""
    dx = {(r["icd_version"], r["code"]): r["category"] for r in diagnosis_categories}
    px = {(r["icd_version"], r["code"]): r["category"] for r in procedure_categories}
    whole_of = {part["part_id"]: part["stay_id"] for part in stay_parts}
    stay_of = {
        r["claim_id"]: whole_of[r["stay_id"]] for r in stay_claims if r["stay_id"] in whole_of
    }
    operations: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for row in procedure:
        if row["claim_id"] in stay_of:
            operations[stay_of[row["claim_id"]]].add((row["icd_version"], row["code"]))
    found = []
    for stay in combined_stays:
        version, code = stay["principal_icd_version"], stay["principal_code"]
        category = dx.get((version, code), "unknown")
        performed = [(v, px.get((v, c)), c) for v, c in operations[stay["stay_id"]]]
        rules = {
            row["rule"]
            for row in planned_rules
            if _names(row, [(version, category, code)] if row["kind"] == "diagnosis" else performed)
        }
        cohort = _cohort(readmission_cohorts, version, category, performed)
        kinds = {
            row["exclusion"]
            for row in readmission_exclusions
            if row["icd_version"] == version and row["category"] == category
        }
        rule = _planned_by(rules)
        found.append(
            {
                "stay_id": stay["stay_id"],
                "beneficiary_id": stay["beneficiary_id"],
                "principal_category": category,
                "cohort": cohort,
                "planned_rule": rule,
                "is_planned": rule in ("PR1", "PR2", "PR3"),
                "is_psychiatric": "psychiatric" in kinds,
                "is_rehabilitation": "rehabilitation" in kinds,
                "is_cancer_treatment": (
                    "medical_treatment_of_cancer" in kinds and cohort != "surgery_gynecology"
                ),
                "is_for_rehabilitation": any(
                    (code or "").startswith(start)
                    for start in program.readmissions.rehabilitation_codes
                ),
            }
        )
    return found


def _names(rule: Row, codes: list[tuple[int, str | None, str]]) -> bool:
    for version, category, code in codes:
        if rule["icd_version"] not in (None, version):
            continue
        if rule["category"] is not None and rule["category"] == category:
            return True
        if rule["code"] is not None and rule["code"] == code:
            return True
    return False


def _cohort(
    cohorts: list[Row], version: int, category: str, performed: list[tuple[int, str | None, str]]
) -> str:
    operated = {(v, c) for v, c, _code in performed}
    medical = "medicine"
    for row in cohorts:
        key = (row["icd_version"], row["category"])
        if row["kind"] == "procedure" and key in operated:
            return "surgery_gynecology"
        if row["kind"] == "diagnosis" and key == (version, category):
            medical = row["cohort"]
    return medical


def _planned_by(rules: set[str]) -> str:
    for always in ("PR1", "PR2"):
        if always in rules:
            return always
    if "PR3" in rules:
        return "acute_diagnosis" if "PR4" in rules else "PR3"
    return "none"


def index_stays(
    attributed_beneficiaries: list[Row],
    eligible_beneficiaries: list[Row],
    enrollment_month: list[Row],
    combined_stays: list[Row],
    stay_categories: list[Row],
    cancer_hospitals: list[Row],
    program: Program,
) -> list[Row]:
    """Every acute stay of the year of the attributed, and what came after it."""
    tins = {row["beneficiary_id"]: row["tin"] for row in attributed_beneficiaries}
    people = {row["beneficiary_id"]: row for row in eligible_beneficiaries}
    months = {(row["beneficiary_id"], row["year_month"]): row for row in enrollment_month}
    kinds = {row["stay_id"]: row for row in stay_categories}
    cancer = {row["ccn"] for row in cancer_hospitals}
    by_person: dict[str, list[Row]] = defaultdict(list)
    for stay in sorted(combined_stays, key=_order):
        by_person[stay["beneficiary_id"]].append(stay)
    found = []
    for id_, stays in by_person.items():
        if id_ not in tins or id_ not in people:
            continue
        for place, stay in enumerate(stays):
            if stay["discharge_date"].year != program.performance_year:
                continue
            birth, death = people[id_]["birth_date"], people[id_]["death_date"]
            admitted = stay["admission_date"]
            age = None
            if birth is not None:
                before = (admitted.month, admitted.day) < (birth.month, birth.day)
                age = admitted.year - birth.year - before
            kind = kinds[stay["stay_id"]]
            next_ = _next(stay, stays[place + 1 :], kinds, program)
            planned = None if next_ is None else kinds[next_["stay_id"]]["is_planned"]
            days = None
            if next_ is not None:
                days = (next_["admission_date"] - stay["discharge_date"]).days
            found.append(
                {
                    "stay_id": stay["stay_id"],
                    "beneficiary_id": id_,
                    "tin": tins[id_],
                    "ccn": stay["ccn"],
                    "admission_date": admitted,
                    "discharge_date": stay["discharge_date"],
                    "age": age,
                    "icd_version": stay["principal_icd_version"],
                    "cohort": kind["cohort"],
                    "principal_category": kind["principal_category"],
                    "readmission_id": None if next_ is None else next_["stay_id"],
                    "days_to_readmission": days,
                    "readmission_is_planned": planned,
                    "is_readmitted": planned is False,
                    "reason": _why_not(stay, kind, age, death, months, cancer, program),
                }
            )
    return found


def _next(stay: Row, later: list[Row], kinds: dict[str, Row], program: Program) -> Row | None:
    rules = program.readmissions
    for other in later:
        days = (other["admission_date"] - stay["discharge_date"]).days
        if not 0 <= days <= rules.days or kinds[other["stay_id"]]["is_for_rehabilitation"]:
            continue
        if stay["discharge_status"] in rules.rehabilitation_status and days <= 1:
            continue
        return other
    return None


def _why_not(
    stay: Row,
    kind: Row,
    age: int | None,
    death: date | None,
    months: dict[tuple[str, int], Row],
    cancer: set[str],
    program: Program,
) -> str | None:
    rules, status = program.readmissions, stay["discharge_status"]
    followed = stay["discharge_date"] + timedelta(days=rules.days)
    died = status in rules.died
    if status is None:
        died = death is not None and death <= stay["discharge_date"]
    until = followed if death is None else min(death, followed)

    def covered(month: int, parts: tuple[str, ...]) -> bool:
        row = months.get((stay["beneficiary_id"], month))
        return row is not None and all(row[part] for part in parts) and not row["ma_enrolled"]

    first = _numbered(stay["admission_date"])
    before = [_year_month(first - back) for back in range(1, rules.months_before + 1)]
    after = range(_numbered(stay["discharge_date"]), _numbered(until) + 1)
    tests = (
        (followed > date(program.performance_year, 12, 31), "discharged_too_late"),
        (age is None, "unknown_age"),
        (age is not None and age < rules.minimum_age, "too_young"),
        (died, "died"),
        (not all(covered(m, ("part_a", "part_b")) for m in before), "not_enrolled_before"),
        (not all(covered(_year_month(m), ("part_a",)) for m in after), "not_enrolled_after"),
        (stay["chain_position"] < stay["chain_stays"], "transferred_out"),
        (status in rules.against_advice, "against_advice"),
        (stay["ccn"] in cancer, "cancer_hospital"),
        (kind["is_psychiatric"], "psychiatric"),
        (kind["is_rehabilitation"], "rehabilitation"),
        (kind["is_cancer_treatment"], "cancer_treatment"),
    )
    return next((reason for holds, reason in tests if holds), None)


def _numbered(day: date) -> int:
    return day.year * 12 + day.month - 1


def _year_month(number: int) -> int:
    return number // 12 * 100 + number % 12 + 1
