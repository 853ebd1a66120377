"""A run that is killed goes on where it stopped and gives the same result."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from openp4p.errors import RunFolderError
from openp4p.results import Run
from tests.populations import population
from tests.programs.runs import PEOPLE, SEED, paid, scratch, usual

FEW = 400
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

# each child is killed a moment after it begins a stage that no child before it was killed in
DYING_EVERYWHERE = """
    import os, signal, sys
    from pathlib import Path
    import ibis.backends.duckdb  # once, before there are children
    from openp4p.program.library import load_program
    from openp4p.run import Request, run

    program = load_program("medicare_value_modifier/2017")
    struck = Path({out!r} + ".struck")

    def progress(name):
        if name not in struck.read_text().split():
            with struck.open("a") as file:
                file.write(name + "\\n")
            milliseconds = sum(name.encode()) % 40
            signal.setitimer(signal.ITIMER_REAL, 0.001 * (milliseconds + 1))

    struck.touch()
    status = 1
    while status != 0:
        child = os.fork()
        if child == 0:
            run(Request(
                program=program, input_folder=Path({folder!r}), out=Path({out!r}),
                progress=progress, threads=1,
            ))
            os._exit(0)
        _pid, status = os.waitpid(child, 0)
        print(status, flush=True)
        if status not in (0, signal.SIGALRM):
            sys.exit(1)
"""


def test_a_run_killed_in_every_stage_gives_the_same_result():
    folder, out = population(FEW, SEED), scratch() / "killed-everywhere"
    code = textwrap.dedent(DYING_EVERYWHERE).format(folder=str(folder), out=str(out))
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    struck = Path(f"{out}.struck").read_text("utf-8").split()
    killed = done.stdout.split().count(str(int(signal.SIGALRM)))
    run, usual_run = Run.open(out), paid(2017, folder, "not-killed")
    computed = set(run.manifest["tables"])
    assert computed | {"intake"} == set(struck)
    assert killed > len(computed) / 2, "many stages of so few people end before the blow"
    assert run.manifest["result_fingerprint"] == usual_run.manifest["result_fingerprint"]


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
