"""What a field of the governance may be, in words, for whoever has to mend it."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from openp4p.program.governance import Band, leaves
from openp4p.program.mistakes import did_you_mean

_WORDS = {True: "yes", False: "no"}


def governance_field(location: Sequence[int | str]) -> str | None:
    """The field of the governance at a location of a mistake; none when it is elsewhere."""
    first, *rest = location
    names = [".".join(map(str, rest[:depth])) for depth in (1, 2)]
    return next((n for n in names if n in leaves()), None) if first == "governance" else None


def refused(name: str, values: Mapping[str, Any]) -> tuple[str, str, str]:
    """What was found in a field, what is allowed, and what may be meant."""
    found: Any = values["governance"]
    for part in name.split("."):
        found = found[part]
    allowed = allowed_words(leaves()[name])
    hint = did_you_mean(found, allowed) if isinstance(found, str) else ""
    return f"'{found}' is not allowed", ", ".join(allowed), hint


def allowed_words(kind: object) -> list[str]:
    """Every value that a type takes, or what kind of value it is."""
    inside = typing.get_args(kind)
    if typing.get_origin(kind) is Literal:
        return [_WORDS[v] if isinstance(v, bool) else str(v) for v in inside]
    if typing.get_origin(kind) is tuple:
        words = ["any texts"] if inside[0] is str else allowed_words(inside[0])
        return [f"a list of ({', '.join(words)})"]
    if kind is Band:
        return ["a band such as {at_least: 0.5, below: 0.9}"]
    if kind is int:
        return ["a whole number"]
    if kind is float:
        return ["a share from 0 to 1"]
    types = inside[:1] if typing.get_origin(kind) is typing.Annotated else inside
    return [word for part in types for word in allowed_words(part)]
