"""C8.3-4: how well a model of events is calibrated, and whether another would do better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from openp4p.audit.evidence.least_squares import independent
from openp4p.audit.evidence.numbers import Vector, rounded
from openp4p.audit.evidence.record import MEETS, NOT_ASSESSABLE, PARTLY, Evidence, Finding
from openp4p.audit.thresholds import count, threshold

_STEPS, _CONVERGED = 50, 1e-10


@dataclass(frozen=True)
class Calibration:
    """Observed less expected in log-odds, the slope, and how well cases are told apart."""

    in_the_large: float
    slope: float
    c_statistic: float

    @property
    def slope_holds(self) -> bool:
        """Whether predictions are neither too timid nor too bold."""
        return threshold("adjustment.slope_lower") <= rounded(self.slope) <= threshold(
            "adjustment.slope_upper"
        )  # fmt: skip


def calibration(predicted: Vector, happened: Vector) -> Calibration:
    """Calibration in the large, calibration slope and C statistic of predicted chances."""
    odds = special.logit(predicted)
    constant = np.ones((len(odds), 1))
    shift = logistic(constant, happened, offset=odds)[0]
    slope = logistic(np.column_stack([constant, odds]), happened)[1]
    return Calibration(float(shift), float(slope), c_statistic(predicted, happened))


def c_statistic(predicted: Vector, happened: Vector) -> float:
    """The chance that of two people, the one with the event had the higher prediction."""
    events = happened.astype(bool)
    ranks = stats.rankdata(predicted)
    number, others = int(events.sum()), int((~events).sum())
    return float((ranks[events].sum() - number * (number + 1) / 2) / (number * others))


def logistic(design: Vector, happened: Vector, offset: Vector | float = 0.0) -> Vector:
    """Coefficients of a logistic regression (Newton's method)."""
    coefficients = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        chance = special.expit(design @ coefficients + offset)
        bend = design.T @ (design * (chance * (1 - chance))[:, None])
        step = np.linalg.solve(bend, design.T @ (happened - chance))
        coefficients = coefficients + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < _CONVERGED:
            break
    return coefficients


def folds_by_practice(practice: Vector, seed: int) -> Vector:
    """The fold of every person; a practice's people stay together."""
    practices, folds = int(practice.max()) + 1, count("adjustment.folds")
    fold = np.arange(practices) % folds
    np.random.default_rng(seed).shuffle(fold)
    return np.asarray(fold[practice])


def cross_fitted(
    design: Vector, actual: Vector, practice: Vector, *, is_binary: bool, seed: int
) -> Vector:
    """Each person's prediction from a model fitted without their practice's fold."""
    fold, made = folds_by_practice(practice, seed), np.empty(len(actual))
    full = np.column_stack([np.ones(len(actual)), design])
    for held_out in range(count("adjustment.folds")):
        others, own = fold != held_out, fold == held_out
        columns = independent(full[others])
        known = full[others][:, columns]
        if is_binary:
            fitted = logistic(known, actual[others])
            made[own] = special.expit(full[own][:, columns] @ fitted)
        else:
            fitted = np.linalg.lstsq(known, actual[others], rcond=None)[0]
            made[own] = full[own][:, columns] @ fitted
    return made


def alternatives_finding(
    actual: Vector,
    predictions: Mapping[str, Vector],
    groups: Mapping[str, Vector],
    *,
    incumbent: str,
    is_binary: bool,
) -> Finding:
    """P04.5: the model in use against every registered alternative, on cross-fitted predictions.

    Near the best fit, and no group's predictive ratio much farther from 1 than under the best.
    """
    fits = {name: _fit_of(p, actual, is_binary) for name, p in predictions.items()}
    best = max(fits, key=lambda name: fits[name])
    near = threshold("adjustment.near_best_c" if is_binary else "adjustment.near_best_r_squared")
    worse = threshold("adjustment.subgroup_worse")
    off = {
        name: {group: _distance(p, actual, mask) for group, mask in groups.items()}
        for name, p in predictions.items()
    }
    left_behind = [
        group for group in groups
        if any(rounded(off[incumbent][group] - off[other][group]) > worse for other in off)
    ]  # fmt: skip
    behind = fits[best] - fits[incumbent]
    alone = len(predictions) < 2
    meets = rounded(behind) <= near and not left_behind
    return Finding(
        Evidence(
            subcheck="P04.5",
            kind="a",
            verdict=NOT_ASSESSABLE if alone else MEETS if meets else PARTLY,
            statistic=f"{'C statistic' if is_binary else 'R-squared'} of the best model less that "
            f"of the model in use",
            value=None if alone else behind,
            threshold=f"at most {near:g} and no group's predictive ratio more than {worse:g} "
            f"farther from 1 meets; else partly",
            n_units=len(actual),
            na_reason="no alternative is registered" if alone else "",
            text=""
            if alone
            else f"Best: {best}. Groups left behind: {', '.join(left_behind) or 'none'}.",
        ),
        tuple({"model": name, "fit": fit, **off[name]} for name, fit in fits.items()),
    )


def _fit_of(predicted: Vector, actual: Vector, is_binary: bool) -> float:
    if is_binary:
        return c_statistic(predicted, actual)
    left = np.square(actual - predicted).sum()
    return float(1.0 - left / np.square(actual - actual.mean()).sum())


def _distance(predicted: Vector, actual: Vector, mask: Vector) -> float:
    total = actual[mask].sum()
    return float(abs(predicted[mask].sum() / total - 1.0)) if total else 0.0
