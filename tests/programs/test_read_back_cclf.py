"""A synthetic population written as CCLF and read again: the same tables, the same payments."""

from __future__ import annotations

import duckdb
import pytest

from openp4p import run as runs
from openp4p import synthetic
from openp4p.program.library import load_program
from tests.as_cclf import NOT_CARRIED, carried, write
from tests.populations import population
from tests.unit.claims.folders import must_add_up, taken

_WRITTEN_ANEW = ("control_number", "effective_date", "adjustment_type")


@pytest.fixture(scope="module")
def folders(tmp_path_factory, duckdb_engine):
    """The population as our own tables, and as a package."""
    place = tmp_path_factory.mktemp("cclf")
    base = carried(population(2000), place / "base", duckdb_engine)
    return base, write(base, place / "cclf")


def test_the_tables_are_the_same(folders, duckdb_engine):
    base, package = folders
    found = taken(package, duckdb_engine)
    must_add_up(found)
    assert found.format == "cclf"
    assert found.rows("accounting_reasons") == []
    assert found.codes() == {"cclf_omits"}
    for name in NOT_CARRIED:
        as_said = f"FROM '{base}/{name}.parquet'"
        as_read = f"FROM '{found.folder}/{name}/*.parquet'"
        but = "EXCLUDE ({})".format(", ".join(_WRITTEN_ANEW)) if name == "claim" else ""
        differing = duckdb.sql(
            f"(SELECT * {but} {as_said} EXCEPT ALL SELECT * {but} {as_read}) UNION ALL "
            f"(SELECT * {but} {as_read} EXCEPT ALL SELECT * {but} {as_said})"
        ).fetchall()
        assert differing == [], name
        assert duckdb.sql(f"SELECT count(*) {as_read}").fetchall()[0][0] > 100


def test_the_payments_are_the_same(folders, tmp_path):
    program = load_program("medicare_value_modifier/2017")
    paid = []
    for folder in folders:
        run = runs.run(
            runs.Request(
                program=program,
                input_folder=folder,
                out=tmp_path / folder.name,
                performance_period=synthetic.PERFORMANCE_YEAR,
            )
        )
        paid.append({name: run.rows(name) for name in ("payments", "tiers", "performance_rates")})
    assert paid[0] == paid[1]
    assert len(paid[0]["payments"]) > 10
