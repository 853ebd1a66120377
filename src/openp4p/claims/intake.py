"""Reading an input folder: recognise its format, settle every row, keep the accounts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import ibis
import ibis.expr.types as ir

from openp4p.claims.accounting import keep_accounts
from openp4p.claims.crosswalk import crosswalk_problems
from openp4p.claims.formats import canonical, synpuf, tuva
from openp4p.claims.formats.parts import Reading
from openp4p.claims.formats.sources import file_problems, header_of, is_data_file, is_parquet
from openp4p.claims.formats.workbench import SourceFile, Workbench, stop_if
from openp4p.claims.settlement import Settled, settle, store
from openp4p.claims.tables import TABLES
from openp4p.claims.warnings import keep_notes, keep_warnings
from openp4p.engine.base import Engine
from openp4p.errors import InputError, Problem, UsageError

FORMATS = {"synpuf": synpuf, "tuva": tuva}
_MARKER = "intake.json"
_CLAIMS = ("beneficiary", "enrollment_month", "claim", "claim_line")
_RATES = ("supplied_practice", "supplied_rate")
_NAMES_SHOWN = 8
_CROSSWALK_NAMES = {"tin": "raw_tin", "practice": "analysis_tin"}


@dataclass(frozen=True)
class Claims:
    """The canonical tables of an input, and what must be known about them."""

    tables: Mapping[str, ir.Table]
    supplied: frozenset[str]
    format: str
    notes: list[dict[str, str]]


def input_files(folder: Path, crosswalk: Path | None = None) -> list[Path]:
    """Every data file of an input folder, and the crosswalk."""
    if not folder.is_dir():
        raise InputError(
            [Problem(str(folder), "folder", "does not exist", "a folder with claims files")],
            code="input-unusable",
        )
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and is_data_file(path)]
    if not found:
        problem = Problem(
            str(folder),
            "folder",
            "holds no data files",
            "CSV (plain or gzip) or Parquet files",
            "Name the folder that holds the claims.",
        )
        raise InputError([problem], code="input-unusable")
    if crosswalk is not None and not crosswalk.is_file():
        raise InputError(
            [Problem(str(crosswalk), "file", "does not exist", "a crosswalk in CSV or Parquet")],
            code="input-unusable",
        )
    return found if crosswalk is None else [*found, crosswalk]


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


def read_claims(
    folder: Path,
    engine: Engine,
    into: Path,
    *,
    format: str | None = None,
    crosswalk: Path | None = None,
) -> Claims:
    """The canonical tables of an input folder, stored under `into` with the ledger of every row.

    Called again with what is already stored, it opens it. Raises `InputError` with every problem
    that makes the input unusable; nothing is stored then.
    """
    marker = into / _MARKER
    if not marker.exists():
        shutil.rmtree(into, ignore_errors=True)
        input_files(folder, crosswalk)
        name = format or recognised(folder)
        if name not in (*FORMATS, canonical.NAME):
            known = ", ".join((*FORMATS, canonical.NAME))
            raise UsageError(
                f"Unknown format '{name}'.", remedy=f"Formats: {known}.", code="format-unknown"
            )
        bench = Workbench(into / "workbench")
        try:
            _take_in(bench, folder, into, name, crosswalk)
        finally:
            bench.close()
            shutil.rmtree(into / "workbench", ignore_errors=True)
    return _opened(into, engine)


def _take_in(bench: Workbench, folder: Path, into: Path, name: str, crosswalk: Path | None) -> None:
    problems: list[Problem] = []
    reading = _read(bench, folder, name, crosswalk, problems)
    stop_if(problems)
    in_place = name == canonical.NAME and all(
        is_parquet(path) for part in reading.parts for path in part.file.paths
    )
    settled = settle(bench, reading, in_place=in_place)
    stop_if([*crosswalk_problems(bench, settled), *_emptied(bench, settled)])
    left_there = store(bench, settled, into, in_place=in_place)
    keep_accounts(bench, settled, into)
    reading.notes += keep_warnings(bench, settled, into)
    keep_notes(bench, reading.notes, into)
    said = {
        "format": name,
        "supplied": sorted(settled),
        "left_there": left_there,
        "notes": reading.notes,
    }
    draft = into / (_MARKER + ".draft")
    draft.write_text(json.dumps(said, indent=2), encoding="utf-8")
    draft.replace(into / _MARKER)


def _read(
    bench: Workbench, folder: Path, name: str, crosswalk: Path | None, problems: list[Problem]
) -> Reading:
    """The parts of every file that is of the format or a canonical table; all that is wrong."""
    reading = Reading()
    reader = FORMATS.get(name)
    theirs: dict[Path, SourceFile] = {}
    for path in [*_entries(folder), *([crosswalk] if crosswalk else [])]:
        table = "tin_crosswalk" if path == crosswalk else canonical.table_of(path)
        shown = path.name if path == crosswalk else _shown(path, folder)
        found = file_problems(path, shown)
        problems += found
        if found:
            continue
        kind = reader.kind_of(path) if reader is not None and table is None else None
        if reader is not None and kind is not None:
            lacking = reader.lacking(kind, header_of(path))
            if lacking:
                problems.append(_lacks(shown, lacking, f"the columns of a {name} {kind} file"))
                continue
            expected = reader.expected(kind)
            file = bench.open(path, shown, problems, upper=reader.UPPER, expected=expected)
            if file is not None:
                theirs[path] = file
        elif table is not None:
            file = bench.open(path, shown, problems)
            if file is not None:
                if table == "tin_crosswalk":
                    _rename_crosswalk(bench, file)
                canonical.parts_of(file, table, reading)
        else:
            reading.note("ignored_file", f"{shown} is not a file of this format: not read.")
    others = [p for p in sorted(folder.rglob("*")) if p.is_file() and not is_data_file(p)]
    if others:
        names = ", ".join(_shown(path, folder) for path in others[:_NAMES_SHOWN])
        reading.note("ignored_file", f"Not data, so not read: {names}.")
    if not problems and reader is not None and theirs:
        read = reader.read(theirs, bench, problems)
        reading.parts += read.parts
        reading.notes += read.notes
    if not problems:
        problems += _missing(reading)
    return reading


def _emptied(bench: Workbench, settled: dict[str, Settled]) -> list[Problem]:
    """Tables that no run can do without and of which no row can be used."""
    needed = _CLAIMS if "claim" in settled else _RATES
    problems = []
    for name in needed:
        one = settled[name]
        if bench.one(f"SELECT count(*) FROM (SELECT 1 FROM {one.accepted} LIMIT 1)"):
            continue
        files = ", ".join(sorted({part.file.name for part in one.parts}))
        reasons = bench.run(
            "SELECT concat_ws(' ', _rule, _column), count(*) "
            f"FROM {one.aside} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5"
        )
        listed = "; ".join(f"{reason}: {rows}" for reason, rows in reasons)
        found = f"every row would be set aside ({listed})" if listed else "there are no rows"
        problems.append(
            Problem(files, name, found, "", "Check that the columns hold what their names say.")
        )
    return problems


def _shown(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _lacks(file: str, columns: list[str], allowed: str) -> Problem:
    return Problem(
        file,
        "header",
        f"lacks required columns: {', '.join(columns)}",
        allowed,
        "Add the columns; docs/input.md says what they hold.",
    )


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


def _missing(reading: Reading) -> list[Problem]:
    """Tables and columns without which no run can be made."""
    problems = []
    present = {part.table for part in reading.parts}
    if not (present & set(_CLAIMS)) and set(_RATES) & present:
        problems += [_absent(t) for t in _RATES if t not in present]
    else:
        problems += [_absent(t) for t in _CLAIMS if t not in present]
    for part in reading.parts:
        required = [c for c, column in TABLES[part.table].columns.items() if column.required]
        lacking = [c for c in required if c not in part.columns and not part.refused]
        if lacking:
            problems.append(_lacks(part.file.name, lacking, ", ".join(TABLES[part.table].columns)))
    return problems


def _absent(table: str) -> Problem:
    row = TABLES[table].row
    return Problem("input", table, f"no file holds {table}: {row}", "", "Add it to the folder.")


def _opened(into: Path, engine: Engine) -> Claims:
    said = json.loads((into / _MARKER).read_text(encoding="utf-8"))
    tables = {}
    for name, table in TABLES.items():
        if name in said["left_there"]:
            paths = [Path(path) for path in said["left_there"][name]]
            read = [_as_declared(engine.read_parquet(path), table.types) for path in paths]
            tables[name] = read[0] if len(read) == 1 else ibis.union(*read)
        elif (into / name).is_dir():
            tables[name] = _as_declared(engine.read_parquet(into / name), table.types)
        else:
            tables[name] = engine.table([], table.types)
    return Claims(tables, frozenset(said["supplied"]), said["format"], said["notes"])


def _as_declared(table: ir.Table, types: Mapping[str, str]) -> ir.Table:
    """The declared columns, those the file lacks as nulls."""
    return table.select(
        **{
            name: table[name] if name in table.columns else ibis.null(type_)
            for name, type_ in types.items()
        }
    )
