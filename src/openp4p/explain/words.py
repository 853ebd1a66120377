"""Values and names as people say them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

_STATUSES = {
    "verified": "verified",
    "recalled": "recalled, not verified",
    "default": "a default of this project, where the rules are silent",
}
_CENTS = -2


def status_in_words(status: str) -> str:
    """How far a rule can be trusted."""
    return _STATUSES[status]


def dollars(amount: object) -> str:
    """An amount of money: $1,234.50, -$3.00."""
    if amount is None:
        return "no amount"
    exact = Decimal(str(amount))
    return f"{'-' if exact < 0 else ''}${abs(exact):,.2f}"


def percent(fraction: object, digits: int = 3) -> str:
    """A fraction of payment as a percentage, without trailing zeros: -2%, +15.48%."""
    exact = Decimal(str(fraction)) * 100
    text = f"{exact:+.{digits}f}".rstrip("0").rstrip(".")
    return "0%" if text in ("+0", "-0") else f"{text}%"


def number(value: object, digits: int = 6) -> str:
    """A number to so many significant digits, or exactly when it is whole or a decimal."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) >= 1000 else f"{value:.{digits}g}"
    if isinstance(value, Decimal):
        if value.as_tuple().exponent == _CENTS:
            return f"{value:,f}"
        return f"{value.normalize():f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def in_words(value: object) -> str:
    """Any value of a rule or a row on one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {in_words(item)}" for key, item in value.items()) or "none"
    if isinstance(value, tuple | list):
        return ", ".join(map(in_words, value)) or "any"
    if hasattr(value, "model_dump"):
        said = value.model_dump()
        return str(said.get("id") or in_words({k: v for k, v in said.items() if v is not None}))
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:g}"
    return number(value)
