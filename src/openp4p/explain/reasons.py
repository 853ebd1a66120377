"""Why a case of a measure does not count, in words, whichever family the measure is of."""

from __future__ import annotations

from openp4p.explain import cases, episodes, outcomes

COUNTS = "counts"


def why_out(measure: str, reason: str | None) -> str:
    """The words for a reason of a case of a measure; that it counts, where there is none."""
    if reason is None:
        return COUNTS
    if measure == episodes.MEASURE:
        return episodes.OUT.get(reason, reason)
    return cases.OUT.get(reason) or outcomes.OUT.get(reason) or reason.replace("_", " ")
