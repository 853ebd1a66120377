"""Where practices stand: tiers, adjustments and dollars, in a run or under a variant of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

KINDS = ("quality", "cost")
SAME = 1e-9  # composites and rates that differ by less are the same
_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Standing:
    """Rows of tiers and of payments by TIN, the row of the balance, rates by TIN and measure."""

    tiers: Mapping[str, Mapping[str, Any]]
    payments: Mapping[str, Mapping[str, Any]]
    balance: Mapping[str, Any]
    rates: Mapping[tuple[str, str], float]

    @property
    def tins(self) -> set[str]:
        """Every practice."""
        return {*self.tiers, *self.payments}

    def tier(self, tin: str, kind: str) -> str | None:
        """The quality or cost tier of a practice; None of one that has none."""
        found: str | None = self.tiers.get(tin, _NOTHING).get(f"{kind}_tier")
        return found

    def fraction(self, tin: str) -> Decimal:
        """By which fraction its payments change."""
        return Decimal(self.payments.get(tin, _NOTHING).get("adjustment_fraction") or 0)

    def dollars(self, tin: str) -> Decimal:
        """By how many dollars its payments change."""
        return Decimal(self.payments.get(tin, _NOTHING).get("adjustment_amount") or 0)

    def direction(self, tin: str) -> str:
        """Paid more, less or the same."""
        fraction = self.fraction(tin)
        return "more" if fraction > 0 else "less" if fraction < 0 else "same"


def standing(rows: Callable[[str], pa.Table]) -> Standing:
    """Where practices stand, by the tables that a function gives by name."""
    rates = rows("performance_rates")
    (balance,) = rows("balance").to_pylist()
    return Standing(
        tiers={row["tin"]: row for row in rows("tiers").to_pylist()},
        payments={row["tin"]: row for row in rows("payments").to_pylist()},
        balance=balance,
        rates={
            (row["tin"], row["measure"]): row["rate"]
            for row in rates.select(["tin", "measure", "rate"]).to_pylist()
            if row["rate"] is not None
        },
    )


def differences(base: Mapping[Any, Any], found: Mapping[Any, Any]) -> tuple[int, float]:
    """How many numbers are not the same, with those that only one side has; the largest change."""
    pairs = [(base.get(key), found.get(key)) for key in base.keys() | found.keys()]
    changes = [abs(a - b) for a, b in pairs if a is not None and b is not None]
    one_sided = sum((a is None) != (b is None) for a, b in pairs)
    return one_sided + sum(change > SAME for change in changes), max(changes, default=0.0)


def moved(kind: str, base: Standing, found: Standing) -> int:
    """How many practices have another tier, or have one on one of the two sides only."""
    return sum(base.tier(tin, kind) != found.tier(tin, kind) for tin in base.tins | found.tins)
