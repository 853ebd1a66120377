"""Reading an input folder: recognise its format, settle every row, keep the accounts."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
from pyarrow import parquet

from openp4p.claims.accounting import keep_accounts
from openp4p.claims.crosswalk import crosswalk_problems
from openp4p.claims.formats import canonical
from openp4p.claims.formats.known import FORMATS
from openp4p.claims.formats.sources import is_parquet
from openp4p.claims.formats.workbench import Workbench, stop_if
from openp4p.claims.marked import synthetic_mark
from openp4p.claims.reading import (
    FROM_CLAIMS,
    FROM_RATES,
    entries,
    may_be_read,
    read_files,
    recognised,
    without,
)
from openp4p.claims.seal import BROKEN, sealed
from openp4p.claims.settlement import Settled, settle, store
from openp4p.claims.tables import TABLES
from openp4p.claims.vintage import undated_problems
from openp4p.claims.warnings import keep_notes, keep_warnings
from openp4p.engine.base import Engine
from openp4p.engine.embedded import within_memory
from openp4p.errors import Problem, UsageError

MARKER = "intake.json"


@dataclass(frozen=True)
class Claims:
    """The canonical tables of an input, and what must be known about them."""

    tables: Mapping[str, ir.Table]
    supplied: frozenset[str]
    format: str
    notes: list[dict[str, str]]


@dataclass(frozen=True)
class Request:
    """What is to be read, and how."""

    folder: Path
    format: str | None
    crosswalk: Path | None
    paid_through: dt.date | None
    whole: bool
    written_here: bool
    leave: bool


def input_files(folder: Path, crosswalk: Path | None = None) -> list[Path]:
    """Every data file of an input folder, and the crosswalk."""
    problems = []
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and may_be_read(path)]
    if not folder.is_dir():
        found_instead = "is a file" if folder.exists() else "does not exist"
        problems.append(Problem(str(folder), "folder", found_instead, "a folder with claims files"))
    elif not found:
        problems.append(
            Problem(
                str(folder),
                "folder",
                "holds no data files",
                "CSV, fixed-width or FHIR files (plain, gzip or zip), or Parquet",
                "Name the folder that holds the claims.",
            )
        )
    if crosswalk is not None and not crosswalk.is_file():
        found_instead = "is a folder" if crosswalk.exists() else "does not exist"
        problems.append(
            Problem(str(crosswalk), "file", found_instead, "a crosswalk in CSV or Parquet")
        )
    stop_if(problems)
    return found if crosswalk is None else [*without(found, crosswalk), crosswalk]


def read_claims(
    folder: Path,
    engine: Engine,
    into: Path,
    *,
    format: str | None = None,
    crosswalk: Path | None = None,
    paid_through: dt.date | None = None,
    whole: bool = True,
    written_here: bool = False,
    leave: bool = True,
    threads: int | None = None,
    memory_limit: str | None = None,
) -> Claims:
    """The canonical tables of an input folder, stored under `into` with the ledger of every row.

    Called again with what is already stored, it opens it; a folder whose seal holds is not checked
    again. With `paid_through`, claims paid later are set aside. Unless it is to be `whole`, tables
    that a run needs may be absent. Files that are `written_here`, by another intake that has just
    ended, are counted; their rows are not judged one by one again. Parquet tables of which every
    row is used stay where they lie, unless nothing is to be left there (`leave`). `memory_limit` is
    a size such as 8GB, 60% of the machine's memory when left out; what is over goes to disk.
    Raises `InputError` with every problem that makes the input unusable; nothing is stored then.
    """
    marker = into / MARKER
    if not marker.exists():
        shutil.rmtree(into, ignore_errors=True)
        files = input_files(folder, crosswalk)
        known = (*FORMATS, canonical.NAME)
        if format is not None and format not in known:
            raise UsageError(
                f"Unknown format '{format}'.",
                remedy=f"Formats: {', '.join(known)}.",
                code="format-unknown",
            )
        as_it_lies = format in (None, canonical.NAME) and crosswalk is None and paid_through is None
        seal = sealed(folder, files) if as_it_lies and leave else None
        if seal is not None and seal.holds:
            seal.lay_out(into, MARKER)
            return _opened(into, engine)
        notes = [BROKEN] if seal is not None else []
        bench = Workbench(into / "workbench", threads, memory_limit, synthetic_mark(files))
        request = Request(folder, format, crosswalk, paid_through, whole, written_here, leave)
        try:
            with within_memory():
                _take_in(bench, request, into, notes)
        except duckdb.Error:
            stop_if(bench.damaged())
            raise
        finally:
            bench.close()
            shutil.rmtree(into / "workbench", ignore_errors=True)
    return _opened(into, engine)


def _take_in(bench: Workbench, asked: Request, into: Path, notes: list[dict[str, str]]) -> None:
    problems: list[Problem] = []
    found = entries(asked.folder, bench.scratch / "packages", problems)
    stop_if(problems)
    name = asked.format or recognised(asked.folder, found)
    reading = read_files(
        bench, asked.folder, found, name, asked.crosswalk, problems, whole=asked.whole
    )
    stop_if(problems)
    in_place = name == canonical.NAME and all(
        is_parquet(path) for part in reading.parts for path in part.file.paths
    )
    settled = settle(
        bench,
        reading,
        in_place=in_place,
        paid_through=asked.paid_through,
        written_here=asked.written_here,
    )
    if asked.paid_through is not None and "claim" in settled:
        one = settled["claim"]
        stop_if(undated_problems(bench, one.typed, [part.file.name for part in one.parts]))
    emptied = _emptied(bench, settled) if asked.whole else []
    stop_if([*crosswalk_problems(bench, settled), *emptied])
    left_there = store(bench, settled, into, in_place=in_place, leave=asked.leave)
    keep_accounts(bench, settled, into)
    reading.notes += notes + _unused(bench, settled)
    reading.notes += keep_warnings(bench, settled, into)
    keep_notes(bench, reading.notes, into)
    said = {
        "format": name,
        "supplied": sorted(settled),
        "left_there": left_there,
        "notes": reading.notes,
    }
    draft = into / (MARKER + ".draft")
    draft.write_text(json.dumps(said, indent=2), encoding="utf-8")
    draft.replace(into / MARKER)


def _emptied(bench: Workbench, settled: dict[str, Settled]) -> list[Problem]:
    """Tables that no run can do without and of which no row can be used."""
    needed = FROM_CLAIMS if "claim" in settled else FROM_RATES
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


def _unused(bench: Workbench, settled: dict[str, Settled]) -> list[dict[str, str]]:
    """A note on each table that was supplied and of which nothing can be used."""
    return [
        {
            "code": "table_set_aside",
            "text": f"Every row of the table {name} was set aside: the table quarantine says why.",
        }
        for name, one in settled.items()
        if bench.one(f"SELECT count(*) FROM {one.aside}")
        and not bench.one(f"SELECT count(*) FROM (SELECT 1 FROM {one.accepted} LIMIT 1)")
    ]


def _opened(into: Path, engine: Engine) -> Claims:
    """The canonical tables of a finished intake; those that were not supplied are empty."""
    said = json.loads((into / MARKER).read_text(encoding="utf-8"))
    tables = {}
    for name, table in TABLES.items():
        if name in said["left_there"]:
            tables[name] = from_files(name, said["left_there"][name], engine)
        elif (into / name).is_dir():
            tables[name] = as_declared(engine.read_parquet(into / name), table.types)
        else:
            tables[name] = engine.table([], table.types)
    return Claims(tables, frozenset(said["supplied"]), said["format"], said["notes"])


def from_files(name: str, files: Sequence[str], engine: Engine) -> ir.Table:
    """A canonical table that stays in the Parquet files of its input folder."""
    types = TABLES[name].types
    alike: dict[str, list[Path]] = {}
    for file in files:
        columns = str(parquet.read_schema(file).remove_metadata())
        alike.setdefault(columns, []).append(Path(file))
    read = [as_declared(engine.read_parquet(*same), types) for same in alike.values()]
    return read[0] if len(read) == 1 else ibis.union(*read)


def as_declared(table: ir.Table, types: Mapping[str, str]) -> ir.Table:
    """The declared columns, those the file lacks as nulls."""
    return table.select(
        **{
            name: table[name] if name in table.columns else ibis.null(type_)
            for name, type_ in types.items()
        }
    )
