"""Synthetic populations that several tests share, each made once in a test session."""

from __future__ import annotations

import atexit
import tempfile
from functools import cache
from pathlib import Path

import duckdb

from openp4p import synthetic


@cache
def population(beneficiaries: int, seed: int = 1) -> Path:
    """The folder of a population, made at the first call."""
    folder = _scratch() / f"population-{beneficiaries}-{seed}"
    synthetic.synthesize(beneficiaries, seed, folder)
    return folder


@cache
def _scratch() -> Path:
    kept = tempfile.TemporaryDirectory(prefix="openp4p-populations-")
    atexit.register(kept.cleanup)
    return Path(kept.name)


def ask(folder: Path, sql: str) -> list[tuple]:
    """The rows of a query over the tables of a population, each under its own name."""
    with duckdb.connect() as connection:
        for table in sorted(path.name for path in folder.iterdir() if path.is_dir()):
            parts = f"{folder}/{table}/*.parquet"
            connection.execute(f"CREATE VIEW \"{table}\" AS FROM read_parquet('{parts}')")
        return connection.execute(sql).fetchall()
