"""C15: do care coordinators and social services reach every primary care practice?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from openp4p.audit.evidence.judging import at_least, worst
from openp4p.audit.evidence.numbers import rounded
from openp4p.audit.evidence.record import (
    FAILS,
    MEETS,
    NOT_ASSESSABLE,
    PARTLY,
    Evidence,
    Finding,
    Verdict,
)
from openp4p.audit.thresholds import threshold


@dataclass(frozen=True)
class Share:
    """Practices that have all four services, of a group of practices."""

    covered: int
    practices: int


@dataclass(frozen=True)
class Difference:
    """The difference of two shares with Newcombe's interval."""

    value: float
    low: float
    high: float


def newcombe(first: Share, second: Share) -> Difference:
    """The difference of two shares, its interval from the Wilson intervals of both."""
    one, two = first.covered / first.practices, second.covered / second.practices
    (low_1, high_1), (low_2, high_2) = _wilson(first), _wilson(second)
    difference = one - two
    low = difference - np.hypot(one - low_1, high_2 - two)
    high = difference + np.hypot(high_1 - one, two - low_2)
    return Difference(difference, float(low), float(high))


def coverage_finding(at_risk: Sequence[int], covered: Sequence[bool]) -> Finding:
    """P18.2: the share of at-risk patients in practices with all four services."""
    total = sum(at_risk)
    within = sum(number for number, has in zip(at_risk, covered, strict=True) if has)
    share = within / total if total else None
    meets, partly = threshold("resources.covered_meets"), threshold("resources.covered_partly")
    return Finding(
        Evidence(
            subcheck="P18.2",
            kind="a",
            verdict=NOT_ASSESSABLE if share is None else at_least(share, meets, partly),
            statistic="share of at-risk patients in practices with all four services",
            value=share,
            threshold=f"at least {meets:g} meets; at least {partly:g} partly; else fails",
            n_units=len(at_risk),
            na_reason="no at-risk patients" if share is None else "",
        )
    )


def gap_finding(participation: tuple[Share, Share], partnership: tuple[Share, Share]) -> Finding:
    """P18.3: participants less others, and practices with a partnership less those without."""
    pairs = {"participation": participation, "partnership": partnership}
    verdicts = {name: _verdict(*pair) for name, pair in pairs.items()}
    verdict = worst(verdicts.values())
    named = next((name for name, one in verdicts.items() if one == verdict), "participation")
    first, second = pairs[named]
    judged = bool(first.practices and second.practices)
    found = newcombe(first, second) if judged else None
    gap = threshold("resources.gap")
    return Finding(
        Evidence(
            subcheck="P18.3",
            kind="a",
            verdict=verdict,
            statistic=f"difference of shares with all four services, by {named}",
            value=found.value if found else None,
            ci_low=found.low if found else None,
            ci_high=found.high if found else None,
            threshold=f"both at 100%, or interval inside +-{gap:g} meets; interval without 0 and "
            f"difference above {gap:g} fails; else partly; the worse of the two counts",
            n_units=first.practices + second.practices,
            na_reason="" if verdict != NOT_ASSESSABLE else "a group has no practices",
        )
    )


def _verdict(first: Share, second: Share) -> Verdict:
    if not first.practices or not second.practices:
        return NOT_ASSESSABLE
    if first.covered == first.practices and second.covered == second.practices:
        return MEETS
    gap, found = threshold("resources.gap"), newcombe(first, second)
    if rounded(found.low) >= -gap and rounded(found.high) <= gap:
        return MEETS
    excludes_zero = found.low > 0 or found.high < 0
    return FAILS if excludes_zero and rounded(abs(found.value)) > gap else PARTLY


def _wilson(share: Share) -> tuple[float, float]:
    interval = stats.binomtest(share.covered, share.practices).proportion_ci(
        threshold("statistics.confidence"), method="wilson"
    )
    return float(interval.low), float(interval.high)
