"""An explanation: an answer in a sentence, the rule with its source, the rows, the steps below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from openp4p.explain.as_json import json_indented
from openp4p.explain.formulas import FORMULAS

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Source:
    """Where a value of a rule comes from, and how far it can be trusted."""

    path: str
    source: str
    status: str
    note: str = ""


@dataclass(frozen=True)
class Explanation:
    """Why one value is what it is.

    The value follows by `formula` (see `formulas.FORMULAS`) from the values of the steps, the rows
    and the inputs, and from nothing else, so that anyone can compute it again from here.
    """

    name: str
    question: str
    answer: str
    value: object
    formula: str
    rule: str
    sources: tuple[Source, ...] = ()
    inputs: Mapping[str, object] = field(default_factory=dict)
    table: str = ""
    rows: tuple[Row, ...] = ()
    steps: tuple[Explanation, ...] = ()

    def __post_init__(self) -> None:
        assert self.formula in FORMULAS, f"{self.name}: no formula is called {self.formula}"
        names = [step.name for step in self.steps]
        assert len(names) == len(set(names)), f"{self.name}: two steps share a name"

    def as_dict(self) -> dict[str, object]:
        """The whole tree as nested dictionaries."""
        return {
            "name": self.name,
            "question": self.question,
            "answer": self.answer,
            "value": self.value,
            "formula": self.formula,
            "inputs": dict(self.inputs),
            "rule": self.rule,
            "sources": [vars(source) for source in self.sources],
            "table": self.table,
            "rows": [dict(row) for row in self.rows],
            "steps": [step.as_dict() for step in self.steps],
        }

    def to_json(self) -> str:
        """The whole tree, with every row, as JSON text."""
        return json_indented(self.as_dict())

    def to_text(self, width: int = 100, rows: int = 10) -> str:
        """The tree as text, with so many rows below each step."""
        from openp4p.explain.as_text import as_text

        return as_text(self, width, rows)
