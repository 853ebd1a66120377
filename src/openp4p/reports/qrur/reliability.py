"""How much of a practice's score is the practice, and how much is chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

# The customary floor for statements about one physician (Adams, RAND TR-653-NCQA, 2009); no rule
# of the program. Below so many practices the spread between them is a guess.
FLOOR = 0.70
FEWEST_PRACTICES = 10


def between_variance(scores: Sequence[float], variances: Sequence[float]) -> float | None:
    """The variance of true scores between practices (Paule and Mandel), none when too few say.

    The value at which the practices' squared distances from their mean, each over its own
    variance plus this one, are what chance gives. 0 when they differ by no more than chance.
    """
    if len(scores) < FEWEST_PRACTICES:
        return None
    found, noise = np.asarray(scores, float), np.asarray(variances, float)
    if noise.min() <= 0:
        noise = np.maximum(noise, np.finfo(float).tiny)
    if _excess(0.0, found, noise) <= 0:
        return 0.0
    high = float(np.var(found, ddof=1)) or 1.0
    while _excess(high, found, noise) > 0:
        high *= 2
    return float(brentq(_excess, 0.0, high, args=(found, noise), xtol=1e-10))


def _excess(between: float, found: NDArray[np.float64], noise: NDArray[np.float64]) -> float:
    weights = 1 / (noise + between)
    mean = float((weights * found).sum() / weights.sum())
    return float((weights * (found - mean) ** 2).sum()) - (len(found) - 1)


def reliability(between: float | None, variance: float | None) -> float | None:
    """The share of the variance of a score that is between practices; none when not known."""
    if between is None or variance is None:
        return None
    return between / (between + variance) if between + variance > 0 else 0.0
