"""Our own files, as the tests about them find them."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "openp4p"


def tracked(*suffixes: str) -> list[Path]:
    """The files of the project that are or will be committed, with one of the suffixes."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    found = (ROOT / name for name in listed)
    return [path for path in found if path.is_file() and path.suffix in suffixes]


def name(path: Path) -> str:
    """The path of a file inside the project."""
    return path.relative_to(ROOT).as_posix()
