"""A look at an input folder before a run: its format, its files, and what is missing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from openp4p.claims.checks import typed_select
from openp4p.claims.formats import canonical
from openp4p.claims.formats.known import FORMATS
from openp4p.claims.formats.opening import open_table
from openp4p.claims.formats.parts import Reading
from openp4p.claims.formats.sources import is_prose
from openp4p.claims.formats.workbench import SourceFile, Workbench
from openp4p.claims.needs import Found, measured, missing
from openp4p.claims.reading import FROM_CLAIMS, entries, format_of, table_of
from openp4p.errors import Problem

_DAYS = {
    "claim": ("from_date", "thru_date"),
    "claim_line": ("from_date", "from_date"),
    "enrollment_month": (
        "make_date(CAST(year_month // 100 AS INTEGER), CAST(year_month % 100 AS INTEGER), 1)",
        "last_day(make_date(CAST(year_month // 100 AS INTEGER), "
        "CAST(year_month % 100 AS INTEGER), 1))",
    ),
}


@dataclass
class SeenFile:
    """One file: what it is (none: not of the format), its rows, and the days it speaks of."""

    name: str
    kind: str | None
    rows: int | None = None
    first_day: str | None = None
    last_day: str | None = None


@dataclass
class Inspection:
    """What a folder holds: its format (none: unknown), files, gaps, problems and notes."""

    folder: str
    format: str | None
    files: list[SeenFile] = field(default_factory=list)
    needs: list[Found] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)

    @property
    def missing(self) -> list[Found]:
        """What a run needs and there is not enough of."""
        return missing(self.needs)

    @property
    def can_run(self) -> bool:
        """Whether all that no run can do without is there."""
        lacking = {found.need.table for found in self.missing if not found.need.column}
        return self.format is not None and not self.problems and not lacking & set(FROM_CLAIMS)


def inspect(
    folder: Path, *, threads: int | None = None, memory_limit: str | None = None
) -> Inspection:
    """What is in a folder that a run would read; nothing is stored.

    Works on folders that hold only some of a format's files. Problems that would stop a run are
    listed, not raised.
    """
    with tempfile.TemporaryDirectory(prefix="openp4p-inspect-") as place:
        bench = Workbench(Path(place) / "workbench", threads=threads, memory_limit=memory_limit)
        try:
            return _inspected(bench, folder)
        finally:
            bench.close()


def _inspected(bench: Workbench, folder: Path) -> Inspection:
    problems: list[Problem] = []
    listed = entries(folder, bench.scratch / "packages", problems)
    found = Inspection(str(folder), format_of(listed), problems=problems)
    reader = FORMATS.get(found.format or "")
    theirs: list[SourceFile] = []
    reading = Reading()
    for entry in listed:
        table = table_of(entry)
        kind = reader.kind_of(entry) if reader is not None and table is None else None
        file = None
        if reader is not None and kind is not None:
            file = reader.opened(bench, entry, kind, problems)
            theirs += [file] if file is not None else []
        elif table is not None:
            file = open_table(bench, entry, problems)
            if file is not None:
                canonical.parts_of(file, table, reading)
        rows = None if file is None else file.rows_read
        if kind is not None or table is not None or not is_prose(entry.path):
            found.files.append(SeenFile(entry.name, _shown(reader, kind) or table, rows))
    if reader is not None and theirs:
        read = reader.read(theirs, bench)
        stated = {part.table for part in reading.parts}
        reading.parts += [p for p in read.parts if not (p.assumed and p.table in stated)]
        found.notes = read.notes
    _measure(bench, reading, found)
    return found


def _shown(reader: object, kind: str | None) -> str | None:
    """What a kind of file is called."""
    names: dict[str, str] = getattr(reader, "KINDS", {})
    return None if kind is None else names.get(kind, kind)


def _measure(bench: Workbench, reading: Reading, found: Inspection) -> None:
    """The days of each file, and how much there is of what a run needs."""
    relations: dict[str, list[str]] = {}
    for part in reading.parts:
        relation = f"(SELECT * FROM ({typed_select(part)}) WHERE _rule IS NULL)"
        relations.setdefault(part.table, []).append(relation)
        if part.table in _DAYS:
            first, last = _DAYS[part.table]
            try:
                (days,) = bench.run(
                    f"SELECT CAST(min({first}) AS VARCHAR), CAST(max({last}) AS VARCHAR) "
                    f"FROM {relation}"
                )
            except duckdb.Error:
                found.problems += bench.damaged()
                return
            _widen(found.files, part.file.name, days)
    tables = {
        table: f"({' UNION ALL '.join(f'FROM {one}' for one in listed)})"
        for table, listed in relations.items()
    }
    found.needs = measured(bench, tables)


def _widen(files: Iterable[SeenFile], name: str, days: tuple[object, ...]) -> None:
    first, last = days
    for file in files:
        if file.name == name and first is not None and last is not None:
            file.first_day = min(filter(None, (file.first_day, str(first))))
            file.last_day = max(filter(None, (file.last_day, str(last))))
