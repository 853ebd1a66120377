"""`openp4p convert`: claims of any format become our own tables, which are read the same."""

from __future__ import annotations

import csv

import pyarrow.parquet as pq
import pytest

from openp4p.claims.seal import FOLDER
from openp4p.cli import main
from tests.unit.claims.folders import PEOPLE, canonical, must_be_as_read, taken
from tests.unit.claims.test_read_cclf import delivery
from tests.unit.claims.test_read_rif import folder_of


@pytest.mark.parametrize("made", [delivery, folder_of, canonical])
def test_what_is_written_is_read_again_as_it_was(made, tmp_path, duckdb_engine):
    folder, out = made(tmp_path / "in"), tmp_path / "tables"
    assert main(["convert", str(folder), "--out", str(out)]) == 0
    before = taken(folder, duckdb_engine)
    after = taken(out, duckdb_engine)
    assert after.format == "canonical"
    assert after.supplied == before.supplied
    assert sorted(path.name for path in out.iterdir()) == sorted([FOLDER, *before.supplied])
    for table in ("claim", "claim_line"):
        stored = pq.read_table(out / table).to_pylist()
        assert sorted(map(str, stored)) == sorted(map(str, before.rows(table) if
                      before.has(table) else stored))  # fmt: skip
        assert stored
    # every row that was written is used: nothing is set aside a second time
    assert after.rows("quarantine") == []


def test_what_was_converted_can_be_converted(tmp_path, duckdb_engine):
    first, second = tmp_path / "first", tmp_path / "second"
    assert main(["convert", str(canonical(tmp_path / "in")), "--out", str(first)]) == 0
    assert main(["convert", str(first), "--out", str(second)]) == 0
    must_be_as_read(second, duckdb_engine)
    for table in ("beneficiary", "enrollment_month", "claim", "claim_line"):
        assert pq.read_table(second / table).equals(pq.read_table(first / table))


def test_the_ledger_lies_beside(tmp_path, capsys):
    folder = canonical(tmp_path / "in")
    with (folder / "claim.csv").open("a") as file:
        file.write(f"C9,{PEOPLE[0]},PART_B,2015-02-30,2015-03-01,1.00,1.00\n")
    assert main(["convert", str(folder), "--out", str(tmp_path / "tables")]) == 0
    with (tmp_path / "tables-ledger" / "quarantine.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert (row["file"], row["column"], row["rule"]) == ("claim.csv", "from_date", "not a date")
    said = capsys.readouterr()
    assert "claim.csv" in said.out
    assert not any(person in said.out + said.err for person in PEOPLE)


def test_a_folder_that_is_there_is_left_alone(tmp_path, capsys):
    folder = canonical(tmp_path / "in")
    (tmp_path / "tables").mkdir()
    assert main(["convert", str(folder), "--out", str(tmp_path / "tables")]) == 2
    assert "exists already" in capsys.readouterr().err


def test_nothing_is_left_of_an_input_that_cannot_be_used(tmp_path, capsys):
    folder = canonical(tmp_path / "in", claim=None)
    assert main(["convert", str(folder), "--out", str(tmp_path / "tables")]) == 4
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    assert "claim" in capsys.readouterr().err
