"""A program that notes which of its values are read, so that a table can say what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from types import FunctionType, MethodType
from typing import Any, cast

from openp4p.program.definition import MeasureRule, Program
from openp4p.program.values import Rule

EVERYTHING = ""  # the path of a whole program: noted where it is read as a whole


def watched(program: Program, seen: set[str]) -> Program:
    """The same program; the dotted path of every value that is read of it is added to `seen`."""
    return cast(Program, _Watched(program, seen, EVERYTHING))


class _Watched:
    """A program or one of its sections. What it computes of itself is seen by what that reads."""

    def __init__(self, of: Rule, seen: set[str], path: str) -> None:
        self._of, self._seen, self._path = of, seen, path

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # any value of a program
        path = f"{self._path}.{name}" if self._path else name
        if name in type(self._of).model_fields:
            value = getattr(self._of, name)
            if isinstance(value, Rule) and not self._path:
                return _Watched(value, self._seen, path)
            self._seen.add(path)
            return value
        ours = vars(type(self._of)).get(name)
        if isinstance(ours, property) and ours.fget:
            return ours.fget(self)
        if isinstance(ours, FunctionType):
            return MethodType(ours, self)
        self._seen.add(self._path)
        return getattr(self._of, name)

    def model_copy(self, *, update: Mapping[str, Any]) -> _Watched:
        """A copy with some values changed, of which what is read is noted as well."""
        return _Watched(self._of.model_copy(update=update), self._seen, self._path)

    def measure(self, id_: str) -> MeasureRule:
        """The rule of one measure, noted as that measure's and not as every measure's."""
        self._seen.add(f"measures.{id_}")
        return cast(Program, self._of).measure(id_)
