"""Which files of an input folder are read, and as what; all that is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from openp4p.claims.formats import canonical, synpuf, tuva
from openp4p.claims.formats.parts import Reading
from openp4p.claims.formats.sources import file_problems, header_of, is_data_file, is_prose
from openp4p.claims.formats.workbench import SourceFile, Workbench, stop_if
from openp4p.claims.tables import TABLES
from openp4p.errors import InputError, Problem

FORMATS = {"synpuf": synpuf, "tuva": tuva}
FROM_CLAIMS = ("beneficiary", "enrollment_month", "claim", "claim_line")
FROM_RATES = ("supplied_practice", "supplied_rate")
_PAGES = frozenset({".md", ".html", ".pdf"})
_NAMES_SHOWN = 8
_CROSSWALK_NAMES = {"tin": "raw_tin", "practice": "analysis_tin"}


def recognised(folder: Path) -> str:
    """The format of the files in a folder; an error that lists what was found when there is
    none."""
    entries = _entries(folder)
    for name, reader in FORMATS.items():
        if any(canonical.table_of(path) is None and reader.kind_of(path) for path in entries):
            return name
    if any(canonical.table_of(path) for path in entries):
        return canonical.NAME
    stop_if([p for path in entries for p in file_problems(path, _shown(path, folder))])
    names = ", ".join(_shown(path, folder) for path in entries[:_NAMES_SHOWN])
    problem = Problem(
        str(folder),
        "folder",
        f"no known format in: {names}",
        "DE-SynPUF files, Tuva input tables, or files named after canonical tables",
        "docs/input.md says what each format looks like.",
    )
    raise InputError([problem], code="format-unknown")


def read_files(
    bench: Workbench, folder: Path, name: str, crosswalk: Path | None, problems: list[Problem]
) -> Reading:
    """The parts of every file that is of the format or a canonical table; all that is wrong."""
    reading = Reading()
    reader = FORMATS.get(name)
    theirs: dict[Path, SourceFile] = {}
    named: set[str] = set()
    for path in without(_entries(folder), crosswalk):
        table, shown = canonical.table_of(path), _shown(path, folder)
        kind = reader.kind_of(path) if reader is not None and table is None else None
        if table is None and kind is None and is_prose(path):
            reading.note("ignored_file", f"{shown} is not a file of this format: not read.")
            continue
        named |= {table} if table else set()
        found = file_problems(path, shown)
        if reader is not None and kind is not None and not found:
            found = _lacks(shown, reader.lacking(kind, header_of(path)), f"a {name} {kind} file")
            if not found:
                expected = reader.expected(kind)
                file = bench.open(path, shown, problems, upper=reader.UPPER, expected=expected)
                theirs |= {path: file} if file is not None else {}
        elif table is not None and not found:
            file = bench.open(path, shown, problems)
            if file is not None:
                canonical.parts_of(file, table, reading)
        elif not found:
            reading.note("ignored_file", f"{shown} is not a file of this format: not read.")
        problems += found
    if crosswalk is not None:
        _read_crosswalk(bench, crosswalk, reading, problems)
    others = [path for path in sorted(folder.rglob("*")) if _may_be_meant(path)]
    if others:
        names = ", ".join(_shown(path, folder) for path in others[:_NAMES_SHOWN])
        reading.note("ignored_file", f"Not data, so not read: {names}.")
    if not problems and reader is not None and theirs:
        read = reader.read(theirs, bench, problems)
        reading.parts += read.parts
        reading.notes += read.notes
    if not problems or reader is None:
        problems += _missing(reading, named, getattr(reader, "FILES", canonical.FILES))
    return reading


def _may_be_meant(path: Path) -> bool:
    """Whether somebody may have meant a file to be read that is not: pages about data are not."""
    return path.is_file() and not is_data_file(path) and path.suffix.lower() not in _PAGES


def _read_crosswalk(
    bench: Workbench, path: Path, reading: Reading, problems: list[Problem]
) -> None:
    # a ledger counts by name, so that no two files may go by the same
    shown = str(path) if path.name in {file.name for file in bench.files} else path.name
    found = file_problems(path, shown)
    problems += found
    file = None if found else bench.open(path, shown, problems)
    if file is not None:
        _rename_crosswalk(bench, file)
        canonical.parts_of(file, "tin_crosswalk", reading)


def without(paths: list[Path], crosswalk: Path | None) -> list[Path]:
    """The paths without the crosswalk, which may lie among the claims."""
    return [p for p in paths if crosswalk is None or p.resolve() != crosswalk.resolve()]


def _shown(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _lacks(file: str, columns: list[str], what: str) -> list[Problem]:
    if not columns:
        return []
    found = f"lacks columns that {what} needs: {', '.join(columns)}"
    return [
        Problem(file, "header", found, "", "Add the columns; docs/input.md says what they hold.")
    ]


def _entries(folder: Path) -> list[Path]:
    """Files of a folder, and its sub-folders that are canonical tables in several Parquet files."""
    found: list[Path] = []
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if canonical.table_of(path) and any(path.glob("*.parquet")):
                found.append(path)
            else:
                found += _entries(path)
        elif is_data_file(path):
            found.append(path)
    return found


def _rename_crosswalk(bench: Workbench, file: SourceFile) -> None:
    """Accept the plain names that people give the two columns of a crosswalk."""
    renamed = [
        _CROSSWALK_NAMES.get(c, c) if _CROSSWALK_NAMES.get(c, c) not in file.columns else c
        for c in file.columns
    ]
    if tuple(renamed) != file.columns:
        columns = ", ".join(
            f'"{old}" AS "{new}"' for old, new in zip(file.columns, renamed, strict=True)
        )
        bench.connection.execute(
            f"CREATE VIEW {file.view}_named AS SELECT {columns} FROM {file.view}"
        )
        file.view, file.columns = f"{file.view}_named", tuple(renamed)


def _missing(reading: Reading, named: set[str], files: Mapping[str, str]) -> list[Problem]:
    """Tables and columns without which no run can be made."""
    problems = []
    present = {part.table for part in reading.parts} | named
    if not (present & set(FROM_CLAIMS)) and set(FROM_RATES) & present:
        absent = [t for t in FROM_RATES if t not in present]
    else:
        absent = [t for t in FROM_CLAIMS if t not in present]
    unread = [note["text"] for note in reading.notes if note["code"] == "ignored_file"]
    for table in absent:
        found = f"no file holds this table: {TABLES[table].row}"
        wanted = files.get(table, canonical.FILES[table])
        problems.append(Problem("input", table, found, wanted, " ".join(["Add it.", *unread])))
    for part in reading.parts:
        required = [c for c, column in TABLES[part.table].columns.items() if column.required]
        lacking = [c for c in required if c not in part.columns and not part.refused]
        if part.table == "tin_crosswalk" and not {"raw_tin", "npi"} & set(part.columns):
            lacking.append("raw_tin (or npi)")
        problems += _lacks(part.file.name, lacking, f"the table {part.table}")
    return problems
