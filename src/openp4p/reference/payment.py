"""From tiers to money, read a second time in plain Python: decimals throughout, to the cent."""

from __future__ import annotations

import math
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row
from openp4p.reference.corrections import as_reviewed
from openp4p.reference.payable import payable_lines

_CENT, _FRACTION, _NONE = Decimal("0.01"), Decimal("0.000000001"), Decimal(0)


def cents(amount: Decimal) -> Decimal:
    """The amount to the cent, halves away from zero."""
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)


def adjustments(
    practices: list[Row],
    reporting_categories: list[Row],
    tiers: list[Row],
    high_risk: list[Row],
    payment_grid: list[Row],
    automatic_adjustments: list[Row],
    practice_corrections: list[Row],
    reviewed_adjustments: list[Row],
    program: Program,
) -> list[Row]:
    """What each practice's standing pays: a percent, or a multiple of x."""
    placed = {row["tin"]: row for row in tiers}
    mechanism = {row["tin"]: row["mechanism"] for row in reporting_categories}
    sicker = {row["tin"] for row in high_risk if row["is_high_risk"]}
    cells = {
        (row["size_class"], row["quality_tier"], row["cost_tier"]): row for row in payment_grid
    }
    automatic = {row["size_class"]: row["percent"] for row in automatic_adjustments}
    rule = program.payment.high_risk
    found = []
    for practice in practices:
        tin, tier = practice["tin"], placed[practice["tin"]]
        percent: Any = _NONE
        multiple, bonus = None, _NONE
        basis = tier["reason"] or "tiering"
        if basis in ("category_2", "aco_not_reported"):
            basis, percent = "automatic", automatic.get(tier["size_class"])
        elif tier["is_tiered"]:
            cell = cells.get((tier["size_class"], tier["quality_tier"], tier["cost_tier"]), {})
            percent, units = cell.get("percent"), cell.get("multiple")
            if units is not None:
                by_route = not rule.mechanisms or mechanism.get(tin) in rule.mechanisms
                bonus = Decimal(str(rule.multiple)) if tin in sicker and by_route else _NONE
                multiple = units + bonus
        found.append(
            {
                "tin": tin,
                "size_class": tier["size_class"],
                "category": tier["category"],
                "quality_tier": tier["quality_tier"],
                "cost_tier": tier["cost_tier"],
                "percent": percent,
                "multiple": multiple,
                "high_risk_bonus": bonus,
                "basis": basis if practice["is_subject"] else "not_subject",
            }
        )
    return as_reviewed(found, reviewed_adjustments, practice_corrections)


def paid_amounts(payable_clinicians: list[Row], supplied_practice: list[Row]) -> list[Row]:
    """The Medicare-paid dollars of every practice to which the modifier applies."""
    stated = {
        row["tin"]: row["paid_amount"]
        for row in supplied_practice
        if row["paid_amount"] is not None
    }
    clinicians: dict[str, list[Row]] = defaultdict(list)
    for row in payable_clinicians:
        clinicians[row["tin"]].append(row)
    found = [
        {
            "tin": tin,
            "service_year": mine[0]["service_year"],
            "lines": sum(row["lines"] for row in mine),
            "paid_amount": sum((row["paid_amount"] for row in mine), Decimal("0.00")),
        }
        for tin, mine in clinicians.items()
        if tin not in stated
    ]
    return found + [
        {"tin": tin, "service_year": None, "lines": None, "paid_amount": amount}
        for tin, amount in stated.items()
    ]


def balance(
    adjustments: list[Row],
    paid_amounts: list[Row],
    program: Program,
    published_factor: float | None,
) -> list[Row]:
    """The pool, the units, x, what the upward adjustments spend of it, and what is left."""
    paid = {row["tin"]: row["paid_amount"] for row in paid_amounts}
    pool = units = Decimal("0.00")
    for row in adjustments:
        dollars = paid.get(row["tin"], _NONE)
        if row["multiple"] is not None:
            units += cents(row["multiple"] * dollars)
        elif row["percent"] is not None:
            pool -= cents(row["percent"] * dollars)
    factor, source = None, "undefined"
    if published_factor is not None:
        factor, source = Decimal(str(published_factor)).quantize(_FRACTION), "published"
    elif units > 0:
        factor, source = _rounded(pool, units, program), "computed"
    upward = sum(
        (
            cents(paid.get(row["tin"], _NONE) * (row["multiple"] * factor).quantize(_FRACTION))
            for row in adjustments
            if row["multiple"] is not None and factor is not None
        ),
        Decimal("0.00"),
    )
    return [
        {
            "payment_year": program.payment_year,
            "downward_dollars": -pool,
            "unit_dollars": units,
            "adjustment_factor": factor,
            "upward_dollars": upward,
            "residual_dollars": pool - upward,
            "source": source,
        }
    ]


def _rounded(pool: Decimal, units: Decimal, program: Program) -> Decimal:
    """x = a pool / units in steps of the last digit, half a step counting as a whole one (D27)."""
    rule = program.payment
    steps = Fraction(str(rule.actuarial_factor)) * Fraction(pool) / Fraction(units)
    steps *= 10**rule.factor_digits
    # a value within twelve digits of a step or of a half is on it
    steps = Fraction(f"{float(steps):.11e}")
    half = Fraction(1, 2) if rule.factor_rounding == "half_up" else 0
    return Decimal(math.floor(steps + half)).scaleb(-rule.factor_digits).quantize(_FRACTION)


def payments(adjustments: list[Row], paid_amounts: list[Row], balance: list[Row]) -> list[Row]:
    """The ledger: the fraction by which each practice's payments change, and the dollars."""
    paid = {row["tin"]: row["paid_amount"] for row in paid_amounts}
    (result,) = balance
    factor = result["adjustment_factor"]
    found = []
    for row in adjustments:
        dollars = paid.get(row["tin"], Decimal("0.00"))
        fraction = row["percent"] or _NONE
        if row["multiple"] is not None:
            fraction = row["multiple"] * (factor or _NONE)
        fraction = fraction.quantize(_FRACTION)
        found.append(
            {
                **row,
                "adjustment_factor": factor,
                "adjustment_fraction": fraction,
                "paid_amount": dollars,
                "adjustment_amount": cents(fraction * dollars),
            }
        )
    return found


def adjusted_claim_lines(
    claim_line: list[Row],
    payments: list[Row],
    payable_clinicians: list[Row],
    specialties: list[Row],
    fee_schedule_codes: list[Row],
    program: Program,
) -> list[Row]:
    """Every line whose payment changes: before, after, and what sequestration takes (D29)."""
    fraction = {row["tin"]: row["adjustment_fraction"] for row in payments}
    kept = 1 + Decimal(str(program.payment.sequestration))
    found = []
    for line in payable_lines(
        claim_line, payable_clinicians, specialties, fee_schedule_codes, program
    ):
        modifier, paid = fraction.get(line["tin"]) or _NONE, line["paid_amount"] or _NONE
        if not modifier or not paid:
            continue
        if program.payment.line_order == "modifier_then_sequestration":
            after = cents(paid * (1 + modifier))
            change, sequestered = after - paid, cents(after * kept) - after
        else:
            reduced = cents(paid * kept)
            after = cents(reduced * (1 + modifier))
            change, sequestered = after - reduced, reduced - paid
        found.append(
            {
                "claim_id": line["claim_id"],
                "line_number": line["line_number"],
                "tin": line["tin"],
                "npi": line["npi"],
                "service_date": line["from_date"],
                "hcpcs_code": line["hcpcs_code"],
                "paid_before": paid,
                "adjustment_fraction": modifier,
                "paid_after": after,
                "adjustment_amount": change,
                "sequestered_amount": sequestered,
            }
        )
    return found
