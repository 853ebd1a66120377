"""What the codes of the FHIR files mean: our code systems, our extension, the program's measures.

One file a delivery, beside the dictionary of the CSV files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from openp4p.identity import code_version
from openp4p.program.definition import MeasureRule, Program
from openp4p.reports.qrur.fhir.bundle import written
from openp4p.reports.qrur.fhir.patients import WHY
from openp4p.reports.qrur.fhir.urls import (
    COLUMNS,
    HL7,
    MEASURE,
    MODIFIER,
    TERMINOLOGY,
    VBPR,
    WHY_ATTRIBUTED,
    of_measure,
    of_program,
    vbpr_extension,
)
from openp4p.reports.qrur.fhir.values import Json, bundle, identifier
from openp4p.reports.qrur.model import ExhibitRule
from openp4p.reports.qrur.result import TIERS

_THRESHOLDS = {
    "benchmark": "mean rate of all practices, weighted by cases",
    "minus_1sd": "one standard deviation below it",
    "plus_1sd": "one standard deviation above it",
}
_PUBLISHER = "openp4p, which is no agency's product"


def definitions(program: Program, rules: Sequence[ExhibitRule], about: Mapping[str, str]) -> bytes:
    """The bytes of the bundle of everything that the other bundles refer to."""
    resources = [
        _modifier(program), _columns(rules), _why_attributed(), _contract(program, about),
        *(_measure(rule, about) for rule in program.measures),
    ]  # fmt: skip
    return written(bundle(identifier(about["run_id"], "definitions"), resources))


def _modifier(program: Program) -> Json:
    concepts = [
        _concept("composites", "Composites", [
            (f"{kind}-composite", f"{kind.capitalize()} composite") for kind in TIERS
        ]),
        _concept("tiers", "Tiers, as measured", [
            (f"{kind}-{tier}", f"{tier.capitalize()} {kind}")
            for kind, tiers in TIERS.items() for tier in tiers
        ]),
        _concept("measures", "Measures", [(rule.id, rule.name) for rule in program.measures]),
        _concept("thresholds", "What a rate is set against", list(_THRESHOLDS.items())),
    ]  # fmt: skip
    return {
        **_code_system(MODIFIER, "ValueModifier", "Composites, tiers and measures"),
        "hierarchyMeaning": "grouped-by",
        "concept": concepts,
    }


def _concept(code: str, display: str, below: Sequence[tuple[str, str]]) -> Json:
    listed = [{"code": each, "display": name} for each, name in below]
    return {"code": code, "display": display, "concept": listed}


def _columns(rules: Sequence[ExhibitRule]) -> Json:
    return {
        **_code_system(COLUMNS, "ReportColumns", "The columns of the exhibits of a report"),
        "property": [
            {"code": "exhibit", "type": "string", "description": "title of the exhibit"},
            {"code": "kind", "type": "code", "description": "how the number is shown"},
        ],
        "concept": [
            {
                "code": f"{rule.id}.{column.id}",
                "display": column.heading,
                "definition": column.meaning,
                "property": [
                    {"code": "exhibit", "valueString": rule.title},
                    {"code": "kind", "valueCode": column.kind},
                ],
            }
            for rule in rules
            for column in rule.columns
        ],
    }


def _code_system(url: str, name: str, title: str) -> Json:
    return {
        "resourceType": "CodeSystem",
        "id": identifier(url),
        "url": url,
        "version": code_version().partition("+")[0],
        "name": name,
        "title": title,
        "status": "active",
        "experimental": False,
        "publisher": _PUBLISHER,
        "caseSensitive": True,
        "content": "complete",
    }


def _why_attributed() -> Json:
    return {
        "resourceType": "StructureDefinition",
        "id": identifier(WHY_ATTRIBUTED),
        "url": WHY_ATTRIBUTED,
        "name": "WhyAttributed",
        "title": "Why a patient is attributed",
        "status": "active",
        "description": "The step of the attribution that decided, the practice's allowed charges "
        "and services in it, how many practices competed, the next of them and the margin.",
        "fhirVersion": "4.0.1",
        "kind": "complex-type",
        "abstract": False,
        "context": [{"type": "element", "expression": "Group.member"}],
        "type": "Extension",
        "baseDefinition": f"{HL7}/StructureDefinition/Extension",
        "derivation": "constraint",
        "differential": {"element": list(_elements())},
    }


def _elements() -> Iterator[Json]:
    yield {"id": "Extension", "path": "Extension"}
    for name, kind in WHY.items():
        at = f"Extension.extension:{name}"
        yield {"id": at, "path": "Extension.extension", "sliceName": name, "min": 0, "max": "1"}
        yield {"id": f"{at}.url", "path": "Extension.extension.url", "fixedUri": name}
        type_ = kind.removeprefix("value")
        yield {
            "id": f"{at}.value[x]",
            "path": "Extension.extension.value[x]",
            "type": [{"code": type_ if type_ == "Money" else type_.lower()}],
        }
    yield {"id": "Extension.url", "path": "Extension.url", "fixedUri": WHY_ATTRIBUTED}


def _contract(program: Program, about: Mapping[str, str]) -> Json:
    """The program's year as VBPR's contract-level Measure."""
    url, _, version = of_program(about["program_id"], program.payment_year).partition("|")
    year = program.payment_year
    return {
        **_shareable(url, version, program.title, f"{program.title}, payment year {year}", about),
        "meta": {"profile": [MEASURE]},
        "extension": [
            {
                "url": vbpr_extension("lob"),
                "valueCodeableConcept": {
                    "coding": [{"system": "https://nahdo.org/sopt", "code": "1"}]
                },
            },
            {
                "url": vbpr_extension("payment-stream"),
                "extension": [
                    {
                        "url": "type",
                        "valueCodeableConcept": {
                            "coding": [
                                {"system": f"{VBPR}/CodeSystem/payment-stream", "code": "p4p"}
                            ]
                        },
                    }
                ],
            },
        ],
        "effectivePeriod": {"start": f"{year}-01-01", "end": f"{year}-12-31"},
        "relatedArtifact": [
            {
                "extension": [
                    {
                        "url": vbpr_extension("contractual-status"),
                        "valueCodeableConcept": {"coding": [_status(rule)]},
                    }
                ],
                "type": "composed-of",
                "display": rule.name,
                "resource": of_measure(rule.id, about["performance_year"]),
            }
            for rule in program.measures
        ],
    }


def _status(rule: MeasureRule) -> Json:
    code = "contractual" if rule.is_scored else "reporting-only"
    return {"system": f"{VBPR}/CodeSystem/measure-contractual-status", "code": code}


def _measure(rule: MeasureRule, about: Mapping[str, str]) -> Json:
    url, _, version = of_measure(rule.id, about["performance_year"]).partition("|")
    better = {"higher": "increase", "lower": "decrease"}[rule.better]
    return {
        **_shareable(url, version, rule.name, f"{rule.name} ({rule.id})", about),
        "improvementNotation": {
            "coding": [{"system": f"{TERMINOLOGY}/measure-improvement-notation", "code": better}]
        },
    }


def _shareable(
    url: str, version: str, title: str, description: str, about: Mapping[str, str]
) -> Json:
    """What a shareable Measure must say of itself (CRMI)."""
    words = "".join(word.capitalize() for word in title.split())
    name = "".join(letter for letter in words if letter.isascii() and letter.isalnum())
    return {
        "resourceType": "Measure",
        "id": identifier(url, version),
        "url": url,
        "version": version,
        "name": name if name[:1].isalpha() else f"M{name}",
        "title": title,
        "status": "active",
        "experimental": False,
        "date": about["made_on"],
        "publisher": _PUBLISHER,
        "description": description,
    }
