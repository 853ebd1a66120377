"""A user's own program: another program with a few values changed, each with its citation."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

from openp4p.errors import Problem
from openp4p.program.definition import Citation
from openp4p.program.files import Lines
from openp4p.program.topics import Draft

_HEAD = {"id", "title", "description", "extends", "changes", "choices"}
_CHANGE = {"value", "cite", "status", "note"}
_STATUSES = ("verified", "recalled", "default")


def extended(draft: Draft, said: Lines, place: Path, problems: list[Problem]) -> Draft:
    """The draft of the base with the changes and choices of the user's file."""
    draft.problems += problems
    file = place.name
    draft.values["extends"] = draft.values["id"]
    draft.values["id"] = f"{said.get('id', place.stem)}/{draft.values['payment_year']}"
    draft.values["title"] = said.get("title", draft.values["title"])
    for key in said:
        if key not in _HEAD:
            draft.lines[str(key)] = (file, said.line[key])
            draft.problem(str(key), "unknown key", ", ".join(sorted(_HEAD)), _near(key, _HEAD))
    changes = said.get("changes") or Lines()
    if not isinstance(changes, Lines):
        draft.lines["changes"] = (file, said.line["changes"])
        draft.problem("changes", "is not a mapping of values to change")
        changes = Lines()
    for path, change in changes.items():
        draft.lines[str(path)] = (file, changes.line[path])
        _change(draft, str(path), change)
    choices = said.get("choices") or Lines()
    for id_ in choices:
        draft.lines[f"choices.{id_}"] = (file, choices.line[id_])
    draft.choose(choices, file)
    return draft


def _change(draft: Draft, path: str, change: Any) -> None:  # noqa: ANN401  # any YAML value
    if not isinstance(change, Lines):
        draft.problem(path, "is not a mapping with value, cite and status")
        return
    for key in sorted({"value", "cite"} - set(change)):
        draft.problem(path, f"has no '{key}'")
    for key in change:
        if key not in _CHANGE:
            draft.problem(f"{path}.{key}", "unknown key", ", ".join(sorted(_CHANGE)))
    status = change.get("status", "default")
    if status not in _STATUSES:
        draft.problem(path, f"status '{status}' is unknown", ", ".join(_STATUSES))
        status = "default"
    by_choice = [id_ for id_, choice in draft.choices.items() if choice["parameter"] == path]
    if by_choice:
        draft.problem(path, "is set by the register", f"choices: {{{by_choice[0]}: ...}}")
        return
    if not _place(draft, path, change.get("value")):
        draft.problem(path, "there is no such value", "", _near(path, _paths(draft)))
        return
    draft.citations[path] = Citation(
        source=str(change.get("cite", "")), status=status, note=str(change.get("note", ""))
    )


def _place(draft: Draft, path: str, value: Any) -> bool:  # noqa: ANN401
    section, *rest = path.split(".")
    if section == "measures" and len(rest) == 2:
        for measure in draft.values["measures"]:
            if measure["id"] == rest[0]:
                measure[rest[1]] = value
                return True
        return False
    if path not in _paths(draft):
        return False
    draft.set(path, value)
    return True


def _paths(draft: Draft) -> set[str]:
    found = set()
    for section, values in draft.values.items():
        if isinstance(values, dict):
            found |= {f"{section}.{name}" for name in values}
            found |= {
                f"{section}.{name}.{key}"
                for name, value in values.items()
                if isinstance(value, dict)
                for key in value
            }
    found |= {f"measures.{m['id']}.minimum_cases" for m in draft.values["measures"]}
    return found | {"performance_year", "fee_schedule_codes"}


def _near(word: object, known: set[str]) -> str:
    near = difflib.get_close_matches(str(word), sorted(known), n=1)
    return f"Did you mean '{near[0]}'?" if near else ""
