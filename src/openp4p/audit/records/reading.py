"""One CSV file of records read against its columns, with every mistake in it found at once."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openp4p.audit.records.cells import CellError, value_of
from openp4p.audit.records.columns import RecordFile
from openp4p.errors import Problem
from openp4p.program.mistakes import did_you_mean

MOST_ALIKE = 10  # rows told of one kind of mistake in one column; the rest are counted


@dataclass(frozen=True)
class Row:
    """One record: the line of the file it stands in, and what its cells say."""

    line: int
    cells: dict[str, Any]

    def __getitem__(self, column: str) -> Any:  # noqa: ANN401  # as its column says
        return self.cells[column]


@dataclass
class Problems:
    """The mistakes found so far; of many of a kind the first are told and the rest counted."""

    found: list[Problem] = field(default_factory=list)
    alike: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)

    def add(self, file: str, where: str, found: str, allowed: str = "", remedy: str = "") -> None:
        """A mistake of a whole file."""
        self.found.append(Problem(file, where, found, allowed, remedy))

    def of_row(
        self, file: str, line: int, column: str, found: str, allowed: str = "", remedy: str = ""
    ) -> None:
        """A mistake of one row, in a column if it is of one."""
        kind = (file, column, allowed, remedy)
        self.alike[kind] += 1
        if self.alike[kind] <= MOST_ALIKE:
            where = f"row {line}" + (f", column {column}" if column else "")
            self.add(file, where, found, allowed, remedy)

    def whole(self) -> list[Problem]:
        """Every mistake, with how many more there are of those that are too many to tell."""
        more = [
            Problem(
                file,
                f"column {column}" if column else "rows",
                f"{number - MOST_ALIKE:,} more rows have a mistake of this kind",
                allowed,
                remedy,
            )
            for (file, column, allowed, remedy), number in self.alike.items()
            if number > MOST_ALIKE
        ]
        return [*self.found, *more]


def read_rows(path: Path, layout: RecordFile, problems: Problems) -> tuple[Row, ...]:
    """The records of a file that can be used; every mistake is noted.

    Lines that begin with # and empty ones are not read. A row that stands twice is a mistake.
    """
    rows: list[Row] = []
    seen: dict[tuple[Any, ...], int] = {}
    try:
        for line, texts in _lines(path, layout, problems):
            row = _row(line, texts, layout, problems)
            if row is None:
                continue
            key = tuple(row[name] for name in layout.key)
            if layout.key and key in seen:
                named = ", ".join(layout.key)
                allowed = f"each {named} once"
                found = f"is of the same {named} as row {seen[key]}"
                problems.of_row(path.name, line, "", found, allowed, "Keep one of the two.")
                continue
            seen[key] = line
            rows.append(row)
    except (OSError, UnicodeDecodeError):
        problems.add(
            path.name,
            "the file",
            "cannot be read as text in columns",
            "CSV in UTF-8",
            "Save it as `CSV UTF-8` from the spreadsheet.",
        )
    return tuple(rows)


def _lines(
    path: Path, layout: RecordFile, problems: Problems
) -> Iterator[tuple[int, dict[str, str]]]:
    """The lines below the header, each with its number in the file."""
    header: list[str] = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip().strip(",") or line.lstrip('" ').startswith("#"):
                continue
            try:
                cells = [cell.strip() for cell in next(csv.reader([line], strict=True))]
            except csv.Error:
                found, remedy = "cannot be split into columns", "Close every double quote."
                problems.of_row(path.name, number, "", found, "a line a record", remedy)
                continue
            if not header:
                header = [cell.lower() for cell in cells]
                if not _has_columns(header, path.name, layout, problems):
                    return
                continue
            if len(cells) > len(header) and any(cells[len(header) :]):
                problems.of_row(
                    path.name,
                    number,
                    "",
                    f"has {len(cells)} cells",
                    f"{len(header)} columns",
                    "Put a text with a comma in double quotes; write numbers without commas.",
                )
                continue
            missing = [""] * (len(header) - len(cells))
            yield number, dict(zip(header, [*cells, *missing], strict=False))
    if not header:
        names = ", ".join(column.name for column in layout.columns)
        problems.add(path.name, "the header", "is not there", names, _HEADER)


_HEADER = "Keep the first line of the template as it is."


def _has_columns(header: list[str], file: str, layout: RecordFile, problems: Problems) -> bool:
    names = [column.name for column in layout.columns]
    before = len(problems.found)
    lacking = [name for name in names if name not in header]
    if lacking:
        by_semicolons = len(header) == 1 and ";" in header[0]
        remedy = "Separate columns by commas, not by semicolons." if by_semicolons else _HEADER
        found = f"has no column {', '.join(lacking)}"
        problems.add(file, "the header", found, ", ".join(names), remedy)
    for name, times in Counter(header).items():
        if times > 1:
            problems.add(file, "the header", f"has column '{name}' {times} times", "each once")
        if name not in names and not lacking:
            remedy = did_you_mean(name, names) or (
                "Take the column out: of people nothing is read, and nothing else is known."
            )
            found = "has a column that is unknown" if name else "has a column without a name"
            said = f"{found}: '{name[:40]}'" if name else found
            problems.add(file, "the header", said, ", ".join(names), remedy)
    return len(problems.found) == before


def _row(line: int, texts: dict[str, str], layout: RecordFile, problems: Problems) -> Row | None:
    cells: dict[str, Any] = {}
    for column in layout.columns:
        try:
            cells[column.name] = value_of(column, texts[column.name])
        except CellError as error:
            problems.of_row(
                layout.file, line, column.name, error.found, error.allowed, error.remedy
            )
    return Row(line, cells) if len(cells) == len(layout.columns) else None
