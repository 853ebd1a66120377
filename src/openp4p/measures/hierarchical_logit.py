"""A logistic regression in which every practice has an effect of its own, drawn from a normal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, sparse, special

Vector = np.ndarray
_CONVERGED = 1e-10
_STEPS = 200
_GREATEST_VARIANCE = 16.0  # log-odds of practices four apart: no readmission rates are
_NODES = 15
_HALVINGS, _HALF = 30, 0.5
_FLAT = 1e-14  # of the likelihood: what the arithmetic loses
_FIRST_VARIANCE = 0.01
_ROOT = {"xtol": 1e-10, "rtol": 1e-12}
_MAXIMUM = {"maxiter": 1000, "maxfun": 2000, "ftol": 1e-13, "gtol": 1e-7}
_NO_GAIN = 1e-10  # of the log-likelihood of one outcome


@dataclass(frozen=True)
class Data:
    """Outcomes (0 or 1) with what explains them, and the number of the practice of each."""

    design: sparse.csr_matrix
    outcomes: Vector
    practice: Vector
    practices: int
    prior_variance: float  # of every coefficient around 0

    def linear(self, coefficients: Vector) -> Vector:
        """The log-odds of each outcome in a practice without an effect."""
        return np.asarray(self.design @ coefficients)

    def summed(self, values: Vector) -> Vector:
        """The sum of values in each practice."""
        return np.bincount(self.practice, weights=values, minlength=self.practices)


@dataclass(frozen=True)
class Fit:
    """Coefficients, the effect of each practice, and the variance between practices."""

    coefficients: Vector
    effects: Vector
    variance: float


def fitted(data: Data, no_variation: float) -> Fit:
    """Penalised quasi-likelihood with a Laplace step for the variance between practices.

    Coefficients and effects maximise the penalised likelihood at a variance t, and t is where
    t = mean(u^2 + 1 / (information + 1/t)) over practices. Written as (right - left) / t^2 it has
    no root at 0 and is bracketed; where it is not positive at the smallest variance that counts,
    practices do not differ and every effect is 0.
    """
    best = {0.0: without_effects(data)}

    def excess(log_variance: float) -> float:
        variance = float(np.exp(log_variance))
        nearest = min(best, key=lambda known: abs(known - variance))
        found = best[variance] = _at_variance(data, best[nearest], variance)
        information = data.summed(_weights(data, found))
        over = np.square(found.effects / variance) - information / (1.0 + variance * information)
        return float(over.mean())

    low, high = float(np.log(no_variation)), float(np.log(_GREATEST_VARIANCE))
    if excess(low) <= 0.0:
        return best[0.0]
    if excess(high) >= 0.0:
        return best[float(np.exp(high))]
    root = optimize.brentq(excess, low, high, **_ROOT)
    return _at_variance(data, best[min(best, key=lambda t: abs(t - np.exp(root)))], np.exp(root))


def without_effects(data: Data) -> Fit:
    """An ordinary logistic regression: practices do not differ."""
    nothing = Fit(np.zeros(data.design.shape[1]), np.zeros(data.practices), 0.0)
    return _at_variance(data, nothing, 0.0)


def effects_of(
    linear: Vector, outcomes: Vector, unit: Vector, units: int, variance: float
) -> Vector:
    """The effect of each unit, its log-odds without an effect given (Newton's method)."""
    effects = np.zeros(units)
    if variance <= 0.0:
        return effects
    for _ in range(_STEPS):
        chance = special.expit(linear + effects[unit])
        slope = np.bincount(unit, outcomes - chance, units) - effects / variance
        bend = np.bincount(unit, chance * (1.0 - chance), units) + 1.0 / variance
        # a step of more than one on the log-odds scale could go too far
        step = np.clip(slope / bend, -1.0, 1.0)
        effects = effects + step
        if np.abs(step).max(initial=0.0) < _CONVERGED:
            break
    return effects


def _weights(data: Data, at: Fit) -> Vector:
    chance = special.expit(data.linear(at.coefficients) + at.effects[data.practice])
    return np.asarray(chance * (1.0 - chance))


def _penalised(data: Data, coefficients: Vector, effects: Vector, variance: float) -> float:
    """The logarithm of the penalised likelihood."""
    log_odds = data.linear(coefficients) + effects[data.practice]
    likelihood = data.outcomes @ log_odds - np.logaddexp(0.0, log_odds).sum()
    penalty = coefficients @ coefficients / data.prior_variance
    if variance > 0.0:
        penalty += effects @ effects / variance
    return float(likelihood - penalty * _HALF)


def _at_variance(data: Data, start: Fit, variance: float) -> Fit:
    """Coefficients and effects that maximise the penalised likelihood at a given variance."""
    coefficients = start.coefficients
    effects = start.effects if variance > 0.0 else np.zeros(data.practices)
    value = _penalised(data, coefficients, effects, variance)
    for _ in range(_STEPS):
        step, effect_step = _newton(data, coefficients, effects, variance)
        share = 1.0
        for _halving in range(_HALVINGS):
            new = coefficients + share * step
            new_effects = effects + share * effect_step
            new_value = _penalised(data, new, new_effects, variance)
            if new_value >= value - abs(value) * _FLAT:
                break
            share *= _HALF
        coefficients, effects, value = new, new_effects, new_value
        largest = max(np.abs(step).max(initial=0.0), np.abs(effect_step).max(initial=0.0))
        if largest < _CONVERGED:
            break
    return Fit(coefficients, effects, variance)


def _newton(
    data: Data, coefficients: Vector, effects: Vector, variance: float
) -> tuple[Vector, Vector]:
    """The joint Newton step; the practices' diagonal block is eliminated first."""
    chance = special.expit(data.linear(coefficients) + effects[data.practice])
    weight = chance * (1.0 - chance)
    residual = data.outcomes - chance
    slope = data.design.T @ residual - coefficients / data.prior_variance
    weighted = data.design.multiply(weight[:, None]).tocsr()
    bend = (data.design.T @ weighted).toarray()
    bend[np.diag_indices_from(bend)] += 1.0 / data.prior_variance
    if variance <= 0.0:
        return np.linalg.solve(bend, slope), np.zeros(data.practices)
    rows = np.arange(len(data.practice))
    ones = np.ones(len(rows))
    member = sparse.csr_matrix((ones, (data.practice, rows)), (data.practices, len(rows)))
    between = (member @ weighted).tocsr()
    effect_slope = data.summed(residual) - effects / variance
    effect_bend = data.summed(weight) + 1.0 / variance
    scaled = between.multiply(1.0 / effect_bend[:, None]).tocsr()
    reduced = bend - (between.T @ scaled).toarray()
    step = np.linalg.solve(reduced, slope - scaled.T @ effect_slope)
    return step, (effect_slope - between @ step) / effect_bend


def fully_fitted(data: Data, no_variation: float) -> Fit:
    """Full maximum likelihood: the effects integrated out by adaptive Gauss-Hermite quadrature."""
    start = fitted(data, no_variation)
    first = np.append(start.coefficients, np.log(max(start.variance, _FIRST_VARIANCE)) * _HALF)
    found = optimize.minimize(
        _marginal,
        first,
        args=(data,),
        jac=True,
        method="L-BFGS-B",
        bounds=[(None, None)] * len(start.coefficients)
        + [(np.log(no_variation) * _HALF, np.log(_GREATEST_VARIANCE) * _HALF)],
        options=_MAXIMUM,
    )
    coefficients, variance = found.x[:-1], float(np.square(np.exp(found.x[-1])))
    plain = without_effects(data)
    least = np.append(plain.coefficients, np.log(no_variation) * _HALF)
    if found.fun >= _marginal(least, data)[0] - _NO_GAIN:
        return plain
    effects = effects_of(
        data.linear(coefficients), data.outcomes, data.practice, data.practices, variance
    )
    return Fit(coefficients, effects, variance)


def _marginal(parameters: Vector, data: Data) -> tuple[float, Vector]:
    """Minus the logarithm of the marginal likelihood per outcome, and its gradient."""
    coefficients, variance = parameters[:-1], float(np.square(np.exp(parameters[-1])))
    linear = data.linear(coefficients)
    modes = effects_of(linear, data.outcomes, data.practice, data.practices, variance)
    chance = special.expit(linear + modes[data.practice])
    spread = 1.0 / np.sqrt(data.summed(chance * (1.0 - chance)) + 1.0 / variance)
    nodes, weights = np.polynomial.hermite.hermgauss(_NODES)
    points = modes[:, None] + spread[:, None] * nodes[None, :] / np.sqrt(_HALF)
    logs = np.empty_like(points)
    for place in range(_NODES):
        log_odds = linear + points[data.practice, place]
        logs[:, place] = data.summed(data.outcomes * log_odds - np.logaddexp(0.0, log_odds))
    logs += np.square(nodes) + np.log(weights) - np.square(points) * _HALF / variance
    total = special.logsumexp(logs, axis=1)
    share = np.exp(logs - total[:, None])
    value = total.sum() + np.log(spread).sum() - data.practices * np.log(variance) * _HALF
    value -= coefficients @ coefficients / data.prior_variance * _HALF
    expected = np.zeros(len(linear))
    for place in range(_NODES):
        of_practice = share[data.practice, place]
        expected += of_practice * special.expit(linear + points[data.practice, place])
    slope = data.design.T @ (data.outcomes - expected) - coefficients / data.prior_variance
    scale = float((share * np.square(points)).sum() / variance - data.practices)
    number = len(linear)
    return -value / number, -np.append(slope, scale) / number
