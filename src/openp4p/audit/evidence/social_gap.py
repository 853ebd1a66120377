"""C8.5: what dual status still predicts once the model has spoken, within practices and between."""

from __future__ import annotations

import numpy as np

from openp4p.audit.evidence.least_squares import fit_clustered, within
from openp4p.audit.evidence.numbers import Vector, rounded, t_half_width
from openp4p.audit.evidence.record import (
    FAILS,
    MEETS,
    NOT_ASSESSABLE,
    PARTLY,
    Evidence,
    Finding,
    Verdict,
)
from openp4p.audit.thresholds import threshold


def social_gap_finding(
    residual: Vector, is_dual: Vector, weights: Vector, practice: Vector, mean: float
) -> Finding:
    """P04.6: actual less expected, dual against others of the same practice, as a share of `mean`.

    The gap between practices with more and fewer dual patients is shown beside it and not judged:
    to adjust for it could hide worse care.
    """
    dual = is_dual.astype(float)
    apart = within(dual, weights, practice)
    meets, fails = (
        threshold("adjustment.social_gap_meets"),
        threshold("adjustment.social_gap_fails"),
    )
    rule = (
        f"interval outside +-{fails:g} fails; inside +-{meets:g} meets; half-width above "
        f"{fails:g} not assessable; else partly"
    )
    practices = len(np.unique(practice))
    value = low = high = None
    verdict: Verdict = NOT_ASSESSABLE
    reason = "no practice has both dual and other patients"
    if np.abs(apart).max(initial=0.0) > 0 and practices > 1:
        design = apart[:, None]
        fit = fit_clustered(design, within(residual, weights, practice), weights, practice)
        value = float(fit.coefficients[0]) / mean
        half = t_half_width(float(np.sqrt(fit.covariance[0, 0])) / mean, fit.degrees)
        low, high = value - half, value + half
        verdict = _verdict(value, half, meets, fails)
        reason = "the interval is too wide to tell" if verdict == NOT_ASSESSABLE else ""
    return Finding(
        Evidence(
            subcheck="P04.6",
            kind="a",
            verdict=verdict,
            statistic="gap of dual patients within practices, share of the mean",
            value=value,
            ci_low=low,
            ci_high=high,
            threshold=rule,
            n_units=practices,
            na_reason=reason,
            text=f"Between practices: {between_gap(residual, dual, weights, practice) / mean:.4f} "
            f"of the mean from none dual to all dual.",
        )
    )


def between_gap(residual: Vector, dual: Vector, weights: Vector, practice: Vector) -> float:
    """How the mean residual of practices rises with their share of dual patients."""
    total = np.bincount(practice, weights)
    held = total > 0
    share = np.bincount(practice, weights * dual)[held] / total[held]
    level = np.bincount(practice, weights * residual)[held] / total[held]
    total = total[held]
    centred = share - np.average(share, weights=total)
    spread = float((total * centred**2).sum())
    return float((total * centred * level).sum()) / spread if spread else 0.0


def _verdict(value: float, half: float, meets: float, fails: float) -> Verdict:
    low, high = rounded(value - half), rounded(value + half)
    if low > fails or high < -fails:
        return FAILS
    if low >= -meets and high <= meets:
        return MEETS
    return NOT_ASSESSABLE if rounded(half) > fails else PARTLY
