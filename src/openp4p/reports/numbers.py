"""Numbers as a page prints them: 1,234; $1,234,567; 12.3%; minus as a true minus sign."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

MINUS = "\N{MINUS SIGN}"
NONE = "\N{EN DASH}"
_CENTS, _DOLLARS = Decimal("0.01"), Decimal("1")
_THOUSANDTH = Decimal("0.001")


def count(value: object) -> str:
    """A whole number with thousands separated."""
    return NONE if value is None else _signed(f"{int(str(value)):,}")


def cents(amount: object) -> str:
    """Money to the cent."""
    return _money(amount, _CENTS)


def dollars(amount: object) -> str:
    """Money to the dollar."""
    return _money(amount, _DOLLARS)


def moved(amount: object) -> str:
    """Money to the dollar with its sign, since it says in which direction it goes."""
    text = dollars(amount)
    return f"+{text}" if amount is not None and Decimal(str(amount)) > 0 else text


def share(fraction: object, digits: int = 1) -> str:
    """A fraction as a percentage with so many decimals."""
    if fraction is None:
        return NONE
    return _signed(f"{_rounded(fraction, digits):.{digits}f}%")


def adjustment(fraction: object) -> str:
    """A fraction of payment as a signed percentage without trailing zeros."""
    if fraction is None:
        return NONE
    exact = (Decimal(str(fraction)) * 100).quantize(_THOUSANDTH, ROUND_HALF_UP)
    text = f"{exact:+f}".rstrip("0").rstrip(".")
    return "0%" if exact == 0 else _signed(f"{text}%")


def factor(fraction: object) -> str:
    """A factor as a percentage without trailing zeros and without a sign."""
    return adjustment(fraction).removeprefix("+")


def multiple(value: object) -> str:
    """A multiple of the factor x: +2x, +4.5x."""
    return f"+{Decimal(str(value)).normalize():f}x"


def adjustment_name(fraction: object, times: object | None) -> str:
    """An adjustment as people say it: a percentage, or +2x = +30.96%."""
    return adjustment(fraction) if times is None else f"{multiple(times)} = {adjustment(fraction)}"


def _money(amount: object, unit: Decimal) -> str:
    if amount is None:
        return NONE
    exact = Decimal(str(amount)).quantize(unit, ROUND_HALF_UP)
    return _signed(f"{'-' if exact < 0 else ''}${abs(exact):,}")


def _rounded(fraction: object, digits: int) -> Decimal:
    return (Decimal(str(fraction)) * 100).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _signed(text: str) -> str:
    return text.replace("-", MINUS)
