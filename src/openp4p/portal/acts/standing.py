"""Where a run and a result stand, counted by the database, for the rules to judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.db.models import Max, Q

from openp4p.portal import clock
from openp4p.portal.models import Dispute, Result, ReviewedRun, Variance, Version
from openp4p.results import Run
from openp4p.review.disputes import CAN_APPEAL, OPEN, UNDECIDED, DisputeState
from openp4p.review.payable import ResultStanding
from openp4p.review.policy import Policy, policy
from openp4p.review.states import Standing

_POLICIES: dict[str, Policy] = {}


def policy_of(run: ReviewedRun) -> Policy:
    """What binds a run, from the rules it was computed under and the day it was opened."""
    opened = run.opened_at or clock.now()
    name = f"{run.run_id} {opened.year}"
    if name not in _POLICIES:
        _POLICIES[name] = policy(Run.open(Path(run.folder)).program, opened)
    return _POLICIES[name]


def run_standing(run: ReviewedRun, *, new_end: datetime | None = None) -> Standing:
    """The counts that the steps of a run are judged by."""
    now, results = clock.now(), Result.objects.filter(run=run)
    disputes = Dispute.objects.filter(result__run=run)
    waiting = Q(delivered_at=None)
    return Standing(
        practices=results.count(),
        rendered=results.filter(is_rendered=True).count(),
        undelivered=results.filter(waiting, is_unreached=False).count(),
        running=results.filter(ends__gt=now).count(),
        unreached=results.filter(waiting, is_unreached=True).count(),
        undecided=disputes.filter(state__in=UNDECIDED).count(),
        unapplied=unapplied(run).count() + unapplied_variances(run).count(),
        is_checked=run.is_checked,
        windows_end=results.aggregate(last=Max("ends"))["last"],
        new_end=new_end,
    )


def unapplied(run: ReviewedRun):  # type: ignore[no-untyped-def]  # noqa: ANN201  # a query
    """Accepted disputes that ask for a recalculation which did not happen yet."""
    accepted = (DisputeState.ACCEPTED, DisputeState.PARTLY_ACCEPTED, DisputeState.DECIDED)
    return Dispute.objects.filter(result__run=run, state__in=accepted, applied_in=None).exclude(
        kind=""
    )


def unapplied_variances(run: ReviewedRun):  # type: ignore[no-untyped-def]  # noqa: ANN201  # a query
    """Variances that no computation has in it yet; nobody has to accept one."""
    return Variance.objects.filter(result__run=run, applied_in=None)


def result_standing(result: Result) -> ResultStanding:
    """What payment and publication of one result are judged by."""
    now, mine = clock.now(), Dispute.objects.filter(result=result)
    version = current(result)
    return ResultStanding(
        run_state=result.run.status,
        decided_cents=version.cents,
        is_held=result.is_unreached and result.delivered_at is None,
        undecided=mine.filter(state__in=OPEN).count(),
        can_still_appeal=mine.filter(state__in=CAN_APPEAL, appeal_until__gt=now).exists(),
    )


def standings(run: ReviewedRun) -> Iterator[tuple[Result, ResultStanding]]:
    """Every result of a run with what it is judged by, from four queries however many there are."""
    disputes, now = Dispute.objects.filter(result__run=run), clock.now()
    open_now = Counter(disputes.filter(state__in=OPEN).values_list("result", flat=True))
    can_appeal = set(
        disputes.filter(state__in=CAN_APPEAL, appeal_until__gt=now).values_list("result", flat=True)
    )
    versions = Version.objects.filter(result__run=run).values_list("result", "number", "cents")
    cents = {(result, number): amount for result, number, amount in versions}
    for result in Result.objects.filter(run=run).select_related("practice"):
        yield (
            result,
            ResultStanding(
                run_state=run.status,
                decided_cents=cents[result.pk, result.version],
                is_held=result.is_unreached and result.delivered_at is None,
                undecided=open_now[result.pk],
                can_still_appeal=result.pk in can_appeal,
            ),
        )


def current(result: Result) -> Version:
    """The version of a result that holds now."""
    found: Version = result.versions.get(number=result.version)
    return found
