"""A whole run by size of the population: seconds, processors, memory, and what else would do.

    python benchmarks/national.py 200000 1000000 --spark 200000 --pandas 200000
    python benchmarks/national.py 33000000 --parts 33 --services 0.35

For each size: a synthetic population (made unless it is there), checked and sealed by `openp4p
convert`, and payment year 2017 on DuckDB with every stage stored; the columns of the claims that
the stages read, merely scanned; up to the size that `--spark` names the same on local Spark, and up
to that of `--pandas` attribution by pandas. Every command is a process of its own. The page is
national.md; what was measured for other sizes is kept in national.json.

With `--parts` the population is made and converted part after part, none of which stays once it is
converted; stopped, it goes on with the next part. `--services` makes claims lighter.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import attribution_others
from national_page import page
from openp4p.claims.tables import TABLES
from openp4p.engine import open_engine
from openp4p.results import Run
from scans import scanned_columns, seconds_to_scan
from stages import machine

HERE = Path(__file__).parent
MEASURED, PAGE = HERE / "national.json", HERE / "national.md"
PROGRAM = "medicare_value_modifier/2017"
OPENP4P = str(Path(sys.executable).with_name("openp4p"))
KILOBYTE = 2**10


def main() -> None:
    said = arguments()
    said.folder.mkdir(parents=True, exist_ok=True)
    measured = json.loads(MEASURED.read_text("utf-8")) if MEASURED.exists() else {}
    for size in said.sizes:
        # what is not measured again stays: how tables were made that are there, and what was beside
        measured[str(size)] = {**measured.get(str(size), {}), **measure(size, said)}
        MEASURED.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(page(measured), encoding="utf-8")
    print(f"Written: {PAGE}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("sizes", type=int, nargs="+", metavar="BENEFICIARIES")
    parser.add_argument("--spark", type=int, default=0, metavar="BENEFICIARIES")
    parser.add_argument("--pandas", type=int, default=0, metavar="BENEFICIARIES")
    parser.add_argument("--folder", type=Path, default=Path("runs/benchmarks"))
    parser.add_argument("--memory-limit", default="6GB")
    parser.add_argument("--parts", type=int, default=0)
    parser.add_argument("--services", type=float, default=1.0)
    return parser.parse_args()


def measure(size: int, said: argparse.Namespace) -> dict:
    """One size: made, sealed, run, scanned, and run by others."""
    population, tables = said.folder / f"population-{size}", said.folder / f"tables-{size}"
    out, limit = said.folder / f"run-{size}", ("--memory-limit", said.memory_limit)
    found: dict = {"machine": machine(), "services": said.services}
    wanted = ("--beneficiaries", size, "--seed", 1, "--services", said.services, "--quiet")
    if said.parts:
        found |= by_parts(wanted, said.parts, said.folder / f"parts-{size}", limit)
        if not tables.exists():
            found["join"] = command("convert", said.folder / f"parts-{size}", "--out", tables)
    elif not population.exists():
        found["synthesize"] = command("synthesize", *wanted, "--out", population)
    if not tables.exists():
        found["convert"] = command("convert", population, "--out", tables, *limit)
    asked = ("run", PROGRAM, "--input", tables, "--quiet", "--out")
    shutil.rmtree(out, ignore_errors=True)
    found["duckdb"] = command(*asked, out, *limit)
    run = Run.open(out)
    found["duckdb"]["peak_memory_mb"] = peak(run)
    found |= {
        "rows": {table: rows(run, table) for table in ("claim", "claim_line", "diagnosis")},
        "bytes": sum(path.stat().st_size for path in tables.rglob("*.parquet")),
        "stages": {name: record["seconds"] for name, record in run.manifest["tables"].items()},
        "scan_seconds": seconds_to_scan(run, claims_read(run)),
    }
    if size <= said.spark:
        spark = said.folder / f"spark-{size}"
        shutil.rmtree(spark, ignore_errors=True)
        try:
            found["spark"] = on_spark(run, spark, command(*asked, spark, "--engine", "spark"))
            found["spark"]["duckdb_seconds"] = found["duckdb"]["seconds"]
        except SystemExit as ended:  # what the others took is kept
            found["spark"] = {"ended": str(ended)}
    if size <= said.pandas:
        found["attribution"] = attribution(run, tables)
    return found


def on_spark(run: Run, folder: Path, took: dict) -> dict:
    """What the same run took on Spark, and the tables in which it differs."""
    made = Run.open(folder)
    stages = {name: record["seconds"] for name, record in made.manifest["tables"].items()}
    return {**took, "different": different(run, made), "stages": stages}


def by_parts(wanted: tuple, parts: int, folder: Path, limit: tuple) -> dict:
    """A population that is made and converted part after part; what all of it took."""
    folder.mkdir(parents=True, exist_ok=True)
    noted = folder.with_name(f"{folder.name}.json")
    done = json.loads(noted.read_text("utf-8")) if noted.exists() else {}
    for number in range(1, parts + 1):
        name = f"part-{number:0{len(str(parts))}}"
        if name in done:
            continue
        made = folder.with_name(f"{folder.name}-{name}")
        shutil.rmtree(made, ignore_errors=True)
        for left in (folder / name, folder / f"{name}-ledger"):
            shutil.rmtree(left, ignore_errors=True)
        done[name] = {
            "synthesize": command(
                "synthesize", *wanted, "--part", f"{number}/{parts}", "--out", made
            ),
            "convert": command("convert", made, "--out", folder / name, *limit),
        }
        shutil.rmtree(made)
        noted.write_text(json.dumps(done, indent=1) + "\n", encoding="utf-8")
    sums = {what: added(one[what] for one in done.values()) for what in ("synthesize", "convert")}
    return {**sums, "parts": parts}


def added(commands: Iterable[dict]) -> dict:
    """What several commands took, one after the other."""
    listed = list(commands)
    return {
        "seconds": round(sum(one["seconds"] for one in listed), 1),
        "cpu_seconds": round(sum(one["cpu_seconds"] for one in listed), 1),
        "peak_memory_mb": max(one["peak_memory_mb"] for one in listed),
    }


def command(*words: object) -> dict:
    """What a command of openp4p takes in a process of its own."""
    started = time.perf_counter()
    process = os.posix_spawn(OPENP4P, [OPENP4P, *map(str, words)], os.environ)
    _pid, status, used = os.wait4(process, 0)
    if status:
        raise SystemExit(f"openp4p {' '.join(map(str, words))} ended with {status}")
    return {
        "seconds": round(time.perf_counter() - started, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_memory_mb": round(used.ru_maxrss / KILOBYTE),
    }


def peak(run: Run) -> int:
    """The most memory of any step: at each a run begins the system's count anew."""
    steps = [run.manifest["intake"], *run.manifest["tables"].values()]
    return round(max(step["peak_memory_mb"] for step in steps))


def different(one: Run, other: Run) -> list[str]:
    """The tables in which two runs differ: by a key, money, a word, or a ratio by more than 1e-9.

    A fingerprint has twelve digits of a ratio, and may differ where the thirteenth decides.
    """
    records = [run.manifest["tables"] for run in (one, other)]
    unlike = [n for n in records[0] if records[0][n]["fingerprint"] != records[1][n]["fingerprint"]]
    return [name for name in unlike if not alike(*(stored(run, name) for run in (one, other)))]


def stored(run: Run, table: str) -> list[dict]:
    found = run.engine.rows(run.table(table)).to_pylist()
    return sorted(found, key=lambda row: [str(v) for v in row.values() if not is_ratio(v)])


def is_ratio(value: object) -> bool:
    return isinstance(value, float)


def alike(one: list[dict], other: list[dict]) -> bool:
    return len(one) == len(other) and all(
        math.isclose(a, b, rel_tol=1e-9) if is_ratio(a) and is_ratio(b) else a == b
        for left, right in zip(one, other, strict=True)
        for a, b in zip(left.values(), right.values(), strict=True)
    )


def rows(run: Run, table: str) -> int:
    return run.engine.rows(run.table(table).count().as_table())[0][0].as_py()


def claims_read(run: Run) -> dict[str, list[str]]:
    """The columns of the canonical tables that any stage reads, each once."""
    columns: dict[str, set[str]] = defaultdict(set)
    for stage in run.manifest["tables"]:
        for table, names in scanned_columns(run, stage).items():
            if table in TABLES:
                columns[table].update(names)
    return {table: sorted(names) for table, names in columns.items()}


def attribution(run: Run, tables: Path) -> dict:
    """Seconds of attribution alone by the engine and by pandas, and for how many they differ."""
    about, rule = attribution_others.rules(run), run.program
    with tempfile.TemporaryDirectory() as scratch:
        engine = open_engine("duckdb")
        expected, seconds, cpu = timed(
            lambda: attribution_others.ours(run, tables, engine, Path(scratch))
        )
    found = {"openp4p": {"seconds": seconds, "cpu_seconds": cpu, "people": len(expected)}}
    for name in ("tuned", "as_written"):
        way = getattr(attribution_others, name)
        given, seconds, cpu = timed(lambda way=way: way(tables, about, rule))
        different = sum(given.get(p) != expected.get(p) for p in given.keys() | expected.keys())
        found[name] = {"seconds": seconds, "cpu_seconds": cpu, "different": different}
    return found


def timed(work: Callable[[], dict[str, str]]) -> tuple[dict[str, str], float, float]:
    started, before = time.perf_counter(), spent()
    made = work()
    return made, round(time.perf_counter() - started, 2), round(spent() - before, 2)


def spent() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
