"""From the topic files of a program to one payment year: each value with its citation."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from openp4p.errors import Problem, ProgramError
from openp4p.program.consistency import inconsistencies
from openp4p.program.definition import Citation, Program
from openp4p.program.files import Lines, read_list, read_yaml
from openp4p.program.lists import code_lists
from openp4p.program.measure_files import measure_rules

_STATUSES = ("verified", "recalled", "default")
_ENTRY = {"description", "unit", "values"}
_VALUE = {"value", "cite", "status", "note"}
# which section each topic file fills
TOPICS = {
    "applicability": "applicability",
    "eligibility": "eligibility",
    "attribution": "attribution",
    "reporting": "reporting",
    "quality": "quality",
    "cost": "cost",
    "composites": "composites",
    "tiering": "tiering",
    "payment": "payment",
    "grid": "payment",
}
LATER = "later"  # choices of measures that this version does not compute


@dataclass
class Draft:
    """A program on its way to being checked: plain values, their citations, the mistakes so far."""

    values: dict[str, Any]
    citations: dict[str, Citation]
    lines: dict[str, tuple[str, int]]
    problems: list[Problem]
    choices: dict[str, dict[str, Any]] = field(default_factory=dict)

    def problem(self, path: str, found: str, allowed: str = "", remedy: str = "") -> None:
        """Add a mistake at a dotted path, with the file and line where it stands."""
        file, line = self.place(path)
        where = f"line {line}: {path}" if line else path
        self.problems.append(Problem(file, where, found, allowed, remedy))

    def place(self, path: str) -> tuple[str, int]:
        """File and line of the entry that a dotted path belongs to."""
        while path and path not in self.lines:
            path = path.rpartition(".")[0]
        return self.lines.get(path, ("program", 0))

    def set(self, path: str, value: Any) -> None:  # noqa: ANN401  # any YAML value
        """Put a value at a dotted path."""
        *parents, last = path.split(".")
        inside = self.values
        for parent in parents:
            inside = inside.setdefault(parent, {})
        inside[last] = value

    def rests_on(self, choice: Mapping[str, Any]) -> bool:
        """Whether something that is computed in this payment year rests on the choice."""
        later = choice["parameter"].startswith(LATER)
        return not later and self.values["payment_year"] >= choice.get("since", 0)

    def choose(self, chosen: Mapping[str, Any], file: str) -> None:
        """Set choices of the register; unknown ones and ones that are not computed are mistakes."""
        for id_, option in chosen.items():
            where = f"choices.{id_}"
            self.lines.setdefault(where, (file, 0))
            if id_ not in self.choices:
                near = difflib.get_close_matches(str(id_), list(self.choices), n=1)
                hint = f"Did you mean '{near[0]}'?" if near else ""
                self.problem(where, "there is no such choice", _span(self.choices), hint)
                continue
            choice = self.choices[id_]
            options = {str(o["id"]): o for o in choice["options"]}
            usable = [o for o in options if options[o].get("available", True)]
            if str(option) not in options:
                self.problem(where, f"'{option}' is not an option", ", ".join(usable))
            elif str(option) not in usable:
                self.problem(
                    where, f"'{option}' is not computed by this version", ", ".join(usable)
                )
            elif choice["parameter"].startswith(LATER) and option != choice["default"]:
                self.problem(where, "belongs to a measure that this version does not compute")
            elif not self.rests_on(choice) and option != choice["default"]:
                self.problem(where, f"is open from payment year {choice['since']} only")
            else:
                choice["chosen"] = str(option)


def draft_of_folder(folder: Path, year: int | None) -> Draft:
    """The draft of one payment year from a folder with a file per topic."""
    problems: list[Problem] = []
    draft = Draft({}, {}, {}, problems)
    head = read_yaml(folder / "program.yaml", problems)
    years = head.get("payment_years") or []
    chosen: int = year if year is not None else (years[-1] if years else 0)
    if chosen not in years:
        covered = ", ".join(map(str, years))
        problems.append(
            Problem(
                "program.yaml", "payment_years", f"payment year {chosen} is not covered", covered
            )
        )
        raise ProgramError(problems, code="year-not-covered")
    draft.values.update(
        id=f"{head.get('id', folder.name)}/{chosen}",
        title=head.get("title"),
        payment_year=chosen,
    )
    performance = head.get("performance_year")
    if isinstance(performance, Lines):
        _entry(draft, "performance_year", performance, chosen, ("program.yaml", 0))
    for topic, section in TOPICS.items():
        _topic(draft, folder / f"{topic}.yaml", section, chosen)
    _choices(draft, folder / "choices.yaml")
    draft.values["measures"] = measure_rules(folder, chosen, draft.citations, problems)
    for name, values in code_lists(folder, chosen, problems).items():
        draft.set(name, values)
        draft.citations[name] = Citation(
            source=_source_line(folder, name), status="default" if "fee" in name else "recalled"
        )
    return draft


def finished(draft: Draft) -> Program | None:
    """The checked program; None, with the mistakes in the draft, when it cannot be made."""
    for id_, choice in draft.choices.items():
        if draft.rests_on(choice):
            draft.set(choice["parameter"], choice["chosen"])
            draft.citations[choice["parameter"]] = Citation(
                source=f"Choice {id_}: {choice['reason']}", status="default"
            )
    register = [
        {
            "id": id_,
            **{k: choice[k] for k in ("parameter", "description", "chosen", "options", "reason")},
            "overlaps": choice.get("overlaps", ""),
            "is_used": draft.rests_on(choice),
        }
        for id_, choice in draft.choices.items()
    ]
    said = {**draft.values, "choices": register, "citations": draft.citations}
    try:
        program = Program.model_validate(said)
    except ValidationError as error:
        for mistake in error.errors():
            path = ".".join(str(part) for part in mistake["loc"])
            draft.problem(path, *_told(mistake))
        return None
    for path, found, allowed in inconsistencies(program):
        draft.problem(path, found, allowed)
    return None if draft.problems else program


def _topic(draft: Draft, path: Path, section: str, year: int) -> None:
    entries = read_yaml(path, draft.problems)
    for name, entry in entries.items():
        _entry(draft, f"{section}.{name}", entry, year, (path.name, entries.line[name]))


def _entry(draft: Draft, path: str, entry: Any, year: int, place: tuple[str, int]) -> None:  # noqa: ANN401
    draft.lines[path] = place
    if not isinstance(entry, Lines):
        draft.problem(path, "is not an entry with description, unit and values")
        return
    for key in sorted(_ENTRY - set(entry)):
        draft.problem(path, f"has no '{key}'")
    for key in entry:
        if key not in _ENTRY:
            draft.problem(f"{path}.{key}", "unknown key", ", ".join(sorted(_ENTRY)))
    values = entry.get("values")
    if not isinstance(values, Lines):
        return
    for since, said in values.items():
        draft.lines[f"{path}.values.{since}"] = (place[0], values.line[since])
        _check_value(draft, f"{path}.values.{since}", since, said)
    holding = [since for since in values if isinstance(since, int) and since <= year]
    if not holding:
        draft.problem(path, f"has no value for payment year {year}", "an entry for that year")
        return
    said = values[max(holding)]
    if isinstance(said, Lines) and "value" in said:
        draft.set(path, said["value"])
        draft.citations[path] = Citation(
            source=str(said.get("cite", "")),
            status=said.get("status") if said.get("status") in _STATUSES else "default",
            note=str(said.get("note", "")),
            since=max(holding),
        )


def _check_value(draft: Draft, path: str, since: Any, said: Any) -> None:  # noqa: ANN401
    if not isinstance(since, int):
        draft.problem(path, f"'{since}' is not a payment year", "a year such as 2017")
    if not isinstance(said, Lines):
        draft.problem(path, "is not a mapping with value, cite and status")
        return
    for key in sorted({"value", "cite", "status"} - set(said)):
        draft.problem(path, f"has no '{key}'")
    for key in said:
        if key not in _VALUE:
            draft.problem(f"{path}.{key}", "unknown key", ", ".join(sorted(_VALUE)))
    if "status" in said and said["status"] not in _STATUSES:
        draft.problem(path, f"status '{said['status']}' is unknown", ", ".join(_STATUSES))
    if "cite" in said and not str(said["cite"] or "").strip():
        draft.problem(path, "the citation is empty")


def _choices(draft: Draft, path: Path) -> None:
    register = read_yaml(path, draft.problems).get("choices", {})
    for id_, choice in register.items():
        where = f"choices.{id_}"
        draft.lines[where] = (path.name, register.line[id_])
        needed = {"parameter", "description", "reason", "default", "options"}
        missing = sorted(needed - set(choice))
        if missing:
            draft.problem(where, f"has no {', '.join(missing)}")
            continue
        options = [str(option["id"]) for option in choice["options"]]
        if str(choice["default"]) not in options:
            draft.problem(where, f"default '{choice['default']}' is no option", ", ".join(options))
            continue
        draft.choices[id_] = {**choice, "chosen": str(choice["default"])}


def _told(mistake: Mapping[str, Any]) -> tuple[str, str]:
    """What was found and what is allowed, from one pydantic mistake."""
    context, kind = mistake.get("ctx") or {}, mistake["type"]
    found = mistake.get("input")
    if kind == "literal_error":
        return f"'{found}' is not allowed", str(context.get("expected", "")).replace(" or ", ", ")
    if kind == "missing":
        return "is missing", ""
    if kind == "extra_forbidden":
        return "unknown key", ""
    shown = "" if isinstance(found, dict | list) else f"found '{found}': "
    return f"{shown}{mistake['msg'][0].lower()}{mistake['msg'][1:]}", ""


def _span(ids: Mapping[str, object]) -> str:
    listed = list(ids)
    return ", ".join(listed) if len(listed) < 10 else f"{listed[0]} ... {listed[-1]}"


def _source_line(folder: Path, name: str) -> str:
    from openp4p.program.lists import FILES

    first = (folder / FILES[name]).read_text(encoding="utf-8").split("\n", 1)[0]
    return first.lstrip("# ").removeprefix("Source: ")


__all__ = ["LATER", "TOPICS", "Draft", "draft_of_folder", "finished", "read_list"]
