"""P14.2: how much of a practice's patients' cost is its own doing, and how much its region's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from openp4p.audit.evidence.numbers import Vector
from openp4p.audit.evidence.record import NOT_ASSESSABLE, Evidence, Finding


def controllability_finding(
    own: Vector, total: Vector, cost: Vector, region: Sequence[str | None]
) -> Finding:
    """P14.2, reported and never a verdict of its own.

    Dollars billed (or ordered) by the practice, of all dollars of its patients; and the share of
    the variance of practices' cost that lies between regions.
    """
    share = float(own.sum() / total.sum()) if total.sum() else None
    between = regional_share(cost, region)
    said = "unknown" if between is None else f"{between:.3f}"
    return Finding(
        Evidence(
            subcheck="P14.2",
            kind="a",
            verdict=NOT_ASSESSABLE,
            statistic="share of the patients' dollars billed by the practice they belong to",
            value=share,
            threshold="reported, no verdict alone",
            n_units=len(total),
            na_reason="reported, no verdict alone",
            text=f"Share of the variance between practices that lies between regions: {said}.",
        )
    )


def regional_share(cost: Vector, region: Sequence[str | None]) -> float | None:
    """The share of variance that regions explain; nothing where regions or costs do not vary."""
    known = np.array([one is not None for one in region]) & np.isfinite(cost)
    names, place = np.unique(
        np.array([one for one, k in zip(region, known, strict=True) if k], dtype=str),
        return_inverse=True,
    )
    held = cost[known]
    if len(names) < 2 or np.ptp(held) == 0:
        return None
    means = np.bincount(place, held) / np.bincount(place)
    return float(1.0 - np.square(held - means[place]).sum() / np.square(held - held.mean()).sum())
