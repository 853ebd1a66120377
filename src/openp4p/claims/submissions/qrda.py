"""QRDA category III: the counts of electronic clinical quality measures in a CDA document."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from openp4p.claims.submissions.model import Reading, Report

ROOT = "{urn:hl7-org:v3}ClinicalDocument"
_NAMES = {"h": "urn:hl7-org:v3"}
_NPI, _TIN = "2.16.840.1.113883.4.6", "2.16.840.1.113883.4.2"
_MEASURE = "2.16.840.1.113883.4.738"
_RATE = "72510-1"  # LOINC: performance rate
_INITIAL = ("IPOP", "IPP")
_REMEDY = "Export the document again; CMS's implementation guide says what it must hold."


def read(document: etree._ElementTree, reading: Reading, measures: Mapping[str, str]) -> None:
    """The measures of a document; `measures` gives their numbers by version-specific identifier."""
    tin, npi = _reporter(document)
    year = _year(document)
    if tin is None:
        reading.set_aside("serviceEvent", "names no TIN (id with root " + _TIN + ")", _REMEDY)
        return
    if year is None:
        reading.set_aside("serviceEvent", "states no reporting period", _REMEDY)
        return
    organizers = _all(
        document, f"//h:organizer[h:reference/h:externalDocument/h:id/@root='{_MEASURE}']"
    )
    if not organizers:
        reading.set_aside("document", "holds no measure", _REMEDY)
    for organizer in organizers:
        identifier = _first(organizer, "h:reference/h:externalDocument/h:id/@extension").lower()
        measure = measures.get(identifier)
        if measure is None:
            reading.set_aside(
                f"measure {identifier}",
                "is a version that is not known",
                "Give its number with --measures: a CSV with the columns uuid and measure.",
            )
            continue
        groups = _groups(organizer)
        rates = _rates(organizer)
        for place, group in enumerate(groups, start=1):
            where = f"measure {identifier}" + (f", stratum {place}" if len(groups) > 1 else "")
            stratum = str(place) if len(groups) > 1 else None
            _take(where, (tin, npi, year, measure, stratum), group, rates, reading)


def _take(
    where: str,
    of: tuple[str, str | None, int, str, str | None],
    group: dict[str, tuple[int, str]],
    rates: dict[str, float],
    reading: Reading,
) -> None:
    if "DENOM" not in group or "NUMER" not in group:
        reading.set_aside(where, "states no denominator or no numerator", _REMEDY)
        return
    counts = {code: count for code, (count, _) in group.items()}
    exclusions, exceptions = counts.get("DENEX", 0), counts.get("DENEXCEP", 0)
    met = counts["NUMER"] - counts.get("NUMEX", 0)
    tin, npi, year, measure, stratum = of
    reading.add(
        where,
        Report(
            tin=tin,
            npi=npi,
            entity_id=None,
            performance_year=year,
            mechanism="ehr",
            measure=measure,
            stratum=stratum,
            eligible=counts["DENOM"],
            exclusions=exclusions,
            exceptions=exceptions,
            met=met,
            not_met=counts["DENOM"] - exclusions - exceptions - met,
            rate_reported=rates.get(group["NUMER"][1]),
        ),
    )


def _all(node: etree._Element | etree._ElementTree, path: str) -> list[etree._Element]:
    return list(node.xpath(path, namespaces=_NAMES))


def _first(node: etree._Element | etree._ElementTree, path: str) -> str:
    return next((str(value) for value in node.xpath(path, namespaces=_NAMES)), "")


def _reporter(document: etree._ElementTree) -> tuple[str | None, str | None]:
    """TIN and NPI; no NPI where the program of the document is that of a group."""
    base = "//h:documentationOf/h:serviceEvent/h:performer/h:assignedEntity"
    program = _first(document, "//h:intendedRecipient/h:id/@extension")
    tin = _first(document, f"{base}/h:representedOrganization/h:id[@root='{_TIN}']/@extension")
    npi = _first(document, f"{base}/h:id[@root='{_NPI}']/@extension")
    return tin or None, None if program.endswith("GROUP") else npi or None


def _year(document: etree._ElementTree) -> int | None:
    """The year in which the reporting period ends."""
    ends = (
        _first(document, "//h:documentationOf/h:serviceEvent/h:effectiveTime/h:high/@value"),
        _first(document, "//h:act[h:code/@code='252116004']/h:effectiveTime/h:high/@value"),
    )
    return next((int(end[:4]) for end in ends if end[:4].isdigit()), None)


def _groups(organizer: etree._Element) -> list[dict[str, tuple[int, str]]]:
    """The population groups: each begins with its initial population."""
    groups: list[dict[str, tuple[int, str]]] = []
    for observation in _all(organizer, "h:component/h:observation[h:code/@code='ASSERTION']"):
        code = _first(observation, "h:value/@code")
        path = "h:entryRelationship/h:observation[h:code/@code='MSRAGG']/h:value/@value"
        count = _first(observation, path)
        if not count.isdigit():
            continue
        if code in _INITIAL or not groups:
            groups.append({})
        groups[-1][code] = (int(count), _population(observation))
    return groups


def _rates(organizer: etree._Element) -> dict[str, float]:
    """The rates that the document states, by the numerator they are of."""
    found = {}
    for observation in _all(organizer, f"h:component/h:observation[h:code/@code='{_RATE}']"):
        value = _first(observation, "h:value/@value")
        if value:
            found[_population(observation)] = float(value)
    return found


def _population(observation: etree._Element) -> str:
    path = "h:reference/h:externalObservation/h:id"
    named = _first(observation, f"{path}/@extension") or _first(observation, f"{path}/@root")
    return named.lower()
