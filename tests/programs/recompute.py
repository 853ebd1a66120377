"""Computes the root of an explanation again from its JSON alone: no run, no rules, no engine.

Written from the sentences of docs/explain.md. Each step is computed from its own rows and inputs
and from the values that were computed for its steps, and is held against the value it states.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

from tests.programs import recompute_awards


def recomputed(text: str) -> object:
    """The value of the root, computed again; fails where a step does not follow."""
    return _follow(json.loads(text, parse_float=Decimal), ())


def _follow(node: dict, path: tuple[str, ...]) -> object:
    here = (*path, node["name"])
    steps = {step["name"]: _follow(step, here) for step in node["steps"]}
    value = _FORMULAS[node["formula"]](node, steps)
    assert same(value, node["value"]), f"{' > '.join(here)}: {value} is not {node['value']}"
    return value


def same(one: object, other: object) -> bool:
    """Equal; numbers that are not money to nine significant digits."""
    if one is None or other is None or isinstance(one, str) or isinstance(other, str):
        return one == other
    if isinstance(one, Decimal) and isinstance(other, Decimal | int):
        return one == other
    return math.isclose(float(one), float(other), rel_tol=1e-9, abs_tol=1e-12)


def every_step(node: dict) -> list[dict]:
    """The node and all below it."""
    return [node, *(below for step in node["steps"] for below in every_step(step))]


def _number(value: object) -> float:
    return float(f"{float(value):.12g}")


def _only(node: dict) -> dict:
    (row,) = node["rows"]
    return row


def _plurality(node: dict, _steps: dict) -> str | None:
    """From the services below each step, not from the totals of the candidate rows."""
    services = defaultdict(list)
    for step in node["steps"]:
        services[(step["inputs"]["step"], step["inputs"]["tin"])] += step["rows"]
    seen = {tin for (_, tin), rows in services.items() if any(r["is_physician"] for r in rows)}
    if node["inputs"]["prestep"]:
        anywhere = node["inputs"]["prestep_scope"] == "any_tin" and seen
        services = {key: rows for key, rows in services.items() if anywhere or key[1] in seen}
    if not services:
        return None

    def place(key: tuple[int, str]) -> tuple:
        rows = services[key]
        dates = [row["service_date"] for row in rows]
        ties = {
            "latest_service": (_backwards(max(dates)), -len(rows)),
            "earliest_service": (min(dates), -len(rows)),
            "seeded": (_digest(node["inputs"]["beneficiary_id"] + key[1]),),
        }[node["inputs"]["tie_break"]]
        return (key[0], -sum(Decimal(row["charge"]) for row in rows), ties, key[1])

    return min(services, key=place)[1]


def _backwards(date: str) -> int:
    return -int(date.replace("-", ""))


def _digest(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _sum_of_rows(node: dict, _steps: dict) -> object:
    return sum((Decimal(row[node["inputs"]["column"]]) for row in node["rows"]), Decimal(0))


def _mean_of_rows(node: dict, _steps: dict) -> float | None:
    values = [float(row[node["inputs"]["column"]]) for row in node["rows"]]
    return math.fsum(values) / len(values) if values else None


def _amount(_node: dict, steps: dict) -> Decimal:
    exact = Decimal(steps["paid_amount"]) * Decimal(steps["adjustment_fraction"])
    return exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def _cell(node: dict, steps: dict) -> dict:
    wanted = (steps["size_class"], steps["quality_tier"], steps["cost_tier"])
    (row,) = [
        r for r in node["rows"] if (r["size_class"], r["quality_tier"], r["cost_tier"]) == wanted
    ]
    assert steps["category"] == 1
    return row


def _automatic(node: dict, steps: dict) -> object:
    assert steps["category"] == 2
    (row,) = [r for r in node["rows"] if r["size_class"] == steps["size_class"]]
    return row["percent"]


def _multiple(_node: dict, steps: dict) -> Decimal:
    if steps["adjustment_factor"] is None:
        return Decimal(0)
    units = Decimal(steps["cell_multiple"]) + Decimal(steps["high_risk_bonus"])
    return units * Decimal(steps["adjustment_factor"])


def _bonus(node: dict, steps: dict) -> Decimal:
    mean, threshold = steps["mean_risk_score"], steps["threshold"]
    if mean is None or threshold is None or _number(mean) < _number(threshold):
        return Decimal(0)
    mechanisms = node["inputs"]["mechanisms"]
    if mechanisms and node["inputs"]["mechanism"] not in mechanisms:
        return Decimal(0)
    return Decimal(node["inputs"]["multiple"])


def _balance(node: dict, steps: dict) -> Decimal | None:
    if not steps["unit_dollars"]:
        return None
    ratio = -Decimal(steps["downward_dollars"]) / Decimal(steps["unit_dollars"])
    exact = Decimal(node["inputs"]["actuarial_factor"]) * ratio
    scale = Decimal(10) ** node["inputs"]["digits"]
    half = Decimal("0.5") if node["inputs"]["rounding"] == "half_up" else Decimal(0)
    return Decimal(math.floor(exact * scale + half)) / scale


def _tier(node: dict, steps: dict) -> str:
    composite = _number(steps["composite"])
    far = abs(composite) >= float(node["inputs"]["standard_deviations"])
    if far and node["inputs"]["rule"] == "distance_and_significance":
        error = steps["standard_error"]
        critical = float(node["inputs"]["critical_value"])
        far = bool(error) and _number(abs(float(steps["composite"])) / float(error)) >= critical
    if not far:
        return "average"
    return "high" if composite > 0 else "low"


def _standardised(_node: dict, steps: dict) -> float:
    if not steps["peer_sd"]:
        return 0.0
    return (float(steps["raw"]) - float(steps["peer_mean"])) / float(steps["peer_sd"])


def _mean_of_steps(_node: dict, steps: dict) -> float:
    return math.fsum(float(value) for value in steps.values()) / len(steps)


def _standard_error(node: dict, _steps: dict) -> float | None:
    domains = defaultdict(list)
    for row in node["rows"]:
        domains[row["domain"]].append(row["score_variance"])
    if not node["inputs"]["peer_sd"] or any(None in rows for rows in domains.values()):
        return None
    each = [math.fsum(map(float, rows)) / len(rows) ** 2 for rows in domains.values()]
    return math.sqrt(math.fsum(each) / len(each) ** 2) / float(node["inputs"]["peer_sd"])


def _score(node: dict, steps: dict) -> float:
    off = float(steps["rate"]) - float(steps["benchmark_mean"])
    return float(node["inputs"]["sign"]) * off / float(steps["benchmark_sd"])


def _size_class(node: dict, _steps: dict) -> str | None:
    row = _only(node)
    classes = sorted(node["inputs"]["size_classes"], key=lambda c: c["composition"] == "any")
    for one in classes:
        fits = one["minimum"] <= row["size"] <= (one["maximum"] or math.inf)
        if fits and (one["composition"] == "any" or row["physicians_in_claims"] == 0):
            return one["size_class"]
    return None


def _category(node: dict, _steps: dict) -> int:
    return 1 if _only(node)["basis"] in node["inputs"]["category_1"] else 2


def _included(node: dict, column: str) -> float:
    return math.fsum(float(row[column]) for row in node["rows"] if row["included"])


def _trimmed(value: object, node: dict) -> float:
    inputs = node["inputs"]
    return min(max(float(value), float(inputs["low"])), float(inputs["high"]))


def _sum_of_trimmed(node: dict, _steps: dict) -> float:
    return math.fsum(
        _trimmed(row["annualised_cost"], node) for row in node["rows"] if row["included"]
    )


def _predicted(row: dict, node: dict) -> float:
    score = float(row["risk_score"])
    values = {
        "intercept": 1.0,
        "risk_score": score,
        "risk_score_squared": score * score,
        "esrd": float(row["is_esrd"]),
        "new_enrollee": float(row["is_new_enrollee"]),
    }
    terms = node["inputs"]["coefficients"].items()
    made = math.fsum(float(coefficient) * values[term] for term, coefficient in terms)
    floor = node["inputs"]["floor"]
    return made if floor is None else max(made, float(floor))


def _sum_of_predictions(node: dict, _steps: dict) -> float:
    return math.fsum(_predicted(row, node) for row in node["rows"] if row["included"])


def _annualised(node: dict, _steps: dict) -> float:
    part = max(node["inputs"]["part"], 1)
    return float(_only(node)["cost_dollars"]) * node["inputs"]["whole"] / part


def _combined(node: dict, _steps: dict) -> float:
    used = [row for row in node["rows"] if row["is_used"]]
    logs = math.fsum(row["stays"] * math.log(float(row["ratio"])) for row in used)
    return math.exp(logs / sum(row["stays"] for row in used))


def _weighted(node: dict, _steps: dict) -> float:
    return math.fsum(float(row["share"]) * float(row["expected_cost"]) for row in node["rows"])


def _adjusted(_node: dict, steps: dict) -> float:
    expected = float(steps["specialty_expected"])
    return float(steps["unadjusted_rate"]) / expected * float(steps["national_mean"])


_FORMULAS = {
    **recompute_awards.FORMULAS,
    "plurality": _plurality,
    "none": lambda node, steps: None,
    "sum_of_rows": _sum_of_rows,
    "mean_of_rows": _mean_of_rows,
    "mean_of_steps": _mean_of_steps,
    "stored": lambda node, steps: _only(node)[node["inputs"]["column"]],
    "stated": lambda node, steps: node["inputs"]["value"],
    "amount_of_fraction": _amount,
    "percent_of_cell": lambda node, steps: _cell(node, steps)["percent"],
    "automatic_percent": _automatic,
    "no_adjustment": lambda node, steps: Decimal(0),
    "multiple_of_factor": _multiple,
    "multiple_of_cell": lambda node, steps: _cell(node, steps)["multiple"],
    "bonus_when_high_risk": _bonus,
    "balance": _balance,
    "both_tiers": lambda n, s: f"{s['quality_tier']} quality, {s['cost_tier']} cost",
    "tier": _tier,
    "average_without_composite": lambda node, steps: "average",
    "average_by_model": lambda node, steps: "average",
    "average_by_review": lambda node, steps: "average",
    "standardised": _standardised,
    "standard_error": _standard_error,
    "score": _score,
    "size_class": _size_class,
    "category": _category,
    "ratio_of_sums": lambda n, s: (
        n["inputs"]["scale"] * _included(n, "numerator") / _included(n, "denominator")
    ),
    "observed_over_expected": lambda n, s: (
        _included(n, "numerator") / _included(n, "expected") * float(s["national_mean"])
    ),
    "standardized_ratio": lambda n, s: float(s["standardized_ratio"]) * float(s["national_mean"]),
    "combined_ratios": _combined,
    "observed_over_expected_sums": lambda n, s: (
        sum(row["readmissions"] for row in n["rows"] if row["is_used"])
        / math.fsum(float(row["expected"]) for row in n["rows"] if row["is_used"])
    ),
    "sum_of_counted": lambda n, s: _included(n, n["inputs"]["column"]),
    "costs_over_expected": lambda n, s: (
        float(s["observed"]) / float(s["expected"]) * float(s["national_mean"])
    ),
    "cost_over_expected": lambda n, s: float(s["cost"]) / float(s["expected"]),
    "annualised": _annualised,
    "trimmed": lambda n, s: _trimmed(s["annualised_cost"], n),
    "sum_of_trimmed": _sum_of_trimmed,
    "sum_of_predictions": _sum_of_predictions,
    "count_of_rows": lambda n, s: sum(row[n["inputs"]["column"]] for row in n["rows"]),
    "weighted_by_share": _weighted,
    "sum_over_cases": lambda n, s: float(_only(n)["cases_times_rate"]) / float(_only(n)["cases"]),
    "specialty_adjusted": _adjusted,
}
