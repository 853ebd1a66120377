"""What lies in an input folder: plain files, Parquet folders, and the members of zip packages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from openp4p.claims.formats.packages import is_package, members_of, unpack
from openp4p.claims.formats.sources import head_of, header_of, is_data_file
from openp4p.claims.seal import FOLDER as SEAL_FOLDER
from openp4p.errors import Problem

_SYSTEM = ("__MACOSX", ".DS_Store", "Thumbs.db")


@dataclass(frozen=True)
class Entry:
    """One thing to read: where its bytes are, and the name it goes by in the ledger."""

    path: Path
    name: str

    @property
    def short(self) -> str:
        """The last part of the name, without the folder or the package it lies in."""
        return PurePosixPath(self.name).name

    @cached_property
    def header(self) -> tuple[str, ...]:
        """The column names, upper case, if it is a table with a header row."""
        return header_of(self.path)

    @cached_property
    def head(self) -> str:
        """The first 64 kB as text."""
        return head_of(self.path).decode("utf-8-sig", errors="replace")


def entries_of(
    folder: Path,
    scratch: Path,
    problems: list[Problem],
    *,
    is_table_folder: Callable[[Path], bool],
    is_known: Callable[[Entry], bool],
) -> list[Entry]:
    """Everything in a folder that may hold rows, in the order of the names.

    Members of packages are unpacked into `scratch`. A file counts by its ending, or when a format
    knows it by its name or content.
    """
    found = []
    for path in _walked(folder, is_table_folder):
        name = path.relative_to(folder).as_posix()
        entry = Entry(path, name)
        if path.is_file() and is_package(path):
            found += _unpacked(path, name, scratch, problems, is_known)
        elif path.is_dir() or is_data_file(path) or is_known(entry):
            found.append(entry)
    return found


def _walked(folder: Path, is_table_folder: Callable[[Path], bool]) -> list[Path]:
    """Files, and folders that are one table, in the order of their names."""
    found: list[Path] = []
    for path in sorted(folder.iterdir()):
        if path.name == SEAL_FOLDER:
            continue
        if path.is_dir() and not is_table_folder(path):
            found += _walked(path, is_table_folder)
        elif path.is_dir() or path.is_file():
            found.append(path)
    return found


def _unpacked(
    path: Path,
    name: str,
    scratch: Path,
    problems: list[Problem],
    is_known: Callable[[Entry], bool],
) -> list[Entry]:
    scratch.mkdir(parents=True, exist_ok=True)
    found = []
    for place, member in enumerate(members_of(path, name, problems)):
        parts = PurePosixPath(member.name).parts
        if any(part in _SYSTEM for part in parts):
            continue
        shown = f"{name}/{member.name}"
        # never a name that somebody else chose, but for an ending that is one of ours
        ending = ".parquet" if member.name.lower().endswith(".parquet") else ""
        target = scratch / f"{len(list(scratch.iterdir()))}-{place}{ending}"
        entry = Entry(target, shown)
        if not unpack(member, target, shown, problems):
            continue
        if is_data_file(Path(member.name)) or is_known(entry):
            found.append(entry)
        else:
            target.unlink()
    return found
