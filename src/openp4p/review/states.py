"""The states of a run under review and what moves it from one to the next (C2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from openp4p.review.policy import numbers
from openp4p.review.refusals import require, unless
from openp4p.review.roles import Role


class RunState(StrEnum):
    """Where a run stands."""

    DRAFT = "draft"
    PRELIMINARY = "preliminary"
    OPEN = "open"
    RESOLVING = "resolving"
    FINAL = "final"
    PAYABLE = "payable"
    PAID = "paid"
    SUPERSEDED = "superseded"
    VOID = "void"


S = RunState
WORDS = {
    S.DRAFT: "being prepared",
    S.PRELIMINARY: "preliminary: nobody has received it yet",
    S.OPEN: "open for review",
    S.RESOLVING: "windows closed, disputes being decided",
    S.FINAL: "final: every dispute is decided",
    S.PAYABLE: "payable",
    S.PAID: "paid",
    S.SUPERSEDED: "replaced by another run",
    S.VOID: "void",
}


@dataclass(frozen=True)
class Transition:
    """One way on: from which states, by whom, by how many persons."""

    event: str
    sources: tuple[RunState, ...]
    target: RunState
    by: Role | None  # None: the clock
    persons: int = 1
    needs_reason: bool = False


TRANSITIONS = {
    t.event: t
    for t in (
        Transition("submit", (S.DRAFT,), S.PRELIMINARY, Role.ANALYST),
        Transition("open", (S.PRELIMINARY,), S.OPEN, Role.APPROVER),
        Transition("recall", (S.PRELIMINARY,), S.DRAFT, Role.APPROVER, needs_reason=True),
        Transition("extend", (S.OPEN,), S.OPEN, Role.APPROVER, needs_reason=True),
        Transition("defect", (S.OPEN,), S.PRELIMINARY, Role.APPROVER, needs_reason=True),
        Transition("close", (S.OPEN,), S.RESOLVING, None),
        Transition("finalise", (S.RESOLVING,), S.FINAL, Role.APPROVER, persons=2),
        Transition("release", (S.FINAL,), S.PAYABLE, Role.FINANCE),
        Transition("pay", (S.PAYABLE,), S.PAID, Role.FINANCE),
        Transition("supersede", (S.FINAL, S.PAYABLE, S.PAID), S.SUPERSEDED, Role.APPROVER,
                   persons=2, needs_reason=True),
        Transition("void", (S.DRAFT, S.PRELIMINARY, S.OPEN, S.RESOLVING, S.FINAL), S.VOID,
                   Role.APPROVER, persons=2, needs_reason=True),
    )
}  # fmt: skip


MEANINGS = {
    "submit": "results are locked, for an approver to look at",
    "open": "every practice is told; its window begins when it opens its report",
    "recall": "back to a draft",
    "extend": "every window that ends earlier ends on that day",
    "defect": "an error concerns many: every practice gets a new delivery and a whole new window",
    "close": "no new disputes",
    "finalise": "results stay as they are",
    "release": "payment instructions are made",
    "pay": "what was instructed has been paid",
    "supersede": "another run takes its place",
    "void": "the run is kept, and nothing comes of it",
}


@dataclass(frozen=True)
class Standing:
    """What the guards ask of a run: how many practices stand how."""

    practices: int
    rendered: int = 0  # practices whose report is there to be opened
    undelivered: int = 0  # neither opened, nor noticed, nor found unreachable
    running: int = 0  # delivered, window not over
    unreached: int = 0
    undecided: int = 0  # disputes without a decision at the first level
    unapplied: int = 0  # accepted disputes and variances that no version has in it yet
    is_checked: bool = True  # the data-quality gate was passed
    windows_end: datetime | None = None
    new_end: datetime | None = None


@dataclass(frozen=True)
class Actors:
    """Who acts, and who acted before."""

    actor: str | None  # None: the clock
    roles: frozenset[Role] = frozenset()
    analyst: str | None = None  # who submitted the run
    agreed: frozenset[str] = frozenset()  # who approved the same step before


def moved(
    state: RunState, event: str, standing: Standing, actors: Actors, *, reason: str = ""
) -> RunState | None:
    """The next state; None when one more person has to agree first. Refused with all reasons."""
    step = TRANSITIONS[event]
    require(
        unless(state in step.sources, f"A run that is {WORDS[state]} cannot take this step."),
        *_of_person(step, actors),
        unless(not step.needs_reason or bool(reason.strip()), "Say why."),
        *_guards(event, standing),
    )
    persons = len(actors.agreed | {str(actors.actor)})
    return step.target if persons >= step.persons else None


def _of_person(step: Transition, actors: Actors) -> list[str | None]:
    if step.by is None:
        return [unless(actors.actor is None, "Only the clock takes this step.")]
    built = step.by is not Role.ANALYST and actors.actor == actors.analyst
    return [
        unless(step.by in actors.roles, f"Only the {step.by.replace('_', ' ')} takes this step."),
        unless(not built, "Who built the run does not approve it."),
    ]


def _guards(event: str, standing: Standing) -> list[str | None]:
    if event == "submit":
        return [unless(standing.is_checked, "The checks of the data were not passed.")]
    if event == "open":
        lacking = standing.practices - standing.rendered
        return [unless(lacking == 0, f"The report of {lacking:,} practices is not made yet.")]
    if event == "extend":
        later = standing.new_end is not None and (
            standing.windows_end is None or standing.new_end > standing.windows_end
        )
        return [unless(later, "A window is only ever made longer.")]
    if event == "close":
        return [_windows_over(standing)]
    if event in ("finalise", "release", "pay"):
        applied = unless(
            standing.unapplied == 0,
            f"{standing.unapplied:,} accepted disputes and variances are not in a recalculated "
            "result yet.",
        )
        return [_windows_over(standing), _decided(standing), _reached(standing), applied]
    return []


def _windows_over(standing: Standing) -> str | None:
    left = standing.undelivered + standing.running
    return unless(left == 0, f"The window of {left:,} practices is not over.")


def _decided(standing: Standing) -> str | None:
    return unless(standing.undecided == 0, f"{standing.undecided:,} disputes are not decided.")


def _reached(standing: Standing) -> str | None:
    most = numbers()["most_unreached"].value * standing.practices
    return unless(
        standing.unreached <= most,
        f"{standing.unreached:,} of {standing.practices:,} practices could not be reached; "
        f"{float(numbers()['most_unreached'].value):.0%} is the most.",
    )
