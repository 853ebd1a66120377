"""Whole runs on small synthetic populations, each made once, and inputs changed in one respect."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import duckdb
import pyarrow.parquet as pq

from openp4p.claims.tables import TABLES
from openp4p.program.library import load_program
from openp4p.results import Run
from openp4p.run import Request, run
from tests.populations import population

PEOPLE, SEED, PERIOD = 2000, 3, 2015


@cache
def scratch() -> Path:
    """A folder for the runs of this session."""
    return Path(mkdtemp(prefix="openp4p-runs-"))


def paid(
    year: int,
    folder: Path,
    name: str,
    *,
    engine: str = "duckdb",
    period: int = PERIOD,
    **asked: object,
) -> Run:
    """The run of a payment year over an input folder, on the care of the given year."""
    program = load_program("medicare_value_modifier", year, asked.pop("choices", {}))
    return run(
        Request(
            program=program,
            input_folder=folder,
            out=scratch() / name,
            engine=engine,
            performance_period=period,
            **asked,
        )
    )


@cache
def usual(year: int = 2017) -> Run:
    """The run of a payment year over the usual population."""
    return paid(year, population(PEOPLE, SEED), f"usual-{year}")


def changed(name: str, queries: Mapping[str, str]) -> Path:
    """The usual population with some tables made anew by queries over `TABLE`, the others as is."""
    folder = scratch() / f"input-{name}"
    shutil.copytree(population(PEOPLE, SEED), folder)
    for table, query in queries.items():
        made = query.replace("TABLE", f"(FROM '{folder / table}/*.parquet')")
        duckdb.execute(f"COPY ({made}) TO '{folder / table}.draft' (FORMAT parquet)")
        shutil.rmtree(folder / table)
        (folder / f"{table}.draft").rename(folder / f"{table}.parquet")
    return folder


def tables_of(folder: Path) -> list[str]:
    """The canonical tables that a population holds."""
    return [path.name for path in sorted(folder.iterdir()) if path.is_dir()]


def money_columns(table: str) -> list[str]:
    """The columns of a table of the usual population that hold dollars."""
    path = next((population(PEOPLE, SEED) / table).iterdir())
    held = pq.read_schema(path).names
    return [
        n for n, type_ in TABLES[table].types.items() if type_.startswith("decimal") and n in held
    ]


def by(rows: list[dict], *key: str) -> dict[tuple, dict]:
    """Rows by their key."""
    return {tuple(row[column] for column in key): row for row in rows}
