"""Service categories read a second time in plain Python: one rule after the other."""

from __future__ import annotations

from datetime import date, timedelta

from openp4p.reference.carrier_lines import Row
from openp4p.reference.services import paid_claims, paid_lines

Day = tuple[str, date]
_REST = {"ambulance", "chemo_drugs", "dialysis", "anesthesia", "other"}


def service_codes(
    betos_codes: list[Row],
    category_betos: list[Row],
    rbcs_codes: list[Row],
    rbcs_groups: list[Row],
) -> list[Row]:
    """The BETOS group and the category of each code, also of codes newer than BETOS."""
    group = {
        (row["category"], row["subcategory"], row["procedure"]): row["betos"] for row in rbcs_groups
    }
    betos = {}
    for row in rbcs_codes:
        kind = (row["category"], row["subcategory"], row["procedure"])
        if kind in group:
            betos[row["hcpcs_code"]] = group[kind]
    betos.update({row["hcpcs_code"]: row["betos"] for row in betos_codes})
    of_emergency: list[tuple[str, str]] = []
    usual: list[tuple[str, str]] = []
    for row in category_betos:
        is_emergency = row["category"] in ("er_procedures", "er_tests", "er_imaging")
        (of_emergency if is_emergency else usual).append((row["prefix"], row["category"]))
    named = {g: (_longest(g, usual), _longest(g, of_emergency)) for g in set(betos.values())}
    return [
        {
            "hcpcs_code": code,
            "betos": g,
            "category": named[g][0],
            "emergency_category": named[g][1],
        }
        for code, g in betos.items()
    ]


def _longest(betos: str, prefixes: list[tuple[str, str]]) -> str | None:
    fitting = [pair for pair in prefixes if betos.startswith(pair[0])]
    if not fitting:
        return None
    return min(fitting, key=lambda pair: (-len(pair[0]), pair[1]))[1]


def hospital_days(
    claim: list[Row],
    claim_line: list[Row],
    inpatient_stays: list[Row],
    service_codes: list[Row],
) -> list[Row]:
    """Days in an acute hospital, and days of an emergency visit that led to no admission."""
    inside, admitted = set(), set()
    for stay in inpatient_stays:
        day, who = stay["admission_date"], stay["beneficiary_id"]
        admitted.add((who, day))
        last = day if stay["discharge_date"] is None else stay["discharge_date"]
        while stay["is_acute"] and day <= last:
            inside.add((who, day))
            day += timedelta(days=1)
    emergency_codes = {r["hcpcs_code"] for r in service_codes if r["category"] == "er_visits"}
    paid = {row["claim_id"] for row in paid_claims(claim)}
    visits = [
        line
        for line in paid_lines(claim, claim_line)
        if line["claim_class"] == "PART_B" and line["hcpcs_code"] in emergency_codes
    ]
    visits += [
        line
        for line in claim_line
        if line["claim_class"] == "OUTPATIENT"
        and line["claim_id"] in paid
        and _is_emergency_room(line)
    ]
    emergency = set()
    for line in visits:
        who, day = line["beneficiary_id"], line["from_date"]
        if (who, day) not in admitted and (who, day + timedelta(days=1)) not in admitted:
            emergency.add((who, day))
    return [
        {
            "beneficiary_id": who,
            "day": day,
            "is_inpatient": (who, day) in inside,
            "is_emergency": (who, day) in emergency,
        }
        for who, day in inside | emergency
    ]


def _is_emergency_room(row: Row) -> bool:
    centre = row["revenue_code"] or ""
    return centre.startswith("045") or centre == "0981"


def category_of(row: Row, codes: dict[str, Row], days: dict[Day, Row]) -> str:
    """The category of a row: that of the first rule of the table that fits.

    Therapists come before the BETOS groups, in which therapy would be a visit or a procedure.
    """
    if row["claim_class"] in ("INPATIENT", "SNF", "HHA", "HOSPICE"):
        return _of_facility(row)
    if row["lines"] is not None:
        return _of_whole_claim(row, codes, days)
    code = codes.get(row["hcpcs_code"], {})
    day = days.get((row["beneficiary_id"], row["service_day"]), {})
    return _in_hospital(row, code, day) or _ambulatory(row, code.get("category"))


def _in_hospital(row: Row, code: Row, day: Row) -> str | None:
    """Rows 11 and 20 to 23 of the table."""
    usual = code.get("category")
    professional, outpatient = row["claim_class"] == "PART_B", row["claim_class"] == "OUTPATIENT"
    if professional and day.get("is_inpatient") and usual is not None and usual not in _REST:
        return "inpatient_ep_services"
    if day.get("is_emergency") and (professional or outpatient):
        if _is_emergency_room(row) if outpatient else usual == "er_visits":
            return "er_visits"
        return code.get("emergency_category")
    return None


def _ambulatory(row: Row, usual: str | None) -> str:
    """Row 53, and then rows 50 to 52 of the table."""
    professional, outpatient = row["claim_class"] == "PART_B", row["claim_class"] == "OUTPATIENT"
    if professional and row["specialty"] in ("15", "65", "67"):
        return "therapy"
    if outpatient and (row["revenue_code"] or "")[:3] in ("042", "043", "044"):
        return "therapy"
    if professional and usual in ("em_ep", "major_procedures_ep", "minor_procedures_ep"):
        return str(usual)
    return _ancillary(row, usual)


def _ancillary(row: Row, usual: str | None) -> str:
    """Rows 60 to 75 of the table."""
    if usual in ("lab_tests", "imaging"):
        return str(usual)
    if row["claim_class"] == "DME" or usual == "dme":
        return "dme"
    if usual in ("ambulance", "chemo_drugs"):
        return str(usual)
    if usual == "dialysis" or (row["bill_type"] or "").startswith("72"):
        return "dialysis"
    if usual == "anesthesia":
        return "anesthesia"
    return "outpatient_facility" if row["claim_class"] == "OUTPATIENT" else "other"


def _of_facility(row: Row) -> str:
    if row["claim_class"] != "INPATIENT":
        return str(row["claim_class"]).lower()
    kind = row["facility_type"] or ""
    if kind.startswith("swing_bed"):
        return "snf"
    if kind in ("irf", "ltch", "rehab_unit", "rehab_unit_cah"):
        return "irf_ltch"
    return "inpatient_facility"


def _of_whole_claim(row: Row, codes: dict[str, Row], days: dict[Day, Row]) -> str:
    """An emergency visit if any line is one; else what all lines are; else by type of bill."""
    kinds = {category_of(line, codes, days) for line in row["lines"]}
    if "er_visits" in kinds:
        return "er_visits"
    if len(kinds) == 1:
        return kinds.pop()
    return "dialysis" if (row["bill_type"] or "").startswith("72") else "outpatient_facility"
