"""How much of a practice's score is the practice, and how much is chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from openp4p.audit.evidence.ratio_reliability import spread_of
from openp4p.audit.thresholds import count, threshold


def between_variance(scores: Sequence[float], variances: Sequence[float]) -> float | None:
    """The variance of true scores between practices (Paule and Mandel), none when too few say."""
    if len(scores) < count("reliability.fewest_practices"):
        return None
    return spread_of(np.asarray(scores, float), np.asarray(variances, float)).between


def reliability(between: float | None, variance: float | None) -> float | None:
    """The share of the variance of a score that is between practices; none when not known."""
    if between is None or variance is None:
        return None
    return between / (between + variance) if between + variance > 0 else 0.0


def floor() -> float:
    """The customary floor for statements about one practice; no rule of the program."""
    return threshold("reliability.floor")
