"""People after people: slices cover everybody once, and are stored as the whole would be."""

from __future__ import annotations

import inspect
import itertools
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ibis import _

from openp4p.claims.tables import TABLES
from openp4p.engine import open_engine, stages
from openp4p.engine.duckdb import BYTES_A_PERSON, MOST_PEOPLE
from openp4p.engine.slices import between
from tests.solving import columns_of

KEYS = [f"B{n:06}" for n in range(5000)] + ["A'quote", "zz\u00e9"]


@pytest.fixture
def people(duckdb_engine, tmp_path):
    rows = KEYS * 2
    random.Random(1).shuffle(rows)
    pq.write_table(pa.table({"id": rows, "n": list(range(len(rows)))}), tmp_path / "people.parquet")
    return duckdb_engine.read_parquet(tmp_path / "people.parquet")


def at_once(monkeypatch, engine, number):
    monkeypatch.setattr(type(engine), "people_at_once", lambda _engine: number)


def test_few_people_are_one_slice(duckdb_engine, people, monkeypatch):
    at_once(monkeypatch, duckdb_engine, len(KEYS) * 2)
    assert duckdb_engine.slices(people, "id") == ()
    assert duckdb_engine.slices(people.limit(0), "id") == ()


def test_slices_are_about_as_large_as_they_may_be_and_the_same_every_time(
    duckdb_engine, people, monkeypatch
):
    at_once(monkeypatch, duckdb_engine, 2000)
    slices = duckdb_engine.slices(people, "id")
    assert len(slices) == 6
    assert slices == duckdb_engine.slices(people, "id")
    sizes = [sum(s.start <= key < s.below for key in KEYS) for s in slices]
    assert sum(sizes) == len(KEYS)
    assert max(sizes) < 1.3 * len(KEYS) / len(slices)


def test_what_is_stored_by_slices_is_the_whole(duckdb_engine, people, monkeypatch, tmp_path):
    at_once(monkeypatch, duckdb_engine, 2000)
    slices = duckdb_engine.slices(people, "id")
    part = duckdb_engine.of_slice(people, "id")
    duckdb_engine.store(part.group_by("id").agg(n=_.n.sum()), tmp_path / "stored", slices)
    stored = duckdb_engine.read_parquet(tmp_path / "stored")
    whole = people.group_by("id").agg(n=_.n.sum())
    found, expected = (
        duckdb_engine.rows(table.order_by("id")).to_pylist() for table in (stored, whole)
    )
    assert found == expected
    assert len(list((tmp_path / "stored").iterdir())) == len(slices)


@pytest.fixture
def by_key_and_not(duckdb_engine, tmp_path):
    """Rows by key in files that lie apart, overlap, hold none or null keys; and rows without."""
    keyed, other = tmp_path / "keyed", tmp_path / "other"
    for folder in (keyed, other):
        folder.mkdir()
    keys = sorted(KEYS)
    held = [keys[:1500], keys[1200:4000], [], [None, *keys[4000:4500]], [None], keys[4500:]]
    for number, keys in enumerate(held):
        rows = {
            "id": pa.array(keys, pa.string()),
            "kind": pa.array([len(keys)] * len(keys), pa.int64()),
        }
        pq.write_table(pa.table(rows), keyed / f"{number}.parquet", row_group_size=400)
        kinds = pa.array([len(keys)])
        pq.write_table(pa.table({"kind": kinds, "place": [number]}), other / f"{number}.parquet")
    return duckdb_engine.read_parquet(keyed), duckdb_engine.read_parquet(other)


def test_a_slice_of_several_files_is_made_of_those_that_hold_its_keys(
    duckdb_engine, people, by_key_and_not, monkeypatch, tmp_path
):
    at_once(monkeypatch, duckdb_engine, 700)
    slices = duckdb_engine.slices(people, "id")
    keyed, other = by_key_and_not
    opened = []

    def joined(rows):
        return rows.left_join(other, "kind").select("id", "kind", "place")

    run = duckdb_engine._run
    monkeypatch.setattr(duckdb_engine, "_run", lambda said: opened.append(said) or run(said))
    part = joined(duckdb_engine.of_slice(keyed, "id"))
    duckdb_engine.store(part, tmp_path / "stored", slices)
    named = [said.count(".parquet") for said in opened if "/keyed/" in said and "SET" in said]
    assert named[-1] == 6, "all of them again"
    assert named[1:4] == [3, 3, 4], "two files do not say which keys they hold"
    assert max(named[:-1]) == 4
    stored = duckdb_engine.read_parquet(tmp_path / "stored")
    order = ("id", "kind", "place")
    found, expected = (
        duckdb_engine.rows(table.order_by(order)).to_pylist()
        for table in (stored, joined(keyed.filter(keyed.id.notnull())))
    )
    assert len(found) > len(KEYS)
    assert found == expected


def test_no_stage_in_slices_takes_a_table_that_may_not_say_whose_a_row_is():
    columns_of("service_costs")  # imports every stage
    sliced = [stage for stage in stages().values() if stage.each]
    assert len(sliced) > 20
    for stage in sliced:
        for name in inspect.signature(stage.function).parameters:
            column = TABLES[name].columns.get(stage.each) if name in TABLES else None
            assert column is None or column.required, f"{stage.name} takes {name}"


def test_no_stage_in_slices_reads_all_of_what_another_made_in_slices():
    columns_of("service_costs")  # imports every stage
    made = stages()
    for stage in made.values():
        for name in inspect.signature(stage.function).parameters:
            if stage.each and name in made and made[name].each == stage.each:
                assert stage.each in made[name].columns, f"{stage.name} takes {name}"


def test_every_key_is_in_one_slice():
    slices = between("id", ["B", "C'", "D"])
    for key in ("", "A", "B", "C", "C'", "C'x", "D", "\U0010fffe"):
        assert sum(s.start <= key < s.below for s in slices) == 1
    for one, other in itertools.pairwise(slices):
        assert one.below == other.start


@pytest.mark.parametrize(
    ("limit", "people"),
    [("2GB", 2 * 10**9 // BYTES_A_PERSON), ("500MB", 5 * 10**8 // BYTES_A_PERSON), ("8GB", None)],
)
def test_how_many_at_once_follows_the_memory(tmp_path: Path, limit, people):
    engine = open_engine("duckdb", memory_limit=limit, spill_folder=tmp_path)
    try:
        assert engine.people_at_once() == pytest.approx(people or MOST_PEOPLE, rel=0.05)
    finally:
        engine.close()
