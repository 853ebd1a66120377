"""How pages write money, percents and names of columns."""

from __future__ import annotations

from decimal import Decimal

from django import template

from openp4p.reports import numbers
from openp4p.review.states import MEANINGS

register = template.Library()
_WORDS = {
    "quality_tier": "Quality", "cost_tier": "Cost", "fraction": "Adjustment", "cents": "In dollars",
    "patients": "Patients", "beneficiary_id": "Patient", "npi": "Clinician (NPI)",
    "claim_id": "Claim", "case_id": "Case", "claimed_value": "should be",
}  # fmt: skip


@register.filter
def dollars(cents: int | None) -> str:
    """Whole cents as dollars."""
    if cents is None:
        return ""
    sign = "−" if cents < 0 else ""
    return f"{sign}${Decimal(abs(cents)) / 100:,.2f}"


@register.filter
def percent(fraction: object) -> str:
    """A fraction of payment as a percent with its sign."""
    if fraction is None:
        return "none"
    value = Decimal(str(fraction)) * 100
    return f"{value:+.2f}%".replace("-", "−") if value else "0.00%"


@register.filter
def share(fraction: float | None) -> str:
    """A share of draws as a percent, as the reports write it."""
    return "not drawn" if fraction is None else numbers.share(fraction)


@register.filter
def meaning(event: str) -> str:
    """What a step of a run does."""
    return MEANINGS[event]


@register.filter
def column(name: str) -> str:
    """The name of a column in words."""
    return _WORDS.get(name, name.replace("_", " "))


@register.filter
def as_column(value: object, name: str) -> str:
    """A value as its column is written."""
    if name == "cents" and isinstance(value, int):
        return dollars(value)
    if name == "fraction":
        return percent(value)
    return str(value) if value not in (None, "") else "none"
