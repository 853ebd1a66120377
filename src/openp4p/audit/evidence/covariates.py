"""C7.3: what a fairness test holds equal between practices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from openp4p.audit.evidence.levels import OTHER, UNKNOWN
from openp4p.audit.evidence.numbers import Vector
from openp4p.audit.thresholds import count


@dataclass(frozen=True)
class Covariates:
    """Numbers (NaN where unknown) and categories of every practice, by name."""

    numbers: Mapping[str, Vector] = field(default_factory=dict)
    categories: Mapping[str, Sequence[str | None]] = field(default_factory=dict)


def covariate_columns(
    covariates: Covariates, kept: Vector, left_out: frozenset[str]
) -> tuple[Vector, list[str]]:
    """Columns and their names. An unknown number takes the mean and a column that says so.

    Categories become dummies, small ones joined as `other`; the largest is the one compared with.
    """
    columns: list[Vector] = []
    labels: list[str] = []
    for name, values in covariates.numbers.items():
        if name in left_out:
            continue
        held = np.asarray(values, dtype=float)[kept]
        missing = ~np.isfinite(held)
        if missing.all():
            continue
        columns.append(np.where(missing, held[~missing].mean(), held))
        labels.append(name)
        if missing.any():
            columns.append(missing.astype(float))
            labels.append(f"{name} unknown")
    for name, stated in covariates.categories.items():
        if name not in left_out:
            chosen = [value for value, is_kept in zip(stated, kept, strict=True) if is_kept]
            for level, dummy in _dummies(chosen):
                columns.append(dummy)
                labels.append(f"{name} {level}")
    made = np.column_stack(columns) if columns else np.empty((int(kept.sum()), 0))
    return made, labels


def _dummies(values: Sequence[str | None]) -> list[tuple[str, Vector]]:
    named = [UNKNOWN if value is None else value for value in values]
    sizes = Counter(named)
    least = count("fairness.fewest_in_dummy")
    pooled = np.array([name if sizes[name] >= least else OTHER for name in named])
    ordered = [name for name, _ in sorted(Counter(pooled.tolist()).items(), key=_largest_first)]
    return [(name, (pooled == name).astype(float)) for name in ordered[1:]]


def _largest_first(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]
