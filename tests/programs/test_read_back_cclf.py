"""A synthetic population written as CCLF and read again: the same tables, the same payments."""

from __future__ import annotations

import pytest

from tests.as_cclf import NOT_CARRIED, carried, write
from tests.populations import population
from tests.read_back import assert_paid_the_same, differing
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
    for table in NOT_CARRIED:
        but = _WRITTEN_ANEW if table == "claim" else ()
        assert differing(base, found.folder, table, but) == [], table


def test_the_payments_are_the_same(folders, tmp_path):
    assert_paid_the_same(folders, tmp_path)
