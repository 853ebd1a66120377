"""What one practice's patients cost: its measures, by service, by who billed, beside its peers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openp4p.errors import UsageError
from openp4p.notes import priced
from openp4p.results import Run

Facts = dict[str, Any]
STANDARDIZATION = {
    "none": "none: dollars, or some of them, are allowed amounts as paid, so that practices in "
    "dear areas look costlier",
    "national_mean": "national mean prices of these claims",
    "schedule": "prices of the supplied fee schedule",
    "supplied": "supplied standardised amounts",
    "no_claims": "no claims",
}


def practice_cost(run: Run, tin: str) -> Facts:
    """The cost measures of a practice and the dollars of its patients by service."""
    services = run.rows("practice_costs", {"tin": tin})
    measures = _measures(run, tin)
    if not services and not measures:
        raise UsageError(
            f"There is no practice '{tin}' with attributed beneficiaries in this run.",
            remedy="`openp4p show RUN practice_costs` lists the practices.",
            code="no-such-practice",
        )
    return {
        "tin": tin,
        "standardization": standardization(run),
        "measures": measures,
        "services": _services(run, services),
    }


def standardization(run: Run) -> str:
    """How the dollars of the run are priced: one word, the worst that any of them has."""
    found = priced(run.engine, {"service_costs": run.table("service_costs")})
    return next((kind for kind in STANDARDIZATION if kind in found), "no_claims")


def _measures(run: Run, tin: str) -> list[Facts]:
    rules = {row["measure"]: row for row in run.rows("measure_rules", {"kind": "cost"})}
    scores = {row["measure"]: row for row in run.rows("scores", {"tin": tin, "kind": "cost"})}
    return [
        {
            "measure": row["measure"],
            "name": rules[row["measure"]]["name"],
            "cases": row["cases"],
            "minimum_cases": rules[row["measure"]]["minimum_cases"],
            "observed_dollars": _mean(row["numerator"], row["denominator"]),
            "expected_dollars": _mean(row["expected"], row["denominator"]),
            "unadjusted_rate": row["unadjusted_rate"],
            "rate": row["rate"],
            "benchmark": scores.get(row["measure"], {}).get("benchmark_mean"),
            "score": scores.get(row["measure"], {}).get("score"),
            "is_scored": bool(scores.get(row["measure"], {}).get("is_scored")),
            "reason": scores.get(row["measure"], {}).get("reason"),
        }
        for row in run.rows("performance_rates", {"tin": tin})
        if row["measure"] in rules
    ]


def _mean(total: float | None, count: float | None) -> float | None:
    return None if total is None or not count else total / count


def _services(run: Run, rows: list[dict[str, Any]]) -> list[Facts]:
    """The practice's dollars a beneficiary by category, split by who billed, beside all others'."""
    listed = {row["category"]: row for row in run.rows("cost_categories")}
    made: dict[str, Facts] = {}
    for row in rows:
        category: Mapping[str, Any] = listed[row["category"]]
        held = made.setdefault(
            row["category"],
            {
                "category": row["category"],
                "name": category["name"],
                "section": category["section"],
                "position": category["position"],
                "own": 0.0,
                "other": 0.0,
                "facility": 0.0,
                "per_capita_dollars": 0.0,
                "peers_per_capita_dollars": 0.0,
            },
        )
        held[row["billed_by"]] += row["per_capita_dollars"] or 0.0
        held["per_capita_dollars"] += row["per_capita_dollars"] or 0.0
        held["peers_per_capita_dollars"] += row["peers_per_capita_dollars"] or 0.0
    return sorted(made.values(), key=lambda row: row["position"])
