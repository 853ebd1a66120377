"""Finding, loading and resolving programs; every mistake in their files is reported at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openp4p
from openp4p.errors import Problem, ProgramError, UsageError
from openp4p.program.definition import Program
from openp4p.program.extension import extended, file_problems
from openp4p.program.files import Lines, read_yaml
from openp4p.program.mistakes import did_you_mean
from openp4p.program.topics import Draft, draft_of_folder, draft_on_top, finished

_END = "a chain that ends in a program's folder"
_SHIPPED = Path(openp4p.__file__).parent / "programs"


def programs() -> list[str]:
    """The programs that come with openp4p, as PROGRAM/YEAR; those that extend one come last."""
    found = []
    for folder in sorted(path for path in _SHIPPED.iterdir() if (path / "program.yaml").is_file()):
        problems: list[Problem] = []
        years = read_yaml(folder / "program.yaml", problems).get("payment_years", [])
        found += [f"{folder.name}/{year}" for year in years]
        found += [f"{folder.name}/{file.stem}" for file in sorted(folder.glob("*-*.yaml"))]
    return found


def load_program(
    reference: str, year: int | None = None, choices: Mapping[str, str] | None = None
) -> Program:
    """The program as it stands in one payment year.

    `reference` is PROGRAM/YEAR, or the path of a program's folder or YAML file, also followed by
    /YEAR. `choices` sets entries of the register of defaults, such as {"D3": "earliest_service"}.
    Raises `ProgramError` with every mistake found, `UsageError` when there is no such program.
    """
    draft = _draft(reference, year)
    draft.choose(dict(choices or {}), "command line")
    program = finished(draft)
    if draft.problems or program is None:
        raise ProgramError(draft.problems, code="program-file")
    return program


def resolved(program: Program) -> dict[str, Any]:
    """The program as plain values in a fixed order, for manifests and JSON."""
    return program.model_dump(mode="json")


def _draft(reference: str, year: int | None, above: tuple[Path, ...] = ()) -> Draft:
    """The draft of a folder, or of a file on top of what it extends."""
    place, said_year = _split(reference, above[-1].parent if above else Path())
    chosen = year if year is not None else said_year
    if not place.is_file():
        return _folder_draft(place, chosen, above)
    problems: list[Problem] = []
    said = read_yaml(place, problems)
    base = _base(said, place, above, chosen, problems)
    if base is None:
        file_problems(said, place.name, problems)
        raise ProgramError(problems, code="program-file")
    return extended(base, said, place, problems)


def _folder_draft(place: Path, year: int | None, above: tuple[Path, ...]) -> Draft:
    """The draft of a folder, or of a folder on top of the program it extends."""
    problems: list[Problem] = []
    head = read_yaml(place / "program.yaml", problems)
    if "extends" not in head:
        return draft_of_folder(place, year)
    years = head.get("payment_years")
    chosen = year if year is not None else years[-1] if isinstance(years, list) and years else None
    base = _base(head, place / "program.yaml", above, chosen, problems)
    if base is None:
        raise ProgramError(problems, code="program-file")
    return draft_on_top(base, place)


def _base(
    said: Lines, place: Path, above: tuple[Path, ...], year: int | None, problems: list[Problem]
) -> Draft | None:
    """The draft that a file builds on; nothing, with the mistake noted, when there is none."""
    where, base = f"line {said.line.get('extends', 1)}: extends", said.get("extends")
    if not isinstance(base, str):
        found = "the file does not say which program it extends"
        allowed = "PROGRAM/YEAR, such as medicare_value_modifier/2017"
        remedy = "Add the key, or write a folder with a file per topic."
        problems.append(Problem(place.name, where, found, allowed, remedy))
        return None
    here = place.resolve()
    if here in above:
        chain = " > ".join(path.name for path in (*above[above.index(here) :], here))
        problems.append(Problem(place.name, where, f"the files extend each other: {chain}", _END))
        return None
    try:
        return _draft(base, year if _yearless(base) else None, (*above, here))
    except UsageError as error:
        problems.append(Problem(place.name, where, error.message.rstrip("."), "", error.remedy))
    except ProgramError as error:
        problems += [
            Problem(place.name, where, f"'{base}' cannot be used: {problem.found}", problem.allowed)
            if error.code == "year-not-covered"
            else problem
            for problem in error.problems
        ]
    return None


def _yearless(reference: str) -> bool:
    return not reference.rpartition("/")[2].isdigit()


def _split(reference: str, beside: Path) -> tuple[Path, int | None]:
    """The file or folder that a reference names, and the year in it."""
    name, _, last = reference.rpartition("/")
    tries: list[tuple[str, int | None]] = [(reference, None)]
    if name and last.isdigit():
        tries.append((name, int(last)))
    for text, year in tries:
        for place in (beside / text, Path(text), _SHIPPED / text, _SHIPPED / f"{text}.yaml"):
            if place.is_file() or (place / "program.yaml").is_file():
                return place, year
    raise UsageError(
        f"There is no program '{reference}'.",
        remedy=f"{did_you_mean(reference, programs())} Programs that come with openp4p: "
        f"{', '.join(programs())}. Your own: the path of its YAML file or folder.".lstrip(),
        code="unknown-program",
    )
