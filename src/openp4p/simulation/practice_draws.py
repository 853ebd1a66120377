"""How likely each pair of tiers is when the practice's patients are drawn again."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from openp4p.simulation.practice_tiers import Placed, Vector, placed, rate_at
from openp4p.simulation.rates import KINDS, TIERS, Line, Sheet

DRAWS = 4000
_HALF = 0.5


def tier_probabilities(sheet: Sheet, draws: int = DRAWS) -> list[dict[str, Any]]:
    """The nine pairs of tiers and how often each came up; they add up to 1.

    Measures are drawn independently: patients met from a binomial, events from a Poisson, other
    rates from a normal distribution with the variance they have. Benchmarks, peers and the standard
    error of the test stay. The same practice always gets the same draws.
    """
    generator = np.random.default_rng(_seed(sheet))
    scored = [line for kind in KINDS for line in sheet.scored(kind)]
    drawn = {line.measure: _drawn(line, generator, draws) for line in scored}
    now = placed(sheet)
    again = placed(sheet, drawn, _errors(now))
    tiers = [np.broadcast_to(again.tiers[kind], draws) for kind in KINDS]
    return [
        {
            "quality": quality,
            "cost": cost,
            "probability": float(
                (
                    (tiers[0] == TIERS.index(quality) - 1) & (tiers[1] == TIERS.index(cost) - 1)
                ).mean()
            ),
        }
        for quality in TIERS
        for cost in TIERS
    ]


def _errors(now: Placed) -> dict[str, Vector]:
    return {kind: found.error for kind, found in now.composites.items() if found is not None}


def _drawn(line: Line, generator: np.random.Generator, draws: int) -> Vector:
    if line.form == "share":
        share = line.amount / line.cases
        if share <= 0 or share >= 1:  # as for its variance: half a patient inwards
            share = (line.amount + _HALF) / (line.cases + 1)
        return np.asarray(generator.binomial(line.cases, share, draws), float)
    if line.form == "events":
        return np.asarray(generator.poisson(max(line.amount, _HALF), draws), float)
    _, variance = rate_at(line, np.asarray(line.amount))
    spread = 0.0 if np.isnan(variance) else float(np.sqrt(variance))
    moved = line.amount + spread * generator.standard_normal(draws)
    return np.asarray(np.clip(moved, 0.0, line.most))


def _seed(sheet: Sheet) -> int:
    """A number that the practice's figures alone decide."""
    said = [(line.measure, line.cases, line.amount) for line in sheet.lines]
    digest = hashlib.sha256(repr(sorted(said)).encode()).digest()
    return int.from_bytes(digest[:8], "big")
