"""What the beneficiaries of a cost measure cost, what was expected of them, and who they are."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ibis import _

from openp4p.explain.model import Explanation, Row
from openp4p.explain.sources import sources
from openp4p.explain.words import dollars, number
from openp4p.measures.risk_adjustment import TERMS
from openp4p.results import Run

PERSON = ("beneficiary_id", "included", "reason")
_ILLNESS = (
    "beneficiary_id", "facility_claims", "other_claims", "claims_enough_alone",
    "days_of_other_claims", "first_date", "last_date", "has_condition", "algorithm",
)  # fmt: skip


def is_per_capita(run: Run, measure: str) -> bool:
    """True for the cost measures whose cases are attributed beneficiaries of this run."""
    return "cost_trim_points" in run.names() and bool(
        run.rows("cost_trim_points", {"measure": measure})
    )


def members(run: Run, tin: str, measure: str) -> list[dict[str, Any]]:
    """The practice's beneficiaries in the measure, with whether each counts."""
    mine = {"tin": tin, "measure": measure}
    cases = {row["case_id"]: row for row in run.rows("measure_cases", mine)}
    return [
        {**row, **{name: cases[row["beneficiary_id"]][name] for name in ("included", "reason")}}
        for row in run.rows("cost_populations", mine)
    ]


def observed(run: Run, measure: str, value: object, people: list[dict[str, Any]]) -> Explanation:
    """What the beneficiaries who count cost in a year, after trimming."""
    ends = trim_ends(run, measure)
    return Explanation(
        name="observed",
        question="What did its beneficiaries cost?",
        answer=f"{number(value)} dollars a year in all: the annual cost of each, not below "
        f"{number(ends['low'])} and not above {number(ends['high'])}.",
        value=value,
        formula="sum_of_trimmed",
        rule="Allowed Part A and Part B dollars of the year, scaled to twelve months and trimmed "
        "on the national population of the measure.",
        sources=sources(run.program, "cost.annualise", "cost.trim", "cost.standardization"),
        inputs=ends,
        table="cost_populations",
        rows=tuple(_only(row, *PERSON, "months", "annualised_cost") for row in people),
    )


def trim_ends(run: Run, measure: str) -> dict[str, Any]:
    """Between which annual costs a beneficiary's stands as it is."""
    return _only(run.rows("cost_trim_points", {"measure": measure})[0], "low", "high")


def expected(run: Run, measure: str, value: object, people: list[dict[str, Any]]) -> Explanation:
    """What the measure's model predicts for the beneficiaries who count."""
    model = sorted(
        run.rows("cost_model", {"measure": measure}), key=lambda row: TERMS.index(row["term"])
    )
    terms = ", ".join(row["term"] for row in model if not row["is_dropped"])
    return Explanation(
        name="expected",
        question="What would they be expected to cost?",
        answer=f"{number(value)} dollars, by a model of {terms}, fitted to the national population "
        "of the measure.",
        value=value,
        formula="sum_of_predictions",
        rule="Least squares of annual cost on risk score, its square and end-stage renal disease, "
        "over all attributed beneficiaries of the measure who count.",
        sources=sources(run.program, "cost.model", "cost.expected_floor", "risk.version"),
        inputs={
            "coefficients": {row["term"]: row["coefficient"] for row in model},
            "floor": _floor(run, measure),
        },
        table="cost_populations",
        rows=tuple(
            _only(row, *PERSON, "risk_score", "is_esrd", "is_new_enrollee") for row in people
        ),
    )


def _floor(run: Run, measure: str) -> float | None:
    """The least that can be expected: with a floor, the lowest expectation of the nation is it."""
    if run.program.cost.expected_floor == "none":
        return None
    if run.program.cost.expected_floor == "one_dollar":
        return 1.0
    counted = run.table("measure_cases").filter(_.measure == measure, _.included)
    lowest = run.engine.rows(counted.agg(floor=counted.expected.min())).to_pylist()
    return float(lowest[0]["floor"])


def with_condition(run: Run, tin: str, measure: str) -> tuple[Explanation, ...]:
    """The evidence for the condition of a measure, enough or not; nothing for all conditions."""
    condition = run.rows("measure_rules", {"measure": measure})[0]["condition"]
    if condition is None:
        return ()
    mine = run.table("attributed_beneficiaries").filter(_.tin == tin)
    found = run.table("beneficiary_conditions").filter(_.condition == condition)
    found = found.semi_join(mine, "beneficiary_id").order_by("beneficiary_id")
    rows = run.engine.rows(found).to_pylist()
    having = sum(row["has_condition"] for row in rows)
    short = len(rows) - having
    aside = f"; the claims of {short:,} more are not evidence enough" if short else ""
    answer = f"{having:,} with {condition.replace('_', ' ')}{aside}."
    return (illness(run, condition, rows, "Who of its beneficiaries has the condition?", answer),)


def illness(
    run: Run, condition: str, rows: list[dict[str, Any]], question: str, answer: str
) -> Explanation:
    """How many of these have the condition, with the evidence for each."""
    return Explanation(
        name="with_condition",
        question=question,
        answer=answer,
        value=sum(row["has_condition"] for row in rows),
        formula="count_of_rows",
        rule=_needed(run, condition),
        sources=sources(run.program, "cost.condition_flags"),
        inputs={"column": "has_condition"},
        table="beneficiary_conditions",
        rows=tuple(_only(row, *_ILLNESS) for row in rows),
    )


def _needed(run: Run, condition: str) -> str:
    """The algorithm of a condition in a sentence."""
    rules = run.rows("condition_rules", {"condition": condition})
    parts = []
    for needed in sorted({row["claims_needed"] for row in rules}):
        kinds = " or ".join(row["claim_class"] for row in rules if row["claims_needed"] == needed)
        many = f"{needed} claims on different days" if needed > 1 else "1 claim"
        parts.append(f"{many} ({kinds})")
    months = rules[0]["lookback_months"]
    return (
        f"A code of the condition on {', or on '.join(parts)}, in the {months} months that end "
        "with the performance year."
    )


def annual_cost(run: Run, beneficiary_id: str) -> Explanation:
    """What one beneficiary cost, scaled to a whole year."""
    mine = {"beneficiary_id": beneficiary_id}
    spent = run.rows("beneficiary_costs", mine)[0]
    unit = run.program.cost.annualise
    part = run.rows("eligible_beneficiaries", mine)[0][unit]
    year = run.program.performance_year
    days = (dt.date(year + 1, 1, 1) - dt.date(year, 1, 1)).days
    whole = {"months": 12, "days": days}[unit]
    return Explanation(
        name="annualised_cost",
        question="What would it have cost in a whole year?",
        answer=f"{number(spent['annualised_cost'])}: {dollars(spent['cost_dollars'])} in {part} of "
        f"{whole} {unit}.",
        value=spent["annualised_cost"],
        formula="annualised",
        rule="Dollars of the year over the part of it in Parts A and B while alive.",
        sources=sources(run.program, "cost.annualise", "cost.standardization"),
        inputs={"whole": whole, "part": part},
        table="beneficiary_costs",
        rows=(spent,),
    )


def _only(row: Row, *columns: str) -> dict[str, Any]:
    return {column: row[column] for column in columns}
