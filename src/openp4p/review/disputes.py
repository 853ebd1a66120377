"""A dispute of one practice: what may be questioned, and what becomes of it (C2.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from openp4p.review.refusals import require, unless
from openp4p.review.roles import Role
from openp4p.review.states import RunState


class DisputeState(StrEnum):
    """Where a dispute stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    INFO_REQUESTED = "info_requested"
    ACCEPTED = "accepted"
    PARTLY_ACCEPTED = "partly_accepted"
    REJECTED = "rejected"
    APPEALED = "appealed"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


D = DisputeState
UNDECIDED = frozenset({D.SUBMITTED, D.INFO_REQUESTED})
OPEN = UNDECIDED | {D.APPEALED}
CAN_APPEAL = frozenset({D.PARTLY_ACCEPTED, D.REJECTED})
OUTCOMES = (D.ACCEPTED, D.PARTLY_ACCEPTED, D.REJECTED)


class Category(StrEnum):
    """What a practice questions."""

    PATIENT = "patient"
    CLAIM = "claim"
    MEASURE_CASE = "measure_case"
    SPECIALTY = "specialty"
    SIZE = "size"
    REPORTING = "reporting"
    VARIANCE = "variance"
    RISK = "risk"
    BENCHMARK = "benchmark"
    ARITHMETIC = "arithmetic"
    METHOD = "method"


@dataclass(frozen=True)
class Kind:
    """A category in words, and which fields an item of it has."""

    words: str
    fields: tuple[str, ...] = ()
    is_recalculated: bool = True


KINDS = {
    Category.PATIENT: Kind("A patient is not mine", ("beneficiary_id",)),
    Category.CLAIM: Kind("A claim is wrong", ("claim_id", "field", "claimed_value")),
    Category.MEASURE_CASE: Kind(
        "A case of a measure is wrong", ("measure", "case_id", "claimed_value")
    ),
    Category.SPECIALTY: Kind("The specialty of a clinician", ("npi", "claimed_value")),
    Category.SIZE: Kind("The size of the practice", ("npi", "claimed_value")),
    Category.REPORTING: Kind("What we reported", ("measure", "claimed_value")),
    Category.VARIANCE: Kind("A clinical variance was not applied", ("measure", "case_id", "code")),
    Category.RISK: Kind("Risk adjustment", ("beneficiary_id", "claimed_value")),
    Category.BENCHMARK: Kind("Benchmark or peer group", ("measure",)),
    Category.ARITHMETIC: Kind("Arithmetic of the payment", ("field", "claimed_value")),
    Category.METHOD: Kind("A comment on the method", (), is_recalculated=False),
}
REASON_CODES = {
    "evidence": "the evidence shows it",
    "record": "the claims and the register show it",
    "rule": "the rule says so",
    "no_evidence": "nothing was shown for it",
    "other_practice": "it concerns another practice",
    "answered": "a comment, answered",
}


@dataclass(frozen=True)
class File:
    """What a practice may hand in: until when, and for what."""

    run_state: RunState
    window_ends: datetime | None
    now: datetime
    items: int
    text: str
    category: Category


def may_file(asked: File) -> None:
    """Refuse a dispute outside the window of the practice, or one that says nothing."""
    delivered = asked.window_ends is not None
    fields = KINDS[asked.category].fields
    require(
        unless(asked.run_state is RunState.OPEN, "This run is not open for review."),
        unless(delivered, "The report has not been opened yet; the window begins when it is."),
        unless(
            asked.window_ends is None or asked.now < asked.window_ends,
            "The window for disputes is over.",
        ),
        unless(bool(asked.text.strip()), "Say in words what is wrong."),
        unless(not fields or asked.items > 0, "Name what the dispute is about."),
    )


@dataclass(frozen=True)
class Decision:
    """A decision: what, why, under which rule, and by whom."""

    outcome: DisputeState
    reason_code: str
    text: str
    rule: str
    actor: str
    roles: frozenset[Role]
    analyst: str | None = None
    scoring_team: frozenset[str] = frozenset()
    first_decider: str | None = None


def decided(state: DisputeState, decision: Decision) -> DisputeState:
    """The state after a decision at the first level."""
    require(
        unless(state in UNDECIDED, "This dispute is not waiting for a decision."),
        unless(Role.CASE_OFFICER in decision.roles, "Only a case officer decides."),
        unless(decision.actor != decision.analyst, "Who built the run does not decide."),
        *_reasoned(decision),
    )
    return decision.outcome


def decided_on_appeal(state: DisputeState, decision: Decision) -> DisputeState:
    """The state after the second level, which is outside the scoring team."""
    outside = decision.actor not in decision.scoring_team
    require(
        unless(state is D.APPEALED, "Nobody asked for the second level."),
        unless(Role.REVIEWER in decision.roles, "Only a second-level reviewer decides this."),
        unless(outside, "The second level is outside the scoring team."),
        unless(decision.actor != decision.first_decider, "Nobody reviews their own decision."),
        *_reasoned(decision),
    )
    return D.DECIDED


def appealed(state: DisputeState, now: datetime, until: datetime) -> DisputeState:
    """The state once a practice asks for the second level."""
    require(
        unless(state in CAN_APPEAL, "There is no decision against you to appeal."),
        unless(now < until, "The time to ask for the second level is over."),
    )
    return D.APPEALED


def asked(state: DisputeState) -> DisputeState:
    """The state while the practice is asked for more."""
    require(unless(state is D.SUBMITTED, "Only a submitted dispute can wait for an answer."))
    return D.INFO_REQUESTED


def answered(state: DisputeState) -> DisputeState:
    """The state once the practice has answered."""
    require(unless(state is D.INFO_REQUESTED, "Nothing was asked."))
    return D.SUBMITTED


def withdrawn(state: DisputeState) -> DisputeState:
    """The state once the practice takes its dispute back."""
    require(unless(state in OPEN, "This dispute is no longer open."))
    return D.WITHDRAWN


def _reasoned(decision: Decision) -> list[str | None]:
    against = decision.outcome in CAN_APPEAL
    return [
        unless(decision.outcome in OUTCOMES, "A decision accepts, accepts in part, or rejects."),
        unless(decision.reason_code in REASON_CODES, "Choose a reason."),
        unless(bool(decision.text.strip()), "Give the reasons in words."),
        unless(not against or bool(decision.rule.strip()), "Cite the rule the decision rests on."),
    ]
