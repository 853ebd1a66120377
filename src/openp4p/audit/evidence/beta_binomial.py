"""C9.1: the fit of rates under the audit's own limits."""

from __future__ import annotations

from openp4p.audit.evidence.numbers import Vector
from openp4p.audit.thresholds import threshold
from openp4p.shrinkage import beta_binomial
from openp4p.shrinkage.beta_binomial import BetaBinomial


def fit_beta_binomial(met: Vector, cases: Vector) -> BetaBinomial:
    """Maximum likelihood over the practices with cases."""
    return beta_binomial.fit_beta_binomial(met, cases, threshold("reliability.no_differences"))


def total_interval(met: Vector, cases: Vector, fit: BetaBinomial) -> tuple[float, float]:
    """The 95% profile-likelihood interval of alpha + beta; an open end is 0 or infinite."""
    most, confidence = threshold("reliability.no_differences"), threshold("statistics.confidence")
    return beta_binomial.total_interval(met, cases, fit, most, confidence)


def can_be_fitted(cases: Vector) -> str:
    """Why alpha and beta cannot be estimated; empty when they can."""
    return beta_binomial.cannot_be_fitted(cases, threshold("reliability.fewest_practices"))


__all__ = ["BetaBinomial", "can_be_fitted", "fit_beta_binomial", "total_interval"]
