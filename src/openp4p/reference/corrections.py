"""Corrections read a second time, in plain Python."""

from __future__ import annotations

from collections import defaultdict

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row

_STRENGTH = ("keep", "low_to_average", "high_to_average", "average")


def practice_corrections(
    correction: list[Row], correction_effects: list[Row], program: Program
) -> list[Row]:
    """What the accepted corrections of every practice come to."""
    effects = {row["kind"]: row for row in correction_effects}
    listed: dict[str, list[Row]] = defaultdict(list)
    for row in correction:
        if row["performance_year"] == program.performance_year and row["kind"] in effects:
            listed[row["tin"]].append(effects[row["kind"]])
    return [
        {
            "tin": tin,
            "corrections": len(found),
            "category_1": any(row["category_1"] for row in found),
            "quality": max((row["quality"] for row in found), key=_STRENGTH.index),
            "cost": max((row["cost"] for row in found), key=_STRENGTH.index),
        }
        for tin, found in listed.items()
    ]


def as_reviewed(
    computed: list[Row], reviewed: list[Row], practice_corrections: list[Row]
) -> list[Row]:
    """The rows of a review: of practices without a correction, those that were there before."""
    corrected = {row["tin"] for row in practice_corrections}
    kept = {row["tin"]: row for row in reviewed if row["tin"] not in corrected}
    return [row for row in computed if row["tin"] not in kept] + list(kept.values())


def corrected_tier(tier: str | None, effect: str) -> str | None:
    """A tier after an accepted correction."""
    if tier is None:
        return None
    gives_way = {"average": tier, "low_to_average": "low", "high_to_average": "high"}
    return "average" if gives_way.get(effect) == tier else tier
