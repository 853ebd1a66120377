"""The numbers that decide an audit, each with its reason, from one file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from openp4p.errors import Problem
from openp4p.program.files import read_yaml

FILE = Path(__file__).with_suffix(".yaml")


@dataclass(frozen=True)
class Threshold:
    """A number of the audit: a source gives it, or we chose it, and why."""

    name: str
    values: tuple[float, ...]
    unit: str
    origin: str
    reason: str


@cache
def thresholds() -> Mapping[str, Threshold]:
    """Every number by its name, SECTION.NAME."""
    problems: list[Problem] = []
    said = read_yaml(FILE, problems)
    assert not problems, problems
    return {
        f"{section}.{name}": _threshold(f"{section}.{name}", entry)
        for section, entries in said.items()
        for name, entry in entries.items()
    }


def threshold(name: str) -> float:
    """The number of this name."""
    (value,) = thresholds()[name].values
    return value


def count(name: str) -> int:
    """The number of this name, where it counts something."""
    value = threshold(name)
    assert value.is_integer(), f"{name} is no whole number"
    return int(value)


def _threshold(name: str, entry: Mapping[str, Any]) -> Threshold:
    said = entry["value"] if isinstance(entry["value"], list) else [entry["value"]]
    values = tuple(float(Fraction(value)) for value in said)
    return Threshold(name, values, str(entry["unit"]), str(entry["origin"]), str(entry["reason"]))
