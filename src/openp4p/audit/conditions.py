"""Conditions on fields of a program, which can hold, not hold, or be open as long as a value is.

A share can be known as a band only, and a value not at all: then a condition is open, unless it
comes out the same whatever the value is.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Literal

from openp4p.audit.evidence.numbers import rounded
from openp4p.audit.thresholds import threshold, thresholds
from openp4p.program.governance import UNKNOWN, Band
from openp4p.program.governance_rules import controls
from openp4p.program.values import Rule

Truth = bool | None  # none: open
Form = Literal["is", "one_of", "at_least", "at_most", "above", "below", "empty", "holds"]
_ORDERED = ("at_least", "at_most", "above", "below")


class Test(Rule):
    """What one field has to be."""

    field: str
    form: Form
    wanted: bool | int | float | str | tuple[str, ...]


def read_test(field: str, wanted: object) -> Test:
    """A condition as the files of principles write it."""
    if isinstance(wanted, Mapping):
        ((form, value),) = wanted.items()
        if form in _ORDERED:
            value = _number(value)
        return Test(field=field, form=form, wanted=tuple(value) if form == "holds" else value)
    if isinstance(wanted, list):
        return Test(field=field, form="one_of", wanted=tuple(wanted))
    return Test.model_validate({"field": field, "form": "is", "wanted": wanted})


def holds(test: Test, value: object) -> Truth:
    """Whether a condition holds of a value; none while the value leaves it open."""
    if test.form == "is" and test.wanted == UNKNOWN:
        return value == UNKNOWN
    if value == UNKNOWN:
        return None
    if isinstance(value, Band):
        return _holds_of_band(test, value)
    return _holds_of_value(test, value)


def all_hold(tests: tuple[Test, ...], values: Mapping[str, object]) -> Truth:
    """Whether all conditions hold: one that does not is enough, whatever is open."""
    truths = [holds(test, values[test.field]) for test in tests]
    if False in truths:
        return False
    return None if None in truths else True


def _holds_of_value(test: Test, value: Any) -> bool:  # noqa: ANN401  # any value of a program
    wanted: Any = test.wanted
    if test.form == "is":
        return bool(value is wanted if isinstance(wanted, bool) else _same(value, wanted))
    if test.form == "one_of":
        return value in wanted
    if test.form == "empty":
        return (not value) is wanted
    if test.form == "holds":
        return set(wanted) <= set(value)
    left, right = rounded(float(value)), rounded(float(wanted))
    return {
        "at_least": left >= right,
        "at_most": left <= right,
        "above": left > right,
        "below": left < right,
    }[test.form]


def _same(value: object, wanted: object) -> bool:
    if isinstance(value, int | float) and isinstance(wanted, int | float):
        return rounded(value) == rounded(wanted)
    return value == wanted


def _holds_of_band(test: Test, band: Band) -> Truth:
    """A value of the band lies from `at_least` on and under `below`."""
    low, top, wanted = band.at_least, band.below, float(test.wanted)  # type: ignore[arg-type]  # numbers
    if test.form == "is":
        return None if low <= wanted < top else False
    if test.form in ("at_least", "below"):
        sure = True if low >= wanted else False if top <= wanted else None
    else:  # above, at_most
        sure = True if low > wanted else False if top <= wanted else None
    if test.form in ("below", "at_most") and sure is not None:
        return not sure
    return sure


def _number(said: object) -> float | int:
    """A number, or the name of one that stands elsewhere: of the controls or the thresholds."""
    if isinstance(said, str) and said in controls():
        said = controls()[said]
    if isinstance(said, str) and said in thresholds():
        return threshold(said)
    return said if isinstance(said, int) else float(Fraction(str(said)))
