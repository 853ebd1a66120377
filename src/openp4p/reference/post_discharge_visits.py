"""Visits after a discharge read a second time, in plain Python."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row
from openp4p.reference.variances import with_variances

_MANAGED = ("61", "62", "63", "64")


def visit_discharges(
    attributed_beneficiaries: list[Row],
    eligible_beneficiaries: list[Row],
    enrollment_month: list[Row],
    inpatient_stays: list[Row],
    combined_stays: list[Row],
    program: Program,
) -> list[Row]:
    """Every discharge of the year of the attributed, and why it does not count."""
    rules = program.visits
    tins = {row["beneficiary_id"]: row["tin"] for row in attributed_beneficiaries}
    people = {row["beneficiary_id"]: row for row in eligible_beneficiaries}
    covered = {
        (row["beneficiary_id"], row["year_month"])
        for row in enrollment_month
        if row["part_a"] and row["part_b"] and not row["ma_enrolled"]
    }
    found = []
    for stay in combined_stays:
        id_, out = stay["beneficiary_id"], stay["discharge_date"]
        if id_ not in tins or id_ not in people or out.year != program.performance_year:
            continue
        first = out if rules.window == "with_discharge_day" else out + timedelta(days=1)
        last = out + timedelta(days=rules.days)
        others = [
            other
            for other in inpatient_stays
            if other["beneficiary_id"] == id_
            and other["stay_id"] != stay["stay_id"]
            and out <= other["admission_date"] <= last
        ]
        death = people[id_]["death_date"]
        until = last if death is None else min(death, last)
        found.append(
            {
                "stay_id": stay["stay_id"],
                "beneficiary_id": id_,
                "tin": tins[id_],
                "discharge_date": out,
                "first_day": first,
                "last_day": last,
                "reason": _reason(
                    stay,
                    people[id_],
                    last,
                    all((id_, month) in covered for month in _months(out, until)),
                    bool(others) or (death is not None and death <= last),
                    program,
                ),
            }
        )
    return found


def _months(first: date, last: date) -> list[int]:
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [number // 12 * 100 + number % 12 + 1 for number in numbers]


def _reason(
    stay: Row, person: Row, last: date, covered: bool, is_followed: bool, program: Program
) -> str | None:
    rules, status, out = program.visits, stay["discharge_status"], stay["discharge_date"]
    birth, death = person["birth_date"], person["death_date"]
    age = None
    if birth is not None:
        age = out.year - birth.year - ((out.month, out.day) < (birth.month, birth.day))
    died = status in program.readmissions.died
    if status is None:
        died = death is not None and death <= out
    tests = (
        (last.year > program.performance_year, "discharged_too_late"),
        (age is None, "unknown_age"),
        (age is not None and age < rules.minimum_age, "too_young"),
        (died, "died"),
        (rules.discharges == "home" and status not in rules.home_status, "not_home"),
        (stay["chain_position"] < stay["chain_stays"], "transferred_out"),
        (not covered, "not_enrolled"),
        (rules.censoring == "readmitted_dropped" and is_followed, "followed_by_stay_or_death"),
    )
    return next((reason for holds, reason in tests if holds), None)


def post_discharge_visits(
    visit_discharges: list[Row],
    inpatient_stays: list[Row],
    claim: list[Row],
    claim_line: list[Row],
    visit_codes: list[Row],
    program: Program,
) -> list[Row]:
    """Every professional seen on every day that counts after every discharge."""
    kinds = {(row["kind"], row["code"]) for row in visit_codes}
    claims = {row["claim_id"]: row for row in claim}
    seen: dict[str, set[tuple[date, str]]] = defaultdict(set)
    for line in claim_line:
        professional = _professional(line, claims.get(line["claim_id"]), kinds)
        if professional is not None and line["from_date"].year == program.performance_year:
            seen[line["beneficiary_id"]].add((line["from_date"], professional))
    stays: dict[str, list[Row]] = defaultdict(list)
    for stay in inpatient_stays:
        stays[stay["beneficiary_id"]].append(stay)
    found = []
    for row in visit_discharges:
        if row["reason"] is not None:
            continue
        out = row["discharge_date"]
        later = [s for s in stays[row["beneficiary_id"]] if s["admission_date"] >= out]
        later = [s for s in later if s["admission_date"] > out or s["discharge_date"] > out]
        for day, professional in seen[row["beneficiary_id"]]:
            inside = any(s["admission_date"] <= day <= s["discharge_date"] for s in later)
            if row["first_day"] <= day <= row["last_day"] and not inside:
                found.append(
                    {
                        "stay_id": row["stay_id"],
                        "service_date": day,
                        "professional": professional,
                        "days": (day - out).days,
                    }
                )
    return found


def _professional(line: Row, claim: Row | None, kinds: set[tuple[str, str]]) -> str | None:
    """Who was seen, when the line is a visit that Medicare allowed."""
    paid = claim or {"claim_type_code": None, "mco_paid": None, "ccn": None}
    if paid["claim_type_code"] in _MANAGED or paid["mco_paid"] == "1":
        return None
    if line["claim_class"] == "PART_B":
        indicator, allowed = line["processing_indicator"], line["allowed_amount"] or 0
        is_allowed = indicator in (None, "A") or (indicator in ("R", "S") and allowed > 0)
        is_visit = is_allowed and ("hcpcs", line["hcpcs_code"]) in kinds
        return (line["npi"] or line["billing_npi"] or "unknown") if is_visit else None
    is_clinic = line["claim_class"] == "OUTPATIENT" and claim and not claim["nonpayment_code"]
    if is_clinic and ("revenue_center", line["revenue_code"]) in kinds:
        return line["npi"] or paid["ccn"] or "unknown"
    return None


def follow_up_shares(
    visit_discharges: list[Row], post_discharge_visits: list[Row], follow_up_days: list[Row]
) -> list[Row]:
    """The share of every practice's discharges with a visit within each span of days."""
    first: dict[str, int] = {}
    for row in post_discharge_visits:
        first[row["stay_id"]] = min(row["days"], first.get(row["stay_id"], row["days"]))
    listed: dict[str, list[Row]] = defaultdict(list)
    for row in visit_discharges:
        if row["reason"] is None:
            listed[row["tin"]].append(row)
    found = []
    for tin, rows in listed.items():
        for days in (row["days"] for row in follow_up_days):
            followed = sum(first.get(row["stay_id"], days + 1) <= days for row in rows)
            found.append(
                {
                    "tin": tin,
                    "days": days,
                    "discharges": len(rows),
                    "followed": followed,
                    "share": followed / len(rows),
                }
            )
    return found


def post_discharge_visit_cases(
    visit_discharges: list[Row],
    post_discharge_visits: list[Row],
    clinical_variance: list[Row],
    program: Program,
) -> list[Row]:
    """Every discharge with its number of visits."""
    visits: dict[str, list[Row]] = defaultdict(list)
    for row in post_discharge_visits:
        visits[row["stay_id"]].append(row)
    found = []
    for row in visit_discharges:
        mine = visits[row["stay_id"]]
        number = {
            "day_and_professional": len(mine),
            "day": len({visit["service_date"] for visit in mine}),
            "any_visit": min(len(mine), 1),
        }[program.visits.unit]
        found.append(
            {
                "measure": "post_discharge_visits",
                "tin": row["tin"],
                "case_id": row["stay_id"],
                "beneficiary_id": row["beneficiary_id"],
                "cases": 1,
                "numerator": float(number),
                "denominator": 1.0,
                "expected": None,
                "spread": None,
                "national_mean": None,
                "included": row["reason"] is None,
                "reason": row["reason"],
            }
        )
    return with_variances(found, clinical_variance, program, exceptions=True)
