"""What of a practice's amount may be paid now, and what may be shown to the public (C2.1, C2.6)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from openp4p.review.refusals import require, unless
from openp4p.review.states import RunState


class Publication(StrEnum):
    """Whether a result may be, or is, shown to the public."""

    NOT_PUBLISHABLE = "not_publishable"
    PUBLISHABLE = "publishable"
    PUBLISHED = "published"


@dataclass(frozen=True)
class ResultStanding:
    """What payment and publication ask of one practice's result. Money in cents."""

    run_state: RunState
    decided_cents: int  # under the latest decided version
    is_held: bool = False  # never reached
    undecided: int = 0  # disputes open at either level
    can_still_appeal: bool = False
    claimed_cents: int | None = None  # under the practice's own claim, where it can be computed


def payable_cents(result: ResultStanding) -> int:
    """What may be instructed: all of it, or the undisputed amount, or nothing.

    A penalty is not applied while a dispute is open; a practice that was not reached is held.
    """
    if result.run_state is not RunState.PAYABLE or result.is_held:
        return 0
    if not result.undecided and not result.can_still_appeal:
        return result.decided_cents
    claimed = result.decided_cents if result.claimed_cents is None else result.claimed_cents
    return max(0, min(result.decided_cents, claimed))


def may_instruct(result: ResultStanding) -> None:
    """Refuse a payment instruction for a run that is not payable or a practice that is held."""
    require(
        unless(result.run_state is RunState.PAYABLE, "Nothing of this run is payable."),
        unless(not result.is_held, "A practice that was never reached is neither paid nor cut."),
    )


def publication(result: ResultStanding, *, is_enabled: bool, cells_pass: bool) -> Publication:
    """Whether a result may be published."""
    final = result.run_state in (RunState.FINAL, RunState.PAYABLE, RunState.PAID)
    settled = not (result.undecided or result.can_still_appeal or result.is_held)
    if final and settled and is_enabled and cells_pass:
        return Publication.PUBLISHABLE
    return Publication.NOT_PUBLISHABLE
