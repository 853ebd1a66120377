"""What it means that a population was read back from another format as it was."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb
import pytest

from openp4p import run as runs
from openp4p import synthetic
from openp4p.program.library import load_program


def differing(base: Path, stored: Path, table: str, but: Iterable[str] = ()) -> list[tuple]:
    """The rows that only one of the two has, without the columns that are written anew."""
    left, right = f"'{base}/{table}.parquet'", f"'{stored}/{table}/*.parquet'"
    columns = f"* EXCLUDE ({', '.join(but)})" if but else "*"
    assert duckdb.sql(f"SELECT count(*) FROM {right}").fetchall()[0][0] > 100, table
    return duckdb.sql(
        f"(SELECT {columns} FROM {left} EXCEPT ALL SELECT {columns} FROM {right}) UNION ALL "
        f"(SELECT {columns} FROM {right} EXCEPT ALL SELECT {columns} FROM {left})"
    ).fetchall()


def assert_paid_the_same(folders: Iterable[Path], place: Path) -> None:
    """Runs of payment year 2017 on both folders end in the same payments, and the same rates."""
    program = load_program("medicare_value_modifier/2017")
    paid = [
        runs.run(
            runs.Request(
                program=program,
                input_folder=folder,
                out=place / folder.name,
                performance_period=synthetic.PERFORMANCE_YEAR,
            )
        )
        for folder in folders
    ]
    wanted, found = (run.rows("payments") for run in paid)
    assert found == wanted
    assert len(wanted) > 10
    # sums of fractions differ in their last digits with the order of rows
    wanted, found = (
        {
            (row["tin"], row["measure"]): row["rate"]
            for row in run.rows("performance_rates")
            if row["rate"] is not None
        }
        for run in paid
    )
    assert len(wanted) > 100
    assert found == pytest.approx(wanted, rel=1e-9)
