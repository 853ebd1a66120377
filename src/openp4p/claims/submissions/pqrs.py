"""The XML in which registries sent PQRS measures to CMS."""

from __future__ import annotations

from lxml import etree

from openp4p.claims.submissions.model import Reading, Report, reported_instances

ROOT = "submission"
_MEASURES = ("pqri-measure", "pqrs-measure")
_REMEDY = "Ask the registry for the file again."
_PERCENT = 100.0
_DIGITS = 3


def read(document: etree._ElementTree, reading: Reading) -> None:
    """Every measure of every provider of a registry's file."""
    for place, provider in enumerate(document.iter("provider"), start=1):
        where = f"provider {place}"
        tin, year = _text(provider, "tin"), _year(provider)
        if tin is None or year is None:
            missing = "tin" if tin is None else "encounter-to-date"
            reading.set_aside(where, f"has no {missing} that can be read", _REMEDY)
            continue
        for measure in provider.iter(*_MEASURES):
            number = _text(measure, f"{measure.tag}-number")
            at = f"{where}, measure {number or '?'}"
            _take(at, tin, _text(provider, "npi"), year, number, measure, reading)


def _take(
    where: str,
    tin: str,
    npi: str | None,
    year: int,
    number: str | None,
    measure: etree._Element,
    reading: Reading,
) -> None:
    names = (
        "eligible-instances",
        "meets-performance-instances",
        "performance-not-met-instances",
        "performance-exclusion-instances",
    )
    counts = [_count(_text(measure, name)) for name in names]
    if number is None or counts[0] is None or counts[1] is None:
        reading.set_aside(where, "lacks its number or its counts", _REMEDY)
        return
    eligible, met, not_met, exclusions = counts
    excluded = exclusions or 0
    rate = _number(_text(measure, "performance-rate"))
    reading.add(
        where,
        Report(
            tin=tin,
            npi=npi,
            entity_id=None,
            performance_year=year,
            mechanism="registry",
            measure=number.zfill(_DIGITS) if number.isdigit() else number,
            stratum=None,
            eligible=reported_instances(eligible or 0, met or 0, not_met, excluded, 0),
            exclusions=excluded,
            exceptions=0,
            met=met or 0,
            not_met=not_met,
            rate_reported=None if rate is None else rate / _PERCENT,
        ),
    )


def _text(node: etree._Element, name: str) -> str | None:
    found = node.findtext(name)
    return found.strip() or None if found is not None else None


def _year(provider: etree._Element) -> int | None:
    """The year of the last encounter; dates are MM-DD-YYYY."""
    year = (_text(provider, "encounter-to-date") or "").rpartition("-")[2]
    return int(year) if year.isdigit() else None


def _count(text: str | None) -> int | None:
    return int(text) if text is not None and text.lstrip("-").isdigit() else None


def _number(text: str | None) -> float | None:
    """A rate; the text 'null' stands where a denominator is 0."""
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
