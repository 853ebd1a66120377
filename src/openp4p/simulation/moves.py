"""What would change a tier: the fewest patients, events or dollars of one measure that do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from openp4p.simulation.practice_pay import Pay, pay
from openp4p.simulation.practice_tiers import Placed, Vector, placed
from openp4p.simulation.rates import TIERS, Line, Sheet

_AT_ONCE = 200_000  # amounts tried together
_FARTHEST = 20.0  # deviations of the benchmark a rate without a limit is tried at
_WORDS = {"share": "patients", "percent": "percentage points", "dollars": "dollars",
          "per_1000": "per 1,000", "score": "points", "proportion": "of the rate"}  # fmt: skip


@dataclass(frozen=True)
class Move:
    """The least change of one measure that moves a tier; `count` is none when no change does."""

    measure: str
    name: str
    kind: str
    direction: str  # better or worse, for the practice
    from_tier: str
    to_tier: str | None
    count: float | None
    unit: str
    amount: float | None  # the amount at which the tier moves
    words: str
    pay: Pay | None

    def as_plain(self) -> dict[str, Any]:
        """The move as values for JSON."""
        made = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "pay"}
        made["fraction"] = None if self.pay is None else self.pay.fraction
        made["dollars"] = None if self.pay is None else self.pay.dollars
        return made


def moves(sheet: Sheet) -> list[Move]:
    """For every scored measure the least change for the better and for the worse that moves a tier.

    Every whole number of patients or events between now and the end of what can be is tried, and
    the first at which the tier differs is told; rates that are not counts go in their finest step.
    Those for the better come first, those that move a smaller share of the cases before others.
    """
    if sheet.settled is not None:
        return []
    now = placed(sheet)
    found = [
        _move(sheet, line, better, now)
        for kind in ("quality", "cost")
        for line in sheet.scored(kind)
        for better in (True, False)
        if now.composites[kind] is not None and _can_go(kind, int(now.tiers[kind].item()), better)
    ]
    return sorted(found, key=_order)


def _can_go(kind: str, tier: int, better: bool) -> bool:
    """Whether there is a tier beyond the present one in this direction."""
    best = 1 if kind == "quality" else -1
    return tier != (best if better else -best)


def _move(sheet: Sheet, line: Line, better: bool, now: Placed) -> Move:
    kind = line.rule.kind
    way = (1.0 if line.rule.better == "higher" else -1.0) * (1.0 if better else -1.0)
    tier = int(now.tiers[kind].item())
    steps = first_change(sheet, line, way, tier)
    amount = None if steps is None else line.moved(way * steps * line.step)
    then = None if amount is None else placed(sheet, {line.measure: amount})
    to = None if then is None else TIERS[int(then.tiers[kind].item()) + 1]
    count = None if steps is None else steps * line.step
    unit = _unit(line)
    return Move(
        measure=line.measure,
        name=line.rule.name,
        kind=kind,
        direction="better" if better else "worse",
        from_tier=TIERS[tier + 1],
        to_tier=to,
        count=count,
        unit=unit,
        amount=amount,
        words=_words(line, way, count, to),
        pay=None if then is None else pay(sheet, then),
    )


def first_change(sheet: Sheet, line: Line, way: float, tier: int) -> int | None:
    """The fewest steps of an amount, up or down, at which the tier is another one."""
    room = line.most - line.amount if way > 0 else line.amount
    if not np.isfinite(room):
        assert line.deviation is not None, "a scored measure has a benchmark"
        worth = line.worth if line.form == "events" else 1.0
        room = _FARTHEST * line.deviation / worth
    last = int(np.floor(room / line.step + 1e-9))
    for start in range(1, last + 1, _AT_ONCE):
        steps = np.arange(start, min(last, start + _AT_ONCE - 1) + 1)
        changed = _tiers(sheet, line, line.amount + way * steps * line.step) != tier
        if changed.any():
            return int(steps[np.argmax(changed)])
    return None


def _tiers(sheet: Sheet, line: Line, amounts: Vector) -> Vector:
    return np.broadcast_to(
        placed(sheet, {line.measure: np.clip(amounts, 0.0, line.most)}).tiers[line.rule.kind],
        amounts.shape,
    )


def _unit(line: Line) -> str:
    if line.form == "events":
        return "admissions"
    return _WORDS["share" if line.form == "share" else line.rule.unit]


def _words(line: Line, way: float, count: float | None, to: str | None) -> str:
    """The move in a sentence."""
    name, kind = f"{line.rule.name} ({line.measure})", line.rule.kind
    if count is None:
        change = "No improvement" if _is_good(line, way) else "No worsening"
        return f"{change} of {name} alone moves {kind} to another tier."
    more = "more" if way > 0 else "fewer"
    if line.form == "share":
        people = "patient" if count == 1 else "patients"
        verb = "moves" if count == 1 else "move"
        return f"{count:,.0f} {more} {people} counted in {name} {verb} {kind} to {to}."
    if line.form == "events":
        events = "admission" if count == 1 else "admissions"
        verb = "moves" if count == 1 else "move"
        return f"{count:,.0f} {more} {events} in {name} {verb} {kind} to {to}."
    less = "more" if way > 0 else "less"
    size = f"${count:,.0f}" if line.rule.unit == "dollars" else f"{count:,.2f} {_unit(line)}"
    return f"{size} {less} in {name} moves {kind} to {to}."


def _is_good(line: Line, way: float) -> bool:
    return (way > 0) == (line.rule.better == "higher")


def _order(move: Move) -> tuple[Any, ...]:
    far = move.count is None
    return (far, move.direction == "worse", move.kind == "cost", move.count or 0.0, move.measure)
