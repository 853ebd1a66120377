"""A user's own program: another program with a few values changed, each with its citation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openp4p.errors import Problem
from openp4p.program.definition import Citation, MeasureRule
from openp4p.program.files import Lines
from openp4p.program.governance import leaves
from openp4p.program.mistakes import did_you_mean
from openp4p.program.topics import Draft, without_governance

_HEAD = {"id", "title", "description", "extends", "governance", "changes", "choices"}
_CHANGE = {"value", "cite", "status", "note"}
INHERITED = "inherited"  # of the governance: what the extended program says of itself holds
# what of a measure can be changed
CHANGEABLE = [name for name in MeasureRule.model_fields if name not in ("id", "source")]
_STATUSES = ("verified", "recalled", "default")


def extended(draft: Draft, said: Lines, place: Path, problems: list[Problem]) -> Draft:
    """The draft of the base with the changes and choices of the user's file."""
    draft.problems += problems
    file = place.name
    file_problems(said, file, draft.problems)
    draft.values["extends"] = draft.values["id"]
    draft.values["id"] = f"{said.get('id', place.stem)}/{draft.values['payment_year']}"
    draft.values["title"] = said.get("title", draft.values["title"])
    draft.lines["title"] = (file, said.line.get("title", 0))
    if said.get("governance") != INHERITED:
        without_governance(draft, file)
    for path, change in _part(said, "changes").items():
        draft.lines[str(path)] = (file, said["changes"].line[path])
        _change(draft, str(path), change)
    draft.choose(_part(said, "choices"), file)
    return draft


def file_problems(said: Lines, file: str, problems: list[Problem]) -> None:
    """The mistakes of a file that can be seen without the program it extends."""
    for key in said:
        if key not in _HEAD:
            where, allowed = f"line {said.line[key]}: {key}", ", ".join(sorted(_HEAD))
            problems.append(Problem(file, where, "unknown key", allowed, did_you_mean(key, _HEAD)))
    if "governance" in said and said["governance"] != INHERITED:
        where = f"line {said.line['governance']}: governance"
        found = f"'{said['governance']}' is not allowed"
        problems.append(Problem(file, where, found, f"{INHERITED}, or leave the key out"))
    for key in ("changes", "choices"):
        if not isinstance(said.get(key) or Lines(), Lines):
            where = f"line {said.line[key]}: {key}"
            problems.append(Problem(file, where, "is not a mapping of names to values"))
    changes = _part(said, "changes")
    for path, change in changes.items():
        line = changes.line[path]
        for name, *told in _shape(change):
            where = f"line {line}: {path}{name}"
            problems.append(Problem(file, where, *told))


def _part(said: Lines, key: str) -> Lines:
    part = said.get(key)
    return part if isinstance(part, Lines) else Lines()


def _shape(change: Any) -> Iterator[tuple[str, ...]]:  # noqa: ANN401  # any YAML value
    """What is wrong with a change whatever it changes: key, what was found, what is allowed."""
    if not isinstance(change, Lines):
        yield "", "is not a mapping with value, cite and status"
        return
    for key in sorted({"value", "cite"} - set(change)):
        yield "", f"has no '{key}'"
    if "cite" in change and not str(change["cite"] or "").strip():
        yield "", "the citation is empty"
    for key in change:
        if key not in _CHANGE:
            allowed = ", ".join(sorted(_CHANGE))
            yield f".{key}", "unknown key", allowed, did_you_mean(key, _CHANGE)
    status = change.get("status", "default")
    if status not in _STATUSES:
        hint = did_you_mean(status, _STATUSES)
        yield "", f"status '{status}' is unknown", ", ".join(_STATUSES), hint


def _change(draft: Draft, path: str, change: Any) -> None:  # noqa: ANN401  # any YAML value
    by_choice = [id_ for id_, choice in draft.choices.items() if choice["parameter"] == path]
    if by_choice:
        draft.problem(path, "is set by the register", f"choices: {{{by_choice[0]}: ...}}")
        return
    value = change.get("value") if isinstance(change, Lines) else None
    if path not in _paths(draft):
        draft.problem(path, "there is no such value", "", did_you_mean(path, _paths(draft)))
        return
    if not isinstance(change, Lines) or "value" not in change:
        return  # told by file_problems
    _place(draft, path, value)
    draft.settle_below(path)
    status = change.get("status", "default")
    draft.citations[path] = Citation(
        source=str(change.get("cite", "")),
        status=status if status in _STATUSES else "default",
        note=str(change.get("note", "")),
    )


def _place(draft: Draft, path: str, value: Any) -> None:  # noqa: ANN401
    section, *rest = path.split(".")
    if section == "measures":
        for measure in draft.values["measures"]:
            if measure["id"] == rest[0]:
                measure[rest[1]] = value
    else:
        draft.set(path, value)


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
    found |= {f"governance.{name}" for name in leaves()}
    found |= {f"measures.{m['id']}.{name}" for m in draft.values["measures"] for name in CHANGEABLE}
    return found | {"performance_year", "fee_schedule_codes"}
