"""The choices and unverified rules a run rests on, as a reader wants to see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openp4p.explain.words import in_words
from openp4p.program.definition import Choice, Citation, Program

_SHOWN = 90


def choices_shown(program: Program) -> list[dict[str, Any]]:
    """Every choice in force: what was chosen, what else could be; departures from default first."""
    shown = [_choice(choice) for choice in program.choices if choice.is_used]
    return sorted(shown, key=lambda row: not row["departs"])


def _choice(choice: Choice) -> dict[str, Any]:
    # the register lists the default first
    default = choice.options[0]
    chosen = next(o for o in choice.options if o.id == choice.chosen)
    return {
        "id": choice.id,
        "parameter": choice.parameter,
        "chosen": chosen.id,
        "description": chosen.description,
        "reason": choice.reason,
        "departs": chosen.id != default.id,
        "default": default.id,
        "others": [o.id for o in choice.options if o.id != chosen.id],
    }


def unverified_shown(program: Program) -> list[dict[str, Any]]:
    """The values that rest on recollection or a default and are no choice, alike ones together."""
    by_choice = {choice.parameter for choice in program.choices}
    alike: dict[tuple[str, str, str], list[str]] = {}
    for path, citation in program.unverified().items():
        if path not in by_choice:
            alike.setdefault(_alike(citation), []).append(path)
    rows = [
        {
            "names": paths,
            "value": _value(program, paths[0]) if len(paths) == 1 else "",
            "status": status,
            "source": source,
            "note": note,
        }
        for (status, source, note), paths in alike.items()
    ]
    return sorted(rows, key=lambda row: (row["status"], row["names"][0]))


def _alike(citation: Citation) -> tuple[str, str, str]:
    return citation.status, citation.source, citation.note


def _value(program: Program, path: str) -> str:
    """The value at a dotted path in words, cut where a list would fill the page."""
    value: Any = program
    for part in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, tuple):
            value = next((item for item in value if getattr(item, "id", None) == part), None)
        else:
            value = getattr(value, part, None)
    if isinstance(value, frozenset | tuple) and len(value) > 12:
        return f"{len(value):,} entries"
    if value is None or hasattr(value, "model_dump"):
        return ""
    text = "yes" if value is True else "no" if value is False else in_words(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN].rsplit(' ', 1)[0]} ..."
