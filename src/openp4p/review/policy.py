"""The numbers of a review: from one cited file, and what the program itself says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from openp4p.audit.controls.clocks import federal_holidays
from openp4p.errors import Problem
from openp4p.program.definition import Program
from openp4p.program.files import read_yaml

FILE = Path(__file__).with_name("policy.yaml")
ZONE = "America/New_York"
_YEARS_AHEAD = 3  # holidays are listed well past the last clock of a run


@dataclass(frozen=True)
class Number:
    """A number of the review: its bound, and whether a source gives it or we chose it."""

    name: str
    value: Fraction
    unit: str
    origin: str
    reason: str
    floor: Fraction | None = None
    ceiling: Fraction | None = None


@cache
def numbers() -> Mapping[str, Number]:
    """Every number of the file by its name."""
    problems: list[Problem] = []
    said = read_yaml(FILE, problems)
    assert not problems, problems
    bounds = ("value", "floor", "ceiling")
    return {
        name: Number(
            name,
            unit=str(entry["unit"]),
            origin=str(entry["origin"]),
            reason=str(entry["reason"]),
            **{bound: Fraction(entry[bound]) for bound in bounds if bound in entry},
        )
        for name, entry in said.items()
    }


def number(name: str) -> int:
    """The number of this name, where it counts something."""
    value = numbers()[name].value
    assert value.denominator == 1, f"{name} is no whole number"
    return int(value)


@dataclass(frozen=True)
class Policy:
    """What binds one run: its window, its decision time, its days."""

    window_days: int
    decision_days: int
    zone: ZoneInfo
    holidays: frozenset[date]


def policy(program: Program | None, released: datetime) -> Policy:
    """The policy of a run of a program, which starts no earlier than its release.

    A past program whose own window is unknown or shorter than the floor gets ours: whatever it did
    then, nobody is paid here before the floor is past.
    """
    governance = program.governance if program is not None else None
    window = governance.review.window_days if governance is not None else None
    decision = governance.review.decision_days if governance is not None else None
    years = range(released.year, released.year + _YEARS_AHEAD)
    return Policy(
        window_days=_within("window_days", window),
        decision_days=_within("decision_days", decision),
        zone=ZoneInfo(ZONE),
        holidays=frozenset(day for year in years for day in federal_holidays(year)),
    )


def _within(name: str, said: object) -> int:
    """What a program says, unless it is unknown or beyond the bound of the number."""
    rule = numbers()[name]
    known = isinstance(said, int) and not isinstance(said, bool)
    if not known or (rule.floor is not None and said < rule.floor):  # type: ignore[operator]
        return number(name)
    if rule.ceiling is not None and said > rule.ceiling:  # type: ignore[operator]
        return number(name)
    return int(said)  # type: ignore[call-overload, no-any-return]
