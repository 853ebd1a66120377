"""Which run may take the place of which: one chain, each link of which the runs bear out (C2.1)."""

from __future__ import annotations

from dataclasses import dataclass

from openp4p.review.refusals import require, unless
from openp4p.review.states import RunState

_GONE = (RunState.VOID, RunState.SUPERSEDED)


@dataclass(frozen=True)
class Link:
    """One run of a chain, as it was loaded and as its folder says now."""

    key: str
    about: tuple[str, int, int]  # program, payment year, performance year
    state: RunState
    fingerprint: str
    stored_fingerprint: str | None  # of the folder now; None: it is not there
    reviews: str | None = None  # fingerprint of the run it corrects; None: computed anew
    replaces: tuple[str, ...] = ()  # the runs before it in its chain, nearest first


def may_supersede(old: Link, new: Link) -> None:
    """Refuse a link that the runs do not bear out.

    A run that corrects another takes the place of that one and of no other; one that was computed
    anew corrects none, and takes the place of a run of the same program and years.
    """
    corrects = new.reviews is None or new.reviews == old.fingerprint
    require(
        unless(new.key != old.key, "A run does not take its own place."),
        unless(
            new.about == old.about, "The two runs are not of the same program, year and period."
        ),
        unless(corrects, "The new run corrects another run and not this one."),
        unless(new.state not in _GONE, "The new run is void, or replaced itself."),
        unless(not new.replaces, "The new run takes the place of another run already."),
        unless(new.key not in old.replaces, "The new run was replaced by this one before."),
        *(_unchanged(link, name) for link, name in ((old, "This run"), (new, "The new run"))),
    )


def _unchanged(link: Link, name: str) -> str | None:
    if link.stored_fingerprint is None:
        return f"{name} is not in its folder any more."
    same = link.stored_fingerprint == link.fingerprint
    return unless(same, f"{name} is not what it was when it was loaded.")


def difference_due(payable: int, paid: int, *, is_disputed: bool) -> int:
    """What a run that takes another's place still pays, in cents: what was paid counts.

    Nothing is taken back while a dispute is open.
    """
    due = payable - paid
    return max(0, due) if is_disputed else due
