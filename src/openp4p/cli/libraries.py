"""Is what is installed what the lock says? Answered from this machine alone."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from openp4p.cli.terminal import output
from openp4p.errors import UsageError

# ours, and what installs the others: none of them is in a lock of libraries
_OWN = frozenset({"openp4p", "pip", "setuptools", "uv", "wheel"})
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def libraries(
    lock: Annotated[
        Path, typer.Argument(metavar="LOCK", help="requirements.lock of this release.")
    ],
    files: Annotated[
        bool, typer.Option("--files", help="Also hold every installed file against its record.")
    ] = False,
) -> None:
    """Hold what is installed against the lock: versions, what is missing, what is there besides.

    Exit code 1 when it differs. With --files also that no installed file was changed since. Needs
    no network, so it cannot know of holes that were found in these versions: that is what
    `pip-audit` asks an advisory service.

    Example:

        openp4p portal libraries requirements.lock --files
    """
    pinned = locked(lock)
    held = {normal(d.metadata["Name"]): d for d in metadata.distributions()}
    found = differences(pinned, {name: one.version for name, one in held.items()})
    if files:
        found += [text for name in sorted(held) for text in changed(name, held[name])]
    for text in found:
        output().print(text, soft_wrap=True)
    if found:
        raise typer.Exit(1)
    output().print(f"{len(pinned):,} libraries are installed as locked.")


def locked(lock: Path) -> dict[str, str]:
    """The version of each library of a lock."""
    pinned = dict(_PINNED.findall(lock.read_text(encoding="utf-8"))) if lock.is_file() else {}
    if not pinned:
        raise UsageError(
            f"'{lock}' locks no library.",
            remedy="Name the requirements.lock of the release that is installed.",
            code="no-lock",
        )
    return {normal(name): version for name, version in pinned.items()}


def normal(name: str) -> str:
    """A name as it is compared: case, dots and underscores say nothing."""
    return re.sub(r"[-_.]+", "-", name).lower()


def differences(pinned: Mapping[str, str], installed: Mapping[str, str]) -> list[str]:
    """In words, what is installed otherwise than locked; what was left out on purpose is too."""
    found = []
    for name in sorted({*pinned, *installed} - _OWN):
        want, have = pinned.get(name), installed.get(name)
        if have is None:
            found.append(f"{name}: locked {want}, and not installed.")
        elif want is None:
            found.append(f"{name}: installed {have}, and not in the lock.")
        elif want != have:
            found.append(f"{name}: locked {want}, and installed {have}.")
    return found


def changed(name: str, library: metadata.Distribution) -> Iterator[str]:
    """The files of a library that are not what was installed, by the record beside them."""
    listed: Iterable[metadata.PackagePath] = library.files or ()
    for file in listed:
        if file.hash is None:
            continue
        path = Path(str(file.locate()))
        if not path.is_file():
            yield f"{name}: {file} is not there."
        elif _digest(path, file.hash.mode) != file.hash.value:
            yield f"{name}: {file} was changed after it was installed."


def _digest(path: Path, mode: str) -> str:
    with path.open("rb") as held:
        found = hashlib.file_digest(held, mode).digest()
    return base64.urlsafe_b64encode(found).rstrip(b"=").decode()
