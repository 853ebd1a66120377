"""Rows a second and memory of the reader of each format, beside a bare scan of the same files.

    PYTHONPATH=. python benchmarks/readers.py --population runs/population-20000

A synthetic population is written in each format in turn, by the writers of the tests, and repeated
with other people until the files have enough lines; they are scanned by DuckDB in a process of
its own, read by the intake in another, and deleted. The table goes to readers.md; formats measured
before are kept in readers.json.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import os
import re
import resource
import shutil
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import IO

import duckdb
import pyarrow.parquet as pq

import as_synpuf
from openp4p.claims.intake import Claims, read_claims
from openp4p.engine import open_engine
from stages import GIGABYTE, machine
from tests import as_cclf, as_fhir, as_rif, as_tuva

HERE = Path(__file__).parent
MEASURED, PAGE = HERE / "readers.json", HERE / "readers.md"
THREADS, MEMORY = 2, "4GB"
# the number of a synthetic person, alone or in that of a claim
NUMBER = re.compile(rb"(?<=[A-Z])000(?=[0-9]{5})")
KILOBYTE, MEGABYTE = 2**10, 2**20


def as_csv(base: Path, folder: Path) -> Path:
    """The canonical tables as CSV."""
    folder.mkdir(exist_ok=True)
    for path in base.glob("*.parquet"):
        duckdb.execute(f"COPY (FROM '{path}') TO '{folder}/{path.stem}.csv' (FORMAT csv, HEADER)")
    return folder


def packed(base: Path, folder: Path) -> Path:
    return as_fhir.write(base, folder, ending=".gz")


Carry, Write = Callable[[Claims, Path], Path], Callable[[Path, Path], Path]
# what a format carries of the tables, who writes it, whether its files have a header row
FORMATS: Mapping[str, tuple[Carry, Write, bool]] = {
    "canonical": (as_synpuf.carried, as_csv, True),
    "tuva": (as_tuva.carried, as_tuva.write, True),
    "cclf": (as_cclf.carried, as_cclf.members, False),
    "rif": (as_rif.carried, as_rif.write, True),
    "synpuf": (as_synpuf.carried, as_synpuf.write, True),
    "fhir": (as_fhir.carried, packed, False),
}
KINDS = {
    "canonical": "CSV",
    "tuva": "CSV",
    "cclf": "fixed width",
    "rif": "text with bars",
    "synpuf": "wide CSV",
    "fhir": "NDJSON, gzip",
}


def main() -> None:
    said = arguments()
    population, folder = said.population.resolve(), said.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    measured = json.loads(MEASURED.read_text("utf-8")) if MEASURED.exists() else {}
    for name in said.formats:
        measured[name] = measure(name, population, folder, said.lines)
        measured[name]["machine"] = machine()
        MEASURED.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(page(measured), encoding="utf-8")
        print(name, measured[name], flush=True)
    print(f"Written: {PAGE}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--population", type=Path, required=True, help="of `openp4p synthesize`")
    parser.add_argument("--lines", type=int, default=5_000_000)
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=list(FORMATS))
    parser.add_argument("--folder", type=Path, default=Path("runs/readers"))
    return parser.parse_args()


def measure(name: str, population: Path, folder: Path, lines: int) -> dict:
    """One format: written, scanned, read, and deleted."""
    place = folder / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    held = alone(written, name, population, place, lines)
    files = sorted((place / "in").iterdir())
    found = {
        "kind": KINDS[name],
        "bytes": sum(path.stat().st_size for path in files),
        "lines": held,
        "scan": alone(scanned, name, files),
        "read": alone(read, name, place),
    }
    shutil.rmtree(place)
    return found


def alone(work: Callable, *about: object) -> object:
    """What a function gives in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(work, *about).result()


def spent() -> float:
    """Seconds of processors that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def written(name: str, population: Path, place: Path, lines: int) -> dict[str, int]:
    """The files of a format in the folder `in`, and how many lines each has."""
    carry, write, has_header = FORMATS[name]
    engine = open_engine("duckdb", threads=THREADS, memory_limit=MEMORY)
    base = carry(read_claims(population, engine, place / "settled"), place / "base")
    once = write(base, place / "once")
    # what is no part of the format lies beside as Parquet; a count of rows would be of one copy
    paths = [p for p in once.iterdir() if p.suffix != ".parquet" and "ZC0" not in p.name]
    held = {path.name: lines_of(path) for path in paths}
    copies = max(-(-lines // sum(held.values())), 1)
    (place / "in").mkdir()
    for path in paths:
        repeat(path, place / "in" / path.name, copies, has_header=has_header)
    for name_ in ("settled", "base", "once"):
        shutil.rmtree(place / name_)
    return {path.name: lines_of(place / "in" / path.name) for path in paths}


def opened(path: Path, mode: str) -> IO[bytes]:
    return gzip.open(path, mode, 1) if path.suffix == ".gz" else path.open(mode)


def repeat(path: Path, target: Path, copies: int, *, has_header: bool) -> None:
    """A file so many times over, each with other people and claims."""
    is_numbered = re.search(r"ZC[1-7A]Y", path.name) is not None
    with opened(target, "wb") as file:
        for copy in range(copies):
            with opened(path, "rb") as source:
                if has_header and copy:
                    source.readline()
                for line in source:
                    other = NUMBER.sub(b"%02d0" % copy, line)
                    # CCLF begins with the number of the claim
                    file.write(b"%02d%s" % (copy, other[2:]) if is_numbered else other)


def lines_of(path: Path) -> int:
    """How many lines a text file has."""
    with opened(path, "rb") as file:
        return sum(1 for _ in file)


def connected() -> duckdb.DuckDBPyConnection:
    config = {"threads": THREADS, "memory_limit": MEMORY}
    connection = duckdb.connect(config=config)
    connection.execute("SET enable_progress_bar = false")
    return connection


def text(path: Path) -> str:
    """A file as lines of text."""
    return (
        f"read_csv('{path}', columns = {{'line': 'VARCHAR'}}, auto_detect = false, header = false, "
        f"delim = '\\x1f', quote = '', escape = '', max_line_size = {16 * MEGABYTE})"
    )


def scanned(name: str, files: list[Path]) -> dict:
    """What DuckDB takes to read every value of the files once."""
    connection = connected()
    started, before = time.perf_counter(), spent()
    for path in files:
        if name == "cclf":
            source = text(path)
        elif name == "fhir":
            source = f"read_json('{path}', format = 'newline_delimited')"
        else:
            source = f"read_csv('{path}', all_varchar = true)"
        names = [row[0] for row in connection.execute(f"DESCRIBE FROM {source}").fetchall()]
        # a hash of every value is needed, so that none is skipped
        hashes = ", ".join(f'max(hash("{column}"))' for column in names)
        connection.execute(f"SELECT {hashes} FROM {source}").fetchall()
    seconds, cpu = time.perf_counter() - started, spent() - before
    return {"seconds": round(seconds, 1), "cpu_seconds": round(cpu, 1)}


def read(name: str, place: Path) -> dict:
    """The intake of the folder, as a run does it."""
    engine = open_engine("duckdb", threads=THREADS)
    started, before = time.perf_counter(), spent()
    claims = read_claims(
        place / "in", engine, place / "intake", threads=THREADS, memory_limit=MEMORY
    )
    seconds, cpu = time.perf_counter() - started, spent() - before
    assert claims.format == name, claims.format
    ledger = pq.read_table(place / "intake" / "accounting").to_pylist()
    return {
        "rows": sum(row["rows_read"] for row in ledger),
        "rows_set_aside": sum(row["rows_set_aside"] for row in ledger),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTE),
        "canonical_rows": sum(
            pq.ParquetFile(path).metadata.num_rows
            for table in as_synpuf.TABLES
            for path in (place / "intake" / table).glob("*.parquet")
        ),
    }


def page(measured: dict) -> str:
    """The table of every format that was measured."""
    one = next(iter(measured.values()))
    others = [name for name in FORMATS if name not in measured]
    unmeasured = ["", f"Not measured yet: {', '.join(others)}."] if others else []
    lines = [
        "# Rows a second and memory by format",
        "",
        "Made by `python benchmarks/readers.py`: a synthetic population written in each format and",
        "repeated with other people, read by the intake of a run and, in the same run of the",
        f"benchmark, merely scanned by DuckDB. {one['machine']}; {THREADS} threads, at most",
        f"{MEMORY} for the database. The machine was shared with other work: seconds are those of",
        "processors, all threads together, which that blurs less than the clock; with two free",
        "the wall clock shows between half and all of it.",
        "",
        "*rows* are the rows of the files, each of which is used or set aside with a reason;",
        "*made* are rows of the canonical tables that they become. *peak* is the memory of the",
        "whole process. *scan* is a bare query for each file that reads every value once and keeps",
        "nothing: `read_csv` with every column as text, `read_json` with the columns it finds,",
        "lines of text for fixed width. *times scan* is what the reader takes compared with that:",
        "it types every value, checks every row, looks for duplicates, orphans and earlier",
        "versions, sorts and stores the tables, and keeps the ledger.",
        "",
        "| format | files | GB | rows | largest file | made | CPU s | rows/CPU s | made/CPU s "
        "| peak MB | scan CPU s | times scan |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
        *(line(name, found) for name, found in measured.items()),
        *unmeasured,
    ]
    return "\n".join(lines) + "\n"


def line(name: str, found: dict) -> str:
    read, scan = found["read"], found["scan"]["cpu_seconds"]
    seconds = read["cpu_seconds"]
    return (
        f"| {name} | {found['kind']} | {found['bytes'] / GIGABYTE:.1f} | {read['rows']:,} "
        f"| {max(found['lines'].values()):,} | {read['canonical_rows']:,} | {seconds:,.0f} "
        f"| {read['rows'] / seconds:,.0f} | {read['canonical_rows'] / seconds:,.0f} "
        f"| {read['peak_memory_mb']:,} | {scan:,.1f} | {seconds / scan:,.1f} |"
    )


if __name__ == "__main__":
    main()
