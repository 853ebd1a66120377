"""Claims and lines of Part A and B that count, read a second time in plain Python."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row, is_allowed

_FACILITY = {"INPATIENT", "SNF", "OUTPATIENT", "HHA", "HOSPICE"}
_SUPPLIER = {"PART_B", "DME"}
_MANAGED_CARE = {"61", "62", "63", "64"}
_LINE_SAYS = ("hcpcs_code", "units", "specialty", "place_of_service", "npi", "tin")
_MODIFIERS = ("modifier_1", "modifier_2", "modifier_3", "modifier_4")


def services(
    claim: list[Row], claim_line: list[Row], inpatient_stays: list[Row], program: Program
) -> list[Row]:
    """What is counted: a claim as a whole (line 0) or a line, with its days and its year.

    `lines` are the lines of an outpatient claim that is counted whole.
    """
    lines_of = defaultdict(list)
    for line in claim_line:
        if line["claim_class"] == "OUTPATIENT":
            lines_of[line["claim_id"]].append(line)
    kinds: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for stay in inpatient_stays:
        kinds[stay["beneficiary_id"], stay["ccn"]].append(stay)
    found = []
    for row in paid_claims(claim):
        if row["claim_class"] != "OUTPATIENT":
            theirs = kinds[row["beneficiary_id"], row["ccn"]]
            found.append(_whole(row, theirs if row["claim_class"] == "INPATIENT" else []))
        elif _adds_up(row, lines_of[row["claim_id"]]):
            found += [_part(row, line) for line in lines_of[row["claim_id"]]]
        else:
            parts = [_part(row, line) for line in lines_of[row["claim_id"]]]
            found.append({**_whole(row, []), "lines": parts})
    found += [_line(line) for line in paid_lines(claim, claim_line)]
    return _dated(found, inpatient_stays, program)


def paid_claims(claim: list[Row]) -> list[Row]:
    """Facility claims that Medicare paid, not a managed-care plan."""
    return [
        row
        for row in claim
        if row["claim_class"] in _FACILITY and row["nonpayment_code"] is None and not _managed(row)
    ]


def paid_lines(claim: list[Row], claim_line: list[Row]) -> list[Row]:
    """Allowed professional and equipment lines of claims that were not denied whole."""
    out = {
        row["claim_id"]
        for row in claim
        if row["claim_class"] in _SUPPLIER and (row["nonpayment_code"] == "0" or _managed(row))
    }
    return [
        line
        for line in claim_line
        if line["claim_class"] in _SUPPLIER and line["claim_id"] not in out and is_allowed(line)
    ]


def _managed(row: Row) -> bool:
    return row["claim_type_code"] in _MANAGED_CARE or row["mco_paid"] == "1"


def _adds_up(row: Row, lines: list[Row]) -> bool:
    """Whether the lines hold the money of the claim, to the cent."""
    money = "allowed_amount" if row["standardized_amount"] is None else "standardized_amount"
    said = [line[money] for line in lines if line[money] is not None]
    return bool(said) and sum(said, Decimal(0)) == row[money]


def _empty(row: Row) -> Row:
    kept = ("claim_id", "beneficiary_id", "claim_class", "allowed_amount", "standardized_amount")
    nothing = dict.fromkeys((*_LINE_SAYS, "revenue_code", "bill_type", "drg", "discharge_status"))
    return {
        **nothing,
        **{name: row[name] for name in kept},
        "line_number": 0,
        "modifiers": [],
        "facility_type": None,
        "is_maryland": False,
        "lines": None,
    }


def _whole(row: Row, stays: list[Row]) -> Row:
    admitted = row["admission_date"] if row["claim_class"] == "INPATIENT" else None
    return {
        **_empty(row),
        "from_day": admitted or row["from_date"],
        "thru_day": row["thru_date"],
        "service_day": row["from_date"],
        "bill_type": row["bill_type"],
        "drg": row["drg"],
        "discharge_status": row["discharge_status"],
        "facility_type": min((s["facility_type"] for s in stays), default=None),
        "is_maryland": any(s["is_maryland"] for s in stays),
    }


def _line(line: Row) -> Row:
    return {
        **_empty(line),
        **{name: line[name] for name in (*_LINE_SAYS, "line_number", "revenue_code")},
        "modifiers": [line[m] for m in _MODIFIERS if line[m] is not None],
        "from_day": line["from_date"],
        "thru_day": line["thru_date"] or line["from_date"],
        "service_day": line["from_date"],
    }


def _part(row: Row, line: Row) -> Row:
    """A line of an outpatient claim: dated like the claim, billed by no practice."""
    part = {
        **_line(line),
        "tin": None,
        "bill_type": row["bill_type"],
        "from_day": row["from_date"],
        "thru_day": row["thru_date"],
    }
    if row["standardized_amount"] is not None and part["standardized_amount"] is None:
        part["standardized_amount"] = Decimal("0.00")
    return part


def _dated(rows: list[Row], inpatient_stays: list[Row], program: Program) -> list[Row]:
    """The rows of the year (M20), and earlier ones that an episode of the same person reaches."""
    first, last = date(program.performance_year, 1, 1), date(program.performance_year, 12, 31)
    reach: dict[str, date] = defaultdict(lambda: first)
    for stay in inpatient_stays:
        if stay["is_acute"] and first <= stay["discharge_date"] <= last:
            begun = stay["admission_date"] - timedelta(days=program.episodes.days_before)
            reach[stay["beneficiary_id"]] = min(reach[stay["beneficiary_id"]], begun)
    found = []
    for row in rows:
        day = row["thru_day"] if program.cost.claim_year == "thru_date" else row["from_day"]
        in_year = first <= day <= last
        if in_year or reach[row["beneficiary_id"]] <= row["from_day"] <= last:
            found.append({**row, "in_year": in_year})
    return found
