"""What a canonical table is: its columns, their types and meanings, its key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TEXT, WHOLE, DATE, YES_NO, MONEY, NUMBER = (
    "string",
    "int64",
    "date",
    "boolean",
    "decimal(18, 2)",
    "float64",
)


@dataclass(frozen=True)
class Column:
    """One column: its type, whether a row without it is set aside, and what it means."""

    type: str
    meaning: str
    required: bool = False


@dataclass(frozen=True)
class CanonicalTable:
    """One canonical table: its columns, the key that is unique, and what a row is."""

    name: str
    row: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    optional: bool = True

    @property
    def types(self) -> dict[str, str]:
        """Column types by name."""
        return {name: column.type for name, column in self.columns.items()}


def key(type_: str, meaning: str) -> Column:
    """A column without whose value a row is set aside."""
    return Column(type_, meaning, required=True)
