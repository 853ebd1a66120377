"""What must hold of the governance of a program, above all of one that is operated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from openp4p.errors import Problem
from openp4p.program.definition import Program
from openp4p.program.files import read_yaml
from openp4p.program.governance import UNKNOWN, Governance, leaves

_CONTROLS = Path(__file__).with_name("controls.yaml")
Mistake = tuple[str, str, str]


@cache
def controls() -> Mapping[str, Any]:
    """The numbers that bind every operated program, by name."""
    problems: list[Problem] = []
    said = read_yaml(_CONTROLS, problems)
    assert not problems, problems
    return {name: entry["value"] for name, entry in said.items()}


def governance_mistakes(program: Program) -> Iterator[Mistake]:
    """Path, what was found, what is allowed."""
    governance = program.governance
    if governance is None:
        yield "governance", "is missing", "governance.yaml, where what is not known is `unknown`"
        return
    evaluation = governance.evaluation
    if evaluation.plan == "none" and evaluation.elements_present not in (0, UNKNOWN):
        found = f"{evaluation.elements_present} parts of a plan there is none of"
        yield "governance.evaluation.elements_present", found, "0"
    if governance.mode == "operated":
        yield from _operated(program, governance)


def _operated(program: Program, governance: Governance) -> Iterator[Mistake]:
    for name in leaves():
        if field(governance, name) == UNKNOWN:
            allowed = "a value: a program that is operated leaves nothing unknown"
            yield f"governance.{name}", "is unknown", allowed
    floor, window = controls()["review_window_days"], governance.review.window_days
    if isinstance(window, int) and window < floor:
        yield "governance.review.window_days", f"{window} days are too few", f"at least {floor}"
    award = program.award
    if award is not None and award.estimate == "posterior_mean" and not award.is_symmetric:
        found = f"{award.threshold_low:g} and {award.threshold_high:g} are not symmetric"
        allowed = "two that add up to 1: else size moves an award paid on shrunken estimates"
        yield "award.threshold_low", found, allowed


def field(governance: Governance, name: str) -> object:
    """The value of a field by its dotted name."""
    value: object = governance
    for part in name.split("."):
        value = getattr(value, part)
    return value
