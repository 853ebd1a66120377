"""C7.1: the levels of an attribute that are large enough to be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from openp4p.audit.thresholds import count

UNKNOWN, OTHER = "unknown", "other"
_BETWEEN = " + "


def merged(
    values: Sequence[str | None], order: Sequence[str] | None, fewest: int | None = None
) -> list[str | None]:
    """Each value's level after small ones are joined; nothing where a value is left out.

    Ordered levels: while one is too small, the smallest joins its smaller neighbour; `unknown`
    stands in no order and is left out when small. Unordered ones under the minimum form `other`,
    and an `other` under it is left out.
    """
    least = count("fairness.fewest_in_level") if fewest is None else fewest
    named = [UNKNOWN if value is None else value for value in values]
    if order is None:
        return _unordered(named, least)
    return _ordered(named, order, least)


def _unordered(named: list[str], least: int) -> list[str | None]:
    sizes = Counter(named)
    pooled = [name if sizes[name] >= least else OTHER for name in named]
    sizes = Counter(pooled)
    return [name if sizes[name] >= least else None for name in pooled]


def _ordered(named: list[str], order: Sequence[str], least: int) -> list[str | None]:
    sizes = Counter(named)
    bands = [[level] for level in order if sizes[level]]
    while len(bands) > 1:
        held = [sum(sizes[level] for level in band) for band in bands]
        small = min(range(len(bands)), key=lambda b: held[b])
        if held[small] >= least:
            break
        beside = [b for b in (small - 1, small + 1) if 0 <= b < len(bands)]
        other = min(beside, key=lambda b: held[b])
        first, second = sorted((small, other))
        bands[first : second + 1] = [bands[first] + bands[second]]
    joined = {level: _BETWEEN.join(band) for band in bands for level in band}
    kept = Counter(joined.get(name, name) for name in named)
    renamed = [joined.get(name, name) for name in named]
    return [name if kept[name] >= least else None for name in renamed]
