"""Copies of the shipped program outside the package, with the long lists cut short."""

from __future__ import annotations

import shutil
from pathlib import Path

import openp4p
from openp4p.errors import ProgramError
from openp4p.program.library import load_program

SHIPPED = Path(openp4p.__file__).parent / "programs" / "medicare_value_modifier"
_LONG = ("fee_schedule_services.csv", "pqrs_measures.csv")


def copied(folder: Path) -> Path:
    """The program's folder at a place of its own."""
    place = folder / "mine"
    shutil.copytree(SHIPPED, place)
    for name in _LONG:
        lines = (place / name).read_text(encoding="utf-8").splitlines()
        (place / name).write_text("\n".join(lines[:6]) + "\n", encoding="utf-8")
    return place


def changed(place: Path, file: str, old: str, new: str) -> None:
    """One text of one file replaced by another; it must be there once."""
    text = (place / file).read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {file}"
    (place / file).write_text(text.replace(old, new), encoding="utf-8")


def mistakes(reference: object, choices: dict[str, str] | None = None) -> list[tuple[str, str]]:
    """File and finding of every mistake that loading reports; empty when there is none."""
    try:
        load_program(str(reference), choices=choices)
    except ProgramError as error:
        return [(problem.file, str(problem).partition(": ")[2]) for problem in error.problems]
    return []
