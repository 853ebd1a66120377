"""Several changes at once: how much of the result is whose.

Two answers, each adding up exactly. Stated order: each change as it comes on top of those before
it. Shapley: each change's mean over all orders in which they could have come, so that none is
favoured by its place (L. S. Shapley, A value for n-person games, 1953).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from math import factorial

from openp4p.errors import UsageError

MOST = 8  # changes; each more doubles the number of variants
METHODS = ("shapley", "stated")
Value = Mapping[str, Fraction]  # outcomes by name
ValueOf = Callable[[frozenset[int]], Value]


def decomposed(method: str, changes: int, value: ValueOf) -> list[dict[str, Fraction]]:
    """Of each change, by outcome, its part; the parts add up to all changes minus none."""
    if method not in METHODS:
        raise UsageError(
            f"'{method}' is no way to divide a result among changes.",
            remedy=f"Choose one of: {', '.join(METHODS)}.",
            code="options",
        )
    return shapley(changes, value) if method == "shapley" else stated_order(changes, value)


def stated_order(changes: int, value: ValueOf) -> list[dict[str, Fraction]]:
    """Each change's part as it comes on top of those before it."""
    steps = [value(frozenset(range(number))) for number in range(changes + 1)]
    return [_difference(steps[n + 1], steps[n]) for n in range(changes)]


def shapley(changes: int, value: ValueOf) -> list[dict[str, Fraction]]:
    """Each change's mean part over all orders; a variant for each set of changes."""
    if changes > MOST:
        raise UsageError(
            f"{changes} changes have {2**changes:,} sets of changes, each a variant.",
            remedy=f"Give at most {MOST}, or divide by stated order.",
            code="options",
        )
    return [_mean_part(one, changes, value) for one in range(changes)]


def subsets(changes: int) -> Sequence[frozenset[int]]:
    """Every set of changes, small ones first."""
    sizes = range(changes + 1)
    return [frozenset(some) for size in sizes for some in combinations(range(changes), size)]


def _mean_part(one: int, changes: int, value: ValueOf) -> dict[str, Fraction]:
    parts: dict[str, Fraction] = {}
    for some in subsets(changes):
        if one in some:
            continue
        weight = Fraction(
            factorial(len(some)) * factorial(changes - len(some) - 1), factorial(changes)
        )
        for name, part in _difference(value(some | {one}), value(some)).items():
            parts[name] = parts.get(name, Fraction(0)) + weight * part
    return parts


def _difference(after: Value, before: Value) -> dict[str, Fraction]:
    return {name: after[name] - before[name] for name in after}
