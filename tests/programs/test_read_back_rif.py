"""A synthetic population written as RIF and read again: the same tables, the same payments."""

from __future__ import annotations

import pytest

from tests.as_rif import NOT_CARRIED, carried, write
from tests.populations import population
from tests.read_back import assert_paid_the_same, differing
from tests.unit.claims.folders import must_add_up, taken


@pytest.fixture(scope="module")
def folders(tmp_path_factory, duckdb_engine):
    """The population as our own tables, and as RIF."""
    place = tmp_path_factory.mktemp("rif")
    base = carried(population(2000), place / "base", duckdb_engine)
    return base, write(base, place / "rif")


def test_the_tables_are_the_same(folders, duckdb_engine):
    base, files = folders
    found = taken(files, duckdb_engine)
    must_add_up(found)
    assert found.format == "rif"
    assert found.rows("accounting_reasons") == []
    assert found.codes() <= {"input_warnings"}
    for table in NOT_CARRIED:
        assert differing(base, found.folder, table) == [], table


def test_the_payments_are_the_same(folders, tmp_path):
    assert_paid_the_same(folders, tmp_path)
