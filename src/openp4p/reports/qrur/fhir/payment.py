"""The payment report: every exhibit of a report in one value-based performance MeasureReport.

Each column of an exhibit is a performance metric (`group`), each row of it a stratum; an exhibit
that is read downward has the value itself. A column's code, `E8.your_cost`, is in our CodeSystem of
columns; where VBPR has a code of the same meaning, or the column is a composite, that stands beside
it. What the first page says in words is the narrative.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from openp4p.reports.qrur.fhir.measures import OfMeasure
from openp4p.reports.qrur.fhir.urls import (
    COLUMNS,
    HL7,
    METRICS,
    MODIFIER,
    PERFORMANCE,
    VBPR,
    of_program,
    vbpr_extension,
)
from openp4p.reports.qrur.fhir.values import Json, reference, score
from openp4p.reports.qrur.model import Column, Exhibit, Report

_CATEGORY = f"{HL7}/CodeSystem/measurereport-category"
COMPOSITES = {"E2": "quality", "E4": "cost"}
# metrics that VBPR has a code for
_KNOWN = {
    "RISK.avg_risk_score": "avg-risk-score",
    "VM.adjustment_amount": "earned-incentive",
    "READMISSIONS.readmissions": "readmission",
}
_PAYS = {"VM", "E1"}  # exhibits of the payment itself
_TIERS = {"quality_tier": "quality", "cost_tier": "cost"}


def payment_report(report: Report, ids: dict[str, str], quality: list[OfMeasure]) -> Json:
    """The MeasureReport; `quality` are the reports of measures that it rests on."""
    about = report.about
    made: Json = {
        "resourceType": "MeasureReport",
        "id": ids["payment"],
        "meta": {"profile": [PERFORMANCE]},
        "text": {"status": "additional", "div": narrative(report)},
        "extension": [
            {
                "url": f"{HL7}/StructureDefinition/measurereport-category",
                "valueCodeableConcept": {"coding": [{"system": _CATEGORY, "code": "vbp"}]},
            }
        ],
        "status": "complete",
        "type": "summary",
        "measure": of_program(about["program_id"], about["payment_year"]),
        "subject": {
            "extension": [
                {
                    "url": vbpr_extension("organization-subject"),
                    "valueReference": reference(ids["practice"]),
                }
            ],
            "display": report.subtitle,
        },
        "date": about["made_on"],
        "reporter": reference(ids["payer"]),
        "period": period(about),
        "group": [group for exhibit in report.exhibits for group in groups(exhibit)],
    }
    present = {group["id"] for group in made["group"]}
    if quality:
        made["evaluatedResource"] = [_evaluated(each, present) for each in quality]
    return made


def period(about: Any) -> Json:  # noqa: ANN401  # a mapping of texts
    """The performance period."""
    year = about["performance_year"]
    return {"start": f"{year}-01-01", "end": f"{year}-12-31"}


def groups(exhibit: Exhibit) -> Iterator[Json]:
    """The columns of an exhibit that hold anything."""
    rows = list(enumerate(exhibit.rows, start=1))
    for column in exhibit.rule.columns:
        held = [(place, row) for place, row in rows if row.get(column.id) not in (None, "")]
        if not held:
            continue
        group: Json = {"id": f"{exhibit.rule.id}.{column.id}"}
        if exhibit.rule.id in _PAYS:
            group["extension"] = [_PAY_FOR_PERFORMANCE]
        group["code"] = _code(exhibit, column)
        if exhibit.rule.is_facts:
            group["measureScore"] = _score(exhibit, column, held[0][1])
        else:
            group["stratifier"] = [_strata(exhibit, column, held)]
        yield group


def narrative(report: Report) -> str:
    """Title, warnings, answers and notes as XHTML."""
    lines = [f"<h1>{escape(report.title)}</h1>", _paragraph(report.subtitle)]
    lines += [_paragraph(f"{heading}. {said}") for heading, said in report.banners]
    for answer in report.answers:
        lines.append(f"<h2>{escape(answer.question)}</h2>")
        lines += [_paragraph(said) for said in (answer.headline, *answer.sentences)]
    lines += [_paragraph(f"{e.rule.id}: {e.note}") for e in report.exhibits if e.note]
    lines += [_paragraph(said) for said in (*report.notes, report.made_from)]
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{"".join(lines)}</div>'


def _paragraph(said: str) -> str:
    return f"<p>{escape(said, quote=False)}</p>"


def _code(exhibit: Exhibit, column: Column) -> Json:
    id_ = f"{exhibit.rule.id}.{column.id}"
    coding: list[Json] = [{"system": COLUMNS, "code": id_, "display": column.heading}]
    if id_ in _KNOWN:
        coding.insert(0, {"system": METRICS, "code": _KNOWN[id_]})
    if column.id == "standardized_composite" and exhibit.rule.id in COMPOSITES:
        coding.append({"system": MODIFIER, "code": f"{COMPOSITES[exhibit.rule.id]}-composite"})
    return {"coding": coding, "text": f"{exhibit.rule.title}: {column.meaning}"}


def _strata(exhibit: Exhibit, column: Column, held: list[tuple[int, Any]]) -> Json:
    first = exhibit.rule.columns[0]
    return {
        "code": [{"text": first.heading}],
        "stratum": [
            {
                "id": f"{exhibit.rule.id}.{column.id}.{place}",
                "value": _row_name(row, first),
                "measureScore": _score(exhibit, column, row),
            }
            for place, row in held
        ],
    }


def _row_name(row: Any, first: Column) -> Json:  # noqa: ANN401  # a mapping
    named: Json = {"text": str(row.get(first.id))}
    if row.get("measure_id"):
        named["coding"] = [{"system": MODIFIER, "code": row["measure_id"]}]
    return named


def _score(exhibit: Exhibit, column: Column, row: Any) -> Json:  # noqa: ANN401  # a mapping
    value = row.get(column.id)
    kind = _TIERS.get(column.id)
    if column.id == "tier":
        kind = COMPOSITES.get(exhibit.rule.id)
    code = {"system": MODIFIER, "code": f"{kind}-{value}"} if kind else None
    return score(value, column.kind, str(row.get("unit") or ""), code)


_PAY_FOR_PERFORMANCE = {
    "url": vbpr_extension("payment-stream"),
    "extension": [
        {
            "url": "type",
            "valueCodeableConcept": {
                "coding": [{"system": f"{VBPR}/CodeSystem/payment-stream", "code": "p4p"}]
            },
        }
    ],
}


def _evaluated(measure: OfMeasure, present: set[str]) -> Json:
    """A report of a measure, tied to the composite that it counts in."""
    exhibit = next(id_ for id_, kind in COMPOSITES.items() if kind == measure.kind)
    group = f"{exhibit}.standardized_composite"
    found = reference(measure.resource["id"])
    if group in present and measure.counts:
        found["extension"] = [{"url": vbpr_extension("group-reference"), "valueString": group}]
    return found
