"""What makes two runs the same: the rules, the inputs, the options and the code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import openp4p

_SHOWN = 16
# the code that can move a result; what only reads runs, or shows them, is not of it
_NOT_COUNTED = frozenset(
    {"cli.py", "cli", "explain.py", "explain", "reports", "synthetic", "review", "portal"}
    | {"audit", "simulation"}
)


def run_identifier(
    rules: Mapping[str, object],
    inputs: Iterable[Mapping[str, object]],
    options: Mapping[str, object],
) -> str:
    """Sixteen hexadecimal digits that stay the same while rules, inputs, options and code do."""
    said = {
        "rules": rules,
        "inputs": sorted(str(entry["sha256"]) + str(entry["name"]) for entry in inputs),
        "options": options,
        "code": code_version(),
    }
    text = json.dumps(said, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:_SHOWN]


def input_fingerprints(files: Iterable[Path], root: Path) -> list[dict[str, object]]:
    """Name, bytes and SHA-256 of each input file, in the order of their names."""
    return [
        {"name": _name(path, root), "bytes": path.stat().st_size, "sha256": _sha256(path)}
        for path in sorted(files)
    ]


@cache
def code_version(packages: tuple[str, ...] = ()) -> str:
    """The package version and a digest of the files that compute results, or of some packages."""
    digest = hashlib.sha256()
    package = Path(openp4p.__file__).parent
    for path in sorted(package.rglob("*")):
        inside = path.relative_to(package)
        counted = inside.parts[0] in packages if packages else inside.parts[0] not in _NOT_COUNTED
        if path.suffix in (".py", ".yaml", ".csv") and counted:
            digest.update(inside.as_posix().encode())
            digest.update(path.read_bytes())
    return f"{openp4p.__version__}+{digest.hexdigest()[:_SHOWN]}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
