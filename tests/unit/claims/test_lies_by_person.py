"""Parquet that lies by person stays where it is; what lies otherwise is written anew, in order."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from openp4p.claims import by_person
from openp4p.claims.intake import MARKER, read_claims
from openp4p.engine import open_engine
from tests.populations import population

MONTHS = 24


@pytest.fixture
def engine():
    opened = open_engine("duckdb", threads=1)
    yield opened
    opened.close()


def with_months(folder: Path, order: str) -> Path:
    """A population with the months of three thousand people more, in parts of 2,048 rows."""
    typed = population(400, 3)
    folder.mkdir()
    for table in typed.iterdir():
        if table.name not in ("enrollment_month", "README.md"):
            (folder / table.name).symlink_to(table)
    (folder / "enrollment_month").mkdir()
    first = f"(FROM '{typed}/enrollment_month/*.parquet' ORDER BY ALL LIMIT 1)"
    duckdb.execute(
        f"COPY (SELECT * REPLACE (printf('X%06d', p) AS beneficiary_id, 201400 + 100 * (m // 12) + "
        f"m % 12 + 1 AS year_month) FROM {first}, range(3000) AS a(p), range({MONTHS}) AS b(m) "
        f"ORDER BY {order}) TO '{folder}/enrollment_month/part-0.parquet' "
        "(FORMAT parquet, ROW_GROUP_SIZE 2048)"
    )
    return folder


def taken_in(folder: Path, into: Path, engine: object) -> tuple[list[str], list[tuple]]:
    """The files of months that are used, and their keys as they lie."""
    read_claims(folder, engine, into)
    said = json.loads((into / MARKER).read_text("utf-8"))["left_there"]
    files = said.get("enrollment_month") or sorted(map(str, (into / "enrollment_month").iterdir()))
    keys = duckdb.sql(f"SELECT beneficiary_id, year_month FROM read_parquet({files})").fetchall()
    return files, keys


def test_months_of_one_person_after_another_stay_where_they_are(tmp_path, engine):
    folder = with_months(tmp_path / "claims", "p, m")
    files, _keys = taken_in(folder, tmp_path / "intake", engine)
    assert [Path(file).parent for file in files] == [folder / "enrollment_month"]


def test_people_in_any_order_are_written_in_order(tmp_path, engine):
    folder = with_months(tmp_path / "claims", "hash(p * 24 + m)")
    files, keys = taken_in(folder, tmp_path / "intake", engine)
    assert [Path(file).parent for file in files] == [tmp_path / "intake" / "enrollment_month"]
    assert len(keys) == 3000 * MONTHS
    assert keys == sorted(keys)


@pytest.mark.parametrize("order", ["ALL", "random()"])
def test_tables_of_many_people_become_files_of_some_people_each(
    tmp_path, engine, monkeypatch, order
):
    monkeypatch.setattr(by_person, "PEOPLE_A_FILE", 100)
    typed, folder, into = population(400, 3), tmp_path / "claims", tmp_path / "intake"
    shutil.copytree(typed, folder)
    for table in ("beneficiary", "enrollment_month"):
        for part in (folder / table).iterdir():
            part.unlink()
        duckdb.execute(
            f"COPY (FROM '{typed}/{table}/*.parquet' ORDER BY {order}) "
            f"TO '{folder}/{table}/rows.parquet' (FORMAT parquet, ROW_GROUP_SIZE 2048)"
        )
    read_claims(folder, engine, into, leave=False)
    for table in ("beneficiary", "enrollment_month"):
        files = sorted(str(path) for path in (into / table).iterdir())
        ends = duckdb.sql(
            f"SELECT min(beneficiary_id), max(beneficiary_id), count(*) "
            f"FROM read_parquet({files}, filename = true) GROUP BY filename ORDER BY filename"
        ).fetchall()
        assert len(ends) == 4
        assert all(one[1] < other[0] for one, other in pairwise(ends))
        assert min(rows for *_, rows in ends) > 0.15 * sum(rows for *_, rows in ends)
        both = f"FROM read_parquet({files}) EXCEPT ALL FROM '{typed}/{table}/*.parquet'"
        assert duckdb.sql(both).fetchall() == []
        assert sum(rows for *_, rows in ends) == len(
            duckdb.sql(f"FROM '{typed}/{table}/*.parquet'")
        )
