"""What the payment rule itself says of a design: weights, losses, and whom size serves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from openp4p.audit.evidence.payment_variance import (
    TIERS,
    Points,
    quality_weight,
    tier_matrix,
    tier_points,
)
from openp4p.program.definition import Program
from openp4p.program.governance import UNKNOWN


@dataclass(frozen=True)
class BySize:
    """A value that differs, or could differ, between classes of size."""

    values: Mapping[str, object]


def payment_fields(program: Program) -> dict[str, object]:
    """The fields that are computed from the payment rule, by their dotted names."""
    found = _of_award(program) if program.award is not None else _of_tiers(program)
    found["payment.least_control"] = 0.0  # no measure's share of control stands in a definition
    return found


def _weight(points: Points) -> float | str:
    """The weight of quality; unknown where no cell differs."""
    weight = quality_weight(tier_matrix(points))
    return UNKNOWN if weight is None else weight


def _of_award(program: Program) -> dict[str, object]:
    assert program.award is not None
    weight = program.award.quality_weight
    return {
        "payment.quality_weight": weight,
        "payment.rewards_low_cost_alone": weight < 1,
        "payment.cost_affects": "bonus" if weight < 1 else "none",
        "payment.max_performance_loss_pct": 0.0,
        "payment.non_participant_adjustment_pct": 0.0,
        "payment.size_dependent": "none",
        "payment.it_dependent": False,
    }


def _of_tiers(program: Program) -> dict[str, object]:
    classes = [c.id for c in program.applicability.size_classes]
    points = {name: tier_points(program.payment.grid, name) for name in classes}
    automatic = {name: 100 * program.payment.automatic_percent[name] for name in classes}
    high_risk = program.payment.high_risk
    return {
        "payment.quality_weight": _by_size({n: _weight(p) for n, p in points.items()}),
        "payment.rewards_low_cost_alone": any(map(_rewards_low_cost, points.values())),
        "payment.cost_affects": _by_size({n: _cost_affects(p) for n, p in points.items()}),
        "payment.max_performance_loss_pct": max(0.0, *(-min(p.values()) for p in points.values())),
        "payment.non_participant_adjustment_pct": _by_size(automatic),
        "payment.size_dependent": _size_dependent(program, points, automatic),
        "payment.it_dependent": bool(high_risk.multiple and high_risk.mechanisms),
    }


def _by_size(values: Mapping[str, object]) -> object:
    """One value when all classes have the same."""
    return next(iter(values.values())) if len(set(values.values())) == 1 else BySize(values)


def _rewards_low_cost(points: Points) -> bool:
    return any(points[quality, "low"] > 0 for quality in TIERS if quality != "high")


def _cost_affects(points: Points) -> str:
    """Whether cost moves base payment, a bonus only, or nothing."""
    moved = [
        (points[quality, a], points[quality, b])
        for a, b in combinations(TIERS, 2)
        for quality in TIERS
        if points[quality, a] != points[quality, b]
    ]
    if any(min(pair) < 0 for pair in moved):
        return "base"
    return "bonus" if moved else "none"


def _size_dependent(
    program: Program, points: Mapping[str, Points], automatic: Mapping[str, float]
) -> str:
    """Adverse when the larger of two classes can win more or lose less; protective otherwise."""
    ordered = sorted(
        (c for c in program.applicability.size_classes if c.composition == "any"),
        key=lambda c: c.minimum,
    )
    pairs = [(smaller.id, larger.id) for smaller, larger in combinations(ordered, 2)]
    kinds = {kind for s, g in pairs for kind in _differences(s, g, points, automatic)}
    return "adverse" if "adverse" in kinds else "protective" if kinds else "none"


def _differences(
    smaller: str, larger: str, points: Mapping[str, Points], automatic: Mapping[str, float]
) -> Iterator[str]:
    """How each amount of the smaller class differs from that of the larger."""
    compared = [(points[smaller][key], points[larger][key]) for key in points[smaller]]
    compared.append((automatic[smaller], automatic[larger]))
    for small, large in compared:
        if small != large:
            yield "adverse" if small < large else "protective"
