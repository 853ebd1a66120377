"""A table too large for the memory in slices: ranges of a key, one computed after the other.

A stage that looks at each person alone gives the same rows slice by slice. Ranges rather than
remainders: claims lie sorted by person, so that a slice reads no more than its own part of a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import ibis
import ibis.expr.types as ir

from openp4p.engine.sql_text import literal

_FROM, _BELOW = "openp4p_slice_from", "openp4p_slice_below"
LAST = "\U0010ffff"  # no key sorts after it


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def getvariable(variable: str) -> str:  # type: ignore[empty-body]
    """A variable of the session, known before the files are opened."""


@dataclass(frozen=True)
class Slice:
    """The values of a key column from one on, and below another."""

    column: str
    start: str
    below: str

    def chosen(self) -> list[str]:
        """The statements that make this the slice that is computed."""
        return [_set(_FROM, self.start), _set(_BELOW, self.below)]


def between(column: str, bounds: Sequence[str]) -> tuple[Slice, ...]:
    """The slices that these keys part the whole into; no key is outside of them."""
    edges = ["", *bounds, LAST]
    return tuple(Slice(column, *ends) for ends in pairwise(edges))


def evenly(keys: Sequence[str], number: int) -> list[str]:
    """The keys that part these, which are sorted, into so many of about the same size."""
    return [keys[len(keys) * n // number] for n in range(1, number)] if keys else []


def of_slice(table: ir.Table, column: str) -> ir.Table:
    """The rows of the slice that is being computed."""
    key = table[column]
    return table.filter(key >= getvariable(_FROM), key < getvariable(_BELOW))


def _set(name: str, value: str) -> str:
    return f"SET VARIABLE {name} = {literal(value)}"
