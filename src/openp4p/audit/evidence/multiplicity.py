"""C7.4: what many tests at once do to the meaning of one."""

from __future__ import annotations

from collections.abc import Mapping


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """p-values adjusted by Holm's steps: the chance of any false finding is kept at the level."""
    adjusted, highest = {}, 0.0
    for position, name in enumerate(sorted(p_values, key=lambda n: (p_values[n], n))):
        highest = max(highest, min(1.0, (len(p_values) - position) * p_values[name]))
        adjusted[name] = highest
    return {name: adjusted[name] for name in p_values}


def benjamini_hochberg(p_values: Mapping[str, float]) -> dict[str, float]:
    """p-values adjusted so that the share of false findings among all is kept at the level."""
    adjusted, lowest, number = {}, 1.0, len(p_values)
    ordered = sorted(p_values, key=lambda n: (p_values[n], n))
    for rank in range(number, 0, -1):
        name = ordered[rank - 1]
        lowest = min(lowest, number / rank * p_values[name])
        adjusted[name] = lowest
    return {name: adjusted[name] for name in p_values}
