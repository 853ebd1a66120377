"""What the numbers of a readmission model are called, and models that were supplied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openp4p.codes import code_list
from openp4p.errors import InputError, Problem
from openp4p.program.definition import Program

Row = Mapping[str, Any]
Term = tuple[str, str]  # kind and name

AGE, CATEGORY, COMORBIDITY, INTERCEPT = "age", "category", "comorbidity", "intercept"
# the variance between practices; the effect of one; the variance of its ratio when its stays are
# drawn again, over all cohorts; the share of all index stays that is readmitted
VARIANCE, EFFECT, RESAMPLED, RATE = "variance", "effect", "resampled", "rate"
YEARS, POOLED, EVERY_STAY, BETWEEN = "years", "pooled", "every_stay", "between_practices"
NATION, EVERY_COHORT = "nation", "all"
OBSERVED_OVER_EXPECTED = "observed_over_expected"
_OF_PRACTICES = (EFFECT, RESAMPLED)
_TABLE = "readmission_coefficient"
_UNKNOWN_CATEGORY = "unknown"
_SAID_TWICE, _CONFLICT = "duplicate", "conflicting duplicate"  # why rows are set aside
_SHOWN = 20  # characters of a name that nobody knows


@dataclass(frozen=True)
class Model:
    """One cohort's log-odds by kind and name, of age for each year, and the variance between
    practices. Each category has its own intercept."""

    coefficients: Mapping[Term, float]
    variance: float


def check_coefficients(
    supplied: Sequence[Row], program: Program, set_aside: Sequence[Row] = ()
) -> None:
    """Refuse supplied coefficients that say less than a model needs, or what no model has.

    `set_aside`: its rows in quarantine. A run that went on without one would have another model.
    """
    if not supplied and not set_aside:
        none = Problem(
            _TABLE, "table", "has no rows", remedy="Leave it out to have a model fitted."
        )
        raise InputError([none], code="readmission-coefficients")
    rows = [row for row in supplied if row["kind"] not in _OF_PRACTICES]
    problems = [*_unusable(set_aside), *_unknown(rows), *_missing(rows, program)]
    problems += _impossible(rows)
    if problems:
        raise InputError(problems, code="readmission-coefficients")


def check_categories(pairs: set[tuple[str, str]], models: Mapping[str, Model]) -> None:
    """Refuse models without a coefficient for a (cohort, category) that index stays have."""
    without = {
        cohort for cohort, name in pairs if (CATEGORY, name) not in models[cohort].coefficients
    }
    problems = [
        Problem(
            file=_TABLE,
            where=f"cohort {cohort}",
            found="index stays have a principal diagnosis in a category that is not listed",
            remedy=f"Add the category '{POOLED}', for all others, or an intercept.",
        )
        for cohort in sorted(without)
    ]
    if problems:
        raise InputError(problems, code="readmission-coefficients")


def supplied_models(supplied: Sequence[Row], program: Program) -> dict[str, Model]:
    """The model of each cohort as it was supplied.

    With an intercept, a category is what its stays have beside it, and one that is not listed has
    nothing; without one, each category is an intercept, as in a fitted model. A comorbidity that is
    not listed, or age, counts for nothing.
    """
    is_plain = program.readmissions.estimator == OBSERVED_OVER_EXPECTED
    models = {}
    for cohort, said in _by_cohort(supplied).items():
        variance = 0.0 if is_plain else said[VARIANCE, BETWEEN]
        models[cohort] = Model(_with_intercepts(said), variance)
    return models


def national_rate(supplied: Sequence[Row]) -> float:
    """The share of the nation's index stays that is readmitted, as supplied."""
    return next(
        float(row["value"])
        for row in supplied
        if (row["cohort"], row["kind"]) == (EVERY_COHORT, RATE)
    )


def _by_cohort(rows: Sequence[Row]) -> dict[str, dict[Term, float]]:
    found: dict[str, dict[Term, float]] = {cohort: {} for cohort in cohorts()}
    for row in rows:
        if row["cohort"] in found:
            found[row["cohort"]][row["kind"], row["name"]] = float(row["value"])
    return found


def _with_intercepts(said: Mapping[Term, float]) -> dict[Term, float]:
    """The terms of a fitted model: age, categories with their intercepts, comorbidities."""
    intercept = said.get((INTERCEPT, EVERY_STAY))
    categories = {term: value for term, value in said.items() if term[0] == CATEGORY}
    if intercept is not None:
        others = {(CATEGORY, POOLED): 0.0}
        categories = {term: intercept + value for term, value in (others | categories).items()}
    ill = {term: value for term, value in said.items() if term[0] == COMORBIDITY}
    return {(AGE, YEARS): said.get((AGE, YEARS), 0.0), **categories, **ill}


def cohorts() -> list[str]:
    """The specialty cohorts."""
    return sorted({row["cohort"] for row in code_list("readmission_cohorts")})


def _names() -> dict[str, set[str]]:
    """The names there are, by kind."""
    categories = {row["ccs"] for row in code_list("ccs_diagnoses")}
    return {
        AGE: {YEARS},
        CATEGORY: categories | {POOLED, _UNKNOWN_CATEGORY},
        COMORBIDITY: {row["variable"] for row in code_list("readmission_comorbidities")},
        INTERCEPT: {EVERY_STAY},
        VARIANCE: {BETWEEN},
        RATE: {NATION},
    }


def _unusable(set_aside: Sequence[Row]) -> Iterator[Problem]:
    missed = [row for row in set_aside if row["rule"] != _SAID_TWICE]
    for row in sorted(missed, key=lambda row: (row["file"], row["row"], row["column"] or "")):
        where = f"row {row['row']}" + (f", column {row['column']}" if row["column"] else "")
        found = row["rule"] + (f" ({row['found']})" if row["found"] else "")
        remedy = "Send only the one that holds." if row["rule"] == _CONFLICT else row["remedy"]
        yield Problem(row["file"], where, found, remedy=remedy)


def _unknown(rows: Sequence[Row]) -> Iterator[Problem]:
    names = _names()
    of_rate = {row["cohort"] for row in rows if row["kind"] == RATE} - {EVERY_COHORT}
    of_terms = {row["cohort"] for row in rows if row["kind"] != RATE} - set(cohorts())
    for cohort in sorted(of_rate):
        found = f"the rate is of '{cohort[:_SHOWN]}'"
        yield Problem(_TABLE, "column cohort", found, EVERY_COHORT)
    for cohort in sorted(of_terms):
        found = f"'{cohort[:_SHOWN]}' is no cohort"
        yield Problem(_TABLE, "column cohort", found, ", ".join(cohorts()))
    for kind in sorted({row["kind"] for row in rows} - set(names)):
        found = f"'{kind[:_SHOWN]}' is no kind of number"
        yield Problem(_TABLE, "column kind", found, ", ".join(names))
    terms = {(row["kind"], row["name"]) for row in rows if row["kind"] in names}
    for kind, name in sorted(term for term in terms if term[1] not in names[term[0]]):
        allowed = [POOLED, "a CCS category"] if kind == CATEGORY else sorted(names[kind])
        found = f"'{name[:_SHOWN]}' is no {kind}"
        yield Problem(_TABLE, "column name", found, ", ".join(allowed))


def _missing(rows: Sequence[Row], program: Program) -> Iterator[Problem]:
    needs_variance = program.readmissions.estimator != OBSERVED_OVER_EXPECTED
    for cohort, said in _by_cohort(rows).items():
        kinds = {kind for kind, _ in said}
        if not kinds & {INTERCEPT, CATEGORY}:
            yield Problem(_TABLE, f"cohort {cohort}", "has neither an intercept nor categories")
        if needs_variance and VARIANCE not in kinds:
            yield Problem(_TABLE, f"cohort {cohort}", "has no variance between practices")
    if (EVERY_COHORT, RATE) not in {(row["cohort"], row["kind"]) for row in rows}:
        yield Problem(_TABLE, f"cohort {EVERY_COHORT}", f"has no {RATE}, of name {NATION}")


def _impossible(rows: Sequence[Row]) -> Iterator[Problem]:
    if any(row["kind"] == VARIANCE and row["value"] < 0 for row in rows):
        yield Problem(_TABLE, "column value", "a variance is below 0")
    if any(row["kind"] == RATE and not 0 < row["value"] < 1 for row in rows):
        yield Problem(_TABLE, "column value", "the rate is no share", "above 0 and below 1")
