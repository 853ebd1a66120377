"""A converted folder is checked once: its seal holds while its files stay as they are."""

from __future__ import annotations

import datetime as dt
import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from openp4p.claims.seal import BROKEN, FOLDER, sealed
from openp4p.cli import main
from openp4p.errors import InputError
from tests.populations import population
from tests.unit.claims.folders import canonical, must_be_as_read, taken
from tests.unit.claims.test_read_cclf import delivery
from tests.unit.claims.test_read_rif import folder_of


@pytest.fixture
def converted(tmp_path):
    out = tmp_path / "tables"
    assert main(["convert", str(canonical(tmp_path / "in")), "--out", str(out)]) == 0
    return out


def taken_anew(folder, engine, **options):
    shutil.rmtree(folder.with_name(folder.name + "-intake"), ignore_errors=True)
    return taken(folder, engine, **options)


@pytest.mark.parametrize("made", [delivery, folder_of, canonical])
def test_a_sealed_folder_is_taken_in_as_if_it_were_read(made, duckdb_engine, tmp_path):
    assert main(["convert", str(made(tmp_path / "in")), "--out", str(tmp_path / "tables")]) == 0
    must_be_as_read(tmp_path / "tables", duckdb_engine)


def test_so_is_a_population_with_claims_that_were_adjusted(duckdb_engine, tmp_path):
    out = tmp_path / "tables"
    assert main(["convert", str(population(400)), "--out", str(out)]) == 0
    must_be_as_read(out, duckdb_engine)
    # a table of which every row is used is written as well, in the order in which it lay
    people = pq.read_table(out / "beneficiary")["beneficiary_id"].to_pylist()
    assert people == sorted(people)


def test_a_file_that_changed_breaks_the_seal(converted, duckdb_engine):
    part = next((converted / "claim").glob("*.parquet"))
    rows = pq.read_table(part)
    pq.write_table(pa.concat_tables([rows, rows.slice(0, 1)]), part)
    again = taken_anew(converted, duckdb_engine)
    assert BROKEN["code"] in again.codes()
    assert [row["rule"] for row in again.rows("quarantine")] == ["duplicate"]


@pytest.mark.parametrize("what", ["more", "fewer", "other checks", "not a seal"])
def test_what_breaks_a_seal(converted, what):
    files = sorted(path for path in converted.rglob("*.parquet") if FOLDER not in path.parts)
    place = converted / FOLDER / "seal.json"
    if what == "other checks":
        said = json.loads(place.read_text())
        place.write_text(json.dumps({**said, "checks": "another version"}))
    elif what == "not a seal":
        place.write_text("{")
    elif what == "fewer":
        files = files[1:]
    else:
        files = [*files, place]
    assert sealed(converted, files).holds is False


@pytest.mark.parametrize("what", ["changed", "added", "lost", "what was found"])
def test_the_ledger_that_the_seal_keeps_is_trusted_only_as_it_was_written(converted, what):
    files = sorted(path for path in converted.rglob("*.parquet") if FOLDER not in path.parts)
    assert sealed(converted, files).holds is True
    ledger = next((converted / FOLDER / "accounting").glob("*.parquet"))
    place = converted / FOLDER / "seal.json"
    if what == "changed":
        rows = pq.read_table(ledger)
        pq.write_table(rows.slice(1), ledger)
    elif what == "added":
        shutil.copy(ledger, ledger.with_name("another.parquet"))
    elif what == "lost":
        ledger.unlink()
    else:
        said = json.loads(place.read_text())
        said["intake"]["supplied"].append("correction")
        place.write_text(json.dumps(said))
    assert sealed(converted, files).holds is False


def test_an_option_that_changes_what_is_used_is_not_answered_by_the_seal(converted, duckdb_engine):
    with pytest.raises(InputError, match="when it was paid"):
        taken_anew(converted, duckdb_engine, paid_through=dt.date(2016, 3, 31))
