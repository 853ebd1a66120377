"""Small cells: which counts may leave a practice, so that no small one can be worked out.

A count of 1 to 10 people is never shown (zero may be), nor one that follows from what is shown.
The property: over all tables of counts of 0 or more that agree with everything shown, the largest
possible value of each small count is at least 11 and exceeds its smallest by at least 10. What is
shown is given up with the least sum of counts (plus one a cell), found by an integer program whose
cuts come from the attacker's own linear programs (Fischetti and Salazar, 2000).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from openp4p.audit.thresholds import count

FEWEST = count("suppression.smallest_shown")  # the smallest count that is shown
_WIDTH = count("suppression.width")  # how far apart the bounds of a small count must lie
_MOST_CELLS = count("suppression.most_cells")
_NEARLY = 1e-6
Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Sum:
    """A cell that is the sum of others, as a reader of the table knows."""

    total: int
    parts: tuple[int, ...]


def is_small(people: float) -> bool:
    """Whether a count is of so few people that it may not be shown."""
    return 0 < people < FEWEST


def withheld(
    counts: Sequence[float], sums: Sequence[Sum] = (), *, unknown: Iterable[int] = ()
) -> frozenset[int]:
    """The places of the counts that may not be shown; `unknown` ones are not shown anyway.

    Margins are counts like others, and may have to go too. A table of very many cells goes as a
    whole: nobody can check it in reasonable time.
    """
    hidden = frozenset(unknown)
    small = [place for place, count in enumerate(counts) if is_small(count)]
    if not small:
        return frozenset()
    if len(counts) > _MOST_CELLS:
        return frozenset(range(len(counts)))
    table = _Table(np.asarray(counts, float), _matrix(len(counts), sums))
    fixed = hidden | frozenset(small)
    cuts: list[tuple[Vector, float]] = []
    while True:
        chosen = _cheapest(table, fixed, cuts)
        new = [cut for place in small for cut in table.cuts(place, chosen)]
        if not new:
            return chosen - hidden
        cuts += new


def bounds(
    counts: Sequence[float], sums: Sequence[Sum], not_shown: Iterable[int], place: int
) -> tuple[float, float]:
    """The smallest and largest value of a count that agree with everything that is shown."""
    table = _Table(np.asarray(counts, float), _matrix(len(counts), sums))
    low, _ = table.extreme(place, frozenset(not_shown), 1)
    high, _ = table.extreme(place, frozenset(not_shown), -1)
    return low, high


def _matrix(cells: int, sums: Sequence[Sum]) -> Vector:
    """One row for each sum: the total less its parts is nothing."""
    made = np.zeros((len(sums), cells))
    for line, relation in enumerate(sums):
        made[line, relation.total] = 1
        made[line, list(relation.parts)] = -1
    return made


@dataclass(frozen=True)
class _Table:
    """Counts and what is known of how they add up."""

    counts: Vector
    matrix: Vector

    @property
    def ceiling(self) -> float:
        """No reader thinks a count larger than this."""
        return float(self.counts.sum()) + FEWEST * (len(self.counts) + 1)

    def extreme(self, place: int, not_shown: frozenset[int], sign: int) -> tuple[float, Vector]:
        """The attacker's smallest (1) or largest (-1) value, and what each bound is worth."""
        free = np.isin(np.arange(len(self.counts)), list(not_shown))
        low = np.where(free, 0.0, self.counts)
        high = np.where(free, self.ceiling, self.counts)
        goal = np.zeros(len(self.counts))
        goal[place] = sign
        has_sums = len(self.matrix) > 0
        found = linprog(
            goal,
            A_eq=self.matrix if has_sums else None,
            b_eq=np.zeros(len(self.matrix)) if has_sums else None,
            bounds=np.column_stack([low, high]),
            method="highs",
        )
        assert found.success, "the counts themselves agree with what is shown"
        worth = found.lower.marginals + found.upper.marginals
        return float(sign * found.fun), np.asarray(worth, float)

    def cuts(self, place: int, not_shown: frozenset[int]) -> list[tuple[Vector, float]]:
        """What the choice of cells must satisfy, as long as a small count is not safe by it."""
        low, from_low = self.extreme(place, not_shown, 1)
        high, from_high = self.extreme(place, not_shown, -1)
        gained = [self._gain(from_low), self._gain(from_high)]
        made = []
        if high < FEWEST - _NEARLY:
            made.append(_cut(gained[1], FEWEST - float(self.counts[place])))
        if high - low < _WIDTH - _NEARLY:
            made.append(_cut(gained[0] + gained[1], float(_WIDTH)))
        return made

    def _gain(self, worth: Vector) -> Vector:
        """By how much not showing each cell can widen the attacker's bound at most."""
        below = np.maximum(worth, 0.0) * self.counts
        above = np.maximum(-worth, 0.0) * (self.ceiling - self.counts)
        return below + above


def _cut(gain: Vector, needed: float) -> tuple[Vector, float]:
    return np.minimum(np.where(gain > _NEARLY, gain, 0.0), needed), needed


def _cheapest(
    table: _Table, fixed: frozenset[int], cuts: Sequence[tuple[Vector, float]]
) -> frozenset[int]:
    """The cells not to show with the least sum of counts; then the fewest, then the first."""
    cells = len(table.counts)
    if not cuts:
        return fixed
    order = np.arange(cells) / cells
    cost = table.counts + 1 + (1 + order / cells) / (10 * cells)
    must = np.isin(np.arange(cells), list(fixed)).astype(float)
    found = milp(
        cost,
        integrality=np.ones(cells),
        bounds=Bounds(must, np.ones(cells)),
        constraints=[LinearConstraint(np.stack([c for c, _ in cuts]), [n for _, n in cuts])],
        options={"mip_rel_gap": 0.0},
    )
    assert found.success, "a table of which nothing is shown is safe"
    return frozenset(int(place) for place in np.flatnonzero(found.x > 0.5))
