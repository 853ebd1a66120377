"""A quality report (VBPR's, on DEQM's summary) for each measure of a practice, costs too.

A measure whose rate is withheld has none: what would be in it is what may not be told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from openp4p.reports.qrur import measures
from openp4p.reports.qrur.fhir.urls import (
    DEQM,
    MODIFIER,
    QUALITY,
    TERMINOLOGY,
    VBPR,
    of_measure,
    vbpr_extension,
)
from openp4p.reports.qrur.fhir.values import MASKED, Json, identifier, number, reference, score
from openp4p.reports.qrur.model import Report
from openp4p.reports.qrur.shown import WITHHELD

_THRESHOLDS = ("benchmark", "minus_1sd", "plus_1sd")
_BETTER = {"higher": "increase", "lower": "decrease"}


@dataclass(frozen=True)
class OfMeasure:
    """The report of one measure, the composite it is of, and whether it counts there."""

    resource: Json
    kind: str  # quality or cost
    counts: bool


def measure_reports(report: Report, ids: dict[str, str]) -> Iterator[OfMeasure]:
    """The reports of the measures with a rate that may be shown."""
    for exhibit in report.exhibits:
        if exhibit.rule.id not in {*measures.E3, *measures.E5}:
            continue
        kind = "quality" if exhibit.rule.id in measures.E3 else "cost"
        for row in exhibit.rows:
            if row["your_rate"] is not None and row["your_rate"] is not WITHHELD:
                columns = {column.id for column in exhibit.rule.columns}
                resource = _resource(report, ids, row, columns)
                yield OfMeasure(resource, kind, bool(row["included"]))


def _resource(report: Report, ids: dict[str, str], row: Any, columns: set[str]) -> Json:  # noqa: ANN401  # a mapping
    about, unit = report.about, str(row["unit"])
    better = str(row.get("better") or "lower")  # of costs, lower is
    year = about["performance_year"]
    return {
        "resourceType": "MeasureReport",
        "id": identifier(ids["payment"], row["measure_id"]),
        "meta": {"profile": [QUALITY]},
        "extension": list(_extensions(row, unit)),
        "status": "complete",
        "type": "summary",
        "measure": of_measure(row["measure_id"], year),
        "date": about["made_on"],
        "reporter": reference(ids["payer"]),
        "period": {"start": f"{year}-01-01", "end": f"{year}-12-31"},
        "improvementNotation": {
            "coding": [
                {"system": f"{TERMINOLOGY}/measure-improvement-notation", "code": _BETTER[better]}
            ]
        },
        "group": [
            {
                "code": {
                    "coding": [{"system": MODIFIER, "code": row["measure_id"]}],
                    "text": str(row["measure_name"]),
                },
                "population": list(_populations(row, columns)),
                "measureScore": score(row["your_rate"], "rate", unit),
            }
        ],
    }


def _extensions(row: Any, unit: str) -> Iterator[Json]:  # noqa: ANN401  # a mapping
    scoring = "proportion" if unit == "proportion" else "continuous-variable"
    yield {
        "url": f"{DEQM}/extension-measureScoring",
        "valueCodeableConcept": {
            "coding": [{"system": f"{TERMINOLOGY}/measure-scoring", "code": scoring}]
        },
    }
    if row["standardized_score"] is not None:
        yield {"url": vbpr_extension("score"), "valueDecimal": number(row["standardized_score"])}
    for column in _THRESHOLDS:
        if row[column] is not None:
            yield {
                "url": vbpr_extension("threshold"),
                "extension": [
                    {"url": "threshold", "valueDecimal": number(row[column])},
                    {
                        "url": "type",
                        "valueCodeableConcept": {"coding": [{"system": MODIFIER, "code": column}]},
                    },
                ],
            }


def _populations(row: Any, columns: set[str]) -> Iterator[Json]:  # noqa: ANN401  # a mapping
    """Cases and, where they are counted, events; masked where counts stay behind."""
    yield _population(f"{VBPR}/CodeSystem/vbp-measure-population", "calculated-denominator",
                      row["your_cases"] if "your_cases" in columns else WITHHELD)  # fmt: skip
    if "events" in columns and row.get("events") is not None:
        yield _population(f"{TERMINOLOGY}/measure-population", "numerator", row["events"])


def _population(system: str, code: str, count: object) -> Json:
    held: Json = {"code": {"coding": [{"system": system, "code": code}]}}
    if count is WITHHELD:
        return {**held, "_count": dict(MASKED)}
    return {**held, "count": number(count)}
