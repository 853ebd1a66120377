"""The run folder: whole tables only, one run a folder, and a killed run goes on."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap

import pytest

from openp4p.errors import RunFolderError
from openp4p.folder import RunFolder
from openp4p.results import Run

COLUMNS = {"n": "int64"}


@pytest.fixture
def folder(duckdb_engine, tmp_path):
    opened = []

    def at(name="run"):
        opened.append(RunFolder(tmp_path / name, duckdb_engine, lambda name: None))
        return opened[-1]

    yield at
    for each in opened:
        each.release()


def ten(engine):
    return lambda: engine.table([{"n": n} for n in range(10)], COLUMNS)


def test_a_stored_table_is_not_computed_again(folder, duckdb_engine):
    run = folder()
    assert not run.claim({"run_id": "a"})
    run.store("ten", ten(duckdb_engine), COLUMNS)

    def never():
        raise AssertionError("computed again")

    assert run.table("ten").count().execute() == 10
    run.store("ten", never, COLUMNS)
    assert run.records()["ten"]["rows"] == 10


def test_a_table_that_is_not_as_declared_is_not_kept(folder, duckdb_engine):
    run = folder()
    run.claim({"run_id": "a"})
    with pytest.raises(AssertionError, match="were not declared"):
        run.store("ten", ten(duckdb_engine), {})
    assert run.records() == {}


def test_another_run_may_not_take_the_folder(folder):
    first = folder()
    first.claim({"run_id": "a"})
    first.release()
    with pytest.raises(RunFolderError, match="holds another run"):
        folder().claim({"run_id": "b"})


def test_two_processes_do_not_share_a_folder(folder):
    folder().claim({"run_id": "a"})
    with pytest.raises(RunFolderError, match="being filled by another process"):
        folder().claim({"run_id": "a"})


def test_a_folder_with_other_files_is_left_alone(folder, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.txt").write_text("mine")
    with pytest.raises(RunFolderError, match="not a run of openp4p"):
        folder().claim({"run_id": "a"})
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["thesis.txt"]


def test_a_finished_run_is_said_to_be_finished(folder, duckdb_engine):
    run = folder()
    run.claim({"run_id": "a"})
    with run.timed("intake"):
        pass
    run.store("ten", ten(duckdb_engine), COLUMNS)
    run.finish({"run_id": "a"}, ["ten"], {}, [])
    run.release()
    assert folder().claim({"run_id": "a"})
    assert Run.open(run.path).rows("ten", {"n": 3}) == [{"n": 3}]


def test_an_unfinished_run_is_not_opened(folder):
    run = folder()
    run.claim({"run_id": "a"})
    with pytest.raises(RunFolderError, match="not finished"):
        Run.open(run.path)


def test_a_process_killed_while_storing_leaves_nothing_half_done(folder, tmp_path):
    code = textwrap.dedent(f"""
        import os, signal
        from pathlib import Path
        from openp4p.engine import open_engine
        from openp4p.folder import RunFolder
        engine = open_engine("duckdb")
        run = RunFolder(Path({str(tmp_path / "run")!r}), engine, print)
        run.claim({{"run_id": "a"}})
        table = engine.table([{{"n": 1}}], {{"n": "int64"}})
        run.store("first", lambda: table, {{"n": "int64"}})
        keep = engine.store
        def store_and_die(expression, folder, slices=()):
            keep(expression, folder, slices)
            os.kill(os.getpid(), signal.SIGKILL)
        engine.store = store_and_die
        run.store("second", lambda: table, {{"n": "int64"}})
    """)
    ended = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    run = folder()
    assert not run.claim({"run_id": "a"})
    assert list(run.records()) == ["first"]
    assert not (run.path / "unfinished").exists()
    assert json.loads((run.path / "manifest.json").read_text())["finished"] is False
    assert [path.name for path in run.tables.iterdir()] == ["first"]
