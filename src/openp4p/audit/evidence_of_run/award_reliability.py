"""P11.2 and P11.3 of a run of awards: how far chance puts an award off."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from ibis import _

from openp4p.audit.evidence.award_error import (
    EstimatedResults,
    MeasureResults,
    Results,
    award_error_by_band,
    award_errors,
    reliability_finding,
)
from openp4p.audit.evidence.misclassification import misclassification_finding
from openp4p.audit.evidence.numbers import Vector
from openp4p.audit.evidence.record import Finding
from openp4p.audit.evidence_of_run.awards import weights_of
from openp4p.columns import Columns, columns
from openp4p.practice_facts import SIZE_BANDS, PracticeFacts
from openp4p.results import Run
from openp4p.shrinkage.beta_binomial import BetaBinomial


def reliability_findings(run: Run, facts: PracticeFacts, *, seed: int) -> list[Finding]:
    """The money on reliable results, and the award error of every size band; there are no tiers."""
    tins, held = facts.table["tin"], _of_practices(run, facts)
    weights = weights_of(tins, held)
    paid = dict(zip(tins, np.nan_to_num(facts.table["paid_amount"]), strict=True))
    dollars = np.array([paid[tin] for tin in held["tin"]])
    errors = award_errors_of(run, facts, held, weights, seed=seed)
    has_one = np.isfinite(errors)
    band = [b for b, known in zip(facts.size_band, has_one, strict=True) if known]
    by_band = award_error_by_band(errors[has_one], band, SIZE_BANDS)
    return [
        reliability_finding(held["reliability"], weights * dollars, by_band),
        misclassification_finding({}, 0),
    ]


def mean_award_error(run: Run, facts: PracticeFacts, *, seed: int) -> tuple[float | None, int]:
    """The mean over practices with an award, and how many those are; none without any."""
    held = _of_practices(run, facts)
    errors = award_errors_of(run, facts, held, weights_of(facts.table["tin"], held), seed=seed)
    known = np.isfinite(errors)
    return (float(errors[known].mean()) if known.any() else None), int(known.sum())


def award_errors_of(
    run: Run, facts: PracticeFacts, held: Columns, weights: Vector, *, seed: int
) -> Vector:
    """The expected award error of every practice; NaN for one without an award."""
    place = {tin: at for at, tin in enumerate(facts.table["tin"])}
    awards = {row["tin"]: row["award"] for row in run.rows("practice_awards")}
    paid = np.array([np.nan if awards.get(t) is None else awards[t] for t in place])
    scored = np.isfinite(paid)
    names = np.array(held["measure"])
    share = run.program.award.improvement_share if run.program.award is not None else 0.0
    measures: list[Results] = []
    scores: list[Callable[[Vector], Vector]] = []
    for name in np.unique(names):
        rows = np.flatnonzero(names == name)
        at = np.array([place[held["tin"][row]] for row in rows])
        measures.append(_results(held, rows, at, weights, len(place)))
        baseline = np.full(len(place), np.nan)
        baseline[at] = held["baseline"][rows]
        low, high = float(held["low"][rows[0]]), float(held["high"][rows[0]])
        scores.append(_score(low, high, baseline, share))
    if not measures:
        return np.full(len(place), np.nan)
    total = sum(one.weights for one in measures)
    with np.errstate(invalid="ignore", divide="ignore"):
        errors = award_errors(measures, scores, np.where(scored, paid, 0.0), seed=seed)
    return np.where(scored & (np.asarray(total) > 0), errors, np.nan)


def _of_practices(run: Run, facts: PracticeFacts) -> Columns:
    """The scored results of eligible practices."""
    held, known = _scored(run), set(facts.table["tin"])
    kept = np.array([tin in known for tin in held["tin"]], dtype=bool)
    return {name: _where(values, kept) for name, values in held.items()}


def _scored(run: Run) -> Columns:
    """Every scored result with its fit; the counts of a share, the spread of another rate."""
    rates = run.table("shrunken_rates").select("tin", "measure", "period")
    results = run.table("shrinkage_results").drop("rate")
    fits = run.table("shrinkage_fits").select("measure", "period", "alpha", "beta", "between")
    scored = run.table("award_measures").filter(_.score.notnull()).drop("cases", "reason")
    joined = scored.inner_join(rates, ["tin", "measure"])
    joined = joined.inner_join(results, ["tin", "measure", "period"])
    joined = joined.inner_join(fits, ["measure", "period"])
    held = columns(run, joined.order_by("measure", "tin"))
    return {**held, "is_count": np.array(held["is_count"], dtype=bool)}


def _results(held: Columns, rows: Vector, at: Vector, weights: Vector, number: int) -> Results:
    """One measure over all practices; who has no case of it has no weight in it."""
    weight = np.zeros(number)
    weight[at] = weights[rows]
    if held["is_count"][rows[0]]:
        alpha, beta = float(held["alpha"][rows[0]]), float(held["beta"][rows[0]])
        met, cases = np.zeros(number), np.zeros(number)
        met[at], cases[at] = held["met"][rows], held["cases"][rows]
        scale = float(held["scale"][rows[0]])
        counted = MeasureResults(met, cases, BetaBinomial(alpha, beta, 0.0, 0.0), weight)
        return counted if scale == 1.0 else _Scaled(counted, scale)
    estimate, deviation = np.zeros(number), np.zeros(number)
    estimate[at] = held["estimate"][rows]
    own = 1.0 - held["reliability"][rows]
    deviation[at] = np.sqrt(np.maximum(held["between"][rows] * own, 0.0))
    return EstimatedResults(estimate, deviation, weight)


class _Scaled:
    """A share in another unit, such as percent."""

    def __init__(self, counted: MeasureResults, scale: float) -> None:
        self._counted, self._scale = counted, scale

    @property
    def weights(self) -> Vector:
        return self._counted.weights

    def draw(self, random: np.random.Generator) -> Vector:
        return np.asarray(self._counted.draw(random) * self._scale)


def _score(low: float, high: float, baseline: Vector, share: float) -> Callable[[Vector], Vector]:
    """The score of true values: attainment, or improvement where that is more."""
    short = baseline > high if high < low else baseline < high

    def score(true: Vector) -> Vector:
        attained = np.clip((true - low) / (high - low), 0.0, 1.0)
        way = np.divide(true - baseline, high - baseline, out=np.zeros(len(true)), where=short)
        return np.asarray(np.maximum(attained, share * np.clip(way, 0.0, 1.0)))

    return score


def _where(values: Vector | list[object], kept: Vector) -> Vector | list[object]:
    if isinstance(values, list):
        return [value for value, is_kept in zip(values, kept, strict=True) if is_kept]
    return np.asarray(values[kept])
