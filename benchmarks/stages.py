"""How long each stage takes and how much memory, beside merely scanning the columns it reads.

    python benchmarks/stages.py 20000 200000 1000000

For each size: a synthetic population, payment year 2017 on DuckDB, and a table in results.md. What
was measured for other sizes is kept in results.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import psutil

from openp4p.results import Run
from scans import scanned_columns, seconds_to_scan, seconds_to_scan_files

HERE = Path(__file__).parent
MEASURED, PAGE = HERE / "results.json", HERE / "results.md"
PROGRAM = "medicare_value_modifier/2017"
SHOWN_FROM = 0.05  # seconds; quicker tables are added up in one line
GIGABYTE = 2**30


def main() -> None:
    said = arguments()
    measured = json.loads(MEASURED.read_text("utf-8")) if MEASURED.exists() else {}
    for size in said.sizes:
        measured[str(size)] = measure(size, said.folder, said.seed)
        MEASURED.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(page(measured), encoding="utf-8")
        print(f"{size:,} beneficiaries: {measured[str(size)]['run_seconds']:.0f} s for the run")
    print(f"Written: {PAGE}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("sizes", type=int, nargs="+", metavar="BENEFICIARIES")
    parser.add_argument("--folder", type=Path, default=Path("runs/benchmarks"))
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def measure(size: int, folder: Path, seed: int) -> dict:
    """Seconds and memory of every stage of one run, and of scanning what it reads."""
    population, out = folder / f"population-{size}", folder / f"run-{size}"
    synthesis = 0.0
    if not population.exists():
        synthesis = command(
            "synthesize", "--beneficiaries", size, "--seed", seed, "--out", population, "--quiet"
        )
    took = command("run", PROGRAM, "--input", population, "--out", out, "--quiet")
    run = Run.open(out)
    return {
        "synthesis_seconds": synthesis,
        "run_seconds": took,
        "machine": machine(),
        "claim_lines": run.engine.rows(run.table("claim_line").count().as_table())[0][0].as_py(),
        "stages": [intake(run, population), *stages(run)],
    }


def command(*words: object) -> float:
    """Seconds of a command of openp4p in a process of its own."""
    program = str(Path(sys.executable).with_name("openp4p"))
    started = time.perf_counter()
    subprocess.run([program, *map(str, words)], check=True)
    return round(time.perf_counter() - started, 2)


def intake(run: Run, population: Path) -> dict:
    """Reading, checking and settling the input files."""
    rows = sum(row["rows_read"] for row in run.rows("accounting"))
    files = [population / entry["name"] for entry in run.manifest["inputs"]]
    scan = seconds_to_scan_files(run.engine.connection, files)
    return {"name": "intake", "rows_read": rows, "scan_seconds": scan, **run.manifest["intake"]}


def stages(run: Run) -> list[dict]:
    """Every stored table in the order it was made."""
    made = []
    for name, record in run.manifest["tables"].items():
        columns = scanned_columns(run, name)
        rows = {t: run.engine.rows(run.table(t).count().as_table())[0][0].as_py() for t in columns}
        made.append(
            {
                "name": name,
                "rows": record["rows"],
                "rows_read": sum(rows.values()),
                "seconds": record["seconds"],
                "peak_memory_mb": record["peak_memory_mb"],
                "scan_seconds": seconds_to_scan(run, columns),
            }
        )
    return made


def machine() -> str:
    memory = psutil.virtual_memory().total / GIGABYTE
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB of memory, Python {platform.python_version()}, "
        f"DuckDB {duckdb.__version__}"
    )


def page(measured: dict) -> str:
    """The tables of every size that was measured, smallest first."""
    lines = [
        "# Seconds and memory by stage",
        "",
        "Made by `python benchmarks/stages.py`: payment year 2017, synthetic populations, DuckDB.",
        "*scan* is a bare DuckDB query that reads every value of the columns that the stage reads,",
        "once, and keeps nothing; *times scan* is what the stage takes compared with that. *rows",
        "read* are those of the tables it reads; *peak* is the memory of the whole process. Stages",
        f"below {SHOWN_FROM} seconds are added up.",
    ]
    for size in sorted(measured, key=int):
        lines += ["", *section(int(size), measured[size])]
    return "\n".join(lines) + "\n"


def section(size: int, found: dict) -> list[str]:
    stages = found["stages"]
    slow = [stage for stage in stages if stage["seconds"] >= SHOWN_FROM]
    quick = [stage for stage in stages if stage["seconds"] < SHOWN_FROM]
    synthesis = found["synthesis_seconds"]
    made = f"made in {synthesis:.0f} s, " if synthesis else ""
    return [
        f"## {size:,} beneficiaries",
        "",
        f"{found['claim_lines']:,} claim lines, {made}run in {found['run_seconds']:.0f} s "
        f"(the command as a whole, with its page). {found['machine']}.",
        "",
        "| stage | rows read | rows made | seconds | rows/s | peak MB | scan s | times scan |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
        *map(line, slow),
        line(together(f"{len(quick)} quicker tables", quick)),
        line(together("all", stages)),
    ]


def together(name: str, stages: list[dict]) -> dict:
    sums = {
        key: sum(stage.get(key) or 0 for stage in stages)
        for key in ("rows", "rows_read", "seconds", "scan_seconds")
    }
    peak = max((stage["peak_memory_mb"] for stage in stages), default=0)
    return {"name": name, **sums, "peak_memory_mb": peak}


def line(stage: dict) -> str:
    seconds, scan = stage["seconds"], stage["scan_seconds"]
    speed = f"{stage['rows_read'] / seconds:,.0f}" if seconds and stage["rows_read"] else ""
    ratio = f"{seconds / scan:,.1f}" if scan else ""
    rows = f"{stage['rows']:,}" if stage.get("rows") is not None else ""
    return (
        f"| {stage['name']} | {stage['rows_read']:,} | {rows} | {seconds:.2f} | {speed} "
        f"| {stage['peak_memory_mb']:,.0f} | {f'{scan:.3f}' if scan else ''} | {ratio} |"
    )


if __name__ == "__main__":
    main()
