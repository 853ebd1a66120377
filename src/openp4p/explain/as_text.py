"""An explanation as text for a terminal, a letter or a log."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from openp4p.explain.formulas import FORMULAS
from openp4p.explain.model import Explanation, Source
from openp4p.explain.words import in_words, number, status_in_words

_INDENT = 2
_LABEL = 8
_DEEPEST = 6
_SHORTEST = 40


def as_text(explanation: Explanation, width: int, rows: int) -> str:
    """The tree, each step numbered under what it explains."""
    return "\n".join(_lines(explanation, "", width, rows)).rstrip() + "\n"


def _lines(explanation: Explanation, place: str, width: int, rows: int) -> Iterator[str]:
    margin = " " * (_INDENT * min(place.count(".") + bool(place), _DEEPEST))
    heading = f"{place} {explanation.question}" if place else explanation.question
    yield from _wrapped(heading, margin, margin, width)
    yield from _wrapped(explanation.answer, margin + " " * _INDENT, margin + " " * _INDENT, width)
    inside = margin + " " * _INDENT
    yield from _labelled("rule", explanation.rule, inside, width)
    for source in explanation.sources:
        yield from _labelled("source", _source(source), inside, width)
    yield from _labelled("formula", _formula(explanation), inside, width)
    yield from _rows(explanation, inside, width, rows)
    yield ""
    for number_, step in enumerate(explanation.steps, start=1):
        below = f"{place}.{number_}" if place else str(number_)
        yield from _lines(step, below, width, rows)


def _source(source: Source) -> str:
    note = f"; {source.note}" if source.note else ""
    return f"{source.source} ({status_in_words(source.status)}{note}) [{source.path}]"


def _formula(explanation: Explanation) -> str:
    said = [f"{name} = {in_words(value)}" for name, value in explanation.inputs.items()]
    inputs = f", with {'; '.join(said)}" if said else ""
    return f"{explanation.name} = {FORMULAS[explanation.formula]}{inputs}"


def _rows(explanation: Explanation, margin: str, width: int, limit: int) -> Iterator[str]:
    if not explanation.rows:
        return
    shown = explanation.rows[:limit]
    total = len(explanation.rows)
    counted = "1 row" if total == 1 else f"{total:,} rows"
    shorter = f", the first {len(shown)} here" if len(shown) < total else ""
    yield from _labelled("rows", f"{counted} of {explanation.table}{shorter}", margin, width)
    if not shown:
        return
    columns = list(shown[0])
    texts = [[_cell(column, row[column]) for column in columns] for row in shown]
    widths = [
        max(len(column), *(len(line[place]) for line in texts))
        for place, column in enumerate(columns)
    ]
    inside = margin + " " * _LABEL
    if len(inside) + sum(widths) + 2 * len(widths) <= width:
        yield inside + _aligned(columns, widths)
        yield from (inside + _aligned(line, widths) for line in texts)
        return
    for line in texts:
        pairs = ", ".join(f"{c}={text}" for c, text in zip(columns, line, strict=True))
        yield from _wrapped(f"- {pairs}", inside, f"{inside}  ", width)


def _cell(column: str, value: object) -> str:
    # a year is a number without thousands
    return str(value) if isinstance(value, int) and "year" in column else number(value)


def _aligned(cells: list[str], widths: list[int]) -> str:
    return "  ".join(f"{cell:<{w}}" for cell, w in zip(cells, widths, strict=True)).rstrip()


def _labelled(label: str, text: str, margin: str, width: int) -> Iterator[str]:
    yield from _wrapped(text, f"{margin}{label:<{_LABEL}}", margin + " " * _LABEL, width)


def _wrapped(text: str, first: str, rest: str, width: int) -> Iterator[str]:
    yield from textwrap.wrap(
        text,
        max(width, len(rest) + _SHORTEST),
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
