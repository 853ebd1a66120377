"""Reading a program's files with the line of every key, so that a mistake can be pointed at."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import yaml

from openp4p.errors import Problem


class Lines(dict[Any, Any]):
    """A mapping that knows on which line each of its keys stands."""

    def __init__(self) -> None:
        super().__init__()
        self.line: dict[Any, int] = {}


# the parser in C is ten times as fast; a build of PyYAML without it reads the same
_Safe = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Safe):  # type: ignore[misc, valid-type]  # one of two classes
    """Safe YAML, with line numbers and without silent duplicates."""

    duplicates: list[tuple[int, Any]]


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Lines:
    made = Lines()
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        line = key_node.start_mark.line + 1
        if not isinstance(key, str | int | float | bool | None):
            key = str(key)
        if key in made:
            loader.duplicates.append((line, key))
        made[key] = loader.construct_object(value_node, deep=True)
        made.line[key] = line
    return made


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read_yaml(path: Path, problems: list[Problem]) -> Lines:
    """The mapping in a YAML file; mistakes are added to the list and an empty mapping returned."""
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
        loader.duplicates = []
        found = loader.get_single_data()
    except OSError as error:
        problems.append(Problem(path.name, "file", f"cannot be read ({error.strerror})"))
        return Lines()
    except UnicodeDecodeError:
        problems.append(Problem(path.name, "file", "is not UTF-8 text", remedy="Save it as UTF-8."))
        return Lines()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "file"
        reason = getattr(error, "problem", None) or str(error).split("\n", 1)[0]
        problems.append(Problem(path.name, where, f"is not valid YAML: {reason}"))
        return Lines()
    for line, key in loader.duplicates:
        problems.append(
            Problem(path.name, f"line {line}: {key}", "the key is there twice", "one of each")
        )
    if not isinstance(found, Lines):
        problems.append(Problem(path.name, "file", "holds no mapping of keys to values"))
        return Lines()
    return found


def read_list(
    path: Path, columns: tuple[str, ...], problems: list[Problem]
) -> list[dict[str, str]]:
    """The rows of a code list (CSV; lines that begin with # say where it comes from)."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        problems.append(Problem(path.name, "file", f"cannot be read ({error.strerror})"))
        return []
    except UnicodeDecodeError:
        problems.append(Problem(path.name, "file", "is not UTF-8 text"))
        return []
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    missing = [c for c in columns if not rows or c not in rows[0]]
    if missing:
        problems.append(
            Problem(path.name, "header", f"lacks {', '.join(missing)}", ", ".join(columns))
        )
        return []
    return rows
