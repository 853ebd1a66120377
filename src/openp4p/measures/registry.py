"""The measures that are computed: for each, the stages that lead to its cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points

from openp4p.engine.stage import Stage
from openp4p.measures.costs import beneficiary_costs
from openp4p.measures.per_capita_cost import (
    per_capita_cost_cases,
    per_capita_cost_model_sums,
    per_capita_cost_trim_points,
)
from openp4p.measures.reported import reported_cases
from openp4p.measures.risk_adjustment import COEFFICIENTS, solved
from openp4p.measures.survey import survey_cases

Row = Mapping[str, object]


@dataclass(frozen=True)
class Solved:
    """A small table made in Python from the rows of a stored table: a fitted model."""

    name: str
    source: str
    columns: Mapping[str, str]
    solve: Callable[[Iterable[Row]], list[dict[str, object]]]


@dataclass(frozen=True)
class Measure:
    """What leads to the cases of one measure, or of a family of measures, in order."""

    steps: tuple[Stage | Solved, ...]
    cases: Stage


_OWN = (
    Measure(
        steps=(
            beneficiary_costs,
            per_capita_cost_trim_points,
            per_capita_cost_model_sums,
            Solved("per_capita_cost_model", "per_capita_cost_model_sums", COEFFICIENTS, solved),
        ),
        cases=per_capita_cost_cases,
    ),
    Measure(steps=(), cases=reported_cases),
    Measure(steps=(), cases=survey_cases),
)


def measures() -> tuple[Measure, ...]:
    """Our own measures and those of installed packages (entry points `openp4p.measures`)."""
    added = tuple(entry.load() for entry in entry_points(group="openp4p.measures"))
    return _OWN + added
