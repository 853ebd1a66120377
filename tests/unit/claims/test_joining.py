"""Claims that were converted by parts are put together as if they had been converted at once."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from openp4p.claims import joining
from openp4p.claims.seal import FOLDER
from openp4p.claims.tables import TABLES
from openp4p.cli import main
from tests.populations import population
from tests.unit.claims.folders import (
    BORN,
    CANONICAL,
    KEPT,
    PEOPLE,
    canonical,
    must_add_up,
    must_be_as_read,
    taken,
)


def converted(folder: Path, out: Path) -> Path:
    out.parent.mkdir(exist_ok=True)
    assert main(["convert", str(folder), "--out", str(out)]) == 0
    return out


def person_of(number: int, **changed: str) -> dict[str, str]:
    """The tables of one of the two people of the small folder."""
    other = PEOPLE[1 - number]
    kept = {
        name: "".join(line for line in text.splitlines(keepends=True) if other not in line)
        for name, text in CANONICAL.items()
    }
    return {**kept, **changed}


@pytest.fixture
def parts(tmp_path):
    """Two converted folders in one, with their ledgers beside them."""
    for number in (0, 1):
        made = canonical(tmp_path / f"in-{number}", **person_of(number))
        converted(made, tmp_path / "parts" / f"part-{number}")
    return tmp_path / "parts"


def halves(typed: Path, into: Path) -> None:
    """A population in two, by its people; what is about practices is in the first half."""
    whole = "FROM read_parquet('{0}/{1}/*.parquet')"
    asked = "SELECT quantile_disc(beneficiary_id, 0.4) " + whole.format(typed, "beneficiary")
    ((bound,),) = duckdb.sql(asked).fetchall()
    for table in sorted(path.name for path in typed.iterdir() if path.is_dir()):
        people = "beneficiary_id" in TABLES[table].columns
        for number, test in enumerate((f"<= '{bound}'", f"> '{bound}'")):
            if people or number == 0:
                place = into / f"half-{number}" / table
                place.mkdir(parents=True)
                where = f" WHERE beneficiary_id {test}" if people else ""
                duckdb.sql(
                    f"COPY ({whole.format(typed, table)}{where}) TO '{place}/part-0.parquet' "
                    "(FORMAT parquet)"
                )


@pytest.mark.parametrize("at_once", [50_000_000, 1000])
def test_a_population_by_halves_is_the_population(tmp_path, duckdb_engine, monkeypatch, at_once):
    monkeypatch.setattr(joining, "_KEYS_AT_ONCE", at_once)
    halves(population(400), tmp_path / "in")
    for number in (0, 1):
        converted(tmp_path / "in" / f"half-{number}", tmp_path / "parts" / f"half-{number}")
    joined = converted(tmp_path / "parts", tmp_path / "joined")
    whole = converted(population(400), tmp_path / "whole")
    must_be_as_read(joined, duckdb_engine)
    once, again = taken(whole, duckdb_engine), taken(joined, duckdb_engine)
    assert (once.supplied, once.notes) == (again.supplied, again.notes)
    for table in KEPT:
        assert sorted(map(str, once.rows(table))) == sorted(map(str, again.rows(table))), table
    for table in once.supplied:
        both = (
            f"FROM '{whole}/{table}/*.parquet' EXCEPT ALL "
            f"FROM read_parquet('{joined}/{table}/*.parquet', union_by_name = true)"
        )
        assert duckdb.sql(both).fetchall() == []
        assert pq.read_table(joined / table).num_rows == pq.read_table(whole / table).num_rows


def test_files_are_linked_and_the_ledgers_beside_are_no_part(parts, tmp_path, capsys):
    joined = converted(parts, tmp_path / "joined")
    assert "Comparing 2 converted folders" in capsys.readouterr().err
    for number in (0, 1):
        source = parts / f"part-{number}" / "claim" / "part-0.parquet"
        assert source.samefile(joined / "claim" / f"part-{number}-part-0.parquet")
    assert sorted(path.name for path in (tmp_path / "joined-ledger").iterdir()) == sorted(
        path.name for path in (parts / "part-0-ledger").iterdir()
    )


def test_files_of_another_disk_are_copied(parts, tmp_path, monkeypatch, duckdb_engine):
    def refused(*_args):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(joining.os, "link", refused)
    joined = converted(parts, tmp_path / "joined")
    shutil.rmtree(parts)
    must_be_as_read(joined, duckdb_engine)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"claim": CANONICAL["claim"]}, "(1 of beneficiary_id, 2 of claim)"),
        (
            {"claim": person_of(1)["claim"].replace("C2", "C1"),
             "claim_line": person_of(1)["claim_line"].replace("C2", "C1")},
            "(1 of claim)",
        ),
        ({"enrollment_month": CANONICAL["enrollment_month"]}, "(1 of beneficiary_id)"),
        ({"provider_enrollment": "tin,npi\n111111111,1234567893\n"}, "(1 of provider_enrollment)"),
    ],
)  # fmt: skip
def test_what_is_in_two_parts_is_read_again_and_set_aside_once(
    tmp_path, capsys, duckdb_engine, changed, said
):
    rosters = {name: text for name, text in changed.items() if name == "provider_enrollment"}
    made = [person_of(0, **rosters), person_of(1, **changed)]
    for number, tables in enumerate(made):
        folder = canonical(tmp_path / f"in-{number}", **tables)
        converted(folder, tmp_path / "parts" / f"part-{number}")
    capsys.readouterr()
    joined = converted(tmp_path / "parts", tmp_path / "joined")
    shown = capsys.readouterr().err
    sentence = f"Rows are in two of them {said}: every row is read and checked again."
    assert sentence in " ".join(shown.split())
    assert not any(person in shown for person in (*PEOPLE, *BORN))
    found = taken(tmp_path / "parts", duckdb_engine)
    must_add_up(found)
    assert {row["rule"] for row in found.rows("quarantine")} & {
        "duplicate", "conflicting duplicate"
    }  # fmt: skip
    must_be_as_read(joined, duckdb_engine)


def test_a_part_that_changed_is_read_again(parts, tmp_path, capsys, duckdb_engine):
    part = parts / "part-1" / "claim" / "part-0.parquet"
    pq.write_table(pq.read_table(part), part, compression="gzip")
    joined = converted(parts, tmp_path / "joined")
    assert "have changed (part-1)" in " ".join(capsys.readouterr().err.split())
    must_be_as_read(joined, duckdb_engine)


@pytest.mark.parametrize("what", ["a table", "a folder that was not converted", "one folder"])
def test_a_folder_of_anything_else_is_read(parts, tmp_path, capsys, what):
    if what == "a table":
        (parts / "provider_enrollment.csv").write_text("tin,npi\n111111111,1234567893\n")
    elif what == "a folder that was not converted":
        shutil.rmtree(parts / "part-1" / FOLDER)
    else:
        shutil.rmtree(parts / "part-1")
    capsys.readouterr()
    converted(parts, tmp_path / "joined")
    shown = capsys.readouterr().err
    assert "Comparing" not in shown
    assert "Reading" in shown


def test_a_note_of_every_part_is_said_once_and_their_warnings_are_added_up(tmp_path, duckdb_engine):
    for number in (0, 1):
        tables = person_of(number)
        tables["claim_line"] = tables["claim_line"].replace("1234567893", "1234567890")
        tables["claim_line"] = tables["claim_line"].replace("1245319599", "1245319590")
        converted(canonical(tmp_path / f"in-{number}", **tables), tmp_path / "parts" / f"p{number}")
    joined = converted(tmp_path / "parts", tmp_path / "joined")
    must_be_as_read(joined, duckdb_engine)
    found = taken(joined, duckdb_engine)
    (row,) = [r for r in found.rows("intake_warnings") if r["column"] == "npi"]
    assert row["rows"] == 3
    assert [note["code"] for note in found.notes].count("input_warnings") == 1
