"""Finding, loading and resolving programs; every mistake in their files is reported at once."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openp4p
from openp4p.errors import Problem, ProgramError, UsageError
from openp4p.program.definition import Program
from openp4p.program.extension import extended
from openp4p.program.files import read_yaml
from openp4p.program.topics import Draft, draft_of_folder, finished

_SHIPPED = Path(openp4p.__file__).parent / "programs"


def programs() -> list[str]:
    """The programs that come with openp4p, as PROGRAM/YEAR."""
    found = []
    for folder in sorted(path for path in _SHIPPED.iterdir() if (path / "program.yaml").is_file()):
        problems: list[Problem] = []
        years = read_yaml(folder / "program.yaml", problems).get("payment_years", [])
        found += [f"{folder.name}/{year}" for year in years]
    return found


def load_program(
    reference: str, year: int | None = None, choices: Mapping[str, str] | None = None
) -> Program:
    """The program as it stands in one payment year.

    `reference` is PROGRAM/YEAR, or the path of a program's folder or YAML file, also followed by
    /YEAR. `choices` sets entries of the register of defaults, such as {"D3": "earliest_service"}.
    Raises `ProgramError` with every mistake found, `UsageError` when there is no such program.
    """
    draft = _draft(reference, year, depth=0)
    draft.choose(dict(choices or {}), "command line")
    program = finished(draft)
    if draft.problems or program is None:
        raise ProgramError(draft.problems, code="program-file")
    return program


def resolved(program: Program) -> dict[str, Any]:
    """The program as plain values in a fixed order, for manifests and JSON."""
    return _ordered(program.model_dump(mode="json"))  # type: ignore[no-any-return]  # a dict in, a dict out


def _ordered(value: Any) -> Any:  # noqa: ANN401  # any JSON value
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in value}
    if isinstance(value, list):
        listed = [_ordered(item) for item in value]
        return sorted(listed) if all(isinstance(item, str) for item in listed) else listed
    return value


def _draft(reference: str, year: int | None, depth: int) -> Draft:
    place, said_year = _split(reference)
    chosen = year if year is not None else said_year
    if place.is_file():
        problems: list[Problem] = []
        said = read_yaml(place, problems)
        base = said.get("extends")
        if isinstance(base, str) and depth < 5:
            return extended(
                _draft(base, chosen if "/" not in base else None, depth + 1), said, place, problems
            )
        problems.append(
            Problem(
                place.name,
                "extends",
                "the file does not say which program it extends",
                "PROGRAM/YEAR, such as medicare_value_modifier/2017",
                "Add the key, or write a folder with a file per topic.",
            )
        )
        raise ProgramError(problems, code="program-file")
    return draft_of_folder(place, chosen)


def _split(reference: str) -> tuple[Path, int | None]:
    """The file or folder that a reference names, and the year in it."""
    name, _, last = reference.rpartition("/")
    tries: list[tuple[str, int | None]] = [(reference, None)]
    if name and last.isdigit():
        tries.append((name, int(last)))
    for text, year in tries:
        for place in (Path(text), _SHIPPED / text):
            if place.is_file() or (place / "program.yaml").is_file():
                return place, year
        if (Path(text) / "program.yml").is_file():
            return Path(text) / "program.yml", year
    near = difflib.get_close_matches(reference, programs(), n=1)
    hint = f"Did you mean '{near[0]}'? " if near else ""
    raise UsageError(
        f"There is no program '{reference}'.",
        remedy=f"{hint}Programs that come with openp4p: {', '.join(programs())}. "
        "Your own: the path of its YAML file or folder.",
        code="unknown-program",
    )
