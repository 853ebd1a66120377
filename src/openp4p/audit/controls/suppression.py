"""C14.4: which cells of a table of patients are hidden so that no small one can be worked out.

An integer program picks the cells; what an attacker could still conclude, found by linear programs,
comes back to it as cuts until nothing can be concluded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from openp4p.audit.thresholds import count, threshold

Table = np.ndarray
_EXACT, _HALF = 1e-6, 0.5
_UNLIMITED = np.inf


@dataclass(frozen=True)
class Interval:
    """What an attacker can say of a hidden cell: it lies between these two."""

    low: float
    high: float


def is_small(cells: Table) -> Table:
    """Cells that may not be shown: 1 to 10. Zero may."""
    return np.asarray((cells > 0) & (cells < threshold("suppression.smallest_shown")))


def with_margins(cells: Table) -> Table:
    """The table with row totals, column totals and the grand total as cells of it."""
    rows = np.column_stack([cells, cells.sum(axis=1)])
    return np.vstack([rows, rows.sum(axis=0)])


def hidden_cells(cells: Table) -> Table | None:
    """Which cells of the table with margins to hide; nothing when it cannot be published at all.

    The least sum of count + 1, then the fewest cells; margins only where cells alone do not do.
    """
    if cells.size > count("suppression.most_cells"):
        return None
    full = with_margins(cells)
    margin = np.zeros(full.shape, dtype=bool)
    margin[-1, :] = margin[:, -1] = True
    primary = is_small(full)
    if not primary.any():
        return primary
    for may_hide in (~margin | primary, np.ones(full.shape, dtype=bool)):
        found = _least(full, primary, may_hide)
        if found is not None:
            return found
    return None


def attacker_interval(full: Table, hidden: Table, cell: tuple[int, int]) -> Interval:
    """The smallest and largest value of a hidden cell, given all that is shown of the table."""
    place = int(np.ravel_multi_index(cell, full.shape))
    value = float(full[cell])
    up, _ = _reach(full, hidden, place, 1.0)
    down, _ = _reach(full, hidden, place, -1.0)
    return Interval(value - down, value + up)


def _least(full: Table, primary: Table, may_hide: Table) -> Table | None:
    counts = full.ravel()
    cuts: list[Table] = []
    needs: list[float] = []
    # one cell more never outweighs one patient less
    weights = (counts + 1.0) * (full.size + 1.0) + 1.0
    bounds = optimize.Bounds(primary.ravel().astype(float), may_hide.ravel().astype(float))
    while True:
        rules = (
            optimize.LinearConstraint(np.array(cuts), np.array(needs), _UNLIMITED) if cuts else ()
        )
        found = optimize.milp(
            weights,
            integrality=np.ones(full.size),
            bounds=bounds,
            constraints=rules,
            options={"time_limit": threshold("suppression.most_seconds")},
        )
        if not found.success:
            return None
        hidden = found.x.reshape(full.shape) > _HALF
        new = [cut for place in np.flatnonzero(primary) for cut in _cuts(full, hidden, int(place))]
        if not new:
            return np.asarray(hidden)
        cuts += [cut for cut, _ in new]
        needs += [need for _, need in new]


def _cuts(full: Table, hidden: Table, place: int) -> list[tuple[Table, float]]:
    """What must be hidden besides, for one small cell: it could be 11, and is 10 or more unsure."""
    value = float(full.flat[place])
    up, by_up = _reach(full, hidden, place, 1.0)
    down, by_down = _reach(full, hidden, place, -1.0)
    made = []
    for reach, by, need in (
        (up, by_up, threshold("suppression.smallest_shown") - value),
        (up + down, by_up + by_down, threshold("suppression.width")),
    ):
        if reach < need - _EXACT:
            made.append((np.minimum(by, need), need))
    return made


def _reach(full: Table, hidden: Table, place: int, way: float) -> tuple[float, Table]:
    """How far a cell could be from its value, and what hiding each cell would add to that.

    The second is the dual solution: it bounds the reach under any other choice of hidden cells.
    """
    rows, columns = full.shape
    goal = np.zeros(full.size)
    goal[place] = -way
    sums = []
    for row in range(rows):
        one = np.zeros(full.shape)
        one[row, :-1], one[row, -1] = 1.0, -1.0
        sums.append(one.ravel())
    for column in range(columns):
        one = np.zeros(full.shape)
        one[:-1, column], one[-1, column] = 1.0, -1.0
        sums.append(one.ravel())
    most = np.full(full.size, float(full.max()))  # no cell can rise by more than all patients
    least = full.ravel().astype(float)
    is_hidden = hidden.ravel().astype(float)
    found = optimize.linprog(
        goal,
        A_eq=np.array(sums),
        b_eq=np.zeros(len(sums)),
        bounds=np.column_stack([-least * is_hidden, most * is_hidden]),
    )
    assert found.success, "zero change is always possible"
    by = -found.upper.marginals * most + found.lower.marginals * least
    return float(-found.fun), np.asarray(by)
