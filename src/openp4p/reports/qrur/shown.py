"""The one place where a number of a report becomes text, whatever the form it is printed in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from openp4p.reports import numbers

SUPPRESSED = "*"  # a number that may not leave the practice, whatever the reason
_PERCENT_UNITS = {"proportion": 100, "percent": 1}
_HUNDREDTH = Decimal("0.01")


class Withheld:
    """A value that may not be shown; every one looks the same."""

    def __repr__(self) -> str:
        return SUPPRESSED


WITHHELD = Withheld()


def shown(value: object, kind: str, unit: str = "") -> str:
    """The text of a value of one kind (`KINDS`); a rate also needs its unit."""
    if value is WITHHELD:
        return SUPPRESSED
    if value is None or value == "":
        return numbers.NONE
    return _rate(value, unit) if kind == "rate" else KINDS[kind](value)


def two_digits(value: object) -> str:
    """A number with two decimals."""
    return _minus(f"{_rounded(value):,}")


def score(value: object) -> str:
    """A distance in standard deviations, always with its sign."""
    exact = _rounded(value)
    return _minus(f"{exact:+,}") if exact else f"{abs(exact)}"


def yes_no(value: object) -> str:
    """Yes or no."""
    return "yes" if value else "no"


def date(value: object) -> str:
    """A day as 2015-03-01."""
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _rate(value: object, unit: str) -> str:
    if unit in _PERCENT_UNITS:
        exact = Decimal(str(value)) * _PERCENT_UNITS[unit]
        return _minus(f"{exact.quantize(Decimal('0.1'), ROUND_HALF_UP):,}%")
    return numbers.dollars(value) if unit == "dollars" else two_digits(value)


def _rounded(value: object) -> Decimal:
    return Decimal(str(value)).quantize(_HUNDREDTH, ROUND_HALF_UP)


def _minus(text: str) -> str:
    return text.replace("-", numbers.MINUS)


KINDS: Mapping[str, Callable[[object], str]] = {
    "text": str,
    "yes_no": yes_no,
    "date": date,
    "count": numbers.count,
    "cents": numbers.cents,
    "dollars": numbers.dollars,
    "moved": numbers.moved,
    "share": numbers.share,
    "adjustment": numbers.adjustment,
    "multiple": numbers.multiple,
    "score": score,
    "two_digits": two_digits,
}
