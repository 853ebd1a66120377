"""The same input gives the same result, whatever computes it and however it lies on disk."""

from __future__ import annotations

import shutil

import duckdb
import pytest

from openp4p.claims import by_person
from openp4p.cli import main
from openp4p.engine.duckdb import DuckDB
from tests.conftest import ENGINES
from tests.populations import population
from tests.programs.runs import PEOPLE, SEED, changed, paid, scratch, tables_of, usual

FEW = 400


def fingerprint(run):
    return run.manifest["result_fingerprint"]


def test_any_number_of_threads_gives_the_same_result():
    one = paid(2017, population(PEOPLE, SEED), "one-thread", threads=1)
    assert fingerprint(one) == fingerprint(usual())


def test_people_after_people_in_a_small_memory_give_the_same_result(monkeypatch):
    monkeypatch.setattr(DuckDB, "people_at_once", lambda _engine: PEOPLE // 3 + 1)
    little = paid(2017, population(PEOPLE, SEED), "little-memory", memory_limit="512MB")
    assert fingerprint(little) == fingerprint(usual())
    parts = {
        name: len(list((little.folder / "tables" / name).glob("*.parquet")))
        for name in ("risk_scores", "service_costs", "performance_rates")
    }
    assert parts == {"risk_scores": 3, "service_costs": 3, "performance_rates": 1}


def test_files_of_some_people_each_give_the_same_result(monkeypatch, capsys):
    """As converted, where a slice of people opens the files that hold them."""
    monkeypatch.setattr(by_person, "PEOPLE_A_FILE", PEOPLE // 4)
    monkeypatch.setattr(DuckDB, "people_at_once", lambda _engine: PEOPLE // 3 + 1)
    folder = scratch() / "in-files-of-people"
    assert main(["convert", str(population(PEOPLE, SEED)), "--out", str(folder)]) == 0
    assert "Not sealed" not in capsys.readouterr().err
    assert len(list((folder / "claim_line").glob("*.parquet"))) == 4
    assert fingerprint(paid(2017, folder, "files-of-people")) == fingerprint(usual())


def test_the_order_of_rows_does_not_matter():
    tables = tables_of(population(PEOPLE, SEED))
    assert "claim_line" in tables
    shuffled = dict.fromkeys(tables, "SELECT * FROM TABLE ORDER BY random()")
    again = paid(2017, changed("shuffled", shuffled), "shuffled")
    assert fingerprint(again) == fingerprint(usual())


def test_csv_files_give_the_same_result_as_parquet():
    folder, typed = scratch() / "as-csv", population(FEW, SEED)
    folder.mkdir()
    for table in tables_of(typed):
        target = folder / f"{table}.csv.gz"
        duckdb.execute(
            f"COPY (FROM '{typed / table}/*.parquet') TO '{target}' (HEADER, COMPRESSION gzip)"
        )
    text = paid(2017, folder, "few-csv")
    assert fingerprint(text) == fingerprint(paid(2017, typed, "few"))


def test_one_file_or_many_give_the_same_result():
    folder = scratch() / "input-in-parts"
    shutil.copytree(population(PEOPLE, SEED), folder)
    (folder / "claim_line").rename(folder / "whole")
    (folder / "claim_line").mkdir()
    for part in range(3):
        duckdb.execute(
            f"COPY (FROM '{folder}/whole/*.parquet' WHERE hash(claim_id) % 3 = {part}) "
            f"TO '{folder}/claim_line/part-{part}.parquet' (FORMAT parquet)"
        )
    shutil.rmtree(folder / "whole")
    assert fingerprint(paid(2017, folder, "in-parts")) == fingerprint(usual())


@pytest.mark.usefixtures("usual_spark")
@pytest.mark.parametrize("year", [2015, 2018])
def test_spark_and_duckdb_give_the_same_result(year):
    assert set(ENGINES) <= {"duckdb", "spark"}
    runs = [
        paid(year, population(FEW, SEED), f"{engine}-{year}", engine=engine) for engine in ENGINES
    ]
    assert len({fingerprint(run) for run in runs}) == 1
    assert len({run.manifest["run_id"] for run in runs}) == 1


def test_the_identifier_says_what_was_asked():
    other = paid(2017, population(PEOPLE, SEED), "tie-break", choices={"D3": "earliest_service"})
    assert other.manifest["run_id"] != usual().manifest["run_id"]
    assert other.manifest["inputs"] == usual().manifest["inputs"]


def test_only_another_performance_period_than_the_years_own_is_said():
    codes = {
        year: {note["code"] for note in usual(year).manifest["notes"]} for year in (2017, 2018)
    }
    assert "performance_period" not in codes[2017]
    assert "performance_period" in codes[2018]
