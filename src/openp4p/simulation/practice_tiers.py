"""From the amounts of a practice's measures to its composites and tiers, for one or many at once.

The same steps as the stages of a run from `scores` to `tiers`; an amount may be an array, and then
everything that follows from it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from openp4p.program.definition import Program
from openp4p.simulation.rates import KINDS, TIERS, Line, Sheet

Vector = NDArray[Any]
_HALF, _WHOLE = 0.5, 100.0
_DIGITS = 12


@dataclass(frozen=True)
class Composite:
    """A composite with its standard error; NaN where the error is not known."""

    raw: Vector
    value: Vector
    error: Vector


@dataclass(frozen=True)
class Placed:
    """Composites by kind (none where nothing is scored) and tiers: -1 low, 0 average, 1 high."""

    composites: Mapping[str, Composite | None]
    tiers: Mapping[str, Vector]

    def names(self) -> tuple[str, str]:
        """The tiers of quality and cost in words, of a single placement."""
        quality, cost = (TIERS[int(self.tiers[kind].item()) + 1] for kind in KINDS)
        return quality, cost


def placed(
    sheet: Sheet,
    amounts: Mapping[str, float | Vector] | None = None,
    errors: Mapping[str, Vector] | None = None,
) -> Placed:
    """Where the practice stands, with some amounts in the place of its own.

    `errors` holds standard errors to test with, by kind, in the place of those that follow.
    """
    composites = {kind: composite(sheet, kind, amounts or {}) for kind in KINDS}
    tiers = {
        kind: tier(found, sheet.program, (errors or {}).get(kind))
        for kind, found in composites.items()
    }
    return Placed(composites, tiers)


def composite(sheet: Sheet, kind: str, amounts: Mapping[str, float | Vector]) -> Composite | None:
    """The quality or cost composite; none without a scored measure or without peers."""
    lines, peers = sheet.scored(kind), sheet.peers.get(kind)
    if not lines or peers is None:
        return None
    domains: dict[str, list[tuple[Vector, Vector]]] = {}
    for line in lines:
        scored = score(line, np.asarray(amounts.get(line.measure, line.amount), float))
        domains.setdefault(line.rule.domain, []).append(scored)
    means = [_mean(parts) for parts in domains.values()]
    raw, variance = _mean(means)
    mean, deviation = peers
    if deviation <= 0:
        return Composite(raw, np.zeros_like(raw), np.full_like(raw, np.nan))
    error = np.sqrt(variance) / deviation
    if sheet.program.composites.standard_error == "none":
        error = np.full_like(error, np.nan)
    return Composite(raw, (raw - mean) / deviation, error)


def score(line: Line, amount: Vector) -> tuple[Vector, Vector]:
    """The standardised score of an amount and its variance; NaN where that is not known."""
    assert line.mean is not None, "a scored measure has a benchmark"
    assert line.deviation is not None, "a scored measure has a benchmark"
    rate, variance = rate_at(line, amount)
    distance = line.sign * ((rate - line.mean) / line.deviation)
    return distance, variance / (line.deviation * line.deviation)


def rate_at(line: Line, amount: Vector) -> tuple[Vector, Vector]:
    """The rate that an amount makes, and its variance (D12)."""
    if line.form == "share":
        rate, variance = amount / line.cases, _share_variance(amount, line.cases)
    elif line.form == "events":
        rate = line.worth * amount
        variance = line.worth * line.worth * np.maximum(amount, _HALF)
    elif line.form == "percent":
        rate = amount
        variance = _share_variance(amount / _WHOLE * line.cases, line.cases) * _WHOLE * _WHOLE
    else:
        known = np.nan if line.variance is None else line.variance
        rate, variance = amount, np.full_like(amount, known)
    return rate, variance if line.cases > 1 else np.full_like(rate, np.nan)


def _share_variance(met: Vector, cases: int) -> Vector:
    """r(1 - r)/n; at 0 or 1 the rate is first moved half a case inwards, (x + .5)/(n + 1)."""
    counted = np.minimum(met, float(cases))
    plain = counted / cases
    edge = (plain <= 0.0) | (plain >= 1.0)
    used = np.where(edge, (counted + _HALF) / (cases + 1.0), plain)
    return np.asarray(used * (1.0 - used) / cases)


def _mean(parts: list[tuple[Vector, Vector]]) -> tuple[Vector, Vector]:
    """The mean of independent values and its variance."""
    number = float(len(parts))
    total: Vector = np.asarray(0.0)
    variance: Vector = np.asarray(0.0)
    for value, spread in parts:
        total, variance = np.asarray(total + value), np.asarray(variance + spread)
    return np.asarray(total / number), np.asarray(variance / (number * number))


def tier(found: Composite | None, program: Program, error: Vector | None = None) -> Vector:
    """-1, 0 or 1 by the distance from the mean and, where the rule asks, its significance."""
    if found is None:
        return np.asarray(0)
    value = significant(found.value)
    far = np.abs(value) >= program.tiering.standard_deviations
    if program.tiering.rule == "distance_and_significance" and (
        program.composites.standard_error != "none"
    ):
        far &= _is_significant(
            np.abs(found.value), found.error if error is None else error, program
        )
    return np.asarray(np.where(far, np.sign(value), 0.0).astype(int))


def critical(program: Program) -> float:
    """How many standard errors make a distance significant."""
    return NormalDist().inv_cdf(1 - program.tiering.significance / 2)


def _is_significant(distance: Vector, error: Vector, program: Program) -> Vector:
    none = error == 0.0
    times = significant(distance / np.where(none, np.nan, error))
    reached = times >= significant(np.asarray(critical(program)))
    return np.asarray(reached | none)


def significant(value: Vector) -> Vector:
    """Rounded to twelve significant digits, as the engine rounds before it compares."""
    held = np.asarray(value, float)
    size = np.where(np.isfinite(held) & (held != 0.0), np.abs(held), 1.0)
    exponent = (_DIGITS - 1) - np.floor(np.log10(size))
    up, down = 10.0 ** np.maximum(exponent, 0.0), 10.0 ** np.maximum(-exponent, 0.0)
    scaled = held * up / down
    cut = np.where(held >= 0, np.floor(scaled + _HALF), np.ceil(scaled - _HALF))
    return np.asarray(np.where(held == 0.0, 0.0, cut / up * down))
