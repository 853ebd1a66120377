"""What did not go as it should: late, undecided, unopened, not delivered, failed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from openp4p.portal import clock
from openp4p.portal.acts.recalculating import FAILED
from openp4p.portal.acts.standing import unapplied, unapplied_variances
from openp4p.portal.models import (
    AdminCost,
    DataRequest,
    Dispute,
    Export,
    Notice,
    Recalculation,
    Result,
    ReviewedRun,
)
from openp4p.review.disputes import OPEN
from openp4p.review.policy import number
from openp4p.review.states import RunState

SHOWN = 50
_OVER = (RunState.SUPERSEDED, RunState.VOID)


@dataclass(frozen=True)
class Line:
    """One thing to look at: which, what about it, since or until when; `key`: of its run."""

    what: str
    detail: str
    when: datetime | None
    key: str = ""


@dataclass(frozen=True)
class Section:
    """Things of one kind: the words, how many there are, and the first of them."""

    words: str
    explained: str
    count: int
    lines: tuple[Line, ...]


def sections() -> list[Section]:
    """Everything an operator has to see, by what is wrong with it; nothing of a closed run."""
    now = clock.now()
    disputes = Dispute.objects.filter(state__in=OPEN).exclude(result__run__state__in=_OVER)
    disputes = disputes.select_related("result__run", "result__practice").order_by("due")
    return [
        _section(
            "Late decisions", "Past the day on which they were due; a run is not final with one.",
            disputes.filter(due__lte=now), _of_dispute,
        ),
        _section("Undecided", "Within their time.", disputes.filter(due__gt=now), _of_dispute),
        _section(
            "Late answers", "Data that were asked for; the window of the practice grows with each "
            "day.",
            DataRequest.objects.filter(answered_at=None, due__lte=now)
            .select_related("result__run", "result__practice").order_by("due"),
            lambda asked: _line(asked.result, "data asked for", asked.due),
        ),
        _section(
            "Unopened", "Released, and opened by nobody of the practice.",
            _unopened().filter(is_unreached=False),
            lambda result: _line(result, _counted(len(result.notices.all()), "notice"),
                                 result.released_at),
        ),
        _section(
            "Unreached", "Three attempts by two channels, and no proof: neither paid nor cut.",
            _unopened().filter(is_unreached=True),
            lambda result: _line(result, _counted(len(result.notices.all()), "notice"),
                                 result.released_at),
        ),
        _section(
            "Deliveries that failed", "Mail that the server refused, or that came back, to "
            "practices that have not opened the report since.",
            _failed_notices(),
            lambda notice: _line(
                notice.result, "came back" if notice.is_returned else "refused by the server",
                notice.at,
            ),
        ),
        _section(
            "No address", "Released, and there is no e-mail address to tell the practice.",
            _unopened().filter(practice__email=""),
            lambda result: _line(result, "no e-mail address", result.released_at),
        ),
        _section(
            "Recalculations that failed", "And were not repeated since.",
            _failed_recalculations(),
            lambda work: Line(work.run.title, work.message, work.ended_at, work.run.key),
        ),
        _waiting_to_be_applied(),
        _section(
            "Paperwork not settled", f"Logged more than {number('admin_pay_days')} days ago.",
            AdminCost.objects.filter(
                paid_at=None, is_refused=False, at__lte=now - timedelta(number("admin_pay_days")),
            ).select_related("practice").order_by("at"),
            lambda cost: Line(cost.practice.shown, cost.get_activity_display(), cost.at),
        ),
        _section(
            "Files to be deleted by now", "Exports past the day their recipient named.",
            Export.objects.filter(expires__lt=now.date()).order_by("expires"),
            lambda export: Line(export.what, f"held by {export.recipient}", export.at),
        ),
    ]  # fmt: skip


def _section(words: str, explained: str, found: Any, line: Any) -> Section:
    """A section of a query, of which only the first rows are read."""
    return Section(words, explained, found.count(), tuple(line(row) for row in found[:SHOWN]))


def _line(result: Result, detail: str, when: datetime | None) -> Line:
    return Line(result.practice.shown, detail, when, result.run.key)


def _of_dispute(dispute: Dispute) -> Line:
    officer = dispute.officer.shown if dispute.officer else "nobody assigned"
    return _line(dispute.result, f"{dispute.what} ({dispute.status.replace('_', ' ')}, {officer})",
                 dispute.due)  # fmt: skip


def _unopened() -> Any:  # a query
    released = Result.objects.filter(delivered_at=None, released_at__isnull=False)
    released = released.exclude(run__state__in=_OVER).order_by("released_at", "pk")
    return released.select_related("run", "practice").prefetch_related("notices")


def _failed_notices() -> Any:  # a query
    failed = Notice.objects.filter(
        Q(is_accepted=False, channel="e-mail") | Q(is_returned=True), result__delivered_at=None
    )
    failed = failed.exclude(result__run__state__in=_OVER).order_by("-at", "-pk")
    return failed.select_related("result__run", "result__practice")


def _failed_recalculations() -> Any:  # a query
    newest: dict[int, Recalculation] = {}
    for work in Recalculation.objects.order_by("pk"):
        newest[work.run_id] = work
    failed = [work.pk for work in newest.values() if work.state == FAILED]
    return Recalculation.objects.filter(pk__in=failed).select_related("run").order_by("pk")


def _waiting_to_be_applied() -> Section:
    lines = []
    for run in ReviewedRun.objects.exclude(state__in=_OVER):
        disputes, variances = unapplied(run).count(), unapplied_variances(run).count()
        if disputes or variances:
            text = f"{_counted(disputes, 'dispute')}, {_counted(variances, 'variance')}"
            lines.append(Line(run.title, text, None, run.key))
    return _listed("Accepted, not computed yet", "A run is not final while one waits.", lines)


def _listed(words: str, explained: str, lines: Iterable[Line]) -> Section:
    held = tuple(lines)
    return Section(words, explained, len(held), held[:SHOWN])


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"
