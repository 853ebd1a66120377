"""How sure tiers are by size class: what a re-draw changes, what is wrong, what is signal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Row = dict[str, Any]
Vector = NDArray[Any]
UNCERTAINTY = {
    "tin": "string",
    "kind": "string",
    "size_class": "string",
    "tier": "string",
    "composite": "float64",
    "standard_error": "float64",
    "drawn_error": "float64",
    "stays": "float64",
    "reliability": "float64",
    "wrong": "float64",
}
BY_SIZE = {
    "kind": "string",
    "size_class": "string",
    "practices": "int64",
    "changes": "float64",
    "wrong": "float64",
    "wrong_of_high": "float64",
    "wrong_of_low": "float64",
    "reliability": "float64",
}
_TIERS = {"low": -1, "average": 0, "high": 1}


def with_reliability(rows: Sequence[Row], deviations: float, fewest: int) -> list[Row]:
    """Each composite with its reliability and the chance that its tier is not the true one.

    Among the practices of one kind and size class, true composites vary by what observed ones do
    beyond the mean of their squared errors over draws. What is known of one practice's true
    composite is normal around its own pulled toward the mean; true tiers are cut at as many
    deviations of the true composites as the rule cuts observed ones at. A class of fewer practices
    than a peer group needs (D34) is taken with all others; where these are too few as well, neither
    number is known.
    """
    made: list[Row] = []
    for group in _groups(rows):
        whole = [row for row in rows if row["kind"] == group[0]["kind"]]
        peers = group if len(group) >= fewest else whole
        if len(peers) < fewest:
            made += [{**row, "reliability": None, "wrong": None} for row in group]
            continue
        observed, noise = _column(peers, "composite"), _column(peers, "drawn_error")
        between = max(0.0, float(observed.var() - np.square(noise).mean()))
        values = _column(group, "composite")
        reliability = _over(between, between + np.square(_column(group, "drawn_error")))
        tiers = np.array([_TIERS[row["tier"]] for row in group])
        truth = _Truth(float(observed.mean()), between, deviations)
        wrong = _wrong(values, reliability, truth, tiers)
        made += [
            {**row, "reliability": float(r), "wrong": float(w)}
            for row, r, w in zip(group, reliability, wrong, strict=True)
        ]
    return made


def by_size(rows: Sequence[Row]) -> list[Row]:
    """The same by kind and size class: means over practices."""
    found = []
    for group in _groups(rows):
        of = {tier: [r["wrong"] for r in group if r["tier"] == tier] for tier in _TIERS}
        found.append(
            {
                "kind": group[0]["kind"],
                "size_class": group[0]["size_class"],
                "practices": len(group),
                "changes": _mean([1.0 - row["stays"] for row in group]),
                "wrong": _mean([row["wrong"] for row in group]),
                "wrong_of_high": _mean(of["high"]),
                "wrong_of_low": _mean(of["low"]),
                "reliability": _mean([row["reliability"] for row in group]),
            }
        )
    return found


def _groups(rows: Sequence[Row]) -> list[list[Row]]:
    held: dict[tuple[str, str], list[Row]] = {}
    for row in sorted(rows, key=lambda r: (r["kind"], r["size_class"], r["tin"])):
        held.setdefault((row["kind"], row["size_class"]), []).append(row)
    return list(held.values())


def _column(rows: Sequence[Row], name: str) -> Vector:
    return np.array([row[name] for row in rows], float)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _over(top: float, bottom: Vector) -> Vector:
    return np.asarray(np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), 0.0))


@dataclass(frozen=True)
class _Truth:
    """The true composites of a peer group: their mean, their variance, where tiers are cut."""

    mean: float
    between: float
    deviations: float


def _wrong(values: Vector, reliability: Vector, truth: _Truth, tiers: Vector) -> Vector:
    """The probability that each tier is not that of the true composite."""
    if truth.between == 0.0:  # no practice truly differs from another
        return np.asarray(tiers != 0, float)
    reach = truth.deviations * np.sqrt(truth.between)
    centre = truth.mean + reliability * (values - truth.mean)
    spread = np.sqrt(truth.between * (1.0 - reliability))
    above = _beyond(centre - (truth.mean + reach), spread)
    below = _beyond((truth.mean - reach) - centre, spread)
    right = np.where(tiers > 0, above, np.where(tiers < 0, below, 1.0 - above - below))
    return np.asarray(1.0 - right)


def _beyond(distance: Vector, spread: Vector) -> Vector:
    certain = (distance >= 0).astype(float)
    chance = ndtr(distance / np.where(spread > 0, spread, 1.0))
    return np.asarray(np.where(spread > 0, chance, certain))
