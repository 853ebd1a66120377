"""From the topic files of a program to one payment year: each value with its citation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from openp4p.errors import Problem, ProgramError
from openp4p.program.consistency import inconsistencies
from openp4p.program.definition import Citation, Program
from openp4p.program.files import Lines, read_yaml
from openp4p.program.governance import UNKNOWN, UNSTATED_MODE, leaves
from openp4p.program.governance_words import governance_field, refused
from openp4p.program.lists import FILES, code_lists
from openp4p.program.measure_files import measure_rules
from openp4p.program.mistakes import did_you_mean, listed, told
from openp4p.program.register import register

_STATUSES = ("verified", "recalled", "default")
_ENTRY = {"description", "unit", "values"}
_VALUE = {"value", "cite", "status", "note"}
_HEAD = {"id", "title", "description", "extends", "payment_years", "performance_year"}
# which section each topic file fills
TOPICS = {
    "applicability": "applicability",
    "eligibility": "eligibility",
    "attribution": "attribution",
    "reporting": "reporting",
    "quality": "quality",
    "cost": "cost",
    "risk": "risk",
    "stays": "stays",
    "episodes": "episodes",
    "admissions": "admissions",
    "readmissions": "readmissions",
    "visits": "visits",
    "corrections": "corrections",
    "composites": "composites",
    "tiering": "tiering",
    "payment": "payment",
    "grid": "payment",
    "award": "award",
    "governance": "governance",
}
OPTIONAL = frozenset({"award"})  # only programs that pay awards have it
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

    def settle_below(self, path: str) -> None:
        """Close the choices about what a program on top of another states within a value."""
        below = [c for c, at in self.choices.items() if at["parameter"].startswith(f"{path}.")]
        for id_ in below:
            if self._states(self.choices[id_]["parameter"]):
                del self.choices[id_]

    def _states(self, path: str) -> bool:
        inside: Any = self.values
        for part in path.split("."):
            if not isinstance(inside, Mapping) or part not in inside:
                return False
            inside = inside[part]
        return True

    def rests_on(self, choice: Mapping[str, Any]) -> bool:
        """Whether something that is computed in this payment year rests on the choice."""
        later = choice["parameter"].startswith(LATER)
        return not later and self.values["payment_year"] >= choice.get("since", 0)

    def choose(self, chosen: Mapping[str, Any], file: str) -> None:
        """Set choices of the register; unknown ones and ones that are not computed are mistakes."""
        for id_, option in chosen.items():
            where = f"choices.{id_}"
            line = chosen.line[id_] if isinstance(chosen, Lines) else 0
            self.lines[where] = (file, line)
            if id_ not in self.choices:
                hint = did_you_mean(id_, self.choices)
                self.problem(where, "there is no such choice", listed(self.choices), hint)
                continue
            mistake = self._not_to_be_chosen(self.choices[id_], str(option))
            if mistake:
                self.problem(where, *mistake)
            else:
                self.choices[id_]["chosen"] = str(option)

    def _not_to_be_chosen(self, choice: Mapping[str, Any], option: str) -> tuple[str, ...]:
        """What was found, what is allowed, what to do; nothing when the option can be chosen."""
        options = {str(o["id"]): bool(o.get("available", True)) for o in choice["options"]}
        usable = [id_ for id_, available in options.items() if available]
        if option not in options:
            return f"'{option}' is not an option", ", ".join(usable), did_you_mean(option, usable)
        if option == choice["default"]:
            return ()
        if choice.get("overlaps"):
            other = choice["overlaps"]
            return (f"is the same question as {other}", "", f"Choose {other} instead.")
        if not options[option]:
            return f"'{option}' is not computed by this version", ", ".join(usable)
        if not self.rests_on(choice):
            return (f"is open from payment year {choice['since']} only",)
        return ()


def draft_of_folder(folder: Path, year: int | None) -> Draft:
    """The draft of one payment year from a folder with a file per topic."""
    problems: list[Problem] = []
    draft = Draft({}, {}, {}, problems)
    chosen = _head(draft, folder, year)
    for topic, section in TOPICS.items():
        if topic not in OPTIONAL or (folder / f"{topic}.yaml").is_file():
            _topic(draft, folder / f"{topic}.yaml", section, chosen)
    draft.choices, lines = register(folder / "choices.yaml", problems)
    draft.lines = {**lines, **draft.lines}
    draft.lines["measures"] = ("measures.yaml", 0)
    draft.values["measures"] = measure_rules(folder, chosen, draft.citations, draft.lines, problems)
    for name, values in code_lists(folder, chosen, problems).items():
        draft.set(name, values)
        draft.lines[name] = (FILES[name], 0)
        draft.citations[name] = Citation(
            source=_source_line(folder, name), status="default" if "fee" in name else "recalled"
        )
    return draft


def draft_on_top(base: Draft, folder: Path) -> Draft:
    """The draft of a folder that extends another: the topics it has take the place of the base's.

    `base` is the other program in the same payment year; what it says of its governance is its own.
    """
    extends, year = base.values["id"], base.values["payment_year"]
    without_governance(base, f"{folder.name}/governance.yaml")
    _head(base, folder, year)
    base.values["extends"] = extends
    inherited = dict(base.citations)
    for topic, section in TOPICS.items():
        if (folder / f"{topic}.yaml").is_file():
            _topic(base, folder / f"{topic}.yaml", section, year)
    for path, citation in base.citations.items():
        if inherited.get(path) is not citation:
            base.settle_below(path)
    return base


def without_governance(draft: Draft, file: str) -> None:
    """Takes back what the base says of its governance: another program's terms are its own."""
    for name in leaves():
        path = f"governance.{name}"
        if path in draft.citations:
            draft.set(path, UNSTATED_MODE if name == "mode" else UNKNOWN)
            draft.lines.pop(path, None)
            draft.citations[path] = Citation(source=f"not stated in {file}", status="default")


def _head(draft: Draft, folder: Path, year: int | None) -> int:
    """Reads program.yaml into the draft; the payment year that was asked for."""
    head = read_yaml(folder / "program.yaml", draft.problems)
    chosen = _year(head, year, draft.problems)
    for key in sorted(set(map(str, head)) - _HEAD):
        draft.lines[key] = ("program.yaml", head.line.get(key, 0))
        draft.problem(key, "unknown key", ", ".join(sorted(_HEAD)), did_you_mean(key, _HEAD))
    draft.values.update(
        id=f"{head.get('id', folder.name)}/{chosen}",
        title=head.get("title"),
        payment_year=chosen,
    )
    draft.lines.update(title=("program.yaml", 0), performance_year=("program.yaml", 0))
    if "performance_year" in head:
        place = ("program.yaml", head.line["performance_year"])
        _entry(draft, "performance_year", head["performance_year"], chosen, place)
    return chosen


def _year(head: Lines, year: int | None, problems: list[Problem]) -> int:
    """The payment year that was asked for, else the last; an error when it is not covered."""
    years = head.get("payment_years")
    if not (isinstance(years, list) and years and all(type(y) is int for y in years)):
        where = f"line {head.line.get('payment_years', 1)}: payment_years"
        problems.append(
            Problem("program.yaml", where, "is not a list of years", "a list such as [2017, 2018]")
        )
        raise ProgramError(problems, code="program-file")
    chosen = year if year is not None else int(years[-1])
    if chosen not in years:
        found, covered = f"payment year {chosen} is not covered", ", ".join(map(str, years))
        remedy = "Claims of another year: choose a covered one and add --performance-period YEAR."
        problems.append(Problem("program.yaml", "payment_years", found, covered, remedy))
        raise ProgramError(problems, code="year-not-covered")
    return chosen


def finished(draft: Draft) -> Program | None:
    """The checked program; None, with the mistakes in the draft, when it cannot be made."""
    for id_, choice in draft.choices.items():
        parameter = choice["parameter"]
        if parameter in draft.citations:
            draft.problem(parameter, "is set by the register as well", f"only choices.{id_}")
        if draft.rests_on(choice):
            draft.set(parameter, choice["chosen"])
            draft.citations[parameter] = Citation(
                source=f"Choice {id_}: {choice['reason']}", status="default"
            )
    said = {**draft.values, "choices": _chosen(draft), "citations": draft.citations}
    try:
        program = Program.model_validate(said)
    except ValidationError as error:
        for path, mistake in _mistakes(draft, error):
            draft.problem(path, *mistake)
        return None
    for path, found, allowed in inconsistencies(program):
        draft.problem(path, found, allowed)
    return None if draft.problems else program


def _mistakes(draft: Draft, error: ValidationError) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """Path of each mistake, what was found, what is allowed and what may be meant.

    A value of the governance can be of one kind or another: its mistakes are told as one.
    """
    seen: set[str] = set()
    for mistake in error.errors():
        name = governance_field(mistake["loc"])
        path = f"governance.{name}" if name else _path(draft, mistake["loc"])
        is_left_out = (
            mistake["type"] == "missing" and ".".join(map(str, mistake["loc"][1:])) == name
        )
        if name is None or is_left_out:
            yield path, told(mistake, Program)
        elif path not in seen:
            yield path, refused(name, draft.values)
        seen.add(path)


def _chosen(draft: Draft) -> list[dict[str, Any]]:
    copied = ("parameter", "description", "chosen", "options", "reason")
    return [
        {
            "id": id_,
            **{key: choice[key] for key in copied},
            "overlaps": choice.get("overlaps", ""),
            "is_used": draft.rests_on(choice),
        }
        for id_, choice in draft.choices.items()
    ]


def _path(draft: Draft, location: tuple[int | str, ...]) -> str:
    """The dotted path of a mistake; what has an id is named by it instead of by its number."""
    first, *rest = location
    for name, key in (("measures", "id"), ("specialties", "code")):
        if first == name and rest:
            rest[0] = draft.values[name][rest[0]][key]
    if first == "choices" and rest:
        rest[0] = list(draft.choices)[int(rest[0])]
    return ".".join(map(str, (first, *rest)))


def _topic(draft: Draft, path: Path, section: str, year: int) -> None:
    entries = read_yaml(path, draft.problems)
    draft.lines.setdefault(section, (path.name, 0))
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
            draft.lines[f"{path}.{key}"] = (place[0], entry.line[key])
            hint = did_you_mean(key, _ENTRY)
            draft.problem(f"{path}.{key}", "unknown key", ", ".join(sorted(_ENTRY)), hint)
    values = entry.get("values")
    if not isinstance(values, Lines):
        if "values" in entry:
            draft.problem(f"{path}.values", "is not a mapping of payment years to values")
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
        draft.lines[path] = (place[0], values.line[max(holding)])
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
            hint = did_you_mean(key, _VALUE)
            draft.problem(f"{path}.{key}", "unknown key", ", ".join(sorted(_VALUE)), hint)
    if "status" in said and said["status"] not in _STATUSES:
        hint = did_you_mean(said["status"], _STATUSES)
        draft.problem(path, f"status '{said['status']}' is unknown", ", ".join(_STATUSES), hint)
    if "cite" in said and not str(said["cite"] or "").strip():
        draft.problem(path, "the citation is empty")


def _source_line(folder: Path, name: str) -> str:
    try:
        first = (folder / FILES[name]).read_text(encoding="utf-8").split("\n", 1)[0]
    except (OSError, UnicodeDecodeError):
        return ""  # reported where the list was read
    return first.lstrip("# ").removeprefix("Source: ")


__all__ = [
    "LATER",
    "TOPICS",
    "Draft",
    "draft_of_folder",
    "draft_on_top",
    "finished",
    "without_governance",
]
