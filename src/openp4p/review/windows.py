"""The clock of one practice's result: delivery, the window, and what makes it longer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from openp4p.audit.controls.clocks import (
    Deadline,
    business_deadline,
    deadline,
    ending,
    is_business_day,
)
from openp4p.review.policy import Policy, number

_ONE = timedelta(days=1)


@dataclass(frozen=True)
class Attempt:
    """One attempt to deliver: its local day, by which channel, and whether receipt is proved."""

    at: datetime
    channel: str
    is_proved: bool = False


def window(delivered: datetime, policy: Policy) -> Deadline:
    """The last day to dispute: so many days after delivery, on a business day."""
    return deadline(delivered, policy.window_days, policy.zone, policy.holidays, of_practice=True)


def delivered_by_notice(
    released: datetime, attempts: Sequence[Attempt], now: datetime, policy: Policy
) -> datetime | None:
    """When an unopened report counts as delivered: on day 15 after release, if notice is proved."""
    day_15 = deadline(
        released, number("notice_days") - 1, policy.zone, policy.holidays, of_practice=False
    ).ends
    proved = [a.at for a in attempts if a.is_proved]
    if not proved:
        return None
    at = max(day_15, min(proved))
    return at if now >= at else None


def is_unreached(attempts: Sequence[Attempt], policy: Policy) -> bool:
    """Three attempts, five business days or more apart, by two channels, and none is proved."""
    if any(a.is_proved for a in attempts):
        return False
    counted: list[Attempt] = []
    for attempt in sorted(attempts, key=lambda a: a.at):
        if not counted or _business_days(counted[-1].at, attempt.at, policy) >= number(
            "attempt_gap"
        ):
            counted.append(attempt)
    channels = {a.channel for a in attempts}
    return len(counted) >= number("attempts") and len(channels) >= number("attempt_channels")


def after_late_data(
    delivered: datetime, current: Deadline, asked: datetime, answered: datetime, policy: Policy
) -> Deadline:
    """The window after data came late; never earlier than it was.

    Asked for in the first half of the window: every day past the due date is added. Asked for
    later: the window ends no sooner than ten days after the answer, thirty more days at the most.
    """
    due = business_deadline(asked, number("data_answer_days"), policy.zone, policy.holidays)
    answer_day = answered.astimezone(policy.zone).date()
    late = (answer_day - due.last_day).days
    if late <= 0:
        return current
    begun = delivered.astimezone(policy.zone).date()
    half = begun + (window(delivered, policy).last_day - begun) / 2
    if asked.astimezone(policy.zone).date() <= half:
        return moved(current, current.last_day + _ONE * late, policy)
    original = window(delivered, policy).last_day
    wanted = answer_day + _ONE * number("late_data_days")
    return moved(current, min(wanted, original + _ONE * number("late_data_most")), policy)


def moved(current: Deadline, last: date, policy: Policy) -> Deadline:
    """A window that ends on another day, on a business day, and never earlier than now."""
    while not is_business_day(last, policy.holidays):
        last += _ONE
    return current if last <= current.last_day else ending(last, policy.zone)


def decision_due(submitted: datetime, policy: Policy, *, stopped: timedelta) -> datetime:
    """Until when the first level decides; waiting for the practice's answer does not count."""
    counted = deadline(
        submitted, policy.decision_days, policy.zone, policy.holidays, of_practice=False
    )
    longest = _ONE * number("information_days")
    return counted.ends + min(stopped, longest)


def appeal_until(decided: datetime, policy: Policy) -> datetime:
    """Until when a practice may ask for the second level."""
    return deadline(
        decided, number("appeal_days"), policy.zone, policy.holidays, of_practice=True
    ).ends


def appeal_due(asked: datetime, policy: Policy) -> datetime:
    """Until when the second level decides."""
    return deadline(
        asked, number("appeal_decision_days"), policy.zone, policy.holidays, of_practice=False
    ).ends


def _business_days(first: datetime, second: datetime, policy: Policy) -> int:
    day, last = (at.astimezone(policy.zone).date() for at in (first, second))
    counted = 0
    while day < last:
        day += _ONE
        counted += is_business_day(day, policy.holidays)
    return counted
