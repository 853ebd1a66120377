"""One cell of a file of records: what it says, or why it says nothing that can be used.

No mistake repeats what stands in a cell that should hold a number, a day or a name: nobody knows
what was pasted there.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from openp4p.audit.records.columns import Column
from openp4p.program.mistakes import did_you_mean

YES, NO = ("yes", "true", "y", "1"), ("no", "false", "n", "0")
MOST = 10**12
_LONGEST = 200
_MONTHS = 12
_PERIOD = re.compile(r"(\d{4})(?:-(\d{2}))?")
_WORD = re.compile(r"[A-Za-z][A-Za-z_ -]{0,39}")
_CENT = Decimal("0.01")

Value = str | bool | int | Decimal | dt.date | None


class CellError(Exception):
    """Why a cell cannot be used: what was found, what is allowed, and what to do."""

    def __init__(self, found: str, allowed: str, remedy: str = "") -> None:
        self.found, self.allowed, self.remedy = found, allowed, remedy
        super().__init__(found)


def value_of(column: Column, text: str) -> Value:
    """What a cell says; `CellError` when it says nothing of the kind."""
    if not text:
        if column.may_be_empty:
            return None
        raise CellError("is empty", allowed_in(column), f"Fill in {column.about}.")
    readers: Mapping[str, Callable[[Column, str], Value]] = {
        "name": _name, "text": _name, "word": _word, "yes_no": _yes_no, "whole": _whole,
        "number": _number, "dollars": _dollars, "day": _day, "period": _period,
    }  # fmt: skip
    return readers[column.kind](column, text)


def period_number(text: str) -> int:
    """A year as itself; a month as months since year 0, so that they are in a row."""
    year, _, month = text.partition("-")
    return int(year) * _MONTHS + int(month) - 1 if month else int(year)


def is_month(text: str) -> bool:
    """Whether a period is a month rather than a year."""
    return "-" in text


def allowed_in(column: Column) -> str:
    """What may stand in a column, in words."""
    said = {
        "name": "a name",
        "text": "a text",
        "word": ", ".join(column.words),
        "yes_no": "yes or no",
        "whole": "a whole number, 0 or more",
        "number": "a number" + (" above 0" if column.above_zero else ""),
        "dollars": "dollars, 0 or more, in whole cents",
        "day": "a day such as 2015-11-30",
        "period": "a year such as 2015, or a month such as 2015-03",
    }
    return said[column.kind]


def _name(_column: Column, text: str) -> str:
    if len(text) > _LONGEST:
        raise CellError(f"has {len(text)} characters", f"at most {_LONGEST}")
    return text


def _word(column: Column, text: str) -> str:
    word = text.lower().replace(" ", "_")
    if word in column.words:
        return word
    found = f"'{text}' is not allowed" if _WORD.fullmatch(text) else "is no such word"
    raise CellError(found, allowed_in(column), did_you_mean(word, column.words))


def _yes_no(column: Column, text: str) -> bool:
    if text.lower() in (*YES, *NO):
        return text.lower() in YES
    raise CellError("is neither yes nor no", allowed_in(column))


def _decimal(column: Column, text: str) -> Decimal:
    try:
        number = Decimal(text)
        if not number.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        remedy = "Write it as 1234.5, without $, % or commas."
        raise CellError("is not a number", allowed_in(column), remedy) from None
    if abs(number) > MOST:
        raise CellError("is more than can be", f"at most {MOST:,}")
    return number


def _number(column: Column, text: str) -> Decimal:
    number = _decimal(column, text)
    if column.above_zero and number <= 0:
        raise CellError("is not above zero", allowed_in(column))
    if number < 0 and not column.signed:
        raise CellError("is below zero", "0 or more")
    return number


def _dollars(column: Column, text: str) -> Decimal:
    number = _decimal(column, text)
    if number < 0:
        raise CellError("is below zero", allowed_in(column))
    if number != number.quantize(_CENT):
        raise CellError("has parts of a cent", allowed_in(column), "Round it to cents.")
    return number


def _whole(column: Column, text: str) -> int:
    number = _decimal(column, text)
    if number < 0 or number != int(number):
        raise CellError("is not a whole number", allowed_in(column))
    return int(number)


def _day(column: Column, text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text) if len(text) == len("2015-11-30") else _no_day(column)
    except ValueError:
        return _no_day(column)


def _no_day(column: Column) -> dt.date:
    raise CellError("is not a day", allowed_in(column), "Write year, month, day: 2015-11-30.")


def _period(column: Column, text: str) -> str:
    found = _PERIOD.fullmatch(text)
    if found is None or not 1 <= int(found[2] or 1) <= _MONTHS:
        raise CellError("is not a period", allowed_in(column))
    return text
