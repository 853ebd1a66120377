"""A run goes from one state to the next: by the right persons, or by the clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from openp4p.audit.controls.clocks import ending
from openp4p.portal import clock, trail
from openp4p.portal.access import memberships
from openp4p.portal.acts import superseding
from openp4p.portal.acts.paying import accrue, instruct, settle
from openp4p.portal.acts.standing import policy_of, run_standing
from openp4p.portal.models import Approval, Result, ReviewedRun, User
from openp4p.review.refusals import RefusedError, require, unless
from openp4p.review.roles import Role
from openp4p.review.states import Actors, RunState, moved
from openp4p.review.trail import instant


def take(
    run: ReviewedRun,
    event: str,
    actor: User | None,
    *,
    reason: str = "",
    last_day: date | None = None,
    successor: ReviewedRun | None = None,
) -> RunState | None:
    """The new state of a run; None when a second person has to agree first.

    `successor`: the run that takes its place; both persons have to name the same.
    """
    with transaction.atomic():
        run = ReviewedRun.objects.select_for_update().get(pk=run.pk)
        new_end = _end_of(run, last_day)
        _check_chain(run, event, successor)
        step = event if successor is None else f"{event}:{successor.key}"
        earlier = run.approvals.filter(event=step, is_used=False)
        agreed = frozenset(str(pk) for pk in earlier.values_list("by", flat=True))
        actors = Actors(
            actor=None if actor is None else str(actor.pk),
            roles=_roles(actor),
            analyst=None if run.analyst_id is None else str(run.analyst_id),
            agreed=agreed,
        )
        target = moved(run.status, event, run_standing(run, new_end=new_end), actors, reason=reason)
        name = f"run:{run.key}"
        if target is None:
            Approval.objects.create(run=run, event=step, by=actor, at=clock.now())
            trail.record(f"run.{event}.agreed", name, actor, reason=reason, step=step)
            return None
        earlier.update(is_used=True)
        run.state, run.successor = target, successor or run.successor
        others = _effects(run, event, actor, new_end)
        run.save()
        trail.record(
            f"run.{event}", name, actor, reason=reason, others=others, step=step,
            sets={"state": run.state},
        )  # fmt: skip
    return target


def _check_chain(run: ReviewedRun, event: str, successor: ReviewedRun | None) -> None:
    """Refuse a link that the runs do not bear out, and to void what took the place of another."""
    is_link = event == "supersede"
    require(
        unless(not is_link or successor is not None, "Name the run that takes its place."),
        unless(is_link or successor is None, "Only a run that is replaced has a successor."),
        unless(
            event != "void" or not superseding.replaced_by(run),
            "This run took the place of another: another run can take its own, but it is not void.",
        ),
    )
    if successor is not None:
        superseding.check(run, successor)


def _roles(actor: User | None) -> frozenset[Role]:
    if actor is None:
        return frozenset()
    held = memberships(actor).filter(practice=None).values_list("role", flat=True)
    return frozenset(Role(role) for role in held)


def _end_of(run: ReviewedRun, last_day: date | None) -> datetime | None:
    return None if last_day is None else ending(last_day, policy_of(run).zone).ends


def _effects(
    run: ReviewedRun, event: str, actor: User | None, new_end: datetime | None
) -> dict[str, dict[str, object]]:
    """What a step does besides; which results stand otherwise for it."""
    now, results = clock.now(), Result.objects.filter(run=run)
    if event == "submit":
        run.analyst = actor
    elif event == "open":
        run.opened_at = run.opened_at or now
        results.filter(released_at=None).update(released_at=now)
    elif event == "extend" and new_end is not None:
        return _extended(run, new_end)
    elif event == "defect":
        return _begun_anew(run)
    elif event == "finalise":
        run.final_at = now
        accrue(run)
    elif event == "release":
        instruct(run)
    elif event == "pay":
        settle(run)
    return {}


def _extended(run: ReviewedRun, new_end: datetime) -> dict[str, dict[str, object]]:
    """Every window that ends earlier ends later."""
    last = new_end.astimezone(policy_of(run).zone).date() - timedelta(days=1)
    shorter = Result.objects.filter(run=run, ends__lt=new_end)
    keys = list(shorter.values_list("key", flat=True))
    shorter.update(ends=new_end, last_day=last)
    return {f"result:{key}": {"last_day": last.isoformat()} for key in keys}


def _begun_anew(run: ReviewedRun) -> dict[str, dict[str, object]]:
    """After a defect every practice gets a new delivery and a whole new window; disputes stay."""
    delivered = Result.objects.filter(run=run).exclude(delivered_at=None)
    keys = list(delivered.values_list("key", flat=True))
    Result.objects.filter(run=run).update(
        released_at=None, delivered_at=None, delivered_how="", last_day=None, ends=None,
        is_unreached=False,
    )  # fmt: skip
    return {f"result:{key}": {"delivered_at": None, "last_day": None} for key in keys}


def attempt(run: ReviewedRun, event: str) -> bool:
    """Take a step of the clock if it can be taken."""
    try:
        return take(run, event, None) is not None
    except RefusedError:
        return False


def describe(result: Result) -> dict[str, object]:
    """What the trail says of a result."""
    return {
        "delivered_at": instant(result.delivered_at) if result.delivered_at else None,
        "last_day": result.last_day.isoformat() if result.last_day else None,
        "version": result.version,
        "publication": str(result.publication),
    }
