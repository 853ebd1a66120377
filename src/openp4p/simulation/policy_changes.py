"""Rule values changed: the program of a what-if, checked like any other program."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from openp4p.errors import Problem, ProblemsError
from openp4p.program.consistency import inconsistencies
from openp4p.program.definition import Choice, Program
from openp4p.program.library import resolved
from openp4p.program.mistakes import listed, told
from openp4p.program.values import Rule

SOURCE = "changed in a simulation"
_NEAR, _ALIKE = 4, 0.55
# of what a program says, no result rests on these, or they are the run's own
_NOT_RULES = frozenset({"governance", "award", "citations"})


class ChangesError(ProblemsError):
    """Changes that cannot be made; every mistake in them is listed."""

    heading = "The changes cannot be made"
    exit_code = 2


@dataclass(frozen=True)
class Change:
    """One rule value changed: a dotted path, or an entry of the register such as D3.

    `since` is the first payment year in which it holds; in every year when it is left out. `where`
    says in which file or on which command line it stands.
    """

    rule: str
    value: Any
    since: int | None = None
    where: str = "--set"

    def holds_in(self, payment_year: int) -> bool:
        """Whether the change is in force in a payment year."""
        return self.since is None or payment_year >= self.since

    @property
    def label(self) -> str:
        """The change in a few words: tiering.standard_deviations=0.5."""
        return f"{self.rule}={_short(self.value)}"


def rules_of(program: Program) -> dict[str, Any]:
    """Every rule value that can be changed, by dotted path, as plain values."""
    values, found = resolved(program), {}
    for section in Program.model_fields:
        inside = values[section]
        if isinstance(getattr(program, section), Rule) and section not in _NOT_RULES:
            for name, value in inside.items():
                found[f"{section}.{name}"] = value
                if isinstance(value, Mapping):
                    found |= {f"{section}.{name}.{key}": each for key, each in value.items()}
    for measure in values["measures"]:
        found |= {f"measures.{measure['id']}.{n}": v for n, v in measure.items() if n != "id"}
    for cell in values["payment"]["grid"]:
        found[_cell_path(cell)] = _cell_value(cell)
    return {**found, "fee_schedule_codes": values["fee_schedule_codes"]}


def value_at(values: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401  # any rule value
    """The plain value at a path as tables note it: a field of a section, a measure, or it all."""
    if not path:
        return values
    first, _, rest = path.partition(".")
    if first == "measures" and rest:
        return next((m for m in values["measures"] if m["id"] == rest), None)
    return values[first][rest] if rest else values[first]


def changed(program: Program, changes: Sequence[Change]) -> Program:
    """The program with the changes that hold in its payment year.

    Raises `ChangesError` with every mistake; changes that do not hold yet are checked as well.
    """
    _made(program, [replace(change, since=None) for change in changes])
    return _made(program, [c for c in changes if c.holds_in(program.payment_year)])


def _made(program: Program, changes: Sequence[Change]) -> Program:
    values, known, problems = resolved(program), rules_of(program), list[Problem]()
    by_id = {choice.id: choice for choice in program.choices}
    by_path = {choice.parameter: choice for choice in program.choices if choice.is_used}
    for change in changes:
        choice = by_id.get(change.rule) or by_path.get(change.rule)
        mistake: tuple[str, ...] = ()
        if choice is not None:
            mistake = _not_to_be_chosen(choice, change, program.payment_year)
            path = choice.parameter
        else:
            path = change.rule
            if path not in known:
                mistake = _unknown(change.rule, known, by_id)
        if mistake:
            problems.append(Problem(change.where, change.rule, *mistake))
            continue
        _place(values, path, change.value)
        for each in values["choices"]:
            if choice is not None and each["id"] == choice.id:
                each["chosen"] = str(change.value)
        values["citations"][path] = {"source": SOURCE, "status": "default"}
    if problems:
        raise ChangesError(problems, code="changes")
    try:
        made = Program.model_validate(values)
    except ValidationError as error:
        raise ChangesError(list(_refused(error, changes, values)), code="changes") from error
    wrong = [
        Problem(_where(path, changes), path, found, allowed)
        for path, found, allowed in inconsistencies(made)
    ]
    if wrong:
        raise ChangesError(wrong, code="changes")
    return made


def _not_to_be_chosen(choice: Choice, change: Change, year: int) -> tuple[str, ...]:
    """Why an option of the register cannot be chosen; nothing when it can."""
    options = {option.id: option.available for option in choice.options}
    usable = ", ".join(id_ for id_, available in options.items() if available)
    said = str(change.value)
    if change.rule == choice.id and not choice.is_used:
        return (f"nothing computed in payment year {year} rests on it",)
    if change.rule == choice.id and said not in options:
        near = difflib.get_close_matches(said, options, n=1)
        return f"'{said}' is not an option", usable, f"Did you mean '{near[0]}'?" if near else ""
    if not options.get(said, True):
        return f"'{said}' is not computed by this version", usable
    return ()


def _unknown(rule: str, known: Mapping[str, Any], choices: Mapping[str, Any]) -> tuple[str, ...]:
    """There is no such rule; the rules with a similar name, or with that last name."""
    names = [*known, *choices]
    last = rule.rpartition(".")[2].casefold()
    near = sorted(
        difflib.get_close_matches(rule, names, n=_NEAR, cutoff=_ALIKE),
        key=lambda name: name.partition(".")[0] != rule.partition(".")[0],
    )
    near += [name for name in names if last and name.casefold().rpartition(".")[2] == last]
    shown = ", ".join(list(dict.fromkeys(near))[:_NEAR])
    meant = f"Did you mean one of: {shown}? " if shown else ""
    return (
        "there is no such rule",
        "",
        f"{meant}`openp4p programs show PROGRAM --json` lists them.",
    )


def _place(values: dict[str, Any], path: str, value: Any) -> None:  # noqa: ANN401
    if path.startswith("measures."):
        _, id_, name = path.split(".")
        next(m for m in values["measures"] if m["id"] == id_)[name] = value
        return
    if path.startswith("payment.grid."):
        cell = next(c for c in values["payment"]["grid"] if _cell_path(c) == path)
        units = str(value).removesuffix("x") if str(value).endswith("x") else None
        cell.update(percent=None if units else value, multiple=units)
        return
    *parents, last = path.split(".")
    inside = values
    for parent in parents:
        inside = inside[parent]
    inside[last] = value


def _cell_path(cell: Mapping[str, Any]) -> str:
    return f"payment.grid.{cell['size_class']}.{cell['quality']}.{cell['cost']}"


def _cell_value(cell: Mapping[str, Any]) -> object:
    return cell["percent"] if cell["multiple"] is None else f"{cell['multiple']:g}x"


def _refused(
    error: ValidationError, changes: Sequence[Change], values: Mapping[str, Any]
) -> Iterator[Problem]:
    """What the definition of a program does not take, told of the change that it comes from."""
    for mistake in error.errors():
        path = ".".join(_named(mistake["loc"], values))
        yield Problem(_where(path, changes), path, *told(mistake, Program))


def _named(location: Sequence[int | str], values: Mapping[str, Any]) -> Iterator[str]:
    first, *rest = location
    yield str(first)
    if first == "measures" and rest:
        rest[0] = values["measures"][int(rest[0])]["id"]
    if list(location[:2]) == ["payment", "grid"] and len(rest) > 1 and isinstance(rest[1], int):
        cell = values["payment"]["grid"][rest[1]]
        yield from (f"grid.{cell['size_class']}.{cell['quality']}.{cell['cost']}",)
        return
    yield from map(str, rest)


def _where(path: str, changes: Sequence[Change]) -> str:
    """The place of the change that a mistake comes from."""
    own = [c for c in changes if path.startswith(c.rule) or c.rule.startswith(path)]
    return (own or changes)[0].where if changes else "program"


def _short(value: object) -> str:
    if isinstance(value, list | tuple | set | frozenset):
        return f"[{listed(map(str, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)
