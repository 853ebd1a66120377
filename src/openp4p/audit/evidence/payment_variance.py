"""P01.2 and P01.4: how much of the payment rule, and of what was paid, is quality."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

import numpy as np

from openp4p.audit.evidence.judging import at_least
from openp4p.audit.evidence.least_squares import r_squared
from openp4p.audit.evidence.numbers import Vector, rounded
from openp4p.audit.evidence.record import NOT_ASSESSABLE, Evidence, Finding
from openp4p.audit.thresholds import threshold
from openp4p.program.consistency import ALL_CLASSES
from openp4p.program.definition import GridCell, Tier

_POINTS = 100.0  # a percent is stated as a fraction
TIERS: tuple[Tier, ...] = get_args(Tier)
Points = Mapping[tuple[Tier, Tier], float]  # by quality and cost, in points of base payments


def tier_points(grid: Iterable[GridCell], size_class: str) -> Points:
    """What each pair of tiers pays one class of size, with the factor x at one point.

    Cells for all classes hold where the class has none of its own.
    """
    cells = sorted(
        (cell for cell in grid if cell.size_class in (size_class, ALL_CLASSES)),
        key=lambda cell: cell.size_class == size_class,
    )
    return {
        (cell.quality, cell.cost): _POINTS * float(cell.percent or 0) + float(cell.multiple or 0)
        for cell in cells
    }


def tier_matrix(points: Points) -> list[list[float]]:
    """The same as rows of quality and columns of cost, both from low to high."""
    return [[points[quality, cost] for cost in TIERS] for quality in TIERS]


def mean_steps(cells: Sequence[Sequence[float]]) -> tuple[float, float]:
    """The mean absolute change per step in quality (rows) and in cost (columns) of a matrix."""
    grid = np.asarray(cells, dtype=float)
    return float(np.abs(np.diff(grid, axis=0)).mean()), float(np.abs(np.diff(grid, axis=1)).mean())


def quality_weight(cells: Sequence[Sequence[float]]) -> float | None:
    """The share of quality in those steps; nothing if no cell differs."""
    quality, cost = mean_steps(cells)
    return quality / (quality + cost) if quality + cost else None


def quality_share(payment: Vector, quality: Vector, cost: Vector | None) -> float | None:
    """The Shapley share of quality in the R-squared of payment on quality and cost composites."""
    if cost is None:
        return 1.0
    both = r_squared(np.column_stack([quality, cost]), payment)
    if rounded(both) < threshold("payment_rule.least_explained"):
        return None
    alone = r_squared(quality[:, None], payment) - r_squared(cost[:, None], payment)
    return (both + alone) / (2.0 * both)


def quality_share_finding(payment: Vector, quality: Vector, cost: Vector | None) -> Finding:
    """P01.4, over practices with both composites."""
    known = np.isfinite(payment) & np.isfinite(quality)
    if cost is not None:
        known &= np.isfinite(cost)
    payment, quality = payment[known], quality[known]
    cost = None if cost is None else cost[known]
    fewest = threshold("payment_rule.fewest_practices")
    share, reason = None, ""
    if len(payment) < fewest:
        reason = f"fewer than {fewest:g} practices have both composites"
    elif np.ptp(payment) == 0:
        reason = "payments do not vary"
    else:
        share = quality_share(payment, quality, cost)
        reason = "" if share is not None else "the composites explain almost nothing of payment"
    meets = threshold("payment_rule.quality_weight_meets")
    partly = threshold("payment_rule.quality_weight_partly")
    return Finding(
        Evidence(
            subcheck="P01.4",
            kind="a",
            verdict=NOT_ASSESSABLE if share is None else at_least(share, meets, partly),
            statistic="share of explained payment variance that is quality's",
            value=share,
            threshold=f"at least {meets:.4g} meets; at least {partly:g} partly; else fails",
            n_units=len(payment),
            na_reason=reason,
        )
    )
