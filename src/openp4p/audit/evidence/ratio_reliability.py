"""C9.2-3: how reliable cost ratios and composites of practices are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from openp4p.audit.evidence.numbers import Vector
from openp4p.audit.thresholds import count, threshold
from openp4p.shrinkage.spread import Spread, spread_of

__all__ = [
    "Spread",
    "composite_reliability",
    "pooled_variances",
    "ratio_variances",
    "resampled_rate_variances",
    "spread_of",
]


def pooled_variances(per_case: Vector, cases: Vector, specialty: Sequence[str | None]) -> Vector:
    """The variance of each practice's ratio: its per-case variance, pulled toward its specialty's.

    A practice's own counts n / (n + 20); with one case it counts nothing.
    """
    own = cases / (cases + threshold("reliability.pooling_cases"))
    own = np.where((cases <= 1) | ~np.isfinite(per_case), 0.0, own)
    names = np.array(["" if one is None else one for one in specialty])
    known = np.isfinite(per_case) & (cases > 1)
    everybody = float(per_case[known].mean()) if known.any() else np.nan
    pooled = np.full(len(cases), everybody)
    for name in np.unique(names):
        of_it = known & (names == name)
        if of_it.any():
            pooled[names == name] = per_case[of_it].mean()
    mixed = own * np.where(known, per_case, 0.0) + (1.0 - own) * pooled
    return np.asarray(mixed / cases)


def ratio_variances(actual: Vector, expected: Vector, practice: Vector) -> tuple[Vector, Vector]:
    """Each practice's ratio and the per-case variance of it (ratio estimator), from cases."""
    cases = np.bincount(practice).astype(float)
    ratio = np.bincount(practice, actual) / np.bincount(practice, expected)
    squares = np.bincount(practice, np.square(actual - ratio[practice] * expected))
    mean_expected = np.bincount(practice, expected) / cases
    per_case = np.full(len(cases), np.nan)
    several = cases > 1
    per_case[several] = (squares / np.square(mean_expected))[several] / (cases[several] - 1)
    return ratio, per_case


def composite_reliability(composites: Vector, error_variances: Vector) -> float | None:
    """1 - mean error variance / observed variance, at least 0; nothing if none varies."""
    observed = float(np.var(composites, ddof=1)) if len(composites) > 1 else 0.0
    if observed <= 0.0:
        return None
    return max(0.0, 1.0 - float(error_variances.mean()) / observed)


def resampled_rate_variances(
    met: Vector, practice: Vector, patient: Vector, *, seed: int
) -> Vector:
    """Error variances of measures and what they share, patients drawn again within practices.

    `met` has a row a patient and a column a measure, NaN where the patient is no case. One draw
    serves all measures of a practice, since their errors hang together through its patients. Gives
    practices x measures x measures, times n/(n-1) by the cases of the measures.
    """
    practices, measures = int(practice.max()) + 1, met.shape[1]
    assert len(np.unique(patient)) == len(patient), "one row a patient"
    random, draws = np.random.default_rng(seed), count("reliability.bootstrap_draws")
    made = np.full((practices, measures, measures), np.nan)
    is_case = np.isfinite(met)
    values = np.where(is_case, met, 0.0)
    for number in range(practices):
        rows = np.flatnonzero(practice == number)
        weights = random.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=draws)
        with np.errstate(invalid="ignore", divide="ignore"):
            rates = (weights @ values[rows]) / (weights @ is_case[rows].astype(float))
        cases = is_case[rows].sum(axis=0)
        factor = np.sqrt(np.where(cases > 1, cases / np.maximum(cases - 1, 1), np.nan))
        centred = rates - np.nanmean(rates, axis=0)
        held = np.isfinite(centred).all(axis=1)
        cross = centred[held].T @ centred[held] / max(held.sum() - 1, 1)
        made[number] = cross * np.outer(factor, factor)
    return made
