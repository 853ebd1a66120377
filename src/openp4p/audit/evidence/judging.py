"""How a number becomes a verdict: compared at 12 digits, the first condition that holds decides."""

from __future__ import annotations

from collections.abc import Iterable

from openp4p.audit.evidence.numbers import rounded
from openp4p.audit.evidence.record import FAILS, MEETS, NOT_ASSESSABLE, PARTLY, Verdict

_WORST_FIRST: tuple[Verdict, ...] = (FAILS, PARTLY, MEETS)


def at_most(value: float, meets: float, partly: float) -> Verdict:
    """Small is good."""
    if rounded(value) <= rounded(meets):
        return MEETS
    return PARTLY if rounded(value) <= rounded(partly) else FAILS


def at_least(value: float, meets: float, partly: float) -> Verdict:
    """Great is good."""
    if rounded(value) >= rounded(meets):
        return MEETS
    return PARTLY if rounded(value) >= rounded(partly) else FAILS


def holds(condition: bool) -> Verdict:
    """A condition that names no verdict: it holds or it fails."""
    return MEETS if condition else FAILS


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst verdict of those that could be given; not assessable when none could."""
    given = set(verdicts)
    return next((verdict for verdict in _WORST_FIRST if verdict in given), NOT_ASSESSABLE)


def better(verdicts: Iterable[Verdict]) -> Verdict:
    """The best verdict of those that could be given, where a program may take either route."""
    given = set(verdicts)
    return next((verdict for verdict in _WORST_FIRST[::-1] if verdict in given), NOT_ASSESSABLE)
