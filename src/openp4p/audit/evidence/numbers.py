"""How numbers are compared, and intervals made, wherever an audit judges."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from openp4p.audit.thresholds import threshold

Vector = np.ndarray
_DIGITS = 12


def rounded(value: float) -> float:
    """A number at 12 significant digits, as every threshold is compared."""
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else value


def normal_half_width(standard_error: float) -> float:
    """Half of a 95% interval under a normal."""
    return float(stats.norm.ppf(_upper())) * standard_error


def t_half_width(standard_error: float, degrees: float) -> float:
    """Half of a 95% interval under Student's t."""
    return float(stats.t.ppf(_upper(), max(degrees, 1.0))) * standard_error


def percentile_interval(draws: Vector) -> tuple[float, float]:
    """The middle 95% of what was drawn again."""
    low, high = np.quantile(draws, [1.0 - _upper(), _upper()])
    return float(low), float(high)


def _upper() -> float:
    return 1.0 - (1.0 - threshold("statistics.confidence")) / 2.0
