"""C10.2: the wild cluster bootstrap, for few practices."""

from __future__ import annotations

import numpy as np

from openp4p.audit.evidence.least_squares import fit_clustered, summed_rows
from openp4p.audit.evidence.numbers import Vector
from openp4p.audit.thresholds import count, threshold


def wild_bootstrap(
    design: Vector, outcome: Vector, weights: Vector, cluster: Vector, *, seed: int
) -> tuple[float, float]:
    """The p-value of the first column, and how many standard errors the interval reaches.

    The p-value turns the signs of whole practices' residuals under no effect; the interval those of
    the full model, by the distribution of |t|.
    """
    rest = design[:, 1:]
    inverse = np.linalg.pinv(rest.T @ (rest * weights[:, None]))
    null_fit = rest @ (inverse @ (rest.T @ (weights * outcome)))
    fit = fit_clustered(design, outcome, weights, cluster)
    t_observed = abs(fit.coefficients[0]) / np.sqrt(fit.covariance[0, 0])
    signs = np.random.default_rng(seed).choice(
        [-1.0, 1.0], size=(count("improvement.bootstrap_draws"), int(cluster.max()) + 1)
    )
    under_null = _absolute_t(design, weights, cluster, null_fit, outcome - null_fit, signs, 0.0)
    fitted = design @ fit.coefficients
    around = _absolute_t(
        design, weights, cluster, fitted, fit.residuals, signs, float(fit.coefficients[0])
    )
    extreme = int((under_null >= t_observed * (1.0 - 1e-9)).sum())
    reach = float(np.quantile(around, threshold("statistics.confidence")))
    return (1 + extreme) / (len(signs) + 1), reach


def _absolute_t(
    design: Vector,
    weights: Vector,
    cluster: Vector,
    fitted: Vector,
    residuals: Vector,
    signs: Vector,
    centre: float,
) -> Vector:
    """|t| of the first coefficient around `centre`, for every draw of signs."""
    groups, (rows, terms) = signs.shape[1], design.shape
    inverse = np.linalg.inv(design.T @ (design * weights[:, None]))
    lever = design @ inverse[0]  # what each row adds to the first coefficient
    scale = groups / (groups - 1) * (rows - 1) / (rows - terms)
    made = np.empty(len(signs))
    for number, drawn in enumerate(signs):
        outcome = fitted + residuals * drawn[cluster]
        coefficients = inverse @ (design.T @ (weights * outcome))
        left = outcome - design @ coefficients
        scores = summed_rows((weights * lever * left)[:, None], cluster, groups)
        error = np.sqrt(scale * float(np.square(scores).sum()))
        made[number] = abs(coefficients[0] - centre) / error if error > 0 else 0.0
    return made
