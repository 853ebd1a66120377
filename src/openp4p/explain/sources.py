"""Where the values that an explanation rests on come from."""

from __future__ import annotations

from openp4p.explain.model import Source
from openp4p.program.definition import Choice, Program


def sources(program: Program, *paths: str) -> tuple[Source, ...]:
    """The source of each value: its citation, or the choice that settled it."""
    chosen = {choice.parameter: choice for choice in program.choices}
    return tuple(
        _of_choice(chosen[path]) if path in chosen else _cited(program, path) for path in paths
    )


def _of_choice(choice: Choice) -> Source:
    meant = {option.id: option.description for option in choice.options}
    return Source(
        path=choice.parameter,
        source=f"choice {choice.id} = {choice.chosen}: {meant.get(choice.chosen, '')}",
        status="default",
        note=choice.reason,
    )


def _cited(program: Program, path: str) -> Source:
    citation = program.citation(path)
    return Source(path, citation.source, citation.status, citation.note)
