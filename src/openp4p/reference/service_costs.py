"""What each claim and line cost, read a second time in plain Python."""

from __future__ import annotations

from decimal import Decimal

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row
from openp4p.reference.categories import category_of
from openp4p.reference.prices import half_up, mean_price, priced_units, scheduled
from openp4p.reference.services import services

_KEPT = (
    *("claim_id", "line_number", "beneficiary_id", "claim_class", "from_day", "thru_day"),
    *("in_year", "tin", "npi", "hcpcs_code", "allowed_amount"),
)


def service_costs(
    claim: list[Row],
    claim_line: list[Row],
    inpatient_stays: list[Row],
    hospital_days: list[Row],
    service_codes: list[Row],
    facility_places: list[Row],
    price_schedule: list[Row],
    price_cells: list[Row],
    price_totals: list[Row],
    program: Program,
) -> list[Row]:
    """The counted claims and lines with category, amount and how the amount was found."""
    codes = {row["hcpcs_code"]: row for row in service_codes}
    days = {(row["beneficiary_id"], row["day"]): row for row in hospital_days}
    prices = {c["cell"]: c["price"] for c in price_cells if c["is_usable"]}
    factors = {row["claim_class"]: row["factor"] for row in price_totals}
    found = []
    for row in services(claim, claim_line, inpatient_stays, program):
        amount, how = row["standardized_amount"], "supplied"
        if amount is None:
            amount, how = scheduled(row, price_schedule, facility_places), "schedule"
        if amount is None and program.cost.standardization == "national_mean_price":
            price = mean_price(row, prices, facility_places, program)
            factor = factors.get(row["claim_class"])
            if price is not None and factor is not None:
                amount, how = half_up(priced_units(row) * price * factor), "national_mean"
        if amount is None:
            amount, how = row["allowed_amount"], "none"
        if amount is not None:
            found.append(
                {
                    **{name: row[name] for name in _KEPT},
                    "betos": codes.get(row["hcpcs_code"], {}).get("betos"),
                    "category": category_of(row, codes, days),
                    "amount": Decimal(amount).quantize(Decimal("0.01")),
                    "standardization": how,
                }
            )
    return found
