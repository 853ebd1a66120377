"""A cluster computes what one machine does, also when a worker and the command itself are lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from openp4p.errors import UsageError
from tests.populations import population
from tests.programs.runs import SEED, paid, scratch
from tests.spark_cluster import cluster

_START = "import sys; from openp4p.cli import main; sys.exit(main())"
_PATIENCE = 600
FEW = 400


def begun(master: str, out: Path) -> subprocess.Popen[bytes]:
    """A run on the cluster, in processes of its own."""
    asked = ["run", "medicare_value_modifier/2017", "--input", str(population(FEW, SEED))]
    where = ["--out", str(out), "--engine", "spark", "--master", master]
    with (out.parent / f"{out.name}.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-c", _START, *asked, *where],
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PYARROW_IGNORE_TIMEZONE": "1"},
        )


def reached(table: str, out: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until a table is stored."""
    last = time.monotonic() + _PATIENCE
    while not (out / "tables" / table / "_record.json").exists():
        said = (out.parent / f"{out.name}.log").read_text(errors="replace")[-3000:]
        assert process.poll() is None, said
        assert time.monotonic() < last, said
        time.sleep(0.2)


def ended(process: subprocess.Popen[bytes]) -> None:
    """End the command and the processes it started, at once."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_a_run_begun_on_a_cluster_that_loses_a_worker_is_finished_on_one_machine():
    out = scratch() / "begun-on-a-cluster"
    with cluster(workers=2) as made:
        process = begun(made.url, out)
        try:
            reached("size_classes", out, process)
            made.kill_worker()
            reached("attributed_beneficiaries", out, process)
        finally:
            ended(process)
        on_connect = scratch() / "begun-on-connect"
        process = begun(made.connect_server(), on_connect)
        try:
            reached("reporting_categories", on_connect, process)
        finally:
            ended(process)
    usual = paid(2017, population(FEW, SEED), "on-one-machine")
    for folder in (out, on_connect):
        kept = {p: p.stat().st_mtime_ns for p in (folder / "tables").glob("*/_record.json")}
        resumed = paid(2017, population(FEW, SEED), folder.name)
        assert {p: p.stat().st_mtime_ns for p in kept} == kept
        assert resumed.manifest["result_fingerprint"] == usual.manifest["result_fingerprint"]


def test_a_cluster_that_does_not_answer_is_said_in_words():
    from openp4p.engine import open_engine

    with pytest.raises(UsageError, match=r"No Spark answers at 'sc://127\.0\.0\.1:1'"):
        open_engine("spark", master="sc://127.0.0.1:1")
