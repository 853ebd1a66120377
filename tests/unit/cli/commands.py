"""A finished run to ask, and commands given in this process or in one of their own."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from openp4p.cli import main
from tests.meta.files import ROOT

RATES = ROOT / "docs" / "examples" / "rates"
PROGRAM = "medicare_value_modifier/2017"


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


def command(*arguments: object) -> Said:
    """A command given in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(argument) for argument in arguments])
    return Said(code, out.getvalue(), err.getvalue())


def process(*arguments: object, **environment: str) -> Said:
    """A command given in a process of its own, as from a shell, with nothing to read from."""
    ended = subprocess.run(
        [sys.executable, "-c", "import sys; from openp4p.cli import main; sys.exit(main())",
         *map(str, arguments)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, **environment},
    )  # fmt: skip
    return Said(ended.returncode, ended.stdout, ended.stderr)


@cache
def rates_run() -> tuple[Path, Said]:
    """The run of the documented example from rates, and what its command said."""
    out = Path(mkdtemp(prefix="openp4p-cli-")) / "run"
    said = command("run", PROGRAM, "--input", RATES, "--factor", "published", "--out", out)
    assert said.code == 0, said.err
    return out, said


def run_folder() -> Path:
    """The folder of that run."""
    return rates_run()[0]
