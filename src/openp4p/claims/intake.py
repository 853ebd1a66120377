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
from openp4p.claims.formats.workbench import (
    SourceFile,
    Workbench,
    is_data_file,
    stop_if,
    text_problems,
)
from openp4p.claims.settlement import settle, store
from openp4p.claims.tables import TABLES
from openp4p.engine.base import Engine
from openp4p.errors import InputError, Problem, UsageError

FORMATS = {"synpuf": synpuf, "tuva": tuva}
_MARKER = "intake.json"
_CLAIMS = ("beneficiary", "enrollment_month", "claim", "claim_line")
_RATES = ("supplied_practice", "supplied_rate")
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
        if any(reader.kind_of(path) for path in entries):
            return name
    if any(canonical.table_of(path) for path in entries):
        return canonical.NAME
    names = ", ".join(path.name for path in entries[:8])
    problem = Problem(
        str(folder),
        "folder",
        f"no known format in: {names}",
        "DE-SynPUF files, Tuva input tables, or files named after canonical tables",
        "See docs/input.md; --format says which it should be.",
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
    reading = Reading()
    theirs: dict[Path, SourceFile] = {}
    for path in [*_entries(folder), *([crosswalk] if crosswalk else [])]:
        table = "tin_crosswalk" if path == crosswalk else canonical.table_of(path)
        reader = FORMATS.get(name)
        is_theirs = reader is not None and table is None and reader.kind_of(path) is not None
        if table is None and not is_theirs:
            reading.note("ignored_file", f"{path.name} is not a file of this format: not read.")
            continue
        shown = path.name if path == crosswalk else path.relative_to(folder).as_posix()
        if path.is_file() and path.suffix != ".parquet":
            found = text_problems(path, shown)
            problems += found
            if found:
                continue
        upper = is_theirs and reader is not None and reader.UPPER
        file = bench.open(path, shown, problems, upper=upper)
        if file is None:
            continue
        if is_theirs:
            theirs[path] = file
        elif table is not None:
            if table == "tin_crosswalk":
                _rename_crosswalk(bench, file)
            canonical.parts_of(file, table, reading)
    if theirs:
        read = FORMATS[name].read(theirs, bench)
        reading.parts += read.parts
        reading.notes += read.notes
    problems += _missing(reading, name)
    stop_if(problems)
    in_place = name == canonical.NAME and all(
        path.suffix == ".parquet" for part in reading.parts for path in part.file.paths
    )
    settled = settle(bench, reading, in_place=in_place)
    stop_if(crosswalk_problems(bench, settled))
    left_there = store(bench, settled, into, in_place=in_place)
    keep_accounts(bench, settled, into)
    said = {
        "format": name,
        "supplied": sorted(settled),
        "left_there": left_there,
        "notes": reading.notes,
    }
    draft = into / (_MARKER + ".draft")
    draft.write_text(json.dumps(said, indent=2), encoding="utf-8")
    draft.replace(into / _MARKER)


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


def _missing(reading: Reading, name: str) -> list[Problem]:
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
            problems.append(
                Problem(
                    part.file.name,
                    "header",
                    f"lacks required columns: {', '.join(lacking)}",
                    ", ".join(TABLES[part.table].columns),
                    "Add the columns; docs/input.md says what they hold.",
                )
            )
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
