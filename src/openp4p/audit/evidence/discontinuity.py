"""C10.1: practices just above and just below a threshold of size or score."""

from __future__ import annotations

import numpy as np
from scipy import stats

from openp4p.audit.evidence.improvement import Effect
from openp4p.audit.evidence.least_squares import fit_clustered
from openp4p.audit.evidence.numbers import Vector, t_half_width
from openp4p.audit.thresholds import count

METHOD = "regression discontinuity"


def discontinuity(
    running: Vector, outcome: Vector, weight: Vector, cut: float, bandwidth: float, name: str
) -> Effect:
    """The jump of the outcome at the cut: a line on each side, nearer practices counting more.

    Rows are practices; the bandwidth is stated in the evaluation plan, not chosen by the result.
    """
    distance = running - cut
    kernel = np.clip(1.0 - np.abs(distance) / bandwidth, 0.0, None) * weight
    near, above = kernel > 0, (distance >= 0).astype(float)
    fewest = count("improvement.fewest_practices")
    if min((near & (above == 1)).sum(), (near & (above == 0)).sum()) < fewest:
        return Effect(name, METHOD, reason=f"fewer than {fewest} practices on a side of the cut")
    design = np.column_stack([above, np.ones(len(distance)), distance, distance * above])[near]
    fit = fit_clustered(design, outcome[near], kernel[near], np.arange(int(near.sum())))
    value, error = float(fit.coefficients[0]), float(np.sqrt(fit.covariance[0, 0]))
    half = t_half_width(error, fit.degrees)
    p_value = float(2.0 * stats.t.sf(abs(value / error), fit.degrees))
    return Effect(
        name,
        METHOD,
        value,
        error,
        value - half,
        value + half,
        p_value,
        fit.degrees,
        int(near.sum()),
    )
