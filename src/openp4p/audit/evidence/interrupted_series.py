"""C10.1: a monthly series before and after, where there is nobody to compare with."""

from __future__ import annotations

import numpy as np

from openp4p.audit.evidence.improvement import EXACT, NO_ERROR, Effect
from openp4p.audit.evidence.least_squares import independent
from openp4p.audit.evidence.numbers import Vector
from openp4p.audit.thresholds import count, threshold

METHOD = "interrupted series"
_MONTHS = 12


def interrupted_series(
    month: Vector, outcome: Vector, started: int, name: str, *, seed: int
) -> Effect:
    """The mean change after the program beyond the trend before it, months numbered in a row.

    Level and slope may change at the start; each month of the year has a term; errors after Newey
    and West with a lag of 12 months. With so few months those errors are too small: against
    Student's t, series without an effect had one in 23% of trials. So t is compared with what it is
    for series of independent errors on the same months, drawn again.
    """
    least = count("improvement.months_each_side")
    before, after = int((month < started).sum()), int((month >= started).sum())
    if min(before, after) < least:
        reason = f"{before} months before and {after} after; {least} of each are needed"
        return Effect(name, METHOD, reason=reason)
    if np.ptp(outcome) == 0:
        return Effect(name, METHOD, reason="the outcome does not vary")
    step = (month >= started).astype(float)
    since = step * (month - started)
    season = (month[:, None] % _MONTHS == np.arange(1, _MONTHS)).astype(float)
    trend = (month - month[0]).astype(float)
    design = np.column_stack([np.ones(len(month)), step, since, trend, season])
    design = design[:, independent(design)]
    contrast = np.zeros(design.shape[1])
    contrast[1], contrast[2] = 1.0, float(since[step == 1].mean())
    value, error = (float(one[0]) for one in _contrasts(design, outcome[:, None], contrast))
    if error <= EXACT * float(np.abs(outcome).max()):
        return Effect(name, METHOD, reason=NO_ERROR)
    drawn = np.random.default_rng(seed).standard_normal(
        (len(month), count("improvement.series_draws"))
    )
    under_null = np.abs(np.divide(*_contrasts(design, drawn, contrast)))
    half = float(np.quantile(under_null, threshold("statistics.confidence"))) * error
    extreme = int((under_null >= abs(value / error)).sum())
    return Effect(
        name,
        METHOD,
        value,
        error,
        value - half,
        value + half,
        (1 + extreme) / (len(under_null) + 1),
        len(month) - design.shape[1],
        len(month),
        periods_after=after // _MONTHS,
    )


def _contrasts(design: Vector, outcomes: Vector, contrast: Vector) -> tuple[Vector, Vector]:
    """The contrast and its Newey-West error (Bartlett) for every column of outcomes, in time order.

    Only what each month adds to the contrast matters, so its long-run variance is that of a series.
    """
    rows, terms = design.shape
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ (design.T @ outcomes)
    lever = design @ (inverse @ contrast)
    scores = lever[:, None] * (outcomes - design @ coefficients)
    variance = np.square(scores).sum(axis=0)
    lag = count("improvement.lag")
    for step in range(1, lag + 1):
        cross = (scores[step:] * scores[:-step]).sum(axis=0)
        variance += 2.0 * (1.0 - step / (lag + 1.0)) * cross
    return contrast @ coefficients, np.sqrt(rows / (rows - terms) * variance)
