"""Variants to be compared: from the command line, from a file, or the register of choices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from openp4p.errors import Problem
from openp4p.program.definition import Program
from openp4p.program.files import Lines, read_yaml
from openp4p.program.mistakes import did_you_mean
from openp4p.simulation.policy_changes import Change, ChangesError

_KEYS = ("name", "set", "each", "from")
_FAIL = "fail"  # an option that refuses input instead of computing


@dataclass(frozen=True)
class Variant:
    """A program with some values changed, under a name."""

    name: str
    changes: tuple[Change, ...]


def stated(settings: Sequence[str], since: int | None = None) -> Variant:
    """The variant of RULE=VALUE texts; values are read as YAML, so 0.5 is a number.

    Raises `ChangesError` with every text that is none.
    """
    changes, problems = list[Change](), list[Problem]()
    for text in settings:
        rule, equals, said = text.partition("=")
        value = _value(said)
        if not (equals and rule.strip()) or value is None:
            remedy = "Write --set tiering.standard_deviations=0.5, or --set D3=earliest_service."
            problems.append(Problem("--set", text, "is not RULE=VALUE", "", remedy))
        elif any(change.rule == rule.strip() for change in changes):
            problems.append(Problem("--set", rule, "is there twice", "one of each"))
        else:
            changes.append(Change(rule.strip(), value, since))
    if problems:
        raise ChangesError(problems, code="changes")
    return Variant(", ".join(change.label for change in changes), tuple(changes))


def read_variants(file: Path) -> list[Variant]:
    """The variants of a YAML file: `set` gives one, `each` one for every combination of values.

    Raises `ChangesError` with every mistake of the file.
    """
    problems: list[Problem] = []
    said = read_yaml(file, problems)
    listed = said.get("variants")
    if not problems and (not isinstance(listed, list) or not listed):
        problems.append(Problem(file.name, "variants", "is not a list of variants"))
    found: list[Variant] = []
    for number, entry in enumerate(listed if isinstance(listed, list) else [], start=1):
        found += _of_entry(entry, number, file.name, problems)
    names = [variant.name for variant in found]
    problems += [
        Problem(file.name, name, f"is the name of {names.count(name)} variants", "one of each")
        for name in sorted({n for n in names if names.count(n) > 1})
    ]
    if problems:
        raise ChangesError(problems, code="changes")
    return found


def of_register(program: Program) -> list[Variant]:
    """Every alternative that this version computes, of every choice that is open in the year."""
    return [
        Variant(f"{choice.id}={option.id}", (Change(choice.id, option.id, where="--choices"),))
        for choice in program.choices
        if choice.is_used and not choice.overlaps
        for option in choice.options
        if option.available and option.id not in (choice.chosen, _FAIL)
    ]


def listed_alternatives(program: Program) -> tuple[str, ...]:
    """The alternatives of open choices that this version only lists."""
    return tuple(
        f"{choice.id}={option.id}"
        for choice in program.choices
        if choice.is_used and not choice.overlaps
        for option in choice.options
        if not option.available and option.id != choice.chosen
    )


def _of_entry(entry: object, number: int, file: str, problems: list[Problem]) -> Iterator[Variant]:
    place = f"variant {number}"
    if not isinstance(entry, Lines):
        problems.append(Problem(file, place, "is not a mapping", ", ".join(_KEYS)))
        return
    for key in entry:
        if key not in _KEYS:
            where = f"line {entry.line[key]}: {key}"
            hint = did_you_mean(key, _KEYS)
            problems.append(Problem(file, where, "unknown key", ", ".join(_KEYS), hint))
    fixed, swept = (_mapping(entry, key, file, problems) for key in ("set", "each"))
    since, name = entry.get("from"), entry.get("name")
    if since is not None and type(since) is not int:
        problems.append(
            Problem(file, f"line {entry.line['from']}: from", "is not a payment year", "2017")
        )
        since = None
    if not fixed and not swept:
        problems.append(Problem(file, place, "changes nothing", "set, each or both"))
    if any(not isinstance(values, list) or not values for values in swept.values()):
        problems.append(Problem(file, place, "each: a value is not a list", "a list for each rule"))
        return
    for values in product(*swept.values()):
        own = dict(zip(swept, values, strict=True))
        changes = tuple(Change(str(r), v, since, file) for r, v in {**fixed, **own}.items())
        told = ", ".join(c.label for c in changes if not name or c.rule in own)
        yield Variant(f"{name}: {told}" if name and told else str(name or told), changes)


def _mapping(entry: Lines, key: str, file: str, problems: list[Problem]) -> Mapping[Any, Any]:
    found = entry.get(key, Lines())
    if isinstance(found, Lines):
        return found
    problems.append(Problem(file, f"line {entry.line[key]}: {key}", "is not a mapping of rules"))
    return {}


def _value(text: str) -> Any:  # noqa: ANN401  # any YAML value
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None
