"""From sub-checks to the verdict of a clause. There is no score: nothing adds clauses up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from openp4p.audit.clauses import Case
from openp4p.audit.conditions import all_hold
from openp4p.audit.evidence.record import FAILS, MEETS, NOT_ASSESSABLE, PARTLY, Verdict

NONE_REQUIRED: Literal["none_required"] = "none_required"
EvidenceVerdict = Verdict | Literal["none_required"]
# worst first: how bands of a size, and records on one point, are taken together
WORST_FIRST: tuple[Verdict, ...] = (FAILS, NOT_ASSESSABLE, PARTLY, MEETS)


@dataclass(frozen=True)
class Judged:
    """A sub-check's verdict and whether the clause turns on it."""

    verdict: Verdict
    critical: bool


def verdict_of(cases: tuple[Case, ...], values: Mapping[str, object]) -> Verdict:
    """The first case that holds decides; while open ones could decide otherwise, nothing does."""
    possible: set[Verdict] = set()
    for case in cases:
        truth = all_hold(case.tests, values)
        if truth is False:
            continue
        possible.add(case.verdict)
        if truth:
            break
    return possible.pop() if len(possible) == 1 else NOT_ASSESSABLE


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several verdicts on one point."""
    return min(verdicts, key=WORST_FIRST.index)


def design_verdict(checks: Iterable[Judged]) -> Verdict:
    """Of the sub-checks of kind b and the settings of kind c."""
    judged = list(checks)
    decided = _by_critical(judged)
    if decided is not None:
        return decided
    assessable = [check.verdict for check in judged if check.verdict != NOT_ASSESSABLE]
    if not assessable:
        return NOT_ASSESSABLE
    return _all_or_some(assessable)


def evidence_verdict(checks: Iterable[Judged]) -> EvidenceVerdict:
    """Of kinds a and d and the event records of kind c."""
    judged = list(checks)
    decided = _by_critical(judged)
    if decided is not None:
        return decided
    assessable = [check.verdict for check in judged if check.verdict != NOT_ASSESSABLE]
    return _all_or_some(assessable) if assessable else NONE_REQUIRED


def overall_verdict(design: Verdict, evidence: EvidenceVerdict) -> Verdict:
    """Both sides together: the worse of two that are known, nothing while one is not."""
    if FAILS in (design, evidence):
        return FAILS
    if NOT_ASSESSABLE in (design, evidence):
        return NOT_ASSESSABLE
    return MEETS if design == MEETS and evidence in (MEETS, NONE_REQUIRED) else PARTLY


def _by_critical(judged: list[Judged]) -> Verdict | None:
    """A critical sub-check that fails, or cannot be assessed, decides alone."""
    critical = [check.verdict for check in judged if check.critical]
    return next((v for v in (FAILS, NOT_ASSESSABLE) if v in critical), None)


def _all_or_some(verdicts: list[Verdict]) -> Verdict:
    return MEETS if set(verdicts) == {MEETS} else PARTLY
