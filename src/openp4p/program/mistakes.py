"""Mistakes in a program's files, said so that the writer of the file can mend them."""

from __future__ import annotations

import difflib
import typing
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

_SHOWN = 12


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """A suggestion for a word that nothing is called; empty when nothing is near."""
    near = difflib.get_close_matches(str(word), sorted(map(str, known)), n=1)
    return f"Did you mean '{near[0]}'?" if near else ""


def listed(words: Iterable[str]) -> str:
    """The words that are allowed, or the first and the last of many."""
    said = list(words)
    return ", ".join(said) if len(said) <= _SHOWN else f"{said[0]} ... {said[-1]}"


def told(mistake: Mapping[str, Any], model: type[BaseModel]) -> tuple[str, str, str]:
    """What was found, what is allowed and what may be meant, from one pydantic mistake."""
    context, kind = mistake.get("ctx") or {}, mistake["type"]
    found = mistake.get("input")
    if kind == "literal_error":
        allowed = str(context.get("expected", "")).replace(" or ", ", ")
        options = [option.strip("' ") for option in allowed.split(",")]
        return f"'{found}' is not allowed", allowed, did_you_mean(found, options)
    if kind == "missing":
        return "is missing", "", ""
    if kind == "extra_forbidden":
        known = fields_at(model, mistake["loc"][:-1])
        return "unknown key", listed(known), did_you_mean(mistake["loc"][-1], known)
    shown = "" if isinstance(found, Mapping | list) else f"found '{found}': "
    return f"{shown}{mistake['msg'][0].lower()}{mistake['msg'][1:]}", "", ""


def fields_at(model: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    """The fields of the part of a definition at a location; none where it has no fixed fields."""
    kind: Any = model
    for part in location:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            if part not in kind.model_fields:
                return []
            kind = kind.model_fields[str(part)].annotation
        else:
            # a list's items, or a mapping's values
            inside = [a for a in typing.get_args(kind) if a is not Ellipsis]
            kind = inside[-1] if inside else None
    fixed = isinstance(kind, type) and issubclass(kind, BaseModel)
    return list(kind.model_fields) if fixed else []
