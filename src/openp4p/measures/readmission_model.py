"""The readmission model of each cohort, fitted to the stays of the nation, or as supplied."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy import sparse, special

from openp4p.codes import code_list
from openp4p.measures.hierarchical_logit import (
    Data,
    Fit,
    effects_of,
    fitted,
    fully_fitted,
    without_effects,
)
from openp4p.measures.readmission_coefficients import (
    AGE,
    BETWEEN,
    CATEGORY,
    COMORBIDITY,
    EFFECT,
    EVERY_COHORT,
    NATION,
    OBSERVED_OVER_EXPECTED,
    RATE,
    RESAMPLED,
    VARIANCE,
    YEARS,
    Model,
    Term,
    check_categories,
    national_rate,
    supplied_models,
)
from openp4p.program.definition import Program

MODEL = {
    "cohort": "string",
    "kind": "string",
    "name": "string",
    "value": "float64",
}
_DECADE = 10.0  # ages are fitted in decades, so that all terms are of like size
# SplitMix64 (Steele, Lea, Flood 2014): the same draws for a practice whoever else is there
_GOLDEN, _MIX_1, _MIX_2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_SHIFT_1, _SHIFT_2, _SHIFT_3, _UNUSED = 30, 27, 31, 11
_STRIDE, _SHARES = 1 << 32, 1 << 53
_SEED_BYTES = 8


@dataclass(frozen=True)
class Stays:
    """The stays of all units, practices and ACOs, in the order of cohort, unit and name."""

    cohort: np.ndarray
    units: np.ndarray  # the names, by number
    unit: np.ndarray  # the number of each stay's unit
    is_practice: np.ndarray
    category: np.ndarray
    years: np.ndarray
    bits: np.ndarray
    readmitted: np.ndarray


@dataclass(frozen=True)
class Cohort:
    """One cohort's stays, what the model expects of each, and what it says."""

    stays: np.ndarray  # their places among all
    linear: np.ndarray  # log-odds in the average practice
    variance: float
    rows: list[dict[str, object]]


def readmission_model(
    risks: pa.Table, program: Program, supplied: pa.Table | None = None
) -> list[dict[str, object]]:
    """Coefficients, variance and practice effects of each cohort; the national rate; variances of
    the ratios. Coefficients, variances and the rate are those supplied, if any are."""
    if not risks.num_rows:
        return []
    stays = _stays(risks)
    names = [str(name) for name in np.unique(stays.cohort)]
    coefficients = [] if supplied is None else supplied.to_pylist()
    if coefficients:
        models, rate = supplied_models(coefficients, program), national_rate(coefficients)
        check_categories(set(zip(stays.cohort, stays.category, strict=True)), models)
    else:
        models = {name: _fitted(stays, name, program) for name in names}
        rate = stays.readmitted[stays.is_practice].mean()
    cohorts = [_modelled(stays, name, models[name]) for name in names]
    found = [row for cohort in cohorts for row in cohort.rows]
    found.append(_row(EVERY_COHORT, RATE, NATION, rate))
    return found + _resampled(stays, cohorts, program)


def _stays(risks: pa.Table) -> Stays:
    order = [("cohort", "ascending"), ("tin", "ascending"), ("stay_id", "ascending")]
    rows = risks.sort_by(order)

    def column(name: str) -> np.ndarray:
        return np.asarray(rows[name].to_numpy(zero_copy_only=False))

    units, unit = np.unique(column("tin").astype(str), return_inverse=True)
    return Stays(
        cohort=column("cohort").astype(str),
        units=units,
        unit=unit,
        is_practice=column("is_practice").astype(bool),
        category=column("category").astype(str),
        years=column("years").astype(float),
        bits=column("comorbidities").astype(np.int64),
        readmitted=column("is_readmitted").astype(float),
    )


def _fitted(stays: Stays, cohort: str, program: Program) -> Model:
    """The model of a cohort, fitted to its stays of practices."""
    nation = np.flatnonzero((stays.cohort == cohort) & stays.is_practice)
    terms = _terms(stays, nation, program)
    rules = program.readmissions
    design = _design(stays, nation, terms)
    _, practice = np.unique(stays.unit[nation], return_inverse=True)
    data = Data(
        design=design,
        outcomes=stays.readmitted[nation],
        practice=practice,
        practices=int(practice.max()) + 1,
        prior_variance=rules.prior_variance,
    )
    fit = _fit(data, program)
    found = {
        term: value / _scale(term)
        for term, value in zip(terms, fit.coefficients.tolist(), strict=True)
    }
    return Model(found, fit.variance)


def _scale(term: Term) -> float:
    return _DECADE if term[0] == AGE else 1.0


def _modelled(stays: Stays, cohort: str, model: Model) -> Cohort:
    """What the model says of the cohort's stays, and of every practice and ACO."""
    places = np.flatnonzero(stays.cohort == cohort)
    values = [value * _scale(term) for term, value in model.coefficients.items()]
    linear = np.asarray(_design(stays, places, list(model.coefficients)) @ np.array(values))
    units, unit = np.unique(stays.unit[places], return_inverse=True)
    effects = effects_of(linear, stays.readmitted[places], unit, len(units), model.variance)
    rows = [_row(cohort, kind, name, v) for (kind, name), v in model.coefficients.items()]
    rows.append(_row(cohort, VARIANCE, BETWEEN, model.variance))
    named = zip(stays.units[units], effects, strict=True)
    rows += [_row(cohort, EFFECT, str(name), effect) for name, effect in named]
    return Cohort(places, linear, model.variance, rows)


def _fit(data: Data, program: Program) -> Fit:
    rules = program.readmissions
    if rules.estimator == OBSERVED_OVER_EXPECTED:
        return without_effects(data)
    fit = fully_fitted if rules.estimator == "full_maximum_likelihood" else fitted
    return fit(data, rules.no_variation)


def _row(cohort: str, kind: str, name: str, value: float) -> dict[str, object]:
    return {"cohort": cohort, "kind": kind, "name": name, "value": float(value)}


def _terms(stays: Stays, nation: np.ndarray, program: Program) -> list[Term]:
    """Age, the categories, each an intercept, and the comorbidities that are neither too rare."""
    fewest = program.readmissions.fewest_outcomes
    readmitted = stays.readmitted[nation] == 1.0
    found = [(AGE, YEARS)]
    found += [(CATEGORY, str(name)) for name in np.unique(stays.category[nation])]
    for place, variable in enumerate(code_list("readmission_comorbidities")):
        has = (stays.bits[nation] >> place) & 1 == 1
        cells = (has & readmitted, has & ~readmitted, ~has & readmitted, ~has & ~readmitted)
        if min(int(cell.sum()) for cell in cells) >= fewest:
            found.append((COMORBIDITY, variable["variable"]))
    return found


def _design(stays: Stays, places: np.ndarray, terms: list[Term]) -> sparse.csr_matrix:
    """One row a stay, one column a term."""
    bit_of = {
        variable["variable"]: place
        for place, variable in enumerate(code_list("readmission_comorbidities"))
    }
    columns = []
    for kind, name in terms:
        if kind == AGE:
            column = stays.years[places] / _DECADE
        elif kind == CATEGORY:
            column = (stays.category[places] == name).astype(float)
        else:
            column = ((stays.bits[places] >> bit_of[name]) & 1).astype(float)
        columns.append(sparse.csc_matrix(column[:, None]))
    return sparse.hstack(columns, format="csr")


def _resampled(stays: Stays, cohorts: list[Cohort], program: Program) -> list[dict[str, object]]:
    """The variance of each unit's ratio over draws of its own stays, the model held fixed."""
    number, draws = len(stays.units), program.readmissions.bootstrap_draws
    is_plain = program.readmissions.estimator == OBSERVED_OVER_EXPECTED
    upper, lower = np.zeros((draws, number)), np.zeros((draws, number))
    used = [_used(stays, cohort, program) for cohort in cohorts]
    for cohort, kept in zip(cohorts, used, strict=True):
        unit = stays.unit[cohort.stays][kept]
        for draw, drawn in enumerate(_draws(stays, cohort.stays[kept], draws)):
            linear = cohort.linear[kept][drawn]
            readmitted = stays.readmitted[cohort.stays[kept]][drawn]
            expected = np.bincount(unit, special.expit(linear), number)
            if is_plain:
                upper[draw] += np.bincount(unit, readmitted, number)
                lower[draw] += expected
                continue
            effects = effects_of(linear, readmitted, unit, number, cohort.variance)
            predicted = np.bincount(unit, special.expit(linear + effects[unit]), number)
            counts = np.bincount(unit, minlength=number)
            here = counts > 0
            upper[draw, here] += counts[here] * np.log(predicted[here] / expected[here])
            lower[draw] += counts
    named = np.flatnonzero(lower[0] > 0)
    ratios = upper[:, named] / lower[:, named]
    spread = (ratios if is_plain else np.exp(ratios)).var(axis=0, ddof=1)
    return [
        _row(EVERY_COHORT, RESAMPLED, str(stays.units[unit]), value)
        for unit, value in zip(named, spread, strict=True)
    ]


def _used(stays: Stays, cohort: Cohort, program: Program) -> np.ndarray:
    """Which of the cohort's stays count for their unit (M15)."""
    unit = stays.unit[cohort.stays]
    if program.readmissions.minimum_unit == "all_cohorts":
        return np.arange(len(unit))
    counts = np.bincount(unit, minlength=len(stays.units))
    return np.flatnonzero(counts[unit] >= program.measure("readmission").minimum_cases)


def _draws(stays: Stays, places: np.ndarray, draws: int) -> Iterator[np.ndarray]:
    """For each draw the stays drawn, each from those of its own unit (they lie side by side)."""
    unit = stays.unit[places]
    names = stays.units[np.unique(unit)]
    _, first, inverse, counts = np.unique(
        unit, return_index=True, return_inverse=True, return_counts=True
    )
    cohort = str(stays.cohort[places[0]]) if len(places) else ""
    seeds = np.array([seed_of(f"{cohort}/{name}") for name in names], dtype=np.uint64)
    within = np.arange(len(places)) - first[inverse]
    for draw in range(draws):
        with np.errstate(over="ignore"):
            state = seeds[inverse] + np.uint64(draw * _STRIDE) + within.astype(np.uint64)
            share = _uniform(state)
        chosen = np.floor(share * counts[inverse]).astype(np.int64)
        yield first[inverse] + chosen


def seed_of(name: str) -> int:
    """A number that stands for a name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:_SEED_BYTES], "big")


def _uniform(state: np.ndarray) -> np.ndarray:
    """Numbers from 0 up to, not including, 1, that follow from whole numbers."""
    mixed = (state + np.uint64(1)) * np.uint64(_GOLDEN)
    mixed = (mixed ^ (mixed >> np.uint64(_SHIFT_1))) * np.uint64(_MIX_1)
    mixed = (mixed ^ (mixed >> np.uint64(_SHIFT_2))) * np.uint64(_MIX_2)
    mixed = mixed ^ (mixed >> np.uint64(_SHIFT_3))
    return (mixed >> np.uint64(_UNUSED)).astype(float) / float(_SHARES)
