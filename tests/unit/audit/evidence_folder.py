"""Folders of evidence for tests: the template's, with one thing changed, or one written by hand."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

from openp4p.audit.records.layout import FILES
from openp4p.audit.records.template import template
from tests.unit.audit.loaded import load_program

Lines = list[dict[str, str]]
PROGRAM = "vms_model/2017"


def written(folder: Path, kinds: Iterable[str] = FILES) -> Path:
    """The template's files of these kinds."""
    folder.mkdir(exist_ok=True)
    for kind in kinds:
        layout = FILES[kind]
        (folder / layout.file).write_text(template(layout, load_program(PROGRAM)), encoding="utf-8")
    return folder


def changed(folder: Path, kind: str, change: Callable[[Lines], Lines | None]) -> Path:
    """A file of the folder with its rows changed in place, or by others that are returned."""
    path = folder / FILES[kind].file
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    return by_hand(folder, kind, change(rows) or rows)


def by_hand(folder: Path, kind: str, rows: Iterable[dict[str, object]]) -> Path:
    """A file of the folder with these rows; cells that are left out are empty."""
    names = [column.name for column in FILES[kind].columns]
    with (folder / FILES[kind].file).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return folder
