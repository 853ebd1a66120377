"""A population written as FHIR resources is the same population, and is paid the same."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import duckdb
import pytest

from openp4p.claims.tables import TABLES
from openp4p.results import Run
from tests.populations import population
from tests.populations_as_fhir import IN_RESOURCES, as_fhir, control
from tests.programs.runs import SEED, by, paid, scratch

FEW = 400


@cache
def folders(engine) -> tuple[Path, Path]:
    """The population in our own layout without what resources cannot say, and as resources."""
    into = scratch() / "fhir"
    into.mkdir()
    ours = control(population(FEW, SEED), into, engine)
    return ours, as_fhir(ours, into / "resources")


@pytest.fixture
def ours(duckdb_engine) -> Path:
    """The folder in our own layout."""
    return folders(duckdb_engine)[0]


@cache
def run_on_resources(engine) -> Run:
    """The run of 2017 on the resources."""
    return paid(2017, folders(engine)[1], "on-fhir")


@pytest.fixture
def back(duckdb_engine) -> Run:
    """The run of 2017 on the resources."""
    return run_on_resources(duckdb_engine)


@pytest.mark.parametrize("table", IN_RESOURCES)
def test_reading_back_gives_the_same_rows(ours, back, table):
    columns = list(TABLES[table].columns)
    found = back.table(table).select(*columns).order_by(columns).to_pyarrow().to_pylist()
    held = set(duckdb.sql(f"FROM '{ours / table}/*.parquet'").columns)
    selected = ", ".join(c if c in held else f"NULL AS {c}" for c in columns)
    order = ", ".join(f"{n} NULLS LAST" for n in range(1, len(columns) + 1))
    rows = duckdb.sql(f"SELECT {selected} FROM '{ours / table}/*.parquet' ORDER BY {order}")
    wanted = [dict(zip(columns, row, strict=True)) for row in rows.fetchall()]
    assert len(wanted) > 100
    assert found == wanted


def test_every_claim_that_is_written_is_used(back):
    reasons = back.table("accounting_reasons").to_pyarrow().to_pylist()
    # of two Coverages of a single month, one adds nothing
    assert {(row["file"], row["reason"]) for row in reasons} == {
        ("coverage.ndjson", "adds nothing")
    }


def test_practices_are_paid_the_same(ours, back):
    on_ours = paid(2017, ours, "on-ours")
    wanted, found = (run.table("payments").to_pyarrow().to_pylist() for run in (on_ours, back))
    assert wanted
    assert sorted(map(str, found)) == sorted(map(str, wanted))
    # sums of fractions differ in their last digits with the order of rows
    rates = [by(run.table("performance_rates").to_pyarrow().to_pylist(), "tin", "measure")
             for run in (on_ours, back)]  # fmt: skip
    assert len(rates[0]) > 100
    assert rates[0].keys() == rates[1].keys()
    for key, rate in rates[0].items():
        numbers = [{c: v for c, v in row.items() if isinstance(v, int | float)}
                   for row in (rate, rates[1][key])]  # fmt: skip
        assert numbers[1] == pytest.approx(numbers[0], rel=1e-9), key
