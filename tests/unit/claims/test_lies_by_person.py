"""Parquet that lies by person stays where it is; what lies otherwise is written anew, in order."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

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
    files = said.get("enrollment_month") or [str(into / "enrollment_month" / "part-0.parquet")]
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
