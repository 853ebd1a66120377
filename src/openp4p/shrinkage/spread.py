"""Results with a variance of their own: how much practices truly differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize

Vector = npt.NDArray[Any]


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
