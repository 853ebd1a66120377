"""A run that is killed goes on where it stopped and gives the same result."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap

import pytest

from openp4p.errors import RunFolderError
from openp4p.results import Run
from tests.populations import population
from tests.programs.runs import PEOPLE, SEED, paid, scratch, usual

DYING = """
    import os, signal
    from pathlib import Path
    from openp4p.program.library import load_program
    from openp4p.run import Request, run

    def progress(name):
        if name == {stage!r}:
            os.kill(os.getpid(), signal.SIGKILL)

    run(Request(
        program=load_program("medicare_value_modifier/2017"), input_folder=Path({folder!r}),
        out=Path({out!r}), progress=progress,
    ))
"""


@pytest.mark.parametrize("stage", ["professionals", "per_capita_cost_cases", "payments"])
def test_a_killed_run_goes_on_where_it_stopped(stage):
    folder, name = population(PEOPLE, SEED), f"killed-{stage}"
    out = scratch() / name
    code = textwrap.dedent(DYING).format(stage=stage, folder=str(folder), out=str(out))
    ended = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    with pytest.raises(RunFolderError, match="not finished"):
        Run.open(out)
    kept = {p: p.stat().st_mtime_ns for p in (out / "tables").glob("*/_record.json")}
    assert stage not in {path.parent.name for path in kept}
    resumed = paid(2017, folder, name)
    assert {p: p.stat().st_mtime_ns for p in kept} == kept
    assert resumed.manifest["result_fingerprint"] == usual().manifest["result_fingerprint"]
    assert resumed.manifest["run_id"] == usual().manifest["run_id"]


def test_a_finished_run_is_opened_and_not_computed_again():
    run = usual()
    before = json.loads((run.folder / "manifest.json").read_text("utf-8"))
    stamp = (run.folder / "manifest.json").stat().st_mtime_ns
    again = paid(2017, population(PEOPLE, SEED), "usual-2017")
    assert again.manifest == before
    assert (run.folder / "manifest.json").stat().st_mtime_ns == stamp


def test_another_year_does_not_share_the_folder_by_accident():
    usual(2017)
    with pytest.raises(RunFolderError, match="holds another run"):
        paid(2018, population(PEOPLE, SEED), "usual-2017")
