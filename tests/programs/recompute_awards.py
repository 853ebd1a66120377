"""The formulas of awards, computed again from the sentences of docs/explain.md."""

from __future__ import annotations

import math
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def _only(node: dict) -> dict:
    (row,) = node["rows"]
    return row


def _decimal(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _part(node: dict, steps: dict) -> Decimal:
    """The row says money and fractions as text of their digits, or numbers."""
    if not _only(node)["participates"] or steps["award"] is None:
        return Decimal(0)
    whole = _decimal(steps["largest_bonus"]) * _decimal(steps["award"])
    return whole.quantize(CENT, ROUND_DOWN)


def _most(node: dict, steps: dict) -> Decimal:
    months, rate = steps["complexity_months"], steps["rate"]
    if not node["inputs"]["is_eligible"] or months is None or rate is None:
        return Decimal(0)
    return (_decimal(months) * _decimal(rate)).quantize(CENT, ROUND_DOWN)


def _months(node: dict, _steps: dict) -> Decimal:
    row, given = _only(node), node["inputs"]
    more = (
        1
        + _decimal(given["top_risk_weight"]) * row["top_risk_patients"] / row["patients"]
        + _decimal(given["dual_weight"]) * row["dual_patients"] / row["patients"]
    )
    months = _decimal(row["member_months"]) * more * given["history_months"]
    return (months / row["months_of_history"]).quantize(Decimal("1e-6"), ROUND_HALF_UP)


def _rate(node: dict, _steps: dict) -> Decimal | None:
    row = _only(node)
    months = _decimal(row["complexity_months"])
    if not months:
        return None
    return (_decimal(row["pool"]) / months).quantize(Decimal("1e-9"), ROUND_DOWN)


def _award(_node: dict, steps: dict) -> Decimal:
    mean = Decimal(math.fsum(map(float, steps.values())) / len(steps))
    return mean.quantize(Decimal("1e-9"), ROUND_HALF_UP)


def _score(node: dict, _steps: dict) -> float:
    row = _only(node)
    estimate, low, high = (float(row[name]) for name in ("estimate", "low", "high"))
    ways = [_between((estimate - low) / (high - low))]
    if row["baseline"] is not None:
        base = float(row["baseline"])
        short = high - base if high > low else base - high
        if short > 0:
            come = _between((estimate - base) / (high - base))
            ways.append(float(node["inputs"]["improvement_share"]) * come)
    return max(ways)


def _between(way: float) -> float:
    return min(1.0, max(0.0, way))


FORMULAS = {
    "part_of_largest_bonus": _part,
    "months_times_rate": _most,
    "complexity_months": _months,
    "rate_of_pool": _rate,
    "award_of_domains": _award,
    "attainment_or_improvement": _score,
}
