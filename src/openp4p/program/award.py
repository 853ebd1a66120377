"""A program that pays every practice a share of a fixed pool, instead of placing it in tiers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from openp4p.program.values import Rule

Part = Annotated[float, Field(ge=0, le=1)]
Quantile = Annotated[float, Field(gt=0, lt=1)]


class Award(Rule):
    """How measures become one award between 0 and 1, and an award a bonus."""

    estimate: Literal["posterior_mean", "observed_rate"]
    threshold_low: Quantile  # of the true values in the benchmark year
    threshold_high: Quantile
    benchmark_years_before: Annotated[int, Field(ge=1)]  # the performance year
    improvement_share: Part  # of the way to the high threshold, at most
    pooled_below_reliability: Part  # with less, two years are taken together
    fewest_practices: Annotated[int, Field(ge=2)]  # for a distribution to be fitted
    no_differences_above: Annotated[float, Field(gt=0)]  # cases at which a rate is half noise
    quality_weight: Part  # the rest is cost
    top_risk_quantile: Quantile
    top_risk_weight: Annotated[float, Field(ge=0)]
    dual_weight: Annotated[float, Field(ge=0)]
    history_months: Annotated[int, Field(ge=1)]
    label_probability: Part  # labels are shown, and pay nothing

    @property
    def is_symmetric(self) -> bool:
        """Whether the thresholds lie equally far from the middle: else size moves the award."""
        return abs(self.threshold_low + self.threshold_high - 1.0) < 1e-12
