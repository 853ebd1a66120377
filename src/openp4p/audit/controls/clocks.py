"""C2.2: when a window ends. Days are local dates of the program's time zone, never 24 hours."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_ONE = timedelta(days=1)
_SATURDAY, _SUNDAY, _WEEK = 5, 6, 7


@dataclass(frozen=True)
class Deadline:
    """The last local date, and the instant just after it."""

    last_day: date
    ends: datetime


def deadline(
    event: datetime, days: int, zone: ZoneInfo, holidays: Collection[date], *, of_practice: bool
) -> Deadline:
    """So many calendar days after the local date of an event, which is day 0.

    One that ends a right of the practice moves to the next business day; one that binds the sponsor
    does not move.
    """
    last = _local(event, zone) + timedelta(days=days)
    while of_practice and not is_business_day(last, holidays):
        last += _ONE
    return ending(last, zone)


def business_deadline(
    event: datetime, days: int, zone: ZoneInfo, holidays: Collection[date]
) -> Deadline:
    """So many business days strictly after the local date of an event."""
    last = _local(event, zone)
    while days:
        last += _ONE
        days -= is_business_day(last, holidays)
    return ending(last, zone)


def is_business_day(day: date, holidays: Collection[date]) -> bool:
    """Monday to Friday, and no holiday."""
    return day.weekday() < _SATURDAY and day not in holidays


def federal_holidays(year: int) -> frozenset[date]:
    """The holidays of a year as observed (5 U.S.C. 6103): Saturday's on Friday, Sunday's on Monday.

    New Year's Day of the next year is among them when it is observed on 31 December.
    """
    fixed = [date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 11, 11),
             date(year, 12, 25), date(year + 1, 1, 1)]  # fmt: skip
    thursday, monday = 3, 0
    moving = [
        _nth(year, 1, monday, 3),
        _nth(year, 2, monday, 3),
        _nth(year, 6, monday, 1) - timedelta(days=_WEEK),  # the last of May
        _nth(year, 9, monday, 1),
        _nth(year, 10, monday, 2),
        _nth(year, 11, thursday, 4),
    ]
    observed = [*map(_observed, fixed), *moving]
    return frozenset(day for day in observed if day.year == year)


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % _WEEK + _WEEK * (number - 1))


def _observed(day: date) -> date:
    shift = {_SATURDAY: -1, _SUNDAY: 1}.get(day.weekday(), 0)
    return day + timedelta(days=shift)


def _local(event: datetime, zone: ZoneInfo) -> date:
    assert event.tzinfo is not None, "an instant, not a local time"
    return event.astimezone(zone).date()


def ending(last: date, zone: ZoneInfo) -> Deadline:
    """The first instant of the day after; where midnight does not exist, the first that does."""
    after = last + _ONE
    midnight = datetime(after.year, after.month, after.day, tzinfo=zone)
    return Deadline(last, midnight.astimezone(UTC))
