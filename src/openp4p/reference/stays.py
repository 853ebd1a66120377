"""Inpatient stays read a second time, in plain Python: bills, hospitals, transfer chains."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row

_ACUTE = ("short_term_acute", "cah")


def stay_claims(claim: list[Row], program: Program) -> list[Row]:
    """Every paid inpatient claim with its stay, in the order of the stay's bills."""
    found = []
    for bills in _by_hospital(claim).values():
        stays: list[list[Row]] = []
        for bill in bills:
            if stays and any(_goes_on(earlier, bill, program) for earlier in stays[-1]):
                stays[-1].append(bill)
            else:
                stays.append([bill])
        for stay in stays:
            last = max(stay, key=lambda bill: _lateness(bill, program))
            found += [
                {
                    "claim_id": bill["claim_id"],
                    "stay_id": stay[0]["claim_id"],
                    "beneficiary_id": bill["beneficiary_id"],
                    "position": position,
                    "is_last": bill is last,
                }
                for position, bill in enumerate(stay, start=1)
            ]
    return found


def _by_hospital(claim: list[Row]) -> dict[tuple[str, str], list[Row]]:
    listed: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in claim:
        managed = row["claim_type_code"] in ("61", "62", "63", "64") or row["mco_paid"] == "1"
        if row["claim_class"] == "INPATIENT" and row["nonpayment_code"] is None and not managed:
            hospital = row["ccn"] or row["facility_npi"] or "unknown"
            listed[row["beneficiary_id"], hospital].append(row)
    for bills in listed.values():
        bills.sort(key=lambda bill: (*_days(bill), bill["claim_id"]))
    return listed


def _days(bill: Row) -> tuple[date, date]:
    first = bill["from_date"] if bill["admission_date"] is None else bill["admission_date"]
    last = bill["thru_date"] if bill["discharge_date"] is None else bill["discharge_date"]
    return first, last


def _is_interim(bill: Row, program: Program) -> bool:
    frequency = (bill["bill_type"] or "")[2:3]
    return (
        bill["discharge_status"] in program.stays.interim_status
        or frequency in program.stays.interim_bill_frequencies
    )


def _goes_on(earlier: Row, bill: Row, program: Program) -> bool:
    """The bill belongs to the stay of an earlier one: they overlap, or that one was interim."""
    begins, ended = _days(bill)[0], _days(earlier)[1]
    if _is_interim(earlier, program):
        return begins <= ended + timedelta(days=1)
    if program.stays.chaining == "everything_that_touches":
        return begins <= ended
    return begins < ended


def _lateness(bill: Row, program: Program) -> tuple[date, bool, date, str]:
    first, last = _days(bill)
    return last, not _is_interim(bill, program), first, bill["claim_id"]


def inpatient_stays(
    claim: list[Row],
    stay_claims: list[Row],
    diagnosis: list[Row],
    hospital_ranges: list[Row],
    hospital_letters: list[Row],
    hospital_states: list[Row],
    cancer_hospitals: list[Row],
    program: Program,
) -> list[Row]:
    """The stays, each with the kind of its hospital and its transfer chain."""
    claims = {row["claim_id"]: row for row in claim}
    principal = {row["claim_id"]: row for row in diagnosis if row["seq"] == 1}
    members: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(stay_claims, key=lambda row: row["position"]):
        members[row["stay_id"]].append(row)
    stays = []
    for stay_id, rows in members.items():
        bills = [claims[row["claim_id"]] for row in rows]
        last = next(claims[row["claim_id"]] for row in rows if row["is_last"])
        code = principal.get(last["claim_id"], {"code": None, "icd_version": None})
        paid = [b["paid_amount"] for b in bills if b["paid_amount"] is not None]
        stays.append(
            {
                "stay_id": stay_id,
                "beneficiary_id": last["beneficiary_id"],
                "ccn": last["ccn"],
                **_facility(
                    last["ccn"],
                    hospital_ranges,
                    hospital_letters,
                    hospital_states,
                    cancer_hospitals,
                ),
                "admission_date": min(_days(bill)[0] for bill in bills),
                "discharge_date": max(_days(bill)[1] for bill in bills),
                "discharge_status": last["discharge_status"],
                "admission_source": bills[0]["admission_source"],
                "drg": last["drg"],
                "principal_code": code["code"],
                "principal_icd_version": code["icd_version"],
                "claims": len(bills),
                "paid_amount": sum(paid, Decimal(0)) if paid else None,
            }
        )
    return _chained(stays, program)


def _facility(
    ccn: str | None,
    ranges: list[Row],
    letters: list[Row],
    states: list[Row],
    cancer: list[Row],
) -> Row:
    """What the certification number says of the facility."""
    kind = _kind(ccn, ranges, letters)
    state = next((s for s in states if ccn and s["state_code"] == ccn[:2]), None)
    is_known = kind != "unknown" or _is_well_formed(ccn)
    outside = bool(state and state["is_outside_states"])
    is_cancer = any(row["ccn"] == ccn for row in cancer)
    return {
        "facility_type": kind,
        "is_acute": kind in _ACUTE,
        "is_subsection_d": kind == "short_term_acute" and not outside and not is_cancer,
        "is_maryland": bool(is_known and state and state["is_maryland"]),
    }


def _is_well_formed(ccn: str | None) -> bool:
    return ccn is not None and len(ccn) == 6 and all(c in _DIGITS + _LETTERS for c in ccn)


_DIGITS = "0123456789"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _kind(ccn: str | None, ranges: list[Row], letters: list[Row]) -> str:
    if ccn is None or not _is_well_formed(ccn):
        return "unknown"
    named = {(row["position"], row["letter"]): row["facility_type"] for row in letters}
    third, fourth, number = ccn[2], ccn[3], ccn[2:]
    if third in _LETTERS:
        return named.get((3, third), "unknown") if fourth in _DIGITS else "unknown"
    if fourth in _LETTERS:
        return "unknown"
    if (6, ccn[5]) in named:
        return str(named[6, ccn[5]])
    # every number that this could be, when letters hide its last digits
    fifths = _DIGITS if number[2] in _LETTERS else number[2]
    sixths = _DIGITS if number[3] in _LETTERS else number[3]
    possible = {third + fourth + a + b for a in fifths for b in sixths} - {"0000"}
    kinds = {
        next((r["facility_type"] for r in ranges if r["first"] <= n <= r["last"]), "unknown")
        for n in possible
    }
    return kinds.pop() if len(kinds) == 1 else "unknown"


def _chained(stays: list[Row], program: Program) -> list[Row]:
    chains: list[list[Row]] = [[stay] for stay in stays if not stay["is_acute"]]
    people: dict[str, list[Row]] = defaultdict(list)
    for stay in stays:
        if stay["is_acute"]:
            people[stay["beneficiary_id"]].append(stay)
    for acute in people.values():
        acute.sort(key=lambda s: (s["admission_date"], s["discharge_date"], s["stay_id"]))
        previous = None
        for stay in acute:
            if previous is not None and _is_transfer(previous, stay, program):
                chains[-1].append(stay)
            else:
                chains.append([stay])
            previous = stay
    for chain in chains:
        for position, stay in enumerate(chain, start=1):
            stay["chain_id"] = chain[0]["stay_id"]
            stay["chain_position"] = position
            stay["chain_stays"] = len(chain)
    return stays


def _is_transfer(earlier: Row, later: Row, program: Program) -> bool:
    days = (later["admission_date"] - earlier["discharge_date"]).days
    allowed = (0,) if program.stays.transfer_link == "same_day" else (0, 1)
    return earlier["ccn"] != later["ccn"] and days in allowed
