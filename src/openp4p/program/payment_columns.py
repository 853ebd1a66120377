"""The columns of the payment ledger, the same for every way in which a program pays."""

from __future__ import annotations

from openp4p.engine.portable import FRACTION

DOLLARS = "decimal(38, 2)"
# a practice's place in the grid and what that place pays
PLACE_COLUMNS = {
    "tin": "string",
    "size_class": "string",
    "category": "int32",
    "quality_tier": "string",
    "cost_tier": "string",
    "percent": FRACTION,
    "multiple": FRACTION,
    "high_risk_bonus": FRACTION,
}
PAYMENT_COLUMNS = {
    **PLACE_COLUMNS,
    "adjustment_factor": FRACTION,
    "adjustment_fraction": FRACTION,
    "paid_amount": DOLLARS,
    "adjustment_amount": DOLLARS,
    "basis": "string",
}
