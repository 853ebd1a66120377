"""Too little memory is said in words, and what was begun goes on with more."""

from __future__ import annotations

from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from openp4p.engine import open_engine
from openp4p.errors import UsageError
from tests.populations import population
from tests.programs.runs import SEED, paid, scratch

PEOPLE = 400


def words(folder: Path) -> Path:
    """A file of half a million strings, all different, to be counted."""
    table = pa.table({"word": [f"one of many longer words {n}" for n in range(500_000)]})
    pq.write_table(table, folder / "words.parquet")
    return folder / "words.parquet"


def test_a_step_that_cannot_go_to_disk_says_what_to_do(tmp_path):
    engine = open_engine("duckdb", threads=1, memory_limit="10MB", spill_folder=tmp_path / "spill")
    table = engine.read_parquet(words(tmp_path))
    counted = table.group_by(ibis.literal(1).name("all")).agg(n=table.word.nunique())
    try:
        for ask in (lambda: engine.store(counted, tmp_path / "out"), lambda: engine.rows(counted)):
            with pytest.raises(UsageError, match="too little") as caught:
                ask()
            assert caught.value.code == "memory-limit"
            assert "--memory-limit" in caught.value.remedy
    finally:
        engine.close()


def test_a_run_that_had_too_little_goes_on_with_more():
    folder = population(PEOPLE, SEED)
    with pytest.raises(UsageError, match="too little"):
        paid(2017, folder, "little-memory", memory_limit="5MB")
    run = paid(2017, folder, "little-memory", memory_limit="1GB")
    usual = paid(2017, folder, "enough-memory")
    assert run.manifest["result_fingerprint"] == usual.manifest["result_fingerprint"]
    assert (scratch() / "little-memory" / "manifest.json").is_file()
