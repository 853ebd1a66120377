"""What somebody requires of an audit, such as P05=meets, and whether it is so."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from openp4p.audit.auditing import Audit
from openp4p.audit.clauses import clauses
from openp4p.errors import UsageError

_SIDES = ("overall", "design", "evidence")
_ENOUGH = {
    "meets": ("meets", "none_required"),
    "partly": ("meets", "none_required", "partly"),
}


@dataclass(frozen=True)
class Requirement:
    """The least verdict that one clause must have, on one side or overall."""

    clause: str
    side: str
    least: str

    def __str__(self) -> str:
        side = "" if self.side == "overall" else f".{self.side}"
        return f"{self.clause}{side}={self.least}"


@dataclass(frozen=True)
class Shortfall:
    """A requirement that is not met, and the verdict there is instead."""

    program: str
    requirement: Requirement
    found: str


def read_requirements(texts: Iterable[str]) -> list[Requirement]:
    """Requirements as they are written: P05=meets, P05.design=meets, P12=partly."""
    return [_read(text) for text in texts]


def shortfalls(audit: Audit, requirements: Iterable[Requirement]) -> list[Shortfall]:
    """The requirements an audit does not meet; what cannot be assessed is not met."""
    found = []
    for required in requirements:
        verdict = str(getattr(audit.clause(required.clause), required.side))
        if verdict not in _ENOUGH[required.least]:
            found.append(Shortfall(audit.program.id, required, verdict))
    return found


def _read(text: str) -> Requirement:
    name, _, least = text.partition("=")
    clause, _, side = name.partition(".")
    known = [c.id for c in clauses()]
    if clause not in known or (side or "overall") not in _SIDES or least not in _ENOUGH:
        near = difflib.get_close_matches(clause, known, n=1)
        hint = f" Did you mean '{near[0]}'?" if near and clause not in known else ""
        raise UsageError(
            f"'{text}' is not a requirement.{hint}",
            remedy="Write CLAUSE=meets or CLAUSE=partly, with P01 to P19; for one side "
            "P05.design=meets or P05.evidence=meets.",
            code="options",
        )
    return Requirement(clause, side or "overall", least)
