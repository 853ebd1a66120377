"""No small count can be worked out of what is shown, and no more is given up than needed."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from openp4p.reports.suppression import FEWEST, Sum, is_small, withheld

COUNTS = st.integers(0, 40) | st.integers(0, 3) | st.integers(8, 13)
SETTINGS = settings(
    max_examples=40, deadline=None, phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip


def with_margins(rows: list[list[int]]) -> tuple[list[int], list[Sum]]:
    """A two-way table in reading order, then its row sums, column sums and the total."""
    height, width = len(rows), len(rows[0])
    cells = [count for row in rows for count in row]
    across = [sum(row) for row in rows]
    down = [sum(column) for column in zip(*rows, strict=True)]
    first = len(cells)
    total = first + height + width
    sums = [Sum(first + r, tuple(range(r * width, (r + 1) * width))) for r in range(height)]
    sums += [Sum(first + height + c, tuple(range(c, first, width))) for c in range(width)]
    sums += [
        Sum(total, tuple(range(first, first + height))),
        Sum(total, tuple(range(first + height, total))),
    ]
    return [*cells, *across, *down, sum(cells)], sums


def possible(counts, sums, hidden, place):
    """What an attacker works out, by a linear program of its own: shown cells as equations."""
    cells = len(counts)
    known = [(np.eye(cells)[c], counts[c]) for c in range(cells) if c not in hidden]
    for relation in sums:
        line = np.zeros(cells)
        line[relation.total] = 1
        line[list(relation.parts)] -= 1
        known.append((line, 0))
    left = np.stack([line for line, _ in known]) if known else None
    right = [value for _, value in known] if known else None
    ends = []
    for sign in (1, -1):
        found = linprog(sign * np.eye(cells)[place], A_eq=left, b_eq=right, bounds=(0, None))
        ends.append(float("inf") if found.status == 3 else sign * found.fun)
    return ends


def is_safe(counts, sums, hidden) -> bool:
    ends = [possible(counts, sums, hidden, c) for c, n in enumerate(counts) if is_small(n)]
    return all(high >= FEWEST - 1e-6 and high - low >= 10 - 1e-6 for low, high in ends)


TABLES = st.tuples(st.integers(1, 3), st.integers(2, 4)).flatmap(
    lambda size: st.lists(
        st.lists(COUNTS, min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0]
    )
)


@SETTINGS
@given(TABLES)
def test_no_small_count_can_be_worked_out_of_the_margins(rows):
    counts, sums = with_margins(rows)
    hidden = withheld(counts, sums)
    assert {c for c, n in enumerate(counts) if is_small(n)} <= hidden
    assert is_safe(counts, sums, hidden)


@SETTINGS
@given(st.lists(COUNTS, min_size=2, max_size=6))
def test_nothing_is_given_up_that_need_not_be(listed):
    """Against every other choice of cells of a list with its total."""
    counts, sums = [*listed, sum(listed)], [Sum(len(listed), tuple(range(len(listed))))]
    hidden = withheld(counts, sums)
    small = {c for c, n in enumerate(counts) if is_small(n)}
    others = [c for c in range(len(counts)) if c not in small]
    choices = (
        small | set(more) for size in range(len(others) + 1) for more in combinations(others, size)
    )
    least = min(sum(counts[c] + 1 for c in chosen) for chosen in choices
                if is_safe(counts, sums, chosen))  # fmt: skip
    assert sum(counts[c] + 1 for c in hidden) == least


def test_the_tables_do_need_more_than_their_small_cells():
    """The generators make what the properties are about."""
    found = []

    @settings(max_examples=60, deadline=None, database=None)
    @given(TABLES)
    def look(rows):
        counts, sums = with_margins(rows)
        small = {c for c, n in enumerate(counts) if is_small(n)}
        found.append(bool(small) and not is_safe(counts, sums, small))

    look()
    assert sum(found) > len(found) / 4


def test_two_small_counts_alone_in_a_row_are_not_enough():
    """3 and 4 add up to 7, which the total tells; a larger one goes with them."""
    counts = [3, 4, 20, 30, 57]
    assert withheld(counts, [Sum(4, (0, 1, 2, 3))]) == {0, 1, 2}


def test_a_count_and_what_is_left_of_it_are_both_guarded():
    """95 of 100 shows the 5: the part goes though it is large, since the rest is never shown."""
    counts = [100, 95, 5]
    assert withheld(counts, [Sum(0, (1, 2))], unknown=[2]) == {1}


def test_large_counts_and_none_at_all_are_shown():
    assert withheld([0, 11, 250, 261], [Sum(3, (0, 1, 2))]) == frozenset()
