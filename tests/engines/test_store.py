"""What an engine stores has the types that were computed, so that it can be read back as such."""

from __future__ import annotations

import ibis
import pytest
from ibis.common.exceptions import TableNotFound
from pyarrow import parquet

from openp4p.engine.duckdb import arrow_table
from openp4p.engine.written import SETTING
from openp4p.errors import UsageError


def test_sums_of_whole_numbers_are_stored_as_whole_numbers(engine, tmp_path):
    rows = [{"tin": "A", "n": 2**40}, {"tin": "A", "n": 1}, {"tin": "B", "n": 3}]
    table = engine.table(rows, {"tin": "string", "n": "int64"})
    engine.store(table.group_by("tin").agg(n=table.n.sum()), tmp_path / "stored")
    stored = engine.read_parquet(tmp_path / "stored")
    assert stored.schema()["n"].is_int64()
    assert {r["tin"]: r["n"] for r in engine.rows(stored).to_pylist()} == {"A": 2**40 + 1, "B": 3}


def test_a_folder_with_a_quote_in_its_name_can_be_stored_into(engine, tmp_path):
    table = engine.table([{"n": 1}], {"n": "int32"})
    engine.store(table, tmp_path / "o'brien")
    assert engine.rows(engine.read_parquet(tmp_path / "o'brien")).to_pylist() == [{"n": 1}]


@pytest.mark.parametrize("asked", [None, "", "zstd", "Snappy"])
def test_parquet_is_written_as_the_environment_says(engine, tmp_path, monkeypatch, asked):
    monkeypatch.delenv(SETTING, raising=False)
    if asked is not None:
        monkeypatch.setenv(SETTING, asked)
    engine.store(engine.table([{"n": 1}], {"n": "int32"}), tmp_path / "stored")
    file = next((tmp_path / "stored").glob("*.parquet"))
    codec = parquet.ParquetFile(file).metadata.row_group(0).column(0).compression
    assert codec == (asked or "snappy").upper()


def test_a_codec_that_is_none_is_refused(engine, tmp_path, monkeypatch):
    monkeypatch.setenv(SETTING, "zip")
    with pytest.raises(UsageError, match="snappy or zstd"):
        engine.store(engine.table([{"n": 1}], {"n": "int32"}), tmp_path / "stored")


def test_several_files_of_the_same_columns_are_one_table(engine, tmp_path):
    folders = [tmp_path / "o'brien", tmp_path / "other"]
    for number, folder in enumerate(folders):
        folder.mkdir()
        for part in range(2):
            rows = [{"id": f"{number}{part}", "n": part}]
            held = arrow_table(rows, {"id": "string", "n": "int64"})
            parquet.write_table(held, folder / f"{part}.parquet")
    files = [file for folder in folders for file in sorted(folder.iterdir())]
    for given in (folders, files):
        table = engine.read_parquet(*given)
        assert sorted(engine.rows(table)["id"].to_pylist()) == ["00", "01", "10", "11"]
        engine.store(table.join(table, "n").select("id"), tmp_path / f"joined-{len(given)}")
        joined = engine.read_parquet(tmp_path / f"joined-{len(given)}")
        assert engine.rows(joined).num_rows == 8


def test_a_fraction_written_as_a_literal_is_stored_as_a_float(engine, tmp_path):
    table = engine.table([{"n": 1}], {"n": "int64"})
    engine.store(
        table.mutate(one=ibis.literal(1.0), money=table.n.cast("decimal(38, 2)").sum()),
        tmp_path / "stored",
    )
    stored = engine.read_parquet(tmp_path / "stored")
    assert stored.schema()["one"].is_float64()
    assert stored.schema()["money"].is_decimal()


def test_a_view_is_dropped_by_its_name(engine):
    """From sqlglot 30.18 on, Ibis 12 writes DROP without a name: pyproject.toml holds it below."""
    table = engine.table([{"n": 1}], {"n": "int64"})
    for name in ("stays", "goes"):
        engine.connection.create_view(name, table)
    engine.connection.drop_view("goes")
    assert engine.rows(engine.connection.table("stays")).to_pylist() == [{"n": 1}]
    engine.connection.drop_view("stays")
    with pytest.raises(TableNotFound, match="goes"):
        engine.connection.table("goes")


def test_a_join_with_a_table_of_no_rows_sends_no_rows_about(engine, tmp_path):
    columns = {"tin": "string", "n": "int64"}
    engine.store(engine.table([{"tin": "A", "n": 1}], columns), tmp_path / "stored")
    rows = engine.read_parquet(tmp_path / "stored")
    none = engine.table([], columns)
    # windows over it, as a stage looks for the price that holds on a day
    none = none.mutate(place=ibis.row_number().over(group_by="tin", order_by="n"))
    none = none.select(of="tin", m="n", place="place")
    joined = rows.left_join(none, rows.tin == none.of)
    if engine.name == "spark":
        plan = engine.connection.raw_sql(engine.sql(joined))._jdf.queryExecution()
        assert "Exchange" not in plan.executedPlan().toString()
    assert engine.rows(joined.select("tin", "n", "m")).to_pylist() == [
        {"tin": "A", "n": 1, "m": None}
    ]
