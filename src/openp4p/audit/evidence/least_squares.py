"""Least squares with the errors that an audit trusts: HC3, and clustered by practice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from openp4p.audit.evidence.numbers import Vector

_ALIASED = 1e-9  # of a column's length: what is left of it beside the columns before it
_FULL = 1e-10


@dataclass(frozen=True)
class Fit:
    """Coefficients of the columns kept, with their covariance."""

    coefficients: Vector
    covariance: Vector
    residuals: Vector
    degrees: int


def independent(design: Vector) -> list[int]:
    """The columns that are no combination of columns before them."""
    basis, kept = np.empty((len(design), 0)), []
    for number, column in enumerate(design.T):
        length = np.linalg.norm(column)
        left = column - basis @ (basis.T @ column)
        left = left - basis @ (basis.T @ left)  # twice is enough
        if length > 0 and np.linalg.norm(left) > _ALIASED * length:
            basis = np.column_stack([basis, left / np.linalg.norm(left)])
            kept.append(number)
    return kept


def leverage(design: Vector) -> Vector:
    """How much each row decides its own fitted value."""
    orthonormal, _ = np.linalg.qr(design)
    return np.asarray(np.square(orthonormal).sum(axis=1))


def unexplained(leverages: Vector) -> Vector:
    """1 / (1 - leverage); a row that alone decides a coefficient has no residual, and adds none."""
    free = 1.0 - leverages
    return np.divide(1.0, free, out=np.zeros(len(free)), where=free > _FULL)


def fit_hc3(design: Vector, outcome: Vector) -> Fit:
    """Ordinary least squares with the covariance HC3, valid when groups differ in spread."""
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ (design.T @ outcome)
    residuals = outcome - design @ coefficients
    scaled = design * (residuals * unexplained(leverage(design)))[:, None]
    covariance = inverse @ (scaled.T @ scaled) @ inverse
    return Fit(coefficients, covariance, residuals, len(design) - design.shape[1])


def fit_clustered(
    design: Vector, outcome: Vector, weights: Vector, cluster: Vector, absorbed: int = 0
) -> Fit:
    """Weighted least squares, errors free to hang together within a cluster (numbered from 0).

    The covariance is scaled by G/(G-1) x (N-1)/(N-K); effects that were absorbed and lie within
    clusters do not count in K. Degrees of freedom are G - 1.
    """
    groups = int(cluster.max()) + 1
    weighted = design * weights[:, None]
    inverse = np.linalg.inv(design.T @ weighted)
    coefficients = inverse @ (weighted.T @ outcome)
    residuals = outcome - design @ coefficients
    scores = summed_rows(weighted * residuals[:, None], cluster, groups)
    rows, terms = design.shape[0], design.shape[1] + absorbed
    scale = groups / (groups - 1) * (rows - 1) / (rows - terms)
    covariance = scale * inverse @ (scores.T @ scores) @ inverse
    return Fit(coefficients, covariance, residuals, groups - 1)


def summed_rows(values: Vector, group: Vector, groups: int) -> Vector:
    """The rows of each group added up."""
    return np.column_stack([np.bincount(group, column, groups) for column in values.T])


def within(values: Vector, weights: Vector, group: Vector) -> Vector:
    """Values less their group's weighted mean, column by column: what absorbs a group's effect."""
    columns = values.reshape(len(values), -1)
    total = np.bincount(group, weights)
    means = summed_rows(columns * weights[:, None], group, len(total)) / total[:, None]
    return np.asarray((columns - means[group]).reshape(values.shape))


def r_squared(design: Vector, outcome: Vector) -> float:
    """The share of an outcome's variance that columns, with a constant, explain."""
    full = np.column_stack([np.ones(len(outcome)), design])
    full = full[:, independent(full)]
    fitted = full @ np.linalg.lstsq(full, outcome, rcond=None)[0]
    spread = np.square(outcome - outcome.mean()).sum()
    return float(1.0 - np.square(outcome - fitted).sum() / spread)
