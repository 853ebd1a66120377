"""FHIR files as their reader meets them: the cells they hold, and what profiles ask of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from fhir.resources.R4B.bundle import Bundle

from openp4p.reports.qrur.fhir.urls import (
    ABSENT,
    COLUMNS,
    DEQM,
    PERFORMANCE,
    QUALITY,
    VBPR,
    WHY_ATTRIBUTED,
)
from openp4p.reports.qrur.shown import SUPPRESSED, shown

VALUES = ("valueMoney", "valueInteger", "valueBoolean", "valueCodeableConcept", "valueDecimal")


def resources(bundle: dict, kind: str) -> list[dict]:
    return [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind]


def profiled(bundle: dict, profile: str) -> list[dict]:
    found = [e["resource"] for e in bundle["entry"]]
    return [r for r in found if profile in r.get("meta", {}).get("profile", [])]


def kinds(definitions: dict) -> dict[str, str]:
    """How the number of each column is shown, by the code of the column."""
    (columns,) = (s for s in resources(definitions, "CodeSystem") if s["url"] == COLUMNS)
    return {
        concept["code"]: next(p["valueCode"] for p in concept["property"] if p["code"] == "kind")
        for concept in columns["concept"]
    }


def cells(bundle: dict, kind_of: dict[str, str]) -> dict[str, dict[int, dict[str, str]]]:
    """The texts of the cells by exhibit, row and column, from nothing but the FHIR files."""
    found: dict[str, dict[int, dict[str, str]]] = {}
    (payment,) = profiled(bundle, PERFORMANCE)
    for group in payment["group"]:
        exhibit, _, column = group["id"].partition(".")
        for place, score in scores(group):
            row = found.setdefault(exhibit, {}).setdefault(place, {})
            row[column] = text(score, kind_of[group["id"]])
    return found


def scores(group: dict) -> Iterator[tuple[int, dict]]:
    if "measureScore" in group:
        yield 1, group["measureScore"]
    for stratum in group.get("stratifier", [{"stratum": []}])[0]["stratum"]:
        yield int(stratum["id"].rpartition(".")[2]), stratum["measureScore"]


def text(score: dict, kind: str) -> str:
    """A value as the page shows it, by its kind and its unit of measure."""
    (extension,) = score.get("extension", [{}])
    if extension.get("url") == ABSENT:
        return SUPPRESSED
    held = next((extension[name] for name in VALUES if name in extension), score.get("value"))
    if isinstance(held, dict):
        held = held["text"] if "text" in held else held["value"]
    unit = "dollars" if "valueMoney" in extension else ""
    unit = {"1": "proportion", "%": "percent"}.get(score.get("code", ""), unit)
    return shown(held, kind, unit)


def rates(bundle: dict) -> dict[str, tuple[float, int]]:
    """The rate and the cases of each measure that has a quality report."""
    found = {}
    for report in profiled(bundle, QUALITY):
        (group,) = report["group"]
        score = group["measureScore"]
        value = score["value"] if "value" in score else score["extension"][0]["valueMoney"]["value"]
        found[group["code"]["coding"][0]["code"]] = (value, group["population"][0]["count"])
    return found


def why_by_patient(bundle: dict) -> dict[str, dict[str, str]]:
    """The parts of why a patient is attributed, by the identifier of the input, as texts."""
    (group,) = resources(bundle, "Group")
    people = {
        f"urn:uuid:{patient['id']}": patient["identifier"][0]["value"]
        for patient in resources(bundle, "Patient")
    }
    found = {}
    for member in group["member"]:
        (parts,) = [e["extension"] for e in member["extension"] if e["url"] == WHY_ATTRIBUTED]
        held = {p["url"]: next(v for name, v in p.items() if name != "url") for p in parts}
        found[people[member["entity"]["reference"]]] = {
            name: as_text(v["value"] if isinstance(v, dict) else v) for name, v in held.items()
        }
    return found


def as_text(value: object) -> str:
    """A word, or a number by its value and not by its decimals."""
    return value if isinstance(value, str) else str(Decimal(str(value)).normalize())


def shortcomings(bundle: dict) -> list[str]:
    """What R4B's models or the profiles' must-haves find wanting."""
    Bundle.model_validate(bundle)
    there = {entry["fullUrl"] for entry in bundle["entry"]}
    found = [f"nothing at {link}" for link in references(bundle) if link not in there]
    for report in profiled(bundle, PERFORMANCE):
        found += [f"{PERFORMANCE}: {rule}" for rule, holds in payment_rules(report) if not holds]
    for report in profiled(bundle, QUALITY):
        found += [f"{QUALITY}: {rule}" for rule, holds in quality_rules(report) if not holds]
    return found


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            yield node["reference"]
        for below in node.values():
            yield from references(below)
    elif isinstance(node, list):
        for below in node:
            yield from references(below)


def payment_rules(report: dict) -> Iterator[tuple[str, bool]]:
    """What the value-based performance MeasureReport of VBPR 1.1.0 must have."""
    category = [
        c["code"]
        for e in report["extension"]
        if e["url"].endswith("/measurereport-category")
        for c in e["valueCodeableConcept"]["coding"]
    ]
    subject = [e["url"] for e in report["subject"].get("extension", [])]
    ids = [n["id"] for g in report["group"] for n in (g, *strata(g)) if "id" in n]
    rests_on = [e["valueString"] for r in report.get("evaluatedResource", [])
                for e in r.get("extension", [])]  # fmt: skip
    yield "one category, vbp", category == ["vbp"]
    yield "type summary", report["type"] == "summary"
    yield (
        "one organisation as subject",
        subject == [f"{VBPR}/StructureDefinition/organization-subject"],
    )
    yield "date, reporter, period", all(report.get(n) for n in ("date", "reporter", "period"))
    yield "no improvement notation", "improvementNotation" not in report
    yield "every metric has a code", all(g["code"]["coding"] for g in report["group"])
    yield "ids once", len(ids) == len(set(ids))
    yield (
        "groups that are referred to are there",
        set(rests_on) <= {group["id"] for group in report["group"]},
    )


def strata(group: dict) -> list[dict]:
    return [s for each in group.get("stratifier", []) for s in each["stratum"]]


def quality_rules(report: dict) -> Iterator[tuple[str, bool]]:
    """What DEQM 5.0.0's summary MeasureReport must have, by its constraints deqm-0 to deqm-8."""
    scoring = [
        c["code"]
        for e in report["extension"]
        if e["url"] == f"{DEQM}/extension-measureScoring"
        for c in e["valueCodeableConcept"]["coding"]
    ]
    days = [dt.date.fromisoformat(report["period"][end]) for end in ("start", "end")]
    populations = [p for group in report["group"] for p in group["population"]]
    yield "a measure with its version (deqm-0)", bool(report["measure"].partition("|")[2])
    yield "a period of whole days (deqm-1)", days[0] < days[1]
    yield "an improvement notation (deqm-2)", "improvementNotation" in report
    yield "one scoring (deqm-3)", len(scoring) == 1
    yield "a population (deqm-5)", bool(populations)
    yield (
        "a proportion between 0 and 1 (deqm-6)",
        scoring != ["proportion"]
        or all(0 <= group["measureScore"]["value"] <= 1 for group in report["group"]),
    )
    yield "a count, or why not (deqm-8)", all("count" in p or "_count" in p for p in populations)
    yield (
        "no subject and no evaluated resources",
        not {"subject", "evaluatedResource"} & set(report),
    )
    yield "date, reporter, type", all(report.get(n) for n in ("date", "reporter", "type"))
