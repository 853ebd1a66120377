"""What a run needs of its input, how much of it is there, and what its absence costs.

The shares below which something counts as missing are declared with the checks of data quality.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openp4p.claims.data_quality.checks import NEED, Check, of_kind
from openp4p.claims.formats.workbench import Workbench

_ANY = 0.0


@dataclass(frozen=True)
class Need:
    """One thing that a run needs: a table, or a column filled on a share of certain rows.

    `least` is the share of rows that must have it; `without` what becomes of the run otherwise.
    """

    table: str
    what: str
    without: str
    column: str = ""
    of: str = "true"
    least: float = _ANY


@dataclass(frozen=True)
class Found:
    """How much there is of what a run needs: rows asked, and those that have it."""

    need: Need
    rows: int
    filled: int

    @property
    def share(self) -> float:
        """The share of the rows that have it; 0 without any row."""
        return self.filled / self.rows if self.rows else 0.0

    @property
    def is_met(self) -> bool:
        """Whether there is enough of it."""
        return self.filled > 0 and self.share >= self.need.least


def _need(check: Check) -> Need:
    """A declared check as a need: what at most may be lacking leaves a least share."""
    wheres = [_WHERE[check.where]] if check.where else []
    if check.classes:
        wheres.append(f"claim_class IN ({', '.join(map(repr, check.classes))})")
    return Need(
        check.table,
        check.what,
        check.consequence,
        column=check.column,
        of=" AND ".join(wheres) or "true",
        least=_ANY if check.look is None else 1 - check.look,
    )


_WHERE = {"months": "coalesce(source_grain, 'month') = 'month'"}
NEEDS: Sequence[Need] = tuple(_need(check) for check in of_kind(NEED))


def measured(bench: Workbench, relations: Mapping[str, str]) -> list[Found]:
    """Every need and how much of it the relations of the tables hold, in one pass over each."""
    found: dict[Need, Found] = {need: Found(need, 0, 0) for need in NEEDS}
    for table, relation in relations.items():
        needs = [need for need in NEEDS if need.table == table]
        if not needs:
            continue
        counts = ", ".join(
            f"count_if({need.of}), count_if({need.of} AND {_has(need)})" for need in needs
        )
        (row,) = bench.run(f"SELECT {counts} FROM {relation}")
        for place, need in enumerate(needs):
            rows, filled = (int(str(count or 0)) for count in row[2 * place : 2 * place + 2])
            found[need] = Found(need, rows, filled)
    return list(found.values())


def missing(found: Sequence[Found]) -> list[Found]:
    """What there is not enough of; of a table without rows, or of claims of which there are none,
    that alone is said."""
    empty = {one.need.table for one in found if not one.need.column and not one.is_met}
    return [
        one
        for one in found
        if not one.is_met
        and not (one.need.column and one.need.table in empty)
        and not (one.need.least > _ANY and not one.rows)
    ]


def _has(need: Need) -> str:
    return f'"{need.column}" IS NOT NULL' if need.column else "true"
