"""A patient taken out of a measure for a clinical reason, in the words of C5."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from openp4p.review.refusals import require, unless

MOST_NOTE = 200
OVERRIDE = "V-OVR-1"
CODES = {
    "V-MED-1": "not appropriate: terminal illness, extreme frailty, limited life expectancy",
    "V-MED-2": "contraindication, allergy, adverse reaction",
    "V-MED-3": "not tolerated",
    "V-MED-4": "on maximum tolerated treatment, target not reached",
    "V-MED-5": "another condition makes the target inappropriate",
    "V-MED-6": "current accepted guideline differs from the measure",
    "V-PAT-1": "informed refusal, recorded",
    "V-PAT-2": "did not attend after three invitations in 12 months",
    "V-PAT-3": "ability to pay, belief or circumstance prevents",
    "V-SYS-1": "service, drug or device not available",
    "V-SYS-2": "new to the practice",
    OVERRIDE: "the event was clinically necessary, planned or unrelated",
}


# forms of measures that say what should be done, so that a case of them is met or is not
_OF_WHAT_IS_DONE = ("proportion",)


@dataclass(frozen=True)
class Case:
    """One eligible patient of a measure."""

    is_met: bool
    is_excluded: bool = False
    variance: str | None = None


@dataclass(frozen=True)
class Rate:
    """A rate with exceptions applied, without them, and how many there were; None: no patients."""

    rate: float | None
    without_exceptions: float | None
    exception_rate: float | None


def check(code: str, note: str, form: str | None = None) -> None:
    """Refuse a reason that is not on the list or not for the form of the measure, or a long note.

    A measure of what happened or what it cost has no case that was met: it takes the override.
    """
    fits = form is None or form in _OF_WHAT_IS_DONE or code == OVERRIDE
    require(
        unless(code in CODES, "Choose one of the reasons of the list."),
        unless(fits, f"A measure of outcomes or costs takes only the reason {OVERRIDE}."),
        unless(len(note) <= MOST_NOTE, f"A note has at most {MOST_NOTE} characters."),
    )


def rate(cases: Iterable[Case]) -> Rate:
    """Exceptions act after the numerator test; an override takes the case out of both."""
    left = [case for case in cases if not case.is_excluded]
    counted = [case for case in left if case.variance != OVERRIDE]
    met = sum(case.is_met for case in counted)
    excepted = sum(case.variance is not None and not case.is_met for case in counted)
    return Rate(
        _share(met, len(counted) - excepted),
        _share(sum(case.is_met for case in left), len(left)),
        _share(excepted + len(left) - len(counted), len(left)),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
