"""The physicians' principles as data: clauses, their sub-checks, and how a design is judged."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from openp4p.audit.conditions import Test, read_test
from openp4p.audit.evidence.record import Kind, Verdict
from openp4p.errors import Problem
from openp4p.program.files import read_yaml
from openp4p.program.values import Rule

FOLDER = Path(__file__).with_name("principles")
OTHERWISE = "otherwise"
_VERDICTS = ("meets", "partly", "fails", "not_assessable")


class Case(Rule):
    """One line of a rule: the verdict, and what must hold of the fields named."""

    verdict: Verdict
    tests: tuple[Test, ...]  # none: whatever was not decided before


class Check(Rule):
    """One sub-check: what is asked, how it is judged, and what it takes to judge it."""

    id: str
    clause: str
    kind: Kind
    asks: str
    threshold: str
    critical: bool = False
    origin: str = ""
    design: tuple[Case, ...] = ()
    settled_if: tuple[Test, ...] = ()  # of a workflow: the setting settles the record as well
    needs: str = ""

    @property
    def has_design(self) -> bool:
        """Whether the definition is judged: kind b, and the setting of kind c."""
        return self.kind in ("b", "c")

    @property
    def has_evidence(self) -> bool:
        """Whether evidence is judged: kinds a and d, and the event record of kind c."""
        return self.kind in ("a", "c", "d")


class Clause(Rule):
    """One principle, in our own words."""

    id: str = Field(pattern=r"^P\d\d$")
    title: str
    asks: str
    cite: str
    checks: tuple[Check, ...]


@cache
def clauses() -> tuple[Clause, ...]:
    """The eighteen clauses and, as the nineteenth, what the linked policies add."""
    return tuple(_clause(path) for path in sorted(FOLDER.glob("P*.yaml")))


@cache
def checks() -> Mapping[str, Check]:
    """Every sub-check by its id."""
    return {check.id: check for clause in clauses() for check in clause.checks}


def _clause(path: Path) -> Clause:
    problems: list[Problem] = []
    said = read_yaml(path, problems)
    assert not problems, problems
    parts = [_check(str(said["id"]), check) for check in said["checks"]]
    return Clause.model_validate({**said, "checks": parts})


def _check(clause: str, said: Mapping[str, Any]) -> Check:
    cases = [_case(case) for case in said.get("design", ())]
    settled = _tests(said.get("settled_if", {}))
    return Check.model_validate({**said, "clause": clause, "design": cases, "settled_if": settled})


def _case(said: Mapping[str, Any]) -> Case:
    ((key, value),) = said.items()
    if key == OTHERWISE:
        return Case(verdict=value, tests=())
    return Case(verdict=key, tests=_tests(value))


def _tests(said: Mapping[str, Any]) -> tuple[Test, ...]:
    return tuple(read_test(str(name), wanted) for name, wanted in said.items())


Side = Literal["design", "evidence"]
