"""A kind of record: its columns, and what may stand in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["name", "word", "yes_no", "whole", "number", "dollars", "day", "period", "text"]


@dataclass(frozen=True)
class Column:
    """One column: what it says, what may stand in it, and whether a cell may be empty."""

    name: str
    kind: Kind
    about: str
    may_be_empty: bool = False
    words: tuple[str, ...] = ()
    signed: bool = False  # whether a number may be below zero
    above_zero: bool = False


@dataclass(frozen=True)
class RecordFile:
    """One kind of record: its columns, which of them make a row one of a kind, and what it serves.

    `beside` are the files it cannot be read without; `may_be_bare` says whether a file without rows
    says something, namely that nothing was recorded.
    """

    name: str
    about: str
    subchecks: tuple[str, ...]
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    may_be_bare: bool = False

    @property
    def file(self) -> str:
        """The name of the file in the folder."""
        return f"{self.name}.csv"

    def column(self, name: str) -> Column:
        """One column by its name."""
        return next(column for column in self.columns if column.name == name)


PRACTICE = Column("practice", "name", "the practice, as in practices.csv")
