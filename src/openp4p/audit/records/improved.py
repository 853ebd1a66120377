"""P03.2 and P03.3 from a panel of outcomes: the method that the data allow, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from openp4p.audit.evidence.improvement import (
    Effect,
    Panel,
    difference_in_differences,
    regression_to_the_mean,
)
from openp4p.audit.evidence.improvement_findings import (
    Judged,
    improvement_finding,
    safety_finding,
)
from openp4p.audit.evidence.interrupted_series import interrupted_series
from openp4p.audit.evidence.numbers import Vector
from openp4p.audit.evidence.record import NOT_ASSESSABLE, Evidence, Finding
from openp4p.audit.evidence.staggered import NEVER, group_time_effects
from openp4p.audit.records.cells import is_month, period_number
from openp4p.audit.records.folder import Records
from openp4p.audit.records.reading import Row
from openp4p.audit.thresholds import count, threshold
from openp4p.explain.words import number

_FILES = ("evaluation", "outcomes", "practices")


@dataclass(frozen=True)
class Outcome:
    """One outcome as arrays, practices numbered from 0; `entered` is NEVER for the comparison."""

    name: str
    practice: Vector
    period: Vector
    value: Vector
    weight: Vector
    entered: Vector
    is_monthly: bool

    @property
    def first(self) -> Vector:
        """The first period under the program of each row's practice."""
        return np.asarray(self.entered[self.practice])

    @property
    def cohorts(self) -> Vector:
        """The periods in which practices entered."""
        return np.unique(self.entered[self.entered != NEVER])

    @property
    def is_compared(self) -> bool:
        """Whether some practice never entered."""
        return bool((self.entered == NEVER).any())


def improved(records: Records, *, seed: int) -> list[Finding]:
    """Whether care became better because of the program, and no less safe."""
    if not records.has(*_FILES):
        return []
    found: dict[str, list[Judged]] = {"primary": [], "safety": [], "placebo": []}
    beside: list[str] = []
    for plan in records.rows["evaluation"]:
        outcome = outcome_of(records, plan["outcome"])
        judged = _judged(plan, outcome, seed)
        found[plan["role"]].append(judged)
        if plan["role"] == "primary":
            beside += _matched(outcome, judged, seed)
    beside += [_placebo(one) for one in found["placebo"]]
    better = _none("P03.2", "primary") if not found["primary"] else None
    safer = _none("P03.3", "safety") if not found["safety"] else None
    improvement = better or improvement_finding(found["primary"])
    text = " ".join(beside)
    return [
        replace(improvement, evidence=improvement.evidence.stamped(text=text)),
        safer or safety_finding(found["safety"]),
    ]


def outcome_of(records: Records, name: str) -> Outcome:
    """The rows of one outcome."""
    rows = [row for row in records.rows["outcomes"] if row["outcome"] == name]
    practices = records.practices()
    names, practice = np.unique([row["practice"] for row in rows], return_inverse=True)
    firsts = [practices[one]["first_period"] for one in names]
    return Outcome(
        name,
        practice,
        np.array([period_number(row["period"]) for row in rows]),
        np.array([float(row["value"]) for row in rows]),
        np.array([float(row["patients"]) for row in rows]),
        np.array([NEVER if one is None else period_number(one) for one in firsts]),
        is_month(rows[0]["period"]),
    )


def effect_of(outcome: Outcome, *, important: float, seed: int) -> Effect:
    """The effect by the method of C10.1: others not yet in, a comparison, or its own past."""
    cohorts = outcome.cohorts
    if not len(cohorts):
        return Effect(outcome.name, "none", reason="no practice of it was under the program")
    if len(cohorts) > 1:
        return group_time_effects(
            outcome.practice,
            outcome.period,
            outcome.value,
            outcome.weight,
            outcome.entered,
            outcome.name,
            important=important,
        )
    if outcome.is_compared:
        return difference_in_differences(
            _panel(outcome), outcome.name, important=important, seed=seed
        )
    if outcome.is_monthly:
        return _series(outcome, int(cohorts[0]), seed)
    least = count("improvement.months_each_side")
    reason = f"no comparison practices, and without them {least} months on each side are needed"
    return Effect(outcome.name, "none", reason=reason)


def _judged(plan: Row, outcome: Outcome, seed: int) -> Judged:
    better = 1 if plan["better"] == "higher" else -1
    important = _important(plan, outcome)
    if not important > 0:
        reason = "its mean before the program is zero or unknown: state important_difference"
        return Judged(Effect(outcome.name, "none", reason=reason), float("nan"), better)
    return Judged(effect_of(outcome, important=important, seed=seed), important, better)


def _important(plan: Row, outcome: Outcome) -> float:
    """What the plan states, or the default in the outcome's own unit."""
    if plan["important_difference"] is not None:
        return float(plan["important_difference"])
    if plan["role"] != "safety" and plan["measured_as"] == "percent":
        return threshold("improvement.important_points")
    is_safety = plan["role"] == "safety"
    share = threshold(f"improvement.{'safety_margin' if is_safety else 'important_share'}")
    return share * abs(_level_before(outcome))


def _level_before(outcome: Outcome) -> float:
    """The mean of the program's practices before they entered; not a number without any."""
    before = (outcome.first != NEVER) & (outcome.period < outcome.first)
    weight = outcome.weight[before]
    return float(np.average(outcome.value[before], weights=weight)) if len(weight) else float("nan")


def _panel(outcome: Outcome) -> Panel:
    return Panel(
        outcome.practice,
        outcome.period,
        outcome.value,
        outcome.weight,
        (outcome.first != NEVER).astype(int),
        int(outcome.cohorts[0]),
    )


def _series(outcome: Outcome, started: int, seed: int) -> Effect:
    """The practices together, month by month."""
    months, place = np.unique(outcome.period, return_inverse=True)
    if len(months) != months[-1] - months[0] + 1:
        return Effect(outcome.name, "interrupted series", reason="months are missing in between")
    weight = np.bincount(place, outcome.weight)
    value = np.bincount(place, outcome.weight * outcome.value) / weight
    return interrupted_series(months, value, started, outcome.name, seed=seed)


def _matched(outcome: Outcome, judged: Judged, seed: int) -> list[str]:
    """The effect again, against practices that started where those of the program did."""
    if judged.effect.reason or len(outcome.cohorts) > 1 or not outcome.is_compared:
        return []
    near = regression_to_the_mean(_panel(outcome), judged.important)
    again = difference_in_differences(near, outcome.name, important=judged.important, seed=seed)
    who = f"Against comparison practices that started within {number(judged.important, 3)} of one "
    found = f"not to be told ({again.reason})" if again.reason else _said(again)
    return [f"{who}of the program, the effect on {outcome.name} is {found}."]


def _placebo(judged: Judged) -> str:
    effect = judged.effect
    found = f"not to be told ({effect.reason})" if effect.reason else _said(effect)
    return f"On {effect.outcome}, which the program should not touch, the effect is {found}."


def _said(effect: Effect) -> str:
    return f"{number(effect.value, 3)} ({number(effect.low, 3)} to {number(effect.high, 3)})"


def _none(subcheck: str, role: str) -> Finding:
    return Finding(
        Evidence(
            subcheck=subcheck,
            kind="a",
            verdict=NOT_ASSESSABLE,
            na_reason=f"evaluation.csv names no {role} outcome",
        )
    )
