"""C6.2: how much of what some practices gain is taken from others."""

from __future__ import annotations

import math
from collections.abc import Sequence

from openp4p.audit.evidence.judging import at_most
from openp4p.audit.evidence.record import NOT_ASSESSABLE, Evidence, Finding
from openp4p.audit.thresholds import threshold


def redistribution_index(differences: Sequence[int]) -> float | None:
    """Cents lost over cents gained, with the program against without it; 1 is full redistribution.

    Nothing when no payment changes, infinite when somebody loses and nobody gains. A census of the
    practices, non-participants too, so it has no interval.
    """
    lost = -sum(min(0, cents) for cents in differences)
    gained = sum(max(0, cents) for cents in differences)
    if gained:
        return lost / gained
    return math.inf if lost else None


def redistribution_finding(differences: Sequence[int]) -> Finding:
    """P10.2, from the change of every practice's payment in cents."""
    meets, partly = threshold("redistribution.meets"), threshold("redistribution.partly")
    index = redistribution_index(differences)
    verdict = NOT_ASSESSABLE if index is None else at_most(index, meets, partly)
    lost = -sum(min(0, cents) for cents in differences)
    gained = sum(max(0, cents) for cents in differences)
    return Finding(
        Evidence(
            subcheck="P10.2",
            kind="a",
            verdict=verdict,
            statistic="dollars lost by practices over dollars gained by practices",
            value=index,
            threshold=f"at most {meets:g} meets; at most {partly:g} partly; else fails",
            n_units=len(differences),
            na_reason="no payment changes" if index is None else "",
            text=f"Practices gain ${gained / 100:,.2f} and lose ${lost / 100:,.2f}.",
        )
    )
