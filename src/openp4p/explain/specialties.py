"""What a practice's mix of specialties would be expected to cost."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from ibis import _

from openp4p.engine.portable import exact_sum
from openp4p.explain.model import Explanation, Row
from openp4p.explain.sources import sources
from openp4p.explain.words import number
from openp4p.results import Run

_DOLLARS = {"paid_fee_schedule": "paid_amount", "allowed_amount": "allowed_amount"}


def specialty_expected(run: Run, rate: Row) -> Explanation:
    """The national costs of the practice's specialties, by its own mix of them."""
    rows = _mix(run, rate["tin"], rate["measure"])
    how = "professionals" if run.program.cost.specialty_dollars == "headcount" else "payments"
    return Explanation(
        name="specialty_expected",
        question="What would its mix of specialties be expected to cost?",
        answer=f"{number(rate['specialty_expected'])}: the national costs of its {len(rows)} "
        f"specialt{'y' if len(rows) == 1 else 'ies'}, each by its share of the practice's {how}.",
        value=rate["specialty_expected"],
        formula="weighted_by_share",
        rule="The national expected cost of each specialty, weighted by the practice's own shares.",
        sources=sources(run.program, "cost.specialty_dollars", "cost.specialty_missing"),
        table="professionals and specialty_costs",
        rows=tuple(rows),
    )


def _mix(run: Run, tin: str, measure: str) -> list[dict[str, Any]]:
    heads: dict[str, int] = defaultdict(int)
    dollars: dict[str, Decimal] = defaultdict(Decimal)
    column = _DOLLARS.get(run.program.cost.specialty_dollars)
    for professional in run.rows("professionals", {"tin": tin, "in_claims": True}):
        heads[professional["specialty"]] += 1
        if column is not None:
            dollars[professional["specialty"]] += professional[column] or 0
    costs = {
        row["specialty"]: row["expected_cost"]
        for row in run.rows("specialty_costs", {"measure": measure})
    }
    by_dollars = column is not None and sum(dollars.values()) != 0
    weights: dict[str, float] = {
        specialty: float(dollars[specialty] if by_dollars else heads[specialty])
        for specialty in heads
    }
    if run.program.cost.specialty_missing == "drop_and_renormalise":
        weights = {s: w for s, w in weights.items() if costs.get(s) is not None}
    else:
        mean, _n, _sum = _national(run, measure)
        costs = {s: mean if costs.get(s) is None else costs[s] for s in weights}
    total = sum(weights.values())
    return [
        {
            "specialty": specialty,
            "professionals": heads[specialty],
            "share": weight / total,
            "expected_cost": costs[specialty],
        }
        for specialty, weight in sorted(weights.items())
    ]


def _national(run: Run, measure: str) -> tuple[float, dict[str, Any], float]:
    """The case-weighted mean cost over practices at the minimum of cases, and its sums."""
    minimum = run.rows("measure_rules", {"measure": measure})[0]["minimum_cases"]
    costs = run.table("unadjusted_rates").filter(
        _.measure == measure, _.cases >= minimum, _["rate"].notnull(), _.numerator.notnull()
    )
    costs = costs.mutate(cost=_.cases.cast("float64") * _["rate"])
    found = costs.agg(practices=_.count(), cases=_.cases.sum(), cases_times_rate=exact_sum(_.cost))
    row: dict[str, Any] = run.engine.rows(found).to_pylist()[0]
    return row["cases_times_rate"] / float(row["cases"]), row, minimum


def national_mean_of_practices(run: Run, measure: str) -> Explanation:
    """The mean cost that the adjusted cost is scaled to."""
    mean, row, minimum = _national(run, measure)
    return Explanation(
        name="national_mean",
        question=f"What is the national mean of {measure} over practices?",
        answer=f"{number(mean)}, over {row['practices']:,} practices with at least {minimum:,} "
        "cases, weighted by cases.",
        value=mean,
        formula="sum_over_cases",
        rule="The case-weighted mean of the practices at the minimum number of cases.",
        sources=sources(run.program, "cost.specialty_adjustment"),
        table="unadjusted_rates (summed)",
        rows=(row,),
    )
