"""National prices read a second time in plain Python: schedules, cells, totals."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row
from openp4p.reference.services import services
from openp4p.reference.standing import significant

_CENT = Decimal("0.01")
_FEE = {"26", "TC", "50", "51", "53", "62", "80", "81", "82", "AS"}
_FEE |= {"AA", "AD", "QK", "QX", "QY", "QZ"}
_RENTAL = {"RR", "NU", "UE"}
_DAILY = {"snf", "snf_cah_swing", "hha", "hospice", "inpatient_irf", "inpatient_ipf"}


def is_facility(row: Row, facility_places: list[Row]) -> bool:
    """Whether a service was given in a facility."""
    if row["claim_class"] not in ("PART_B", "DME"):
        return True
    places = {p["place_of_service"] for p in facility_places if p["is_facility"]}
    return row["place_of_service"] in places


def scheduled(row: Row, price_schedule: list[Row], facility_places: list[Row]) -> Decimal | None:
    """What a charge costs by the supplied schedule; nothing where it has no price."""
    if row["allowed_amount"] is None or row["allowed_amount"] <= 0:
        return None
    code = row["drg"] if row["claim_class"] == "INPATIENT" else row["hcpcs_code"]
    part = next((m for m in row["modifiers"] if m in ("26", "TC")), None)
    place = is_facility(row, facility_places)
    begun = [
        price
        for price in price_schedule
        if price["claim_class"] == row["claim_class"]
        and code is not None
        and price["code"] == code
        and (price["modifier"] or None) == part
        and price["facility"] in (None, place)
        and (price["valid_from"] or date.min) <= row["from_day"]
    ]
    if not begun:
        return None
    # the price that took effect last; of the same day, the one for this kind of place
    last = max(begun, key=lambda p: (p["valid_from"] or date.min, p["facility"] is not None))
    if last["valid_to"] is not None and last["valid_to"] < row["from_day"]:
        return None
    units = Decimal(1)
    if last["is_per_unit"] is not False:
        units = Decimal(repr(_units(row))).quantize(Decimal("0.000000001"))
    dollars: Decimal = last["price"] * units
    return dollars.quantize(_CENT, ROUND_HALF_UP)


def _units(row: Row) -> float:
    return float(row["units"]) if row["units"] is not None and row["units"] > 0 else 1.0


def cells(row: Row, facility_places: list[Row], program: Program) -> list[str]:
    """The price cell of a charge and, if there is one, the coarser cell."""
    if row["allowed_amount"] is None or row["allowed_amount"] <= 0:
        return []
    rule = _rule(row)
    fee = next((m for m in row["modifiers"] if m in _FEE), "")
    rental = next((m for m in row["modifiers"] if m in _RENTAL), "")
    place = "facility" if is_facility(row, facility_places) else "office"
    is_transfer = row["discharge_status"] in program.episodes.transfer_statuses
    keys: list[str | None] = {
        "carrier_pfs": [row["hcpcs_code"], fee, place],
        "dme": [row["hcpcs_code"], rental],
        "outpatient_opps": [row["hcpcs_code"]],
        "inpatient_ipps": [row["drg"], "transfer" if is_transfer else "no transfer"],
        "inpatient_ipf": [row["drg"]],
        "inpatient_ltch": [row["drg"]],
        "inpatient_cah_maryland": [row["drg"]],
    }.get(rule, [])
    if None in keys:
        return []
    names = [rule, *(str(key) for key in keys)]
    has_coarser = rule in ("carrier_pfs", "dme", "inpatient_ipps")
    return ["|".join(names), *(["|".join(names[:-1])] if has_coarser else [])]


_RULES = {
    "PART_B": "carrier_pfs",
    "DME": "dme",
    "OUTPATIENT": "outpatient_opps",
    "SNF": "snf",
    "HHA": "hha",
    "HOSPICE": "hospice",
}
_HOSPITALS = {
    "psychiatric": "inpatient_ipf",
    "psychiatric_unit": "inpatient_ipf",
    "psychiatric_unit_cah": "inpatient_ipf",
    "irf": "inpatient_irf",
    "rehab_unit": "inpatient_irf",
    "rehab_unit_cah": "inpatient_irf",
    "ltch": "inpatient_ltch",
    "swing_bed": "snf_cah_swing",
    "swing_bed_ltch": "snf_cah_swing",
    "swing_bed_irf": "snf_cah_swing",
    "swing_bed_cah": "snf_cah_swing",
    "cah": "inpatient_cah_maryland",
}


def _rule(row: Row) -> str:
    if row["claim_class"] in _RULES:
        return _RULES[row["claim_class"]]
    other = "inpatient_cah_maryland" if row["is_maryland"] else "inpatient_ipps"
    return _HOSPITALS.get(row["facility_type"], other)


def priced_units(row: Row) -> float:
    """Days of what is priced by the day, units of a line, else one."""
    rule = _rule(row)
    if rule in _DAILY:
        return float(max((row["thru_day"] - row["service_day"]).days + 1, 1))
    return _units(row) if rule in ("carrier_pfs", "dme", "outpatient_opps") else 1.0


def price_cells(
    claim: list[Row],
    claim_line: list[Row],
    inpatient_stays: list[Row],
    facility_places: list[Row],
    program: Program,
) -> list[Row]:
    """The mean price of a unit in each cell and in each coarser cell."""
    if program.cost.standardization != "national_mean_price":
        return []
    charges: dict[tuple[str, str, int], list[tuple[float, Fraction, Decimal]]] = defaultdict(list)
    for row in services(claim, claim_line, inpatient_stays, program):
        if not row["in_year"]:
            continue
        units = priced_units(row)
        line = (float(row["allowed_amount"] or 0) / units, Fraction(units), row["allowed_amount"])
        for level, cell in enumerate(cells(row, facility_places, program), start=1):
            charges[cell, row["claim_class"], level].append(line)
    found = []
    for (cell, claim_class, level), lines in charges.items():
        # a line counts unless its price is above that of so many of the lines
        ordered = sorted(lines)
        highest = ordered[math.ceil(program.cost.price_trim * len(ordered)) - 1][0]
        kept = [line for line in ordered if line[0] <= highest]
        units, dollars = float(sum(k[1] for k in kept)), sum((k[2] for k in kept), Decimal(0))
        found.append(
            {
                "cell": cell,
                "claim_class": claim_class,
                "level": level,
                "lines": len(lines),
                "lines_used": len(kept),
                "units": units,
                "allowed_dollars": dollars,
                "price": float(dollars) / units,
                "is_usable": len(lines) >= program.cost.price_cell_minimum,
            }
        )
    return found


def mean_price(
    row: Row, prices: dict[str, float], facility_places: list[Row], program: Program
) -> float | None:
    """The national mean price of a unit, from the finest usable cell."""
    usable = [c for c in cells(row, facility_places, program) if c in prices]
    return prices[usable[0]] if usable else None


def price_totals(
    claim: list[Row],
    claim_line: list[Row],
    inpatient_stays: list[Row],
    facility_places: list[Row],
    price_schedule: list[Row],
    price_cells: list[Row],
    program: Program,
) -> list[Row]:
    """Per class of claims: dollars as allowed and at mean prices, and what makes them equal."""
    if program.cost.standardization != "national_mean_price":
        return []
    prices = {c["cell"]: c["price"] for c in price_cells if c["is_usable"]}
    allowed: dict[str, list[Decimal]] = defaultdict(list)
    priced: dict[str, list[float]] = defaultdict(list)
    for row in services(claim, claim_line, inpatient_stays, program):
        price = mean_price(row, prices, facility_places, program)
        otherwise = (row["standardized_amount"], scheduled(row, price_schedule, facility_places))
        if row["in_year"] and price is not None and otherwise == (None, None):
            allowed[row["claim_class"]].append(row["allowed_amount"])
            priced[row["claim_class"]].append(priced_units(row) * price)
    return [
        {
            "claim_class": name,
            "lines": len(amounts),
            "allowed_dollars": sum(amounts, Decimal(0)),
            "priced_dollars": math.fsum(priced[name]),
            "factor": float(sum(amounts, Decimal(0))) / math.fsum(priced[name]),
        }
        for name, amounts in allowed.items()
    ]


def half_up(dollars: float) -> Decimal:
    """Dollars to whole cents, halves up; the float next to a half is the half."""
    return Decimal(math.floor(significant(dollars * 100) + 0.5)) / 100
