"""Is every stage of a run what the plain-Python reading of the rules makes of the same rows?"""

from __future__ import annotations

import importlib
import inspect
import math
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import openp4p.reference
from openp4p.claims.tables import TABLES
from openp4p.earlier import frozen_tables
from openp4p.engine import Stage, stages
from openp4p.program.tables import rule_tables
from openp4p.results import Run

_RELATIVE, _ABSOLUTE = 1e-9, 1e-12
Rows = list[dict[str, Any]]
# tables that a stage makes once more, and the stage: of the year before, with its own inputs
_YEAR_BEFORE = {
    "prior_reported_cases": "reported_cases",
    "prior_survey_cases": "survey_cases",
    "prior_rates": "unadjusted_rates",
    "history_eligible": "eligible_beneficiaries",
    "history_services": "primary_care_services",
    "history_candidates": "attribution_candidates",
    "history_attributed": "attributed_beneficiaries",
}
_OF_YEAR_BEFORE = {
    "prior_rates": {"measure_cases": "prior_cases"},
    "history_candidates": {"primary_care_services": "history_services"},
    "history_attributed": {
        "attribution_candidates": "history_candidates",
        "eligible_beneficiaries": "history_eligible",
    },
}
_PAID_BY_AWARDS = {"payments": "award_payments"}


@dataclass(frozen=True)
class Agreement:
    """One stage: how many rows were compared and the columns in which some differ."""

    stage: str
    rows: int
    differing: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether both readings give the same rows."""
        return not self.differing


def agreements(run: Run) -> Iterator[Agreement]:
    """Each stage of a run against the reference, in the order of the run.

    What a review takes over from another run was computed there, and is left out.
    """
    taken_over = frozen_tables(run.program) if run.manifest.get("review_of") else ()
    again = _YEAR_BEFORE | (_PAID_BY_AWARDS if run.program.award is not None else {})
    for table in run.manifest["tables"]:
        if table in taken_over:
            continue
        name = again.get(table, table)
        if name in stages():
            yield _compared(run, table, stages()[name])


def _compared(run: Run, table: str, stage: Stage) -> Agreement:
    arguments = {
        parameter: _given(run, table, parameter)
        for parameter in inspect.signature(stage.function).parameters
    }
    found = _sorted(run.rows(table), stage)
    expected = _sorted(reference(stage.name)(**arguments), stage)
    if len(found) != len(expected):
        return Agreement(table, len(found), ("number of rows",))
    differing = {
        column
        for one, other in zip(found, expected, strict=True)
        for column in stage.columns
        if not _same(one[column], other[column])
    }
    return Agreement(table, len(found), tuple(sorted(differing)))


def _given(run: Run, table: str, parameter: str) -> object:
    """What the run gave a stage under that name, as plain rows or as a fact."""
    lacking = {note["code"] for note in run.manifest["notes"]}
    of_year_before = table in _YEAR_BEFORE
    facts: dict[str, object] = {
        "program": run.program.earlier if table.startswith("history_") else run.program,
        "performance_year": run.program.performance_year - of_year_before,
        "published_factor": run.manifest["published_factor"],
        "roster_supplied": "no_roster" not in lacking,
        "pool": Decimal(run.manifest.get("pool", 0)),
        "benchmark_year": run.manifest.get("benchmark_year"),
    }
    if parameter in facts:
        return facts[parameter]
    if of_year_before and parameter == "supplied_rate":
        return []
    parameter = _OF_YEAR_BEFORE.get(table, {}).get(parameter, parameter)
    rules = rule_tables(run.program)
    if parameter in rules:
        return rules[parameter][1]
    return run.given(parameter) if parameter in TABLES else run.rows(parameter)


def reference(name: str) -> Callable[..., Rows]:
    """The plain-Python reading of a stage."""
    for module in pkgutil.iter_modules(openp4p.reference.__path__):
        found = getattr(importlib.import_module(f"openp4p.reference.{module.name}"), name, None)
        if found is not None:
            return found  # type: ignore[no-any-return]  # a function of rows
    raise AssertionError(f"the reference has no {name}")


def _sorted(rows: Rows, stage: Stage) -> Rows:
    def place(row: dict[str, Any]) -> list[tuple[bool, Any]]:
        return [(row[column] is not None, row[column]) for column in stage.key]

    return sorted(rows, key=place)


def _same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)
    return one == other and (one is None) == (other is None)
