"""C10.1: several entry dates. Practices not yet in the program are the comparison."""

from __future__ import annotations

import numpy as np
from scipy import stats

from openp4p.audit.evidence.improvement import EXACT, NO_ERROR, Effect
from openp4p.audit.evidence.numbers import Vector, t_half_width
from openp4p.audit.thresholds import count

METHOD = "group-time effects"
NEVER = np.iinfo(np.int64).max


def group_time_effects(
    practice: Vector, period: Vector, outcome: Vector, weight: Vector, entered: Vector, name: str
) -> Effect:
    """The mean effect over cohorts and periods after entry (Callaway and Sant'Anna).

    `entered` is each practice's first period in the program, NEVER for those that do not enter. The
    effect of a cohort in a period is its change since the period before entry, less that of the
    practices not yet in; the mean weighs by the cohort's patients. Two-way fixed effects would use
    cohorts that are already in as comparison. Errors from practices' influence on the mean.
    """
    fewest = count("improvement.fewest_practices")
    if (entered != NEVER).sum() < fewest:
        return Effect(name, METHOD, reason=f"fewer than {fewest} practices in the program")
    periods = np.unique(period)
    table = np.full((len(entered), len(periods)), np.nan)
    table[practice, np.searchsorted(periods, period)] = outcome
    total = np.bincount(practice, weight, len(entered)) / np.maximum(
        np.bincount(practice, minlength=len(entered)), 1
    )
    parts, smallest = [], len(entered)
    for cohort in np.unique(entered[entered != NEVER]):
        base = np.searchsorted(periods, cohort) - 1
        for place in range(base + 1, len(periods)):
            if base < 0:
                continue
            change = table[:, place] - table[:, base]
            known = np.isfinite(change) & (total > 0)
            inside = known & (entered == cohort)
            outside = known & (entered > periods[place])
            smallest = min(smallest, int(outside.sum()) if inside.any() else smallest)
            if inside.any() and outside.any():
                parts.append(_part(change, inside, outside, total))
    if not parts or smallest < fewest:
        return Effect(name, METHOD, reason=f"fewer than {fewest} practices not yet in the program")
    shares = np.array([size for _, _, size in parts])
    shares = shares / shares.sum()
    value = float(shares @ np.array([effect for effect, _, _ in parts]))
    influence = sum(share * one for share, (_, one, _) in zip(shares, parts, strict=True))
    error = float(np.sqrt(np.square(influence).sum()))
    if error <= EXACT * float(np.abs(outcome).max()):
        return Effect(name, METHOD, reason=NO_ERROR)
    degrees = len(entered) - 1
    half = t_half_width(error, degrees)
    return Effect(
        name,
        METHOD,
        value,
        error,
        value - half,
        value + half,
        float(2.0 * stats.t.sf(abs(value / error), degrees)),
        degrees,
        len(entered),
        periods_after=int((periods >= entered.min()).sum()),
    )


def _part(
    change: Vector, inside: Vector, outside: Vector, weight: Vector
) -> tuple[float, Vector, float]:
    """One cohort in one period: its effect, each practice's influence on it, its patients."""
    held = np.where(np.isfinite(change), change, 0.0)
    mine, theirs = weight * inside, weight * outside
    own, other = float(mine @ held / mine.sum()), float(theirs @ held / theirs.sum())
    influence = mine * (held - own) / mine.sum() - theirs * (held - other) / theirs.sum()
    return own - other, influence, float(mine.sum())
