"""A synthetic population written in each format and read again: the same tables and payments.

What a format cannot carry is left out of the population first, so that the two are compared in
full. One run pays all of them: each copy of the population has its own people and practices.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from openp4p.claims.intake import Claims, read_claims
from openp4p.results import Run
from tests import as_cclf, as_fhir, as_rif, as_tuva
from tests.populations import population
from tests.programs.runs import SEED, by, paid, scratch
from tests.read_back import differing, of_copy, together
from tests.unit.claims.folders import Taken, must_add_up, taken

FEW = 400
FORMATS = {"cclf": as_cclf, "rif": as_rif, "fhir": as_fhir, "tuva": as_tuva}
# the digits by which the copies go: as it was written, and as it was read
COPIES = {name: (str(2 * n), str(2 * n + 1)) for n, name in enumerate(FORMATS, 1)}
FORMAT_AND_TABLE = [(name, table) for name, one in FORMATS.items() for table in one.TABLES]


@cache
def settled(engine) -> Claims:
    """The population as it is without claims that do not stand."""
    return read_claims(population(FEW, SEED), engine, scratch() / "settled")


@cache
def read_back(name: str, engine) -> tuple[Path, Taken]:
    """What a format can carry of the population, and what was read of its files."""
    base = FORMATS[name].carried(settled(engine), scratch() / f"{name}-base")
    return base, taken(FORMATS[name].write(base, scratch() / name), engine)


@cache
def run_of_all(engine) -> Run:
    """Every copy of the population paid by the rules of 2017."""
    copies = {}
    for name, (written, read) in COPIES.items():
        base, found = read_back(name, engine)
        copies |= {written: base, read: found.folder}
    return paid(2017, together(copies, scratch() / "copies"), "copies-run")


@pytest.mark.parametrize(("name", "table"), FORMAT_AND_TABLE)
def test_the_tables_are_the_same(name, table, duckdb_engine):
    base, found = read_back(name, duckdb_engine)
    anew = getattr(FORMATS[name], "WRITTEN_ANEW", {}).get(table, ())
    assert differing(base, found.folder, table, anew) == []


@pytest.mark.parametrize("name", FORMATS)
def test_every_row_is_used_and_nothing_is_missed(name, duckdb_engine):
    _base, found = read_back(name, duckdb_engine)
    must_add_up(found)
    assert found.format == name
    assert {reason for _file, reason in found.reasons()} == FORMATS[name].ASIDE
    assert found.codes() - {"input_warnings"} == FORMATS[name].NOTES


@pytest.mark.parametrize("name", FORMATS)
def test_the_payments_are_the_same(name, duckdb_engine):
    run = run_of_all(duckdb_engine)
    wanted, found = (of_copy(run.rows("payments"), n) for n in COPIES[name])
    assert len(wanted) > 10
    assert sorted(map(str, found)) == sorted(map(str, wanted))
    wanted, found = (
        by(of_copy(run.rows("performance_rates"), n), "tin", "measure") for n in COPIES[name]
    )
    assert len(wanted) > 100
    assert found.keys() == wanted.keys()
    for key, rate in wanted.items():
        # sums of fractions differ in their last digits with the order of rows
        assert numbers(found[key]) == pytest.approx(numbers(rate), rel=1e-9), key


def numbers(row: dict) -> dict:
    """The numbers of a rate, but for a variance that depends on how stays are called."""
    return {c: v for c, v in row.items() if isinstance(v, int | float) and c != "variance"}
