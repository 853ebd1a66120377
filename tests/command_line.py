"""The command as a user gives it, in a process of its own."""

from __future__ import annotations

import csv
import io
import signal
import subprocess
import sys
from pathlib import Path

import pytest

_SECONDS = 600
_START = "import sys; from openp4p.cli import main; sys.exit(main())"


def openp4p(*arguments: object, code: int | None = 0) -> subprocess.CompletedProcess[str]:
    """What the command says; it must end with the exit code that is expected (None: any)."""
    done = _ended(
        [sys.executable, "-X", "faulthandler", "-W", "default", "-c", _START],
        [str(argument) for argument in arguments],
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    if code is not None:
        assert done.returncode == code, done.stdout + done.stderr
    return done


def _ended(python: list[str], arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """The command, ended; one that stands still says where."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([*python, *arguments], **pipes) as process:
        try:
            said, progress = process.communicate(timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)
            said, progress = process.communicate()
            pytest.fail(f"{arguments} had not ended after {_SECONDS} s:\n{progress[-4000:]}")
    return subprocess.CompletedProcess(arguments, process.returncode, said, progress)


def shown(run: Path, table: str) -> list[dict[str, str]]:
    """The rows of a run's table as `openp4p show --csv` writes them."""
    return list(csv.DictReader(io.StringIO(openp4p("show", run, table, "--csv").stdout)))
