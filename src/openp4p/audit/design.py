"""How a program's definition stands against each sub-check, before anything is paid under it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openp4p.audit.clauses import Check
from openp4p.audit.evidence.record import NOT_ASSESSABLE, Verdict
from openp4p.audit.fields import source_of
from openp4p.audit.payment_rule import BySize
from openp4p.audit.verdicts import WORST_FIRST, verdict_of
from openp4p.explain.words import in_words
from openp4p.program.definition import Citation, Program
from openp4p.program.governance import UNKNOWN, Band


@dataclass(frozen=True)
class Read:
    """One field that a verdict rests on: its value in words, and where that comes from."""

    field: str
    value: str
    citation: Citation


@dataclass(frozen=True)
class Design:
    """A design verdict, the size it is of where sizes differ, and the fields behind it."""

    verdict: Verdict
    read: tuple[Read, ...]
    size: str = ""
    na_reason: str = ""


def design_of(check: Check, program: Program, fields: Mapping[str, object]) -> Design:
    """The verdict of a check on a definition; of several sizes the worst."""
    names = list(dict.fromkeys(test.field for case in check.design for test in case.tests))
    sizes = _sizes(fields[name] for name in names)
    by_size = {size: verdict_of(check.design, _of_size(fields, names, size)) for size in sizes}
    size = min(by_size, key=lambda s: WORST_FIRST.index(by_size[s]))
    verdict = by_size[size]
    read = tuple(Read(n, said(fields[n]), source_of(program, n)) for n in names)
    reason = _reason(names, fields) if verdict == NOT_ASSESSABLE else ""
    return Design(verdict, read, size if len(set(by_size.values())) > 1 else "", reason)


def said(value: object) -> str:
    """A value of a field in words."""
    if isinstance(value, BySize):
        return "; ".join(f"{said(v)} ({size})" for size, v in value.values.items())
    if isinstance(value, Band):
        return f"from {value.at_least:g} to under {value.below:g}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return in_words([_plain(v) for v in value]) if value else "none"
    return _plain(in_words(value))


def _plain(word: object) -> str:
    return str(word).replace("_", " ")


def _sizes(values: object) -> list[str]:
    """The classes of size that any of the values differs by; one without a name when none does."""
    found = [size for v in values if isinstance(v, BySize) for size in v.values]  # type: ignore[attr-defined]
    return list(dict.fromkeys(found)) or [""]


def _of_size(fields: Mapping[str, object], names: list[str], size: str) -> Mapping[str, object]:
    """The values of one class of size."""
    return {
        name: value.values[size] if isinstance(value := fields[name], BySize) else value
        for name in names
    }


def _reason(names: list[str], fields: Mapping[str, object]) -> str:
    unknown = [name for name in names if fields[name] == UNKNOWN]
    if unknown:
        return f"not known: {', '.join(unknown)}"
    return "there is nothing to judge"
