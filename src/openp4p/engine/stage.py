"""A stage: a pure function from tables and rules to one table with declared columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

_STAGES: dict[str, Stage] = {}


@dataclass(frozen=True, eq=False)
class Stage:
    """A named function whose result has exactly the declared columns, one row per key."""

    function: Callable[..., ir.Table]
    columns: Mapping[str, str]
    key: tuple[str, ...]
    # a column by which rows depend on no other rows: those of one value are made of its rows, and
    # of tables that do not have the column, which are read whole for each part: small ones only
    each: str | None = None

    def __post_init__(self) -> None:
        """Carry the function's documentation, so that help() and the docs show it."""
        object.__setattr__(self, "__doc__", self.function.__doc__)

    @property
    def name(self) -> str:
        """The stage's name, which is also the name of the table it makes."""
        return self.function.__name__

    @property
    def summary(self) -> str:
        """What the rows are, in one sentence."""
        return (self.function.__doc__ or "").strip().split("\n", 1)[0]

    def __call__(self, *args: object, **kwargs: object) -> ir.Table:
        """The expression of the stage over the given tables, checked against its columns."""
        return conform(self.function(*args, **kwargs), self.columns, self.name)


def stage(
    *, columns: Mapping[str, str], key: tuple[str, ...], each: str | None = None
) -> Callable[..., Stage]:
    """Declare the columns and the key of the table that a function makes.

    `each`: the column, such as beneficiary_id, by which it can be computed part by part.
    """

    def declare(function: Callable[..., ir.Table]) -> Stage:
        made = Stage(function, dict(columns), key, each)
        assert set(key) <= set(columns), f"{made.name}: the key names an undeclared column"
        _STAGES[made.name] = made
        return made

    return declare


def stages() -> Mapping[str, Stage]:
    """Every stage that has been imported, by name."""
    return dict(_STAGES)


def conform(expression: ir.Table, columns: Mapping[str, str], name: str) -> ir.Table:
    """The expression with exactly the declared columns, in order: widths change, kinds do not."""
    found = expression.schema()
    missing = [column for column in columns if column not in found.names]
    extra = [column for column in found.names if column not in columns]
    assert not missing, f"{name}: columns that were declared are missing: {missing}"
    assert not extra, f"{name}: columns that were not declared: {extra}"
    return expression.select(
        **{c: _as_declared(expression[c], ibis.dtype(t), f"{name}.{c}") for c, t in columns.items()}
    )


def _as_declared(value: ir.Value, declared: dt.DataType, where: str) -> ir.Value:
    found = value.type()
    if found == declared or found.copy(nullable=True) == declared:
        return value
    same_kind = (
        found.is_null()
        or (found.is_integer() and declared.is_integer())
        or (found.is_decimal() and declared.is_decimal())
        or (found.is_integer() and declared.is_decimal())
    )
    assert same_kind, f"{where}: declared {declared}, computed {found}"
    return value.cast(declared)
