"""C12.1-3: why a practice's costs differ, in use, volume, intensity and price, to the cent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import combinations
from math import factorial, prod

from openp4p.audit.evidence.judging import at_least
from openp4p.audit.evidence.record import NOT_ASSESSABLE, Evidence, Finding
from openp4p.audit.thresholds import threshold

FACTORS = ("use", "volume", "intensity", "price")
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Cost:
    """Users a patient, units a user, standard dollars a unit, actual over standard dollars."""

    use: float
    volume: float
    intensity: float
    price: float

    @property
    def factors(self) -> tuple[float, ...]:
        """The four in order; their product is dollars per patient."""
        return self.use, self.volume, self.intensity, self.price


def shapley(own: Sequence[float], other: Sequence[float]) -> tuple[float, ...]:
    """What each factor of a product adds to the difference own - other, fairly shared.

    The mean over all orders in which the factors could be changed (Das Gupta's formula for
    products): it leaves no residual and does not depend on which side is the base.
    """
    number = len(own)

    def value(changed: frozenset[int]) -> float:
        return prod(own[f] if f in changed else other[f] for f in range(number))

    return tuple(_share(factor, number, value) for factor in range(number))


def _share(factor: int, number: int, value: Callable[[frozenset[int]], float]) -> float:
    others = [one for one in range(number) if one != factor]
    total = 0.0
    for size in range(number):
        often = factorial(size) * factorial(number - size - 1) / factorial(number)
        for chosen in map(frozenset, combinations(others, size)):
            total += often * (value(chosen | {factor}) - value(chosen))
    return total


def effects(practice: Cost | None, benchmark: Cost | None) -> dict[str, float]:
    """The difference in dollars per patient by factor; all is use where one side uses nothing."""
    ours = practice if practice and practice.use > 0 else None
    theirs = benchmark if benchmark and benchmark.use > 0 else None
    if ours is None or theirs is None:
        sole = prod(ours.factors) if ours else -prod(theirs.factors) if theirs else 0.0
        return dict(zip(FACTORS, (sole, 0.0, 0.0, 0.0), strict=True))
    return dict(zip(FACTORS, shapley(ours.factors, theirs.factors), strict=True))


def effects_in_cents(practice: Cost | None, benchmark: Cost | None) -> dict[str, Decimal]:
    """Effects rounded to cents that add up to the rounded difference.

    What is over or short goes to the largest effect.
    """
    exact = effects(practice, benchmark)
    whole = _cents(sum(exact.values()))
    parts = {name: _cents(value) for name, value in exact.items()}
    largest = max(FACTORS, key=lambda name: abs(exact[name]))
    parts[largest] += whole - sum(parts.values(), Decimal(0))
    return parts


def decomposition_finding(
    decomposed: Mapping[str, Decimal], undecomposed: Mapping[str, Decimal], practices: int
) -> Finding:
    """P16.2: dollars by category that were decomposed, and those without a standard amount."""
    total = sum(decomposed.values(), Decimal(0)) + sum(undecomposed.values(), Decimal(0))
    meets, partly = threshold("prices.decomposed_meets"), threshold("prices.decomposed_partly")
    share = float(sum(decomposed.values(), Decimal(0)) / total) if total else None
    return Finding(
        Evidence(
            subcheck="P16.2",
            kind="a",
            verdict=NOT_ASSESSABLE if share is None else at_least(share, meets, partly),
            statistic="share of dollars split into use, volume, intensity and price",
            value=share,
            threshold=f"at least {meets:g} meets; at least {partly:g} partly; else fails",
            n_units=practices,
            na_reason="no dollars" if share is None else "",
        ),
        tuple(
            {
                "category": name,
                "decomposed_dollars": decomposed.get(name, Decimal(0)),
                "undecomposed_dollars": undecomposed.get(name, Decimal(0)),
            }
            for name in sorted({*decomposed, *undecomposed})
        ),
    )


def _cents(value: float) -> Decimal:
    return Decimal(repr(float(value))).quantize(_CENT, ROUND_HALF_EVEN)
