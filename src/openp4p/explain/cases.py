"""Why one beneficiary counts in a measure of cost or of outcomes as it does."""

from __future__ import annotations

from typing import Any

from openp4p.errors import UsageError
from openp4p.explain.costs import (
    annual_cost,
    expected,
    illness,
    is_per_capita,
    trim_ends,
)
from openp4p.explain.episodes import MEASURE, why_episodes
from openp4p.explain.model import Explanation, Row
from openp4p.explain.outcomes import is_outcome, why_outcome
from openp4p.explain.sources import sources
from openp4p.explain.varied import OUT as VARIED
from openp4p.explain.words import number
from openp4p.results import Run

OUT = {
    "no_risk_score": "it has no risk score",
    "not_standardized": "not all of its dollars are standardised",
    "below_trim_point": "its cost is below the trim point",
    **VARIED,
}


def why_case(run: Run, beneficiary_id: str, measure: str) -> Explanation:
    """What a beneficiary cost or what happened to it, against what was expected."""
    if measure == MEASURE and run.rows("measure_rules", {"measure": MEASURE}):
        _known(run, beneficiary_id)
        return why_episodes(run, beneficiary_id)
    if is_outcome(run, measure):
        _known(run, beneficiary_id)
        return why_outcome(run, beneficiary_id, measure)
    if not is_per_capita(run, measure):
        raise _not_a_cost(run, measure)
    mine = {"measure": measure, "beneficiary_id": beneficiary_id}
    people = run.rows("cost_populations", mine)
    if not people:
        return _not_in_it(run, beneficiary_id, measure)
    case = run.rows("measure_cases", mine)[0]
    person = {**people[0], "included": case["included"], "reason": case["reason"]}
    steps = [_cost(run, measure, case, beneficiary_id)]
    value = None
    if case["included"]:
        value = case["numerator"] / case["expected"]
        steps.append(expected(run, measure, case["expected"], [person]))
        answer = f"It counts for practice {case['tin']}, at {number(value)} of its expected cost."
    else:
        answer = f"It does not count for practice {case['tin']}: {OUT[case['reason']]}."
    return Explanation(
        name="case",
        question=f"How does beneficiary {beneficiary_id} count in {measure}?",
        answer=answer,
        value=value,
        formula="none" if value is None else "cost_over_expected",
        rule="An attributed beneficiary counts with its annual cost, after trimming, against what "
        "is expected of its risk.",
        sources=_sources(run, measure),
        table="measure_cases",
        rows=(case,),
        steps=(*steps, *_evidence(run, beneficiary_id, measure)),
    )


def _sources(run: Run, measure: str) -> tuple[Any, ...]:
    return sources(run.program, f"measures.{measure}", "cost.trim")


def _cost(run: Run, measure: str, case: Row, beneficiary_id: str) -> Explanation:
    ends = trim_ends(run, measure)
    return Explanation(
        name="cost",
        question="What did it cost, after trimming?",
        answer=f"{number(case['numerator'])}: its annual cost, not below {number(ends['low'])} and "
        f"not above {number(ends['high'])}.",
        value=case["numerator"],
        formula="trimmed",
        rule="Annual costs are trimmed on the national population of the measure.",
        sources=sources(run.program, "cost.trim"),
        inputs=ends,
        steps=(annual_cost(run, beneficiary_id),),
    )


def _evidence(run: Run, beneficiary_id: str, measure: str) -> tuple[Explanation, ...]:
    condition = run.rows("measure_rules", {"measure": measure})[0]["condition"]
    if condition is None:
        return ()
    mine = {"beneficiary_id": beneficiary_id, "condition": condition}
    rows = run.rows("beneficiary_conditions", mine)
    named = condition.replace("_", " ")
    answer = f"No: no claim of the look-back names {named}."
    if rows:
        said = "Yes, it has" if rows[0]["has_condition"] else "No: its claims are not evidence of"
        answer = f"{said} {named}."
    return (illness(run, condition, rows, "Does it have the condition?", answer),)


def _not_in_it(run: Run, beneficiary_id: str, measure: str) -> Explanation:
    """Not attributed to anyone, or without the condition."""
    mine = {"beneficiary_id": beneficiary_id}
    _known(run, beneficiary_id)
    attributed = run.rows("attributed_beneficiaries", mine)
    why = "it does not have the condition" if attributed else "it is attributed to no practice"
    return Explanation(
        name="case",
        question=f"How does beneficiary {beneficiary_id} count in {measure}?",
        answer=f"Not at all: {why}.",
        value=None,
        formula="none",
        rule="Attributed beneficiaries count; in the cost of a condition those who have it.",
        sources=_sources(run, measure),
        table="attributed_beneficiaries",
        rows=tuple(attributed),
        steps=_evidence(run, beneficiary_id, measure),
    )


def _known(run: Run, beneficiary_id: str) -> None:
    if not run.rows("eligible_beneficiaries", {"beneficiary_id": beneficiary_id}):
        raise UsageError(
            "There is no such beneficiary in this run.",
            remedy="Give the identifier as it stands in the input (or after its cross-walk).",
            code="no-such-beneficiary",
        )


def _not_a_cost(run: Run, measure: str) -> UsageError:
    if "cost_trim_points" not in run.names():
        listed = "none: it started from rates"
    else:
        listed = ", ".join(row["measure"] for row in run.rows("cost_trim_points"))
    return UsageError(
        f"This run has no per capita cost measure '{measure}'.",
        remedy=f"Those it has: {listed or 'none'}.",
        code="no-such-measure",
    )
