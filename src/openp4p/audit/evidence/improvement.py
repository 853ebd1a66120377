"""C10: did care change because of the program? Difference-in-differences on practice-periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from openp4p.audit.evidence.least_squares import fit_clustered, independent, within
from openp4p.audit.evidence.numbers import Vector, rounded, t_half_width
from openp4p.audit.evidence.wild_bootstrap import wild_bootstrap
from openp4p.audit.thresholds import count, threshold

EXACT = 1e-9  # of the outcome: a smaller error is none, but rounding of the machine
NO_ERROR = "nothing varies besides practice, period and program, so that there is no error to tell"


@dataclass(frozen=True)
class Panel:
    """Practice-periods: outcome unshrunken, weight n, whether the practice is in the program.

    `entered` is the first period under the program (the same for all who are in it); practices are
    numbered from 0. A practice that leaves stays until its last period.
    """

    practice: Vector
    period: Vector
    outcome: Vector
    weight: Vector
    in_program: Vector
    entered: int


@dataclass(frozen=True)
class Effect:
    """The effect of a program on one outcome; `reason` says why there is none.

    `value` is the change of the outcome itself. `trends_hold` is nothing where nothing before the
    program can be compared.
    """

    outcome: str
    method: str
    value: float = float("nan")
    standard_error: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    p_value: float = 1.0
    degrees: int = 0
    units: int = 0
    left_early: int = 0
    trends_hold: bool | None = None
    without_trend: float | None = None
    periods_after: int = 0
    leads: tuple[tuple[int, float, float], ...] = ()
    reason: str = ""

    @property
    def detectable(self) -> float:
        """The smallest effect that would have been found four times in five."""
        return threshold("improvement.detectable") * self.standard_error


def difference_in_differences(panel: Panel, outcome: str, *, important: float, seed: int) -> Effect:
    """The effect with practice and period effects, errors clustered by practice.

    With fewer than 50 practices the interval and p-value are those of a wild cluster bootstrap.
    `important` is the smallest important difference, which a lead must not pass.
    """
    method = "difference-in-differences"
    reason = _not_estimable(panel)
    if reason:
        return Effect(outcome, method, reason=reason)
    treated = panel.in_program * (panel.period >= panel.entered)
    design, y, _ = _absorbed(panel, treated[:, None].astype(float))
    practices = len(np.unique(panel.practice))
    fit = fit_clustered(design, y, panel.weight, panel.practice)
    value, error = float(fit.coefficients[0]), float(np.sqrt(fit.covariance[0, 0]))
    if error <= EXACT * float(np.abs(panel.outcome).max()):
        return Effect(outcome, method, reason=NO_ERROR)
    half = t_half_width(error, fit.degrees)
    p_value = float(2.0 * stats.t.sf(abs(value / error), fit.degrees))
    if practices < threshold("improvement.bootstrap_below"):
        p_value, reach = wild_bootstrap(design, y, panel.weight, panel.practice, seed=seed)
        half = reach * error
    leads, holds, slope = _pre_trends(panel, important)
    periods = np.unique(panel.period)
    after = periods[periods >= panel.entered]
    gone = _last_period(panel) < periods.max()
    detrended = None
    if slope is not None:
        before = periods[periods < panel.entered]
        detrended = value - slope * float(after.mean() - before.mean())
    return Effect(
        outcome,
        method,
        value,
        error,
        value - half,
        value + half,
        p_value,
        fit.degrees,
        practices,
        int(gone.sum()),
        holds,
        detrended,
        len(after),
        leads,
    )


def _not_estimable(panel: Panel) -> str:
    """Why not; a side that is not seen both before and after could stand for any change of time."""
    fewest = count("improvement.fewest_practices")
    before = panel.period < panel.entered
    seen = np.intersect1d(panel.practice[before], panel.practice[~before])
    for side, name in ((1, "the program"), (0, "the comparison")):
        of_side = np.unique(panel.practice[panel.in_program == side])
        if len(of_side) < fewest:
            return f"fewer than {fewest} practices in {name}"
        if before.any() and not before.all() and len(np.intersect1d(of_side, seen)) < fewest:
            return f"fewer than {fewest} practices in {name} are seen before and after"
    if not (panel.period < panel.entered).any() or not (panel.period >= panel.entered).any():
        return "no period before the program, or none after"
    return "" if np.ptp(panel.outcome) > 0 else "the outcome does not vary"


def _absorbed(panel: Panel, columns: Vector) -> tuple[Vector, Vector, list[int]]:
    """Columns and period dummies, and the outcome, less their practice's mean; none aliased.

    The last says which of the columns were kept.
    """
    periods = np.unique(panel.period)[1:]
    dummies = (panel.period[:, None] == periods).astype(float)
    design = within(np.column_stack([columns, dummies]), panel.weight, panel.practice)
    kept = independent(design)
    y = within(panel.outcome, panel.weight, panel.practice)
    return design[:, kept], y, [place for place in kept if place < columns.shape[1]]


def _pre_trends(
    panel: Panel, important: float
) -> tuple[tuple[tuple[int, float, float], ...], bool | None, float | None]:
    """Leads of an event study (period, estimate, standard error), whether they hold, their slope.

    They fail when jointly significant or when one of them lies beyond the important difference.
    """
    periods = np.unique(panel.period)
    before = periods[periods < panel.entered]
    if len(before) < 2:
        return (), None, None
    shown = [p for p in periods if p != before[-1]]
    columns = panel.in_program[:, None] * (panel.period[:, None] == np.array(shown))
    design, y, kept = _absorbed(panel, columns.astype(float))
    leading = [shown[place] for place in kept if place < len(before) - 1]
    number = len(leading)  # a period in which one side is not seen has no lead
    if not number:
        return (), None, None
    fit = fit_clustered(design, y, panel.weight, panel.practice)
    estimates = fit.coefficients[:number]
    errors = np.sqrt(np.maximum(np.diag(fit.covariance)[:number], 0.0))
    joint = joint_p(estimates, fit.covariance[:number, :number], fit.degrees)
    beyond = any(rounded(abs(one)) > important for one in estimates)
    holds = rounded(joint) > threshold("statistics.significance") and not beyond
    points = np.append(estimates, 0.0)
    slope = float(np.polyfit(np.append(leading, before[-1]).astype(float), points, 1)[0])
    leads = tuple(
        (int(p), float(e), float(s)) for p, e, s in zip(leading, estimates, errors, strict=True)
    )
    return leads, holds, slope


def joint_p(values: Vector, covariance: Vector, degrees: int) -> float:
    """The p-value of all leads together, after Hotelling: their errors are estimated as well.

    Where leads depend on each other, of as many as are free.
    """
    free = int(np.linalg.matrix_rank(covariance, hermitian=True))
    if not free:
        return 1.0
    wald = float(values @ np.linalg.pinv(covariance, hermitian=True) @ values)
    left = max(degrees - free + 1, 1)
    return float(stats.f.sf(wald * left / (free * degrees), free, left))


def _last_period(panel: Panel) -> Vector:
    last = np.full(int(panel.practice.max()) + 1, panel.period.min())
    np.maximum.at(last, panel.practice, panel.period)
    return last


def regression_to_the_mean(panel: Panel, width: float) -> Panel:
    """The panel with comparison practices only where they started as program practices did.

    A comparison practice stays when its baseline level lies within `width` of a program practice's.
    """
    base = panel.period < panel.entered
    practices = int(panel.practice.max()) + 1
    weight = np.bincount(panel.practice[base], panel.weight[base], practices)
    total = np.bincount(panel.practice[base], (panel.weight * panel.outcome)[base], practices)
    level = np.divide(total, weight, out=np.full(practices, np.nan), where=weight > 0)
    joined = np.zeros(practices, dtype=bool)
    joined[panel.practice[panel.in_program == 1]] = True
    starts = np.sort(level[joined & np.isfinite(level)])
    place = np.clip(np.searchsorted(starts, level), 1, max(len(starts) - 1, 1))
    nearest = np.minimum(
        np.abs(level - starts[place - 1]),
        np.abs(level - starts[np.minimum(place, len(starts) - 1)]),
    )
    kept = joined | (nearest <= width)
    rows = kept[panel.practice]
    _, renumbered = np.unique(panel.practice[rows], return_inverse=True)
    return Panel(
        renumbered,
        panel.period[rows],
        panel.outcome[rows],
        panel.weight[rows],
        panel.in_program[rows],
        panel.entered,
    )


def effects_by_name(effects: Sequence[Effect]) -> dict[str, Effect]:
    """The effects by outcome."""
    return {one.outcome: one for one in effects}
