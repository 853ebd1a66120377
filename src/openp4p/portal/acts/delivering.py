"""A report reaches its practice: notices, the first opening, reminders, the end of windows."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.message import EmailMessage
from django.db import transaction
from django.db.models import Max, Q

from openp4p.portal import clock, trail
from openp4p.portal.acts.standing import policy_of
from openp4p.portal.acts.steps import attempt, describe
from openp4p.portal.models import Dispute, Notice, Result, ReviewedRun, User
from openp4p.review.disputes import UNDECIDED
from openp4p.review.policy import number
from openp4p.review.states import RunState
from openp4p.review.windows import Attempt, delivered_by_notice, is_unreached, window

_AT_ONCE = 500
_LOG = logging.getLogger(__name__)
RELEASED, NOT_OPENED, CLOSING = "released", "not_opened", "closing"
_WORDS = {
    RELEASED: ("A report is ready for your review", "A report of your results is in the portal."),
    NOT_OPENED: ("Reminder: your report is waiting", "Nobody of your practice opened it yet."),
    CLOSING: ("Reminder: the time to question your results ends", "The last day is {day}."),
}


def opened(result: Result, actor: User) -> None:
    """The practice opens its report; the first time starts its clock."""
    if result.delivered_at is not None or result.run.status is not RunState.OPEN:
        return
    with transaction.atomic():
        held = Result.objects.select_for_update().select_related("run").get(pk=result.pk)
        if held.delivered_at is None:
            deliver(held, clock.now(), "opened", actor)
    result.refresh_from_db()


def deliver(result: Result, at: datetime, how: str, actor: User | None) -> None:
    """Note a delivery; the window is the practice's own from then on."""
    end = window(at, policy_of(result.run))
    result.delivered_at, result.delivered_how = at, how
    result.last_day, result.ends, result.is_unreached = end.last_day, end.ends, False
    result.save()
    trail.record("result.delivered", f"result:{result.key}", actor, how=how, sets=describe(result))


def tick() -> dict[str, int]:
    """What the clock does: notices and reminders, delivery by notice, windows closed, overdue."""
    now, done = clock.now(), {"sent": 0, "delivered": 0, "closed": 0, "overdue": 0}
    for run in ReviewedRun.objects.filter(state=RunState.OPEN):
        done["sent"] += _notices(run, now)
        done["delivered"] += _by_notice(run, now)
        done["closed"] += attempt(run, "close")
    late = Dispute.objects.filter(state__in=UNDECIDED, due__lte=now, is_overdue=False)
    for dispute in late:
        with transaction.atomic():
            dispute.is_overdue, dispute.officer = True, None
            dispute.save()
            trail.record("dispute.overdue", f"dispute:{dispute.key}", None)
            done["overdue"] += 1
    return done


def _notices(run: ReviewedRun, now: datetime) -> int:
    """Notices of what was released, and reminders; one of each kind a fortnight at most."""
    remind = timedelta(days=number("remind_days"))
    results = Result.objects.filter(run=run, released_at__isnull=False)
    sent = 0
    with get_connection() as mail:
        waiting = results.filter(delivered_at=None).annotate(told=Max("notices__at"))
        due = waiting.filter(Q(told=None) | Q(told__lte=now - remind))
        for result in due.select_related("practice"):
            what = RELEASED if result.told is None else NOT_OPENED
            sent += _send(result, what, now, mail)
        soon = results.filter(ends__gt=now, ends__lte=now + remind)
        for result in soon.exclude(notices__what=CLOSING).select_related("practice"):
            sent += _send(result, CLOSING, now, mail)
    return sent


def _send(result: Result, what: str, now: datetime, mail: object) -> int:
    """A message in the portal, and one to the address of the practice; no result in either."""
    Notice.objects.create(result=result, at=now, channel="portal", what=what)
    address = result.practice.email
    if not address:
        return 0
    subject, text = _WORDS[what]
    body = text.format(day=f"{result.last_day:%d %B %Y}" if result.last_day else "")
    body += "\n\nSign in to the portal to read it. This message holds no result and no patient.\n"
    message = EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [address], connection=mail)
    try:
        is_accepted = message.send() == 1
    except OSError:  # the server is away or refuses: not a proof, and tried again as a reminder
        _LOG.warning("a notice was not accepted by the mail server")
        is_accepted = False
    Notice.objects.create(
        result=result, at=now, channel="e-mail", what=what, is_accepted=is_accepted
    )
    return int(is_accepted)


def attempts(result: Result, now: datetime) -> list[Attempt]:
    """The notices as attempts; one is proof once it was accepted and did not come back."""
    settled = timedelta(days=number("notice_returned_days"))
    return [
        Attempt(
            notice.at,
            notice.channel,
            is_proved=notice.is_accepted and not notice.is_returned and now - notice.at >= settled,
        )
        for notice in result.notices.all()
    ]


def _by_notice(run: ReviewedRun, now: datetime) -> int:
    rule, count = policy_of(run), 0
    # nothing is delivered by notice, or given up, sooner
    before = now - timedelta(days=number("notice_days") - 1)
    waiting = Result.objects.filter(run=run, delivered_at=None, released_at__lte=before)
    for result in waiting.select_related("run").prefetch_related("notices"):
        made = attempts(result, now)
        at = delivered_by_notice(result.released_at, made, now, rule)
        lost = at is None and is_unreached(made, rule)
        if at is None and lost == result.is_unreached:
            continue
        with transaction.atomic():
            if at is not None:
                deliver(result, at, "notice", None)
                count += 1
            else:
                result.is_unreached = lost
                result.save()
                trail.record("result.unreached", f"result:{result.key}", None, lost=lost)
    return count


def proved(result: Result, channel: str, actor: User) -> None:
    """Somebody of the sponsor notes a postal or courier receipt."""
    with transaction.atomic():
        Notice.objects.create(
            result=result, at=clock.now(), channel=channel, what=RELEASED, is_accepted=True
        )
        trail.record("notice.proved", f"result:{result.key}", actor, channel=channel)
