"""Made-up records of made-up practices, so that a folder of evidence can be tried as it is written.

Half of the practices are under the program from its performance year on. Their care becomes better
by more than the important difference and no less safe, patients stay as before, fees are untouched,
the fund covers full awards, and results are reviewed before they are paid; half of the cost of
reporting is paid, and three practices lack a service.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from openp4p.audit.records.layout import SERVICES

PRACTICES = 24
INSIDE = 12
LACKING = 3
_BEFORE, _AFTER = 3, 2  # periods
_EFFECT = 2.4  # points
Line = tuple[Any, ...]


def example_rows(kind: str, year: int) -> list[Line]:
    """The rows of one file, of a program whose first performance year is `year`."""
    makers: dict[str, Callable[[int], Iterator[Line]]] = {
        "practices": _practices, "evaluation": _evaluation, "outcomes": _outcomes,
        "patient_flows": _patient_flows, "reporting_log": _reporting_log, "funds": _funds,
        "fees": _fees, "care_resources": _care_resources, "data_quality": _data_quality,
        "reports": _reports, "reviews": _reviews, "disputes": _disputes,
        "data_requests": _data_requests, "exports": _exports, "controls": _controls,
    }  # fmt: skip
    return list(makers[kind](year))


def _names() -> list[str]:
    return [f"practice-{number:02}" for number in range(1, PRACTICES + 1)]


def _practices(year: int) -> Iterator[Line]:
    for number, name in enumerate(_names()):
        first = year if number < INSIDE else ""
        partnership = ("no", "yes", "unknown")[number % 3]
        yield name, first, "yes", 2 + number % 5, 80 + 10 * (number % 4), partnership


def _evaluation(_year: int) -> Iterator[Line]:
    yield "blood pressure controlled", "primary", "higher", "percent", ""
    yield "admissions per 1000", "safety", "lower", "rate", "15"
    yield "hip fractures per 1000", "placebo", "lower", "rate", ""


def _outcomes(year: int) -> Iterator[Line]:
    for number, name in enumerate(_names()):
        patients = 300 + 25 * (number % 6)
        for place in range(_BEFORE + _AFTER):
            chance = (7 * number + 11 * place) % 13 - 6
            better = _EFFECT if number < INSIDE and place >= _BEFORE else 0.0
            controlled = 62 + number % 5 + 0.4 * place + 0.15 * chance + better
            admissions = 210 + 2 * (number % 7) + 0.7 * ((5 * number + 3 * place) % 11 - 5)
            fractures = 8 + 0.1 * (number % 4) + 0.05 * ((3 * number + 5 * place) % 7 - 3)
            period = year - _BEFORE + place
            yield "blood pressure controlled", name, period, f"{controlled:.2f}", patients
            yield "admissions per 1000", name, period, f"{admissions:.1f}", patients
            yield "hip fractures per 1000", name, period, f"{fractures:.2f}", patients


def _patient_flows(_year: int) -> Iterator[Line]:
    for number, name in enumerate(_names()):
        for group, part in (("top_risk_quartile", 4), ("costliest_tenth", 10)):
            for when in ("before", "after"):
                one = 1 if (number + part) % 3 == (when == "after") else 0
                complex_ = 1600 // part
                leaving = complex_ // 6 + one
                yield (
                    name, group, when, complex_ - leaving, leaving, 1000 + number, 100 + number % 3,
                    complex_ // 4 + one, 150 + number % 4,
                )  # fmt: skip


def _reporting_log(year: int) -> Iterator[Line]:
    for number, name in enumerate(_names()[:INSIDE]):
        day = f"{year + 1}-02-{number + 1:02}"
        yield name, day, "extracting", "medical assistant", 600, "22.50", "", "112.50", "no"
        yield name, day, "checking_reports", "physician", 120, "110.00", "", "110.00", "no"
        yield name, day, "submitting", "registry", "", "", "250.00", "125.00", "no"


def _funds(year: int) -> Iterator[Line]:
    yield f"{year - 1}-12-01", "paid_in", "", "500000.00"
    yield f"{year - 1}-12-01", "largest_liability", "", "480000.00"
    for name in _names()[:INSIDE]:
        yield f"{year + 1}-07-15", "bonus", name, "12000.00"


def _fees(_year: int) -> Iterator[Line]:
    yield "conversion_factor", "35.9335", "35.9335"
    yield "99213", "73.40", "73.40"
    yield "99214", "108.20", "108.20"


def _care_resources(year: int) -> Iterator[Line]:
    for number, name in enumerate(_names()):
        for service in SERVICES:
            absent = number < LACKING and service == "substance_use"
            source = "none" if absent else "community_team"
            yield name, service, source, "" if absent else 7, "", f"{year}-12-15"


def _data_quality(_year: int) -> Iterator[Line]:
    yield "every claim has a diagnosis", "completeness", "no", "yes"
    yield "every line has a rendering clinician", "completeness", "no", "yes"
    yield "every code is of its list", "conformance", "yes", "yes"
    yield "dates lie in the period", "conformance", "yes", "yes"
    yield "no patient was treated after death", "plausibility", "no", "yes"


def _reports(year: int) -> Iterator[Line]:
    yield f"feedback of {year}", f"{year + 1}-04-01", "yes"
    yield f"results of {year}", f"{year + 1}-06-01", "yes"


def _reviews(year: int) -> Iterator[Line]:
    """Delivered, reviewed for 60 days, decided, and only then paid."""
    result = f"results of {year}"
    for number, name in enumerate(_names()[:INSIDE]):
        decided = f"{year + 1}-07-01" if number == 0 else ""
        yield (
            name, result, f"{year + 1}-05-02", f"{year + 1}-07-01", int(number == 0), decided,
            f"{year + 1}-07-15", "",
        )  # fmt: skip


def _disputes(year: int) -> Iterator[Line]:
    first, second = _names()[:2]
    yield "dispute-1", first, f"{year + 1}-05-20", f"{year + 1}-06-10", "yes", "yes", "yes"
    yield "comment-1", second, f"{year + 1}-05-24", f"{year + 1}-05-27", "yes", "no", ""


def _data_requests(year: int) -> Iterator[Line]:
    first = _names()[0]
    yield "request-1", first, f"{year + 1}-05-04", f"{year + 1}-05-11"


def _exports(year: int) -> Iterator[Line]:
    yield "export-1", f"{year + 1}-07-15", "hpaymt", "yes", "yes", "yes"


def _controls(_year: int) -> Iterator[Line]:
    yield "a practice sees its own patients alone", "yes", "yes"
    yield "small cells are hidden", "yes", "yes"
    yield "every reading of patient rows is noted", "yes", "yes"
