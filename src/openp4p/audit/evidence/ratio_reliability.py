"""C9.2-3: how reliable cost ratios and composites of practices are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from openp4p.audit.evidence.numbers import Vector
from openp4p.audit.thresholds import count, threshold


@dataclass(frozen=True)
class Spread:
    """What practices truly differ by (`between`), and the variance of each one's own result."""

    mean: float
    between: float
    own: Vector

    @property
    def reliability(self) -> Vector:
        """Between over between plus own; 0 for everybody where practices do not differ."""
        total = self.between + self.own
        return np.divide(self.between, total, out=np.zeros(len(total)), where=total > 0)

    def posterior_mean(self, values: Vector) -> Vector:
        """Each result pulled toward the mean by what of it is noise."""
        return np.asarray(self.mean + self.reliability * (values - self.mean))

    @property
    def posterior_deviation(self) -> Vector:
        """How far the true value may lie from it."""
        return np.sqrt(self.between * (1.0 - self.reliability))


def spread_of(values: Vector, own: Vector) -> Spread:
    """Paule and Mandel: the variance between practices at which the results vary as they should.

    No normal is assumed; 0 where the spread is no more than chance.
    """

    def excess(between: float) -> float:
        weights = 1.0 / (own + between)
        mean = np.average(values, weights=weights)
        return float((weights * np.square(values - mean)).sum()) - (len(values) - 1)

    most = max(float(np.var(values)) * len(values), np.finfo(float).tiny)
    certain = bool((own <= 0).any())
    if not certain and excess(0.0) <= 0.0:
        between = 0.0
    else:
        between = optimize.brentq(excess, most * 1e-15 if certain else 0.0, most, rtol=1e-14)
    weights = 1.0 / (own + between) if own.any() or between else np.ones(len(values))
    return Spread(float(np.average(values, weights=weights)), float(between), own)


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
