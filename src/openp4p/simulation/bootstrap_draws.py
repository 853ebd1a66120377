"""Draws that every engine makes alike: whole numbers from a hash, and what they stand for.

A beneficiary's number comes from the MD5 of its identifier, a draw's two numbers from the MD5 of
the draw. Both are mixed modulo a prime by a line and a fifth power, which maps every number below
the prime to another one, so no arithmetic leaves 64 bits and nothing is rounded.
"""

from __future__ import annotations

import hashlib
import math
from statistics import NormalDist

import ibis
import ibis.expr.types as ir

from openp4p.engine.portable import whole_part

PRIME = 2**31 - 1
DRAWS = {"draw": "int64", "factor": "int64", "offset": "int64"}
DEVIATES = {"cell": "int64", "deviate": "float64"}
_CELL = 2**19  # numbers below the prime that share a normal deviate
_CELLS = PRIME // _CELL + 1
_HEX, _HEX_DIGITS = "0123456789abcdef", 8
_MOST = 12  # a Poisson(1) number above it has a chance of less than one in six thousand million


def number_of(text: str) -> int:
    """The number of a text: the first 32 bits of its MD5, modulo the prime."""
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return int(digest[:_HEX_DIGITS], 16) % PRIME


def draw_rows(first: int, last: int) -> list[dict[str, int]]:
    """The two numbers of each draw from the first to the last."""
    return [
        {
            "draw": draw,
            "factor": number_of(f"factor {draw}") or 1,
            "offset": number_of(f"offset {draw}"),
        }
        for draw in range(first, last + 1)
    ]


def mixed(seed: int, draw: dict[str, int]) -> int:
    """A number below the prime for a seed in a draw."""
    return pow(seed * draw["factor"] + draw["offset"], 5, PRIME)


def poisson_steps() -> tuple[int, ...]:
    """The numbers from which on a Poisson(1) draw is at least 1, 2, ..."""
    below, steps = 0.0, []
    for count in range(_MOST):
        below += math.exp(-1) / math.factorial(count)
        steps.append(math.floor(PRIME * below))
    return tuple(steps)


def deviate_rows() -> list[dict[str, float]]:
    """The normal deviate of each cell: the quantile at its middle."""
    normal = NormalDist()
    return [
        {"cell": cell, "deviate": normal.inv_cdf((cell + 0.5) / _CELLS)} for cell in range(_CELLS)
    ]


def cell_of(number: int) -> int:
    """The cell of a number below the prime."""
    return number // _CELL


def seeds(text: ir.StringValue) -> ir.IntegerValue:
    """The numbers of a column of texts."""
    digest = text.hexdigest("md5")
    value = ibis.literal(0).cast("int64")
    for place in range(_HEX_DIGITS):
        digit = ibis.literal(_HEX).find(digest.substr(place, 1)).cast("int64")
        value = value * len(_HEX) + digit
    return (value % PRIME).cast("int64")


def mixed_numbers(seed: ir.Value, factor: ir.Value, offset: ir.Value) -> ir.IntegerValue:
    """A number below the prime for each seed in each draw."""
    line = ((seed * factor + offset) % PRIME).cast("int64")
    square = ((line * line) % PRIME).cast("int64")
    fourth = ((square * square) % PRIME).cast("int64")
    return ((fourth * line) % PRIME).cast("int64")


def poisson_weights(number: ir.IntegerValue) -> ir.IntegerValue:
    """How often a beneficiary is in a draw: Poisson with mean 1, of numbers below the prime."""
    steps = poisson_steps()
    branches = [(number < step, count) for count, step in enumerate(steps)]
    return ibis.cases(*branches, else_=len(steps)).cast("int64")


def cells(number: ir.IntegerValue) -> ir.IntegerValue:
    """The cells of numbers below the prime."""
    return whole_part(number, _CELL)
