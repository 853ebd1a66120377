"""C9.5, P11.2: how far chance puts an award off, and what money rests on reliable results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from openp4p.audit.evidence.beta_binomial import BetaBinomial
from openp4p.audit.evidence.judging import at_least, at_most, better, worst
from openp4p.audit.evidence.levels import merged
from openp4p.audit.evidence.numbers import Vector
from openp4p.audit.evidence.record import NOT_ASSESSABLE, Evidence, Finding
from openp4p.audit.thresholds import count, threshold, thresholds

Award = Callable[[Vector], Vector]


class Results(Protocol):
    """One measure of all practices: its weight in each composite, and draws of true values."""

    @property
    def weights(self) -> Vector:
        """The weight of the measure in each practice's award; 0 where it has no case."""

    def draw(self, random: np.random.Generator) -> Vector:
        """True values that the results could come from, one a practice."""


@dataclass(frozen=True)
class MeasureResults:
    """One measure of all practices: cases met, cases, the fit, its weight in each composite."""

    met: Vector
    cases: Vector
    fit: BetaBinomial
    weights: Vector

    def draw(self, random: np.random.Generator) -> Vector:
        """True rates from the posterior beta, which never leaves 0 to 1."""
        if not np.isfinite(self.fit.total):
            return np.full(len(self.cases), self.fit.pooled)
        unmet = self.cases - self.met
        return np.asarray(random.beta(self.met + self.fit.alpha, unmet + self.fit.beta))


@dataclass(frozen=True)
class EstimatedResults:
    """The same of any other rate: its posterior mean and deviation, and the weights."""

    estimate: Vector
    deviation: Vector
    weights: Vector

    def draw(self, random: np.random.Generator) -> Vector:
        """True values from the posterior normal."""
        return np.asarray(random.normal(self.estimate, self.deviation))


def award_errors(
    measures: Sequence[Results], score: Sequence[Award], paid: Vector, *, seed: int
) -> Vector:
    """The mean distance of each practice's award from that of its true rates, drawn 1,000 times.

    `score` turns true rates of a measure into its part of the award.
    """
    random, draws = np.random.default_rng(seed), count("reliability.draws")
    total = sum(one.weights for one in measures)
    off = np.zeros(len(paid))
    for _ in range(draws):
        award = np.zeros(len(paid))
        for one, part in zip(measures, score, strict=True):
            award += one.weights * part(one.draw(random))
        off += np.abs(award / total - paid)
    return np.asarray(off / draws)


def award_error_by_band(
    errors: Vector, band: Sequence[str | None], order: Sequence[str]
) -> dict[str, float]:
    """The mean error of each size band, small bands joined as in the fairness tests."""
    joined = merged(band, order)
    names = dict.fromkeys(one for one in joined if one is not None)
    held = np.array([one or "" for one in joined])
    return {name: float(errors[held == name].mean()) for name in names}


def reliability_finding(
    reliabilities: Vector, weights: Vector, error_by_band: dict[str, float] | None = None
) -> Finding:
    """P11.2 by two routes: money resting on reliable results, or awards hardly off by chance.

    `reliabilities` (NaN where they could not be estimated) and payment weights of practice-measure
    results; the second route is for programs that pay on shrunken estimates.
    """
    floor = threshold("reliability.floor")
    known = np.isfinite(reliabilities)
    share = None
    if known.any() and weights.sum() > 0:
        share = float(weights[known & (reliabilities >= floor)].sum() / weights.sum())
    meets, partly = threshold("reliability.weight_meets"), threshold("reliability.weight_partly")
    little, some = (
        threshold("reliability.award_error_meets"),
        threshold("reliability.award_error_partly"),
    )
    first = NOT_ASSESSABLE if share is None else at_least(share, meets, partly)
    bands = error_by_band or {}
    second = worst(at_most(error, little, some) for error in bands.values())
    verdict = better([first, second])
    by_error = bool(bands) and verdict == second and first != verdict
    return Finding(
        Evidence(
            subcheck="P11.2",
            kind="a",
            verdict=verdict,
            statistic="largest mean award error of a size band"
            if by_error
            else f"share of payment weight on results with a reliability of {floor:g} or more",
            value=max(bands.values()) if by_error else share,
            threshold=f"share at least {meets:g} meets, {partly:g} partly; or award error at most "
            f"{little:g} in every size band meets, {some:g} partly; else fails",
            n_units=len(reliabilities),
            na_reason="" if verdict != NOT_ASSESSABLE else "no reliability could be estimated",
            text=f"{int((~known).sum()):,} results without an estimate count as unreliable.",
        ),
        tuple({"band": name, "award_error": error} for name, error in bands.items()),
    )


def reliability_shares(reliabilities: Vector) -> dict[float, int]:
    """How many practices reach each reliability that is published."""
    levels = thresholds()["reliability.reported_at"].values
    return {level: int((reliabilities >= level).sum()) for level in levels}
