"""What each beneficiary cost, read a second time in plain Python."""

from __future__ import annotations

import calendar
from collections import defaultdict
from decimal import Decimal

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row, is_allowed

_FACILITY = {"INPATIENT", "SNF", "OUTPATIENT", "HHA", "HOSPICE"}
_SUPPLIER = {"PART_B", "DME"}
_MANAGED_CARE = {"61", "62", "63", "64"}


def beneficiary_costs(
    claim: list[Row], claim_line: list[Row], eligible_beneficiaries: list[Row], program: Program
) -> list[Row]:
    """The dollars of each eligible beneficiary, in the year and scaled to a whole year."""
    cost: dict[str, Decimal] = defaultdict(Decimal)
    kinds: dict[str, set[bool]] = defaultdict(set)
    for row in [*_facility(claim, program), *_supplier(claim, claim_line, program)]:
        standard = row["standardized_amount"]
        amount = row["allowed_amount"] if standard is None else standard
        if amount is not None:
            cost[row["beneficiary_id"]] += amount
            kinds[row["beneficiary_id"]].add(standard is not None)
    found = []
    for person in eligible_beneficiaries:
        if not person["is_eligible"]:
            continue
        id_ = person["beneficiary_id"]
        dollars = cost.get(id_, Decimal(0)).quantize(Decimal("0.01"))
        if program.cost.annualise == "months":
            yearly = float(dollars) * 12 / max(person["months"], 1)
        else:
            days = 366 if calendar.isleap(program.performance_year) else 365
            yearly = float(dollars) * days / max(person["days"], 1)
        found.append(
            {
                "beneficiary_id": id_,
                "months": person["months"],
                "cost_dollars": dollars,
                "annualised_cost": yearly,
                "standardization": _standardization(kinds[id_]),
            }
        )
    return found


def _standardization(kinds: set[bool]) -> str:
    if not kinds:
        return "no_claims"
    if len(kinds) == 2:
        return "partial"
    return "supplied" if True in kinds else "none"


def _facility(claim: list[Row], program: Program) -> list[Row]:
    found = []
    for row in claim:
        if row["claim_class"] not in _FACILITY or row["nonpayment_code"] is not None:
            continue
        day = row["from_date"]
        if row["claim_class"] == "INPATIENT" and row["admission_date"] is not None:
            day = row["admission_date"]
        if program.cost.claim_year == "thru_date":
            day = row["thru_date"]
        if day.year == program.performance_year and not _managed(row):
            found.append(row)
    return found


def _supplier(claim: list[Row], claim_line: list[Row], program: Program) -> list[Row]:
    out = {
        row["claim_id"]
        for row in claim
        if row["claim_class"] in _SUPPLIER and (row["nonpayment_code"] == "0" or _managed(row))
    }
    found = []
    for line in claim_line:
        day = line["from_date"]
        if program.cost.claim_year == "thru_date" and line["thru_date"] is not None:
            day = line["thru_date"]
        counts = line["claim_class"] in _SUPPLIER and line["claim_id"] not in out
        if counts and day.year == program.performance_year and is_allowed(line):
            found.append(line)
    return found


def _managed(row: Row) -> bool:
    return row["claim_type_code"] in _MANAGED_CARE or row["mco_paid"] == "1"
