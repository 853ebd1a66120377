"""A report as data: what it answers and its exhibits, before it is a page, a sheet or a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openp4p.reports.qrur.shown import shown

Row = Mapping[str, Any]
NOT_IN_RUN = "This run holds nothing for this exhibit."


@dataclass(frozen=True)
class Column:
    """One column of an exhibit: its name in files, its heading, how it is shown, its meaning."""

    id: str
    heading: str
    kind: str
    meaning: str


@dataclass(frozen=True)
class ExhibitRule:
    """What an exhibit is, whoever's it is; the first column names the row."""

    id: str
    title: str
    part: str
    about: str
    columns: tuple[Column, ...]
    better: str = ""  # which way is good, where the exhibit has a direction
    is_facts: bool = False  # one row, read downward

    @property
    def direction(self) -> str:
        """Which way is good, as a sentence; nothing where the exhibit has no direction."""
        return f"{self.better[0].upper()}{self.better[1:]}." if self.better else ""


@dataclass(frozen=True)
class Exhibit:
    """The rows of one exhibit of one practice; `note` says why there are none, or what is missing.

    A row may carry, beside its columns, `unit` (of its rates) and `tone`: grey (too uncertain or
    not counted), total, or mine.
    """

    rule: ExhibitRule
    rows: tuple[Row, ...]
    note: str = ""

    def cells(self, row: Row) -> list[str]:
        """The texts of a row, column by column."""
        unit = str(row.get("unit") or "")
        return [shown(row.get(c.id), c.kind, unit) for c in self.rule.columns]

    def numbers(self) -> Iterator[tuple[int, Column, Any, str]]:
        """Every cell: the place of its row, its column, its value and its text."""
        for place, row in enumerate(self.rows, start=1):
            for column, text in zip(self.rule.columns, self.cells(row), strict=True):
                yield place, column, row.get(column.id), text


@dataclass(frozen=True)
class Answer:
    """One of the three questions of the first page, answered in a headline and sentences."""

    id: str
    question: str
    headline: str
    sentences: tuple[str, ...]
    tone: str = "none"  # up, down or none


@dataclass(frozen=True)
class Report:
    """Everything one practice is told, in every form alike.

    `banners` are pairs of a heading and a sentence; `pictures` holds what charts are drawn from.
    """

    tin: str
    kind: str  # annual or mid_year
    title: str
    subtitle: str
    audience: str  # practice or public
    banners: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    answers: tuple[Answer, ...]
    exhibits: tuple[Exhibit, ...]
    made_from: str  # the run, its result and the version that made the report
    pictures: Mapping[str, Any] = field(default_factory=dict)
    # run, program, years and the day on which the run was finished, for forms that name them
    about: Mapping[str, str] = field(default_factory=dict)

    def exhibit(self, id_: str) -> Exhibit:
        """The exhibit with this identifier."""
        return next(e for e in self.exhibits if e.rule.id == id_)

    def parts(self) -> dict[str, list[Exhibit]]:
        """The exhibits by the part of the report they stand in."""
        found: dict[str, list[Exhibit]] = {}
        for exhibit in self.exhibits:
            found.setdefault(exhibit.rule.part, []).append(exhibit)
        return found


def exhibit(rule: ExhibitRule, rows: Sequence[Row], note: str = "") -> Exhibit:
    """The exhibit with these rows; without rows it says so."""
    return Exhibit(rule, tuple(rows), note or ("" if rows else NOT_IN_RUN))
