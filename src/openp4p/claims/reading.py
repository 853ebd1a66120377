"""Which files of an input folder are read, and as what; all that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from openp4p.claims.formats import canonical
from openp4p.claims.formats.entries import Entry, entries_of
from openp4p.claims.formats.known import FORMATS
from openp4p.claims.formats.opening import lacks, open_table
from openp4p.claims.formats.packages import is_package
from openp4p.claims.formats.parts import Reading
from openp4p.claims.formats.sources import file_problems, is_data_file, is_prose
from openp4p.claims.formats.workbench import SourceFile, Workbench, stop_if
from openp4p.claims.seal import FOLDER as SEAL_FOLDER
from openp4p.claims.tables import TABLES
from openp4p.errors import InputError, Problem

FROM_CLAIMS = ("beneficiary", "enrollment_month", "claim", "claim_line")
FROM_RATES = ("supplied_practice", "supplied_rate")
_PAGES = frozenset({".md", ".html", ".pdf"})
_NAMES_SHOWN = 8
_CROSSWALK_NAMES = {"tin": "raw_tin", "practice": "analysis_tin"}


def entries(folder: Path, scratch: Path, problems: list[Problem]) -> list[Entry]:
    """What there is to read in a folder; the members of packages are unpacked into `scratch`."""
    return entries_of(
        folder, scratch, problems, is_table_folder=_is_table_folder, is_known=_is_known
    )


def may_be_read(path: Path) -> bool:
    """Whether a file of an input folder is, or may hold, something to read."""
    if SEAL_FOLDER in path.parts:
        return False
    return is_data_file(path) or is_package(path) or _is_known(Entry(path, path.name))


def _is_table_folder(path: Path) -> bool:
    """Whether a folder is a canonical table in several Parquet files."""
    return canonical.table_of(path.name) is not None and any(path.glob("*.parquet"))


def _is_known(entry: Entry) -> bool:
    if Path(entry.name).suffix.lower() in _PAGES:
        return False
    return any(reader.kind_of(entry) for reader in FORMATS.values())


def table_of(entry: Entry) -> str | None:
    """The table of our own layout that a file is; none when it is of another format, whatever it is
    called."""
    return None if _is_known(entry) else canonical.table_of(entry.name)


def format_of(found: list[Entry]) -> str | None:
    """The format of the files in a folder; none when no file is of a known one."""
    for name, reader in FORMATS.items():
        if any(reader.kind_of(entry) for entry in found):
            return name
    return canonical.NAME if any(table_of(entry) for entry in found) else None


def recognised(folder: Path, found: list[Entry]) -> str:
    """The format of the files in a folder; an error that lists what was found when there is
    none."""
    name = format_of(found)
    if name is not None:
        return name
    stop_if([p for entry in found for p in file_problems(entry.path, entry.name)])
    names = ", ".join(entry.name for entry in found[:_NAMES_SHOWN])
    problem = Problem(
        str(folder),
        "folder",
        f"no known format in: {names}",
        "CCLF, RIF, FHIR, DE-SynPUF or OMOP files, Tuva input tables, or files named after "
        "canonical tables",
        "docs/input.md says what each format looks like.",
    )
    raise InputError([problem], code="format-unknown")


def read_files(
    bench: Workbench,
    folder: Path,
    found: Iterable[Entry],
    name: str,
    crosswalk: Path | None,
    problems: list[Problem],
    *,
    whole: bool = True,
) -> Reading:
    """The parts of every file that is of the format or a canonical table; all that is wrong.

    Unless it is to be `whole`, tables that a run needs may be absent.
    """
    reading = Reading()
    reader = FORMATS.get(name)
    theirs: list[SourceFile] = []
    named: set[str] = set()
    for entry in found:
        if _is_same(entry.path, crosswalk):
            continue
        table = table_of(entry)
        kind = reader.kind_of(entry) if reader is not None and table is None else None
        if reader is not None and kind is not None:
            file = reader.opened(bench, entry, kind, problems)
            theirs += [file] if file is not None else []
        elif table is not None:
            named.add(table)
            file = open_table(bench, entry, problems)
            if file is not None:
                canonical.parts_of(file, table, reading)
        else:
            problems += [] if is_prose(entry.path) else file_problems(entry.path, entry.name)
            reading.note("ignored_file", f"{entry.name} is not a file of this format: not read.")
    if crosswalk is not None:
        _read_crosswalk(bench, crosswalk, reading, problems)
    others = [path for path in sorted(folder.rglob("*")) if _may_be_meant(path)]
    if others:
        names = ", ".join(path.relative_to(folder).as_posix() for path in others[:_NAMES_SHOWN])
        reading.note("ignored_file", f"Not data, so not read: {names}.")
    if not problems and reader is not None and theirs:
        read = reader.read(theirs, bench)
        reading.adjustments_replace = read.adjustments_replace
        stated = {part.assumed for part in read.parts if part.assumed and part.table in named}
        reading.parts += [part for part in read.parts if part.assumed not in stated]
        reading.notes += [note for note in read.notes if note["code"] not in stated]
    if not problems or reader is None:
        if whole:
            problems += _absent(reading, named, getattr(reader, "FILES", canonical.FILES))
        problems += _lacking(reading)
    return reading


def _may_be_meant(path: Path) -> bool:
    """Whether somebody may have meant a file to be read that is not: pages about data are not."""
    if SEAL_FOLDER in path.parts:
        return False
    return path.is_file() and path.suffix.lower() not in _PAGES and not may_be_read(path)


def _read_crosswalk(
    bench: Workbench, path: Path, reading: Reading, problems: list[Problem]
) -> None:
    # a ledger counts by name, so that no two files may go by the same
    shown = str(path) if path.name in {file.name for file in bench.files} else path.name
    file = open_table(bench, Entry(path, shown), problems)
    if file is not None:
        _rename_crosswalk(bench, file)
        canonical.parts_of(file, "tin_crosswalk", reading)


def _is_same(path: Path, crosswalk: Path | None) -> bool:
    """Whether the path is that of the crosswalk, which may lie among the claims."""
    return crosswalk is not None and path.resolve() == crosswalk.resolve()


def without(paths: list[Path], crosswalk: Path | None) -> list[Path]:
    """The paths without the crosswalk."""
    return [path for path in paths if not _is_same(path, crosswalk)]


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


def _absent(reading: Reading, named: set[str], files: Mapping[str, str]) -> list[Problem]:
    """Tables without which no run can be made."""
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
    return problems


def _lacking(reading: Reading) -> list[Problem]:
    """Columns without which no row of a table can be used."""
    problems = []
    for part in reading.parts:
        required = [c for c, column in TABLES[part.table].columns.items() if column.required]
        lacking = [c for c in required if c not in part.columns and not part.refused]
        if part.table == "tin_crosswalk" and not {"raw_tin", "npi"} & set(part.columns):
            lacking.append("raw_tin (or npi)")
        problems += lacks(part.file.name, lacking, f"the table {part.table}")
    return problems
