"""Who moves, and how many dollars: a variant set beside the run, as plain rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from openp4p.simulation.policy_groups import Groups
from openp4p.simulation.policy_standing import KINDS, Standing, moved

TIERS = ("low", "average", "high", None)
DIRECTIONS = ("less", "same", "more")
Row = dict[str, Any]
_ZERO = Decimal("0.00")


def totals(base: Standing, found: Standing) -> list[Row]:
    """The main figures on both sides: counts of practices, exact dollars, x as a fraction."""
    sides = [_figures(base), _figures(found)]
    return [{"figure": name, "run": sides[0][name], "variant": sides[1][name]} for name in sides[0]]


def changes_of(base: Standing, found: Standing) -> Row:
    """How many practices have another tier or adjustment, and how many dollars change hands.

    Dollars changed are the sum of the absolute differences of practices' adjustments.
    """
    tins = base.tins | found.tins
    return {
        **{f"{kind}_tier": moved(kind, base, found) for kind in KINDS},
        "adjustment": sum(base.fraction(tin) != found.fraction(tin) for tin in tins),
        "direction": sum(base.direction(tin) != found.direction(tin) for tin in tins),
        "dollars": sum((abs(found.dollars(t) - base.dollars(t)) for t in tins), _ZERO),
    }


def movements(base: Standing, found: Standing) -> dict[str, list[Row]]:
    """Practices by where they were and where they are: tiers of quality and cost, direction."""
    tins = base.tins | found.tins
    return {
        **{kind: _from_to(tins, base, found, _tier_of(kind), TIERS) for kind in KINDS},
        "direction": _from_to(tins, base, found, Standing.direction, DIRECTIONS),
    }


def by_group(base: Standing, found: Standing, groups: Groups) -> dict[str, list[Row]]:
    """Of each kind, a row for each group; the groups of a kind add up to all practices."""
    made: dict[str, list[Row]] = {}
    for kind in groups.of:
        members: dict[str, list[str]] = {}
        for tin in sorted(base.tins | found.tins):
            members.setdefault(groups.group(kind, tin), []).append(tin)
        made[kind] = [
            {"group": group, **_of_group(members[group], base, found)}
            for group in groups.order[kind]
            if group in members
        ]
    return made


def practice_rows(base: Standing, found: Standing, groups: Groups) -> list[Row]:
    """One row for each practice on either side: where it stood, where it stands."""
    return [
        {
            "tin": tin,
            **{
                kind.replace(" ", "_").replace("'", ""): groups.group(kind, tin)
                for kind in groups.of
            },
            **{
                f"{kind}_tier_{side}": standing.tier(tin, kind)
                for kind in KINDS
                for side, standing in (("run", base), ("variant", found))
            },
            "adjustment_fraction_run": base.fraction(tin),
            "adjustment_fraction_variant": found.fraction(tin),
            "adjustment_amount_run": base.dollars(tin),
            "adjustment_amount_variant": found.dollars(tin),
            "difference": found.dollars(tin) - base.dollars(tin),
        }
        for tin in sorted(base.tins | found.tins)
    ]


def _column(kind: str) -> str:
    return kind.replace(" ", "_").replace("'", "")


def _figures(side: Standing) -> Row:
    directions = Counter(side.direction(tin) for tin in side.payments)
    return {
        **{f"practices_paid_{name}": directions[name] for name in DIRECTIONS},
        "adjustment_factor": side.balance["adjustment_factor"],
        "downward_dollars": side.balance["downward_dollars"],
        "upward_dollars": side.balance["upward_dollars"],
        "residual_dollars": side.balance["residual_dollars"],
    }


def _tier_of(kind: str) -> Callable[[Standing, str], str | None]:
    return lambda side, tin: side.tier(tin, kind)


def _from_to(
    tins: Iterable[str],
    base: Standing,
    found: Standing,
    of: Callable[[Standing, str], str | None],
    known: Iterable[str | None],
) -> list[Row]:
    """A row for each pair of places that a practice has; staying is a pair as well."""
    counted = Counter((of(base, tin), of(found, tin)) for tin in tins)
    return [
        {"from": before, "to": after, "practices": counted[before, after]}
        for before in known
        for after in known
        if counted[before, after]
    ]


def _of_group(tins: list[str], base: Standing, found: Standing) -> Row:
    before = sum((base.dollars(tin) for tin in tins), _ZERO)
    after = sum((found.dollars(tin) for tin in tins), _ZERO)
    paid = sum((Decimal(base.payments.get(t, {}).get("paid_amount") or 0) for t in tins), _ZERO)
    return {
        "practices": len(tins),
        "changed": sum(base.fraction(tin) != found.fraction(tin) for tin in tins),
        "paid_amount": paid,
        "dollars_run": before,
        "dollars_variant": after,
        "difference": after - before,
        "share_run": before / paid if paid else None,
        "share_variant": after / paid if paid else None,
    }
