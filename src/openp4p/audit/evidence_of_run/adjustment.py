"""P04.4 to P04.6 of a run: does the cost model expect what its patients cost?"""

from __future__ import annotations

import re

import ibis
import numpy as np
from ibis import _

from openp4p.audit.evidence.calibration import alternatives_finding, cross_fitted
from openp4p.audit.evidence.numbers import Vector
from openp4p.audit.evidence.predictive_ratios import (
    Persons,
    adjustment_finding,
    deciles_of,
    predictive_ratios,
)
from openp4p.audit.evidence.record import Finding
from openp4p.audit.evidence.social_gap import social_gap_finding
from openp4p.columns import Columns, beneficiaries, columns, numbered
from openp4p.measures.per_capita_cost import EVERYONE
from openp4p.measures.risk_adjustment import terms
from openp4p.results import Run

_AGE_BANDS = ((0, 64), (65, 69), (70, 74), (75, 79), (80, 84))
_OLDEST = 85
_DISABLED = ("1", "3")  # original reason for entitlement: disability, alone or with ESRD
_MONTHS = 12.0


def adjustment_findings(run: Run, *, seed: int) -> list[Finding]:
    """Predictive ratios, the registered alternatives, and the gap of dual patients.

    The model of total per capita cost is fitted on the run's own patients, so it is fitted again
    without each fifth of the practices, and judged on those.
    """
    held = _persons(run)
    names, practice = numbered(held["tin"])
    actual, weights = held["numerator"], held["months"] / _MONTHS
    design = _design(held, terms(run.program))
    dual, disabled = _yes(held["is_dual"]), _originally_disabled(held)
    fitted = {
        name: cross_fitted(columns_, actual, practice, is_binary=False, seed=seed)
        for name, columns_ in {
            "in use": design,
            "in use, dual and disabled": np.column_stack([design, dual, disabled]),
        }.items()
    }
    groups = _groups(held, dual, disabled) | deciles_of(fitted["in use"])
    persons = Persons(fitted["in use"], actual, weights, practice)
    mean = float(np.average(actual, weights=weights))
    return [
        adjustment_finding(predictive_ratios(persons, groups, seed=seed), len(names)),
        alternatives_finding(
            actual, fitted, groups, incumbent="in use", is_binary=False
        ),
        social_gap_finding(
            actual - fitted["in use"], dual, weights, practice, mean
        ),
    ]  # fmt: skip


def _persons(run: Run) -> Columns:
    cases = run.table("measure_cases").filter(_.measure == EVERYONE, _.included)
    eligible = run.table("eligible_beneficiaries").drop("risk_score", "reason")
    scores = run.table("risk_scores").select(
        "beneficiary_id", "risk_score", "segment", "is_new_enrollee", "hccs"
    )
    joined = cases.select("beneficiary_id", "tin", "numerator")
    for other in (eligible, scores):
        joined = joined.inner_join(other, "beneficiary_id")
    people, _note = beneficiaries(run)
    if people is None:
        joined = joined.mutate(orig_entitlement_code=ibis.null("string"))
    else:
        stated = people.select("beneficiary_id", "orig_entitlement_code")
        joined = joined.left_join(stated, "beneficiary_id").drop("beneficiary_id_right")
    year = run.manifest["performance_year"]
    described = joined.mutate(
        age=year - _.birth_date.year(), died=_.death_date.notnull(), months=_.months.cast("float64")
    )
    return columns(run, described.drop("birth_date", "death_date").order_by("beneficiary_id"))


def _design(held: Columns, names: tuple[str, ...]) -> Vector:
    score = held["risk_score"]
    made = {
        "risk_score": score,
        "risk_score_squared": score**2,
        "esrd": _yes(held["is_esrd"]),
        "new_enrollee": _yes(held["is_new_enrollee"]),
    }
    return np.column_stack([made[name] for name in names if name != "intercept"])


def _groups(held: Columns, dual: Vector, disabled: Vector) -> dict[str, Vector]:
    age = held["age"]
    conditions = np.array([len(re.findall(r"\d+", text or "")) for text in held["hccs"]])
    esrd, new = _yes(held["is_esrd"]), _yes(held["is_new_enrollee"])
    sex = np.array([one or "" for one in held["sex"]])
    found = {
        "dual full": dual == 1,
        "dual none": dual == 0,
        "disabled originally": disabled == 1,
        "esrd": esrd == 1,
        "new enrollee": new == 1,
        "institutional": np.array([one == "INS" for one in held["segment"]]),
        "last year of life": _yes(held["died"]) == 1,
        "no condition": conditions == 0,
        "1-3 conditions": (conditions >= 1) & (conditions <= 3),
        "4 or more conditions": conditions >= 4,
        "85+": age >= _OLDEST,
    }
    found |= {f"age {low}-{high}": (age >= low) & (age <= high) for low, high in _AGE_BANDS}
    found |= {f"sex {one}": sex == one for one in sorted(set(sex) - {""})}
    return found


def _originally_disabled(held: Columns) -> Vector:
    return np.array([code in _DISABLED for code in held["orig_entitlement_code"]], dtype=float)


def _yes(stated: list[bool | None]) -> Vector:
    return np.array([bool(one) for one in stated], dtype=float)
