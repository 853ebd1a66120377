"""The sponsor answers: asks, assigns, decides with reasons, and a second level decides again."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from openp4p.audit.controls.clocks import Deadline
from openp4p.portal import clock, trail
from openp4p.portal.access import memberships
from openp4p.portal.acts.disputing import locked, saved
from openp4p.portal.acts.standing import policy_of
from openp4p.portal.acts.steps import describe
from openp4p.portal.models import DataRequest, Decision, Dispute, Membership, Note, Result, User
from openp4p.results import Run
from openp4p.review import disputes
from openp4p.review.corrections import default_kind
from openp4p.review.disputes import Category, DisputeState
from openp4p.review.policy import number
from openp4p.review.refusals import require, unless
from openp4p.review.roles import SCORING_TEAM, Role
from openp4p.review.states import RunState
from openp4p.review.windows import after_late_data, appeal_until


def decide(
    dispute: Dispute,
    actor: User,
    *,
    outcome: str,
    reason_code: str,
    text: str,
    rule: str,
    kind: str = "",
) -> Decision:
    """A decision at the level the dispute is at, with its reasons."""
    now = clock.now()
    with transaction.atomic():
        held = locked(dispute)
        level = 2 if held.status is DisputeState.APPEALED else 1
        first = held.decisions.filter(level=1).last()
        decision = disputes.Decision(
            outcome=DisputeState(outcome), reason_code=reason_code, text=text, rule=rule,
            actor=str(actor.pk), roles=_roles(actor), analyst=str(held.result.run.analyst_id),
            scoring_team=_scoring_team(), first_decider=str(first.by_id) if first else None,
        )  # fmt: skip
        if level == 1:
            held.state = disputes.decided(held.status, decision)
        else:
            held.state = disputes.decided_on_appeal(held.status, decision)
        held.decided_at = now
        held.appeal_until = appeal_until(now, policy_of(held.result.run)) if level == 1 else None
        held.kind = _kind(held, decision.outcome, kind)
        made = Decision.objects.create(
            dispute=held, level=level, outcome=outcome, reason_code=reason_code,
            text=text.strip(), rule=rule.strip(), by=actor, at=now,
        )  # fmt: skip
        saved(held, "dispute.decided", actor, level=level, outcome=outcome, kind=held.kind)
    return made


def ask(dispute: Dispute, text: str, actor: User) -> None:
    """Ask the practice for more; the clock of the decision stands still, for a while."""
    with transaction.atomic():
        held = locked(dispute)
        require(unless(bool(text.strip()), "Write what you need to know."))
        held.state = disputes.asked(held.status)
        held.asked_at = clock.now()
        Note.objects.create(dispute=held, by=actor, at=held.asked_at, text=text.strip())
        saved(held, "dispute.asked", actor)


def assign(dispute: Dispute, officer: User, actor: User) -> None:
    """Give a case to a case officer."""
    is_officer = memberships(officer).filter(role=Role.CASE_OFFICER).exists()
    require(unless(is_officer, "Only a case officer can be given a case."))
    with transaction.atomic():
        held = locked(dispute)
        held.officer = officer
        saved(held, "dispute.assigned", actor, officer=officer.pk)


def answer_data(request: DataRequest, text: str, actor: User) -> None:
    """Answer what data were asked for; a late answer makes the window longer."""
    with transaction.atomic():
        result = Result.objects.select_for_update().get(pk=request.result_id)
        request.refresh_from_db()
        require(
            unless(request.answered_at is None, "This is answered already."),
            unless(bool(text.strip()), "Write the answer."),
        )
        request.answer, request.answered_at = text.strip(), clock.now()
        request.save()
        end = after_late_data(
            result.delivered_at, Deadline(result.last_day, result.ends), request.asked_at,
            request.answered_at, policy_of(result.run),
        )  # fmt: skip
        result.last_day, result.ends = end.last_day, end.ends
        result.save()
        trail.record(
            "data.answered", f"result:{result.key}", actor, request=request.key,
            sets=describe(result),
        )  # fmt: skip


def kinds_of(dispute: Dispute) -> list[str]:
    """The kinds of correction that the program of the run knows."""
    from pathlib import Path

    return sorted(Run.open(Path(dispute.result.run.folder)).program.corrections.effects)


def _kind(dispute: Dispute, outcome: DisputeState, said: str) -> str:
    """What the recalculation does for an accepted dispute; nothing for a rejected one."""
    category = Category(dispute.category)
    if outcome is DisputeState.REJECTED or not disputes.KINDS[category].is_recalculated:
        return ""
    kind = said or default_kind(category)
    early = dispute.result.run.status in (RunState.OPEN, RunState.RESOLVING)
    require(
        unless(kind in kinds_of(dispute), "This program knows no such correction."),
        unless(early or dispute.status is DisputeState.DECIDED, "The run is final."),
    )
    return kind


def _roles(actor: User) -> frozenset[Role]:
    held = memberships(actor).filter(practice=None).values_list("role", flat=True)
    return frozenset(Role(role) for role in held)


def _scoring_team() -> frozenset[str]:
    """Everybody who held analyst or approver within two years."""
    since = clock.now() - timedelta(days=number("scoring_team_months") * 31)
    held = Membership.objects.filter(role__in=[role.value for role in SCORING_TEAM])
    recent = held.filter(until=None) | held.filter(until__gte=since)
    return frozenset(str(pk) for pk in recent.values_list("user", flat=True))
