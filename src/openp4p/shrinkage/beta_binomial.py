"""Rates met of cases: how reliable a practice's is, and drawn toward what practices share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize, special, stats

Vector = npt.NDArray[Any]
_SMALLEST, _STEPS, _TWO = 1e-3, 41, 2
_PRECISE = {"xtol": 1e-13, "rtol": 1e-13}


@dataclass(frozen=True)
class BetaBinomial:
    """The distribution of true rates, Beta(alpha, beta), as the counts of practices tell it.

    Where they show no difference between practices alpha and beta are infinite: the reliability is
    0 and every practice's rate is the pooled one.
    """

    alpha: float
    beta: float
    pooled: float
    minus_log_likelihood: float

    @property
    def total(self) -> float:
        """alpha + beta: the number of cases at which a rate is half signal, half noise."""
        return self.alpha + self.beta

    def reliability(self, cases: Vector) -> Vector:
        """n / (n + alpha + beta)."""
        if not np.isfinite(self.total):
            return np.zeros(len(cases))
        return np.asarray(cases / (cases + self.total))

    def posterior_mean(self, met: Vector, cases: Vector) -> Vector:
        """(x + alpha) / (n + alpha + beta)."""
        if not np.isfinite(self.total):
            return np.full(len(cases), self.pooled)
        return np.asarray((met + self.alpha) / (cases + self.total))

    def cases_for(self, reliability: float) -> float:
        """How many cases a practice needs for this reliability."""
        return self.total * reliability / (1.0 - reliability)


def fit_beta_binomial(met: Vector, cases: Vector, no_differences: float) -> BetaBinomial:
    """Maximum likelihood over the practices with cases.

    With alpha + beta above `no_differences` the practices are taken not to differ at all.
    """
    likelihood = _Likelihood(met[cases > 0], cases[cases > 0])
    pooled = float(met.sum() / cases.sum())
    total = likelihood.best_total(no_differences) if 0.0 < pooled < 1.0 else np.inf
    if not total <= no_differences:
        return BetaBinomial(np.inf, np.inf, pooled, likelihood.minus_log_same(pooled))
    mean = likelihood.best_mean(total)
    value = likelihood.minus_log(mean, total)
    return BetaBinomial(mean * total, (1.0 - mean) * total, pooled, value)


def total_interval(
    met: Vector, cases: Vector, fit: BetaBinomial, no_differences: float, confidence: float
) -> tuple[float, float]:
    """The profile-likelihood interval of alpha + beta; an open end is 0 or infinite."""
    likelihood = _Likelihood(met[cases > 0], cases[cases > 0])
    allowed = float(stats.chi2.ppf(confidence, 1)) / 2.0
    if not np.isfinite(fit.total):
        return 0.0, np.inf

    def over(log_total: float) -> float:
        total = float(np.exp(log_total))
        at_best = likelihood.minus_log(likelihood.best_mean(total), total)
        return at_best - fit.minus_log_likelihood - allowed

    middle = float(np.log(fit.total))
    least, most = float(np.log(_SMALLEST)), float(np.log(no_differences))
    low = np.exp(optimize.brentq(over, least, middle)) if over(least) > 0 else 0.0
    high = np.exp(optimize.brentq(over, middle, most)) if over(most) > 0 else np.inf
    return float(low), float(high)


def cannot_be_fitted(cases: Vector, fewest: float) -> str:
    """Why alpha and beta cannot be estimated; empty when they can."""
    if (cases > 0).sum() < fewest:
        return f"fewer than {fewest:g} practices have cases"
    return "" if (cases >= _TWO).any() else "no practice has two cases"


@dataclass(frozen=True)
class _Likelihood:
    """Minus the logarithm of the likelihood, without the binomial coefficient.

    Each sum over practices is one over distinct counts: millions of practices have few of those.
    """

    met: Vector
    cases: Vector

    @cached_property
    def _counts(self) -> tuple[tuple[Vector, Vector], ...]:
        unmet = self.cases - self.met
        return tuple(np.unique(v, return_counts=True) for v in (self.met, unmet, self.cases))

    def minus_log(self, mean: float, total: float) -> float:
        """At a mean of true rates and a total alpha + beta."""
        parts = zip(self._counts, (mean * total, (1.0 - mean) * total, total), strict=True)
        met, unmet, cases = (
            float(often @ (special.gammaln(number + at) - special.gammaln(at)))
            for (number, often), at in parts
        )
        return cases - met - unmet

    def minus_log_same(self, rate: float) -> float:
        """Where all practices have the same rate."""
        met, unmet = float(self.met.sum()), float((self.cases - self.met).sum())
        return -float(special.xlogy(met, rate) + special.xlogy(unmet, 1.0 - rate))

    def best_mean(self, total: float) -> float:
        """The mean that fits best at a total; the slope falls in it, so there is one."""
        edge = np.finfo(float).eps
        return float(
            optimize.brentq(lambda m: self._slope_in_mean(m, total), edge, 1.0 - edge, **_PRECISE)
        )

    def best_total(self, no_differences: float) -> float:
        """The total that fits best with its best mean; infinite when more is always better."""
        grid = np.geomspace(_SMALLEST, no_differences * 10.0, _STEPS)
        values = [self.minus_log(self.best_mean(total), total) for total in grid]
        best = int(np.argmin(values))
        if best == len(grid) - 1:
            return np.inf
        low, high = np.log(grid[max(best - 1, 0)]), np.log(grid[best + 1])
        if self._slope_in_total(low) >= 0 or self._slope_in_total(high) <= 0:
            return float(grid[best])  # at the edge of what is tried
        return float(np.exp(optimize.brentq(self._slope_in_total, low, high, **_PRECISE)))

    def _slope_in_mean(self, mean: float, total: float) -> float:
        met, unmet, _ = self._slopes(mean, total)
        return unmet - met

    def _slope_in_total(self, log_total: float) -> float:
        total = float(np.exp(log_total))
        mean = self.best_mean(total)
        met, unmet, cases = self._slopes(mean, total)
        return cases - mean * met - (1.0 - mean) * unmet

    def _slopes(self, mean: float, total: float) -> tuple[float, float, float]:
        parts = zip(self._counts, (mean * total, (1.0 - mean) * total, total), strict=True)
        met, unmet, cases = (
            float(often @ (special.digamma(number + at) - special.digamma(at)))
            for (number, often), at in parts
        )
        return met, unmet, cases
