"""C10.1: several entry dates. Practices not yet in the program are the comparison."""

from __future__ import annotations

import numpy as np
from scipy import stats

from openp4p.audit.evidence.improvement import EXACT, NO_ERROR, Effect, joint_p
from openp4p.audit.evidence.numbers import Vector, rounded, t_half_width
from openp4p.audit.thresholds import count, threshold

METHOD = "group-time effects"
NEVER = np.iinfo(np.int64).max


def group_time_effects(
    practice: Vector,
    period: Vector,
    outcome: Vector,
    weight: Vector,
    entered: Vector,
    name: str,
    *,
    important: float = np.inf,
) -> Effect:
    """The mean effect over cohorts and periods after entry (Callaway and Sant'Anna).

    `entered` is each practice's first period in the program, NEVER for those that do not enter. The
    effect of a cohort in a period is its change since the period before entry, less that of the
    practices not yet in; the mean weighs by the cohort's patients. Two-way fixed effects would use
    cohorts that are already in as comparison. Errors from practices' influence on the mean. The
    same changes before entry are its leads, which must not pass `important`.
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
    parts, since, smallest = [], [], len(entered)
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
                since.append(place - base)
    if not parts or smallest < fewest:
        return Effect(name, METHOD, reason=f"fewer than {fewest} practices not yet in the program")
    value, influence = _mean_of(parts)
    error = float(np.sqrt(np.square(influence).sum()))
    if error <= EXACT * float(np.abs(outcome).max()):
        return Effect(name, METHOD, reason=NO_ERROR)
    degrees = len(entered) - 1
    half = t_half_width(error, degrees)
    leads, holds, slope = _leads(table, periods, entered, total, important)
    after = float(np.average(since, weights=[size for _, _, size in parts]))
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
        trends_hold=holds,
        without_trend=None if slope is None else value - slope * after,
        periods_after=int((periods >= entered.min()).sum()),
        leads=leads,
    )


def _leads(
    table: Vector, periods: Vector, entered: Vector, weight: Vector, important: float
) -> tuple[tuple[tuple[int, float, float], ...], bool | None, float | None]:
    """The same before entry, by periods before the last of them: leads, whether they hold, slope.

    Of a cohort: its change until the period before entry, less that of the practices that entered
    later. They fail when jointly significant, or when one lies beyond the important difference.
    """
    by_time: dict[int, list[tuple[float, Vector, float]]] = {}
    for cohort in np.unique(entered[entered != NEVER]):
        base = int(np.searchsorted(periods, cohort)) - 1
        for place in range(max(base, 0)):
            change = table[:, place] - table[:, base]
            known = np.isfinite(change) & (weight > 0)
            inside, outside = known & (entered == cohort), known & (entered > cohort)
            if inside.any() and outside.any():
                part = _part(change, inside, outside, weight)
                by_time.setdefault(place - base, []).append(part)
    if not by_time:
        return (), None, None
    times = sorted(by_time)
    means, influences = zip(*(_mean_of(by_time[time]) for time in times), strict=True)
    covariance = np.array(influences) @ np.array(influences).T
    estimates, errors = np.array(means), np.sqrt(np.diag(covariance))
    beyond = bool((np.abs(estimates) > important).any())
    joint = joint_p(estimates, covariance, len(entered) - 1)
    holds = rounded(joint) > threshold("statistics.significance") and not beyond
    slope = float(np.polyfit([*times, 0], [*means, 0.0], 1)[0])
    leads = tuple(zip(times, map(float, estimates), map(float, errors), strict=True))
    return leads, holds, slope


def _mean_of(parts: list[tuple[float, Vector, float]]) -> tuple[float, Vector]:
    """The mean effect of several cohorts by their patients, and practices' influence on it."""
    sizes = np.array([size for _, _, size in parts])
    shares = sizes / sizes.sum()
    influence = sum(share * one for share, (_, one, _) in zip(shares, parts, strict=True))
    return float(shares @ np.array([effect for effect, _, _ in parts])), np.asarray(influence)


def _part(
    change: Vector, inside: Vector, outside: Vector, weight: Vector
) -> tuple[float, Vector, float]:
    """One cohort in one period: its effect, each practice's influence on it, its patients."""
    held = np.where(np.isfinite(change), change, 0.0)
    mine, theirs = weight * inside, weight * outside
    own, other = float(mine @ held / mine.sum()), float(theirs @ held / theirs.sum())
    influence = _free(mine) * (held - own) - _free(theirs) * (held - other)
    return own - other, influence, float(mine.sum())


def _free(weight: Vector) -> Vector:
    """Each practice's share, made greater for the one degree that the mean of so few takes."""
    share = weight / weight.sum()
    left = 1.0 - float(np.square(share).sum())
    return np.asarray(share / np.sqrt(left) if left > 0 else share)
