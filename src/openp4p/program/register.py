"""The register of defaults: what the rules leave open, what was chosen, what else could be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openp4p.errors import Problem
from openp4p.program.files import Lines, read_yaml
from openp4p.program.mistakes import did_you_mean

_NEEDED = {"parameter", "description", "reason", "default", "options"}
_KNOWN = {*_NEEDED, "since", "overlaps"}
_OPTION = {"id", "description", "available"}
Places = dict[str, tuple[str, int]]


def register(path: Path, problems: list[Problem]) -> tuple[dict[str, dict[str, Any]], Places]:
    """Every choice that can be read, with its default chosen, and where each one stands."""
    said = read_yaml(path, problems)
    entries = said.get("choices")
    made: dict[str, dict[str, Any]] = {}
    places: Places = {}
    if entries is not None and not isinstance(entries, Lines):
        problems.append(Problem(path.name, "choices", "is not a mapping of choices by their id"))
        return made, places
    for key in sorted(set(map(str, said)) - {"choices"}):
        problems.append(
            Problem(path.name, key, "unknown key", "choices", did_you_mean(key, {"choices"}))
        )
    for id_, choice in (entries or Lines()).items():
        where = f"line {entries.line[id_]}: choices.{id_}"  # type: ignore[union-attr]  # Lines here
        mistakes = _mistakes(choice)
        problems += [Problem(path.name, where, *mistake) for mistake in mistakes]
        places[f"choices.{id_}"] = (path.name, entries.line[id_])  # type: ignore[union-attr]
        if not mistakes:
            made[str(id_)] = {**choice, "chosen": str(choice["default"])}
            places.setdefault(choice["parameter"], places[f"choices.{id_}"])
    return made, places


def _mistakes(choice: Any) -> list[tuple[str, ...]]:  # noqa: ANN401  # any YAML value
    if not isinstance(choice, Lines):
        return [("is not a mapping with parameter, description, reason, default and options",)]
    found: list[tuple[str, ...]] = [
        ("unknown key '" + str(key) + "'", ", ".join(sorted(_KNOWN)), did_you_mean(key, _KNOWN))
        for key in choice
        if key not in _KNOWN
    ]
    missing = sorted(_NEEDED - set(choice))
    if missing:
        return [*found, (f"has no {', '.join(missing)}",)]
    if not isinstance(choice["parameter"], str):
        found.append(("parameter is not the dotted path of a value",))
    if not isinstance(choice.get("since", 0), int):
        found.append(("since is not a payment year", "a year such as 2017"))
    options = choice["options"]
    if not (isinstance(options, list) and options and all(map(_is_option, options))):
        allowed = "a list of {id, description}, each perhaps with available: false"
        return [*found, ("options are not understood", allowed)]
    ids = [str(option["id"]) for option in options]
    if str(choice["default"]) not in ids:
        found.append((f"default '{choice['default']}' is no option", ", ".join(ids)))
    return found


def _is_option(option: Any) -> bool:  # noqa: ANN401  # any YAML value
    return isinstance(option, Lines) and {"id", "description"} <= set(option) <= _OPTION
