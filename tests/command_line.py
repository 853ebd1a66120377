"""The command as a user gives it, in a process of its own."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from pathlib import Path

_START = "import sys; from openp4p.cli import main; sys.exit(main())"


def openp4p(*arguments: object, code: int | None = 0) -> subprocess.CompletedProcess[str]:
    """What the command says; it must end with the exit code that is expected (None: any)."""
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", _START, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    if code is not None:
        assert done.returncode == code, done.stdout + done.stderr
    return done


def shown(run: Path, table: str) -> list[dict[str, str]]:
    """The rows of a run's table as `openp4p show --csv` writes them."""
    return list(csv.DictReader(io.StringIO(openp4p("show", run, table, "--csv").stdout)))
