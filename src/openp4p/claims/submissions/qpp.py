"""The JSON of CMS's Quality Payment Program: the submission of one practice or professional."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from openp4p.claims.submissions.model import Reading, Report, reported_instances

_MECHANISMS = {
    "registry": "registry",
    "qcdr": "qcdr",
    "qualifiedClinicalDataRegistry": "qcdr",
    "electronicHealthRecord": "ehr",
    "claims": "claims",
    "cmsWebInterface": "gpro_web_interface",
    "administrativeClaims": "administrative_claims",
}
_QUALITY = "quality"


class _Loose(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class _Counts(_Loose):
    eligible: int | None = Field(default=None, alias="eligiblePopulation")
    exclusions: int | None = Field(default=None, alias="eligiblePopulationExclusion")
    exceptions: int | None = Field(default=None, alias="eligiblePopulationException")
    met: int | None = Field(default=None, alias="performanceMet")
    not_met: int | None = Field(default=None, alias="performanceNotMet")
    rate: float | None = Field(default=None, alias="performanceRate")
    stratum: str | None = None
    # a ratio states these instead
    numerator: int | None = None
    denominator: int | None = None
    numerator_exclusion: int | None = Field(default=None, alias="numeratorExclusion")
    denominator_exception: int | None = Field(default=None, alias="denominatorException")


class _Measurement(_Loose):
    measure: str = Field(alias="measureId")
    value: Any = None


class _Set(_Loose):
    category: str
    method: str | None = Field(default=None, alias="submissionMethod")
    measurements: list[_Measurement] = []


class _Submission(_Loose):
    entity_type: str = Field(alias="entityType")
    tin: str | None = Field(default=None, alias="taxpayerIdentificationNumber")
    npi: str | None = Field(default=None, alias="nationalProviderIdentifier")
    entity_id: str | None = Field(default=None, alias="entityId")
    year: int = Field(alias="performanceYear")
    sets: list[_Set] = Field(default=[], alias="measurementSets")


def read(path: Path, reading: Reading) -> None:
    """The quality measures of a submission; what else it holds is set aside."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        reading.set_aside("file", f"is not JSON ({_short(error)})", "Export the file again.")
        return
    for part in ("data", "submission"):
        content = content.get(part, content) if isinstance(content, dict) else content
    try:
        submission = _Submission.model_validate(content)
    except ValidationError as error:
        for wrong in error.errors(include_url=False, include_input=False):
            where = ".".join(str(part) for part in wrong["loc"]) or "file"
            reading.set_aside(where, wrong["msg"].lower(), "Complete the submission.")
        return
    for number, each in enumerate(submission.sets):
        where = f"measurementSets[{number}]"
        mechanism = _MECHANISMS.get(each.method or "")
        if each.category != _QUALITY:
            reading.set_aside(where, f"is of category '{each.category}', not quality")
        elif mechanism is None:
            reading.set_aside(
                where,
                f"has no submission method that is known ('{each.method}')",
                f"Known are {', '.join(_MECHANISMS)}.",
            )
        else:
            for place, measurement in enumerate(each.measurements):
                at = f"{where}.measurements[{place}] ({measurement.measure})"
                _take(at, submission, mechanism, measurement, reading)


def _take(
    where: str, submission: _Submission, mechanism: str, measurement: _Measurement, reading: Reading
) -> None:
    value = measurement.value
    if not isinstance(value, dict):
        reading.set_aside(where, "states no counts", "A measure needs its numbers of patients.")
        return
    for stated in value.get("strata") or [value]:
        try:
            counts = _Counts.model_validate(stated)
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_input=False)[0]
            reading.set_aside(where, f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg'].lower()}")
            continue
        _count(where, submission, mechanism, measurement.measure, counts, reading)


def _count(
    where: str,
    submission: _Submission,
    mechanism: str,
    measure: str,
    counts: _Counts,
    reading: Reading,
) -> None:
    if counts.denominator is not None:
        counts = counts.model_copy(
            update={
                "eligible": counts.denominator,
                "met": (counts.numerator or 0) - (counts.numerator_exclusion or 0),
                "exceptions": counts.denominator_exception,
            }
        )
    if counts.eligible is None or counts.met is None:
        reading.set_aside(where, "states no eligible population or no performance met")
        return
    exclusions, exceptions = counts.exclusions or 0, counts.exceptions or 0
    individual = submission.entity_type == "individual"
    apm = submission.entity_type == "apm"
    reading.add(
        where,
        Report(
            tin=None if apm else submission.tin,
            npi=submission.npi if individual else None,
            entity_id=submission.entity_id if apm else None,
            performance_year=submission.year,
            mechanism=mechanism,
            measure=measure,
            stratum=counts.stratum,
            eligible=reported_instances(
                counts.eligible, counts.met, counts.not_met, exclusions, exceptions
            ),
            exclusions=exclusions,
            exceptions=exceptions,
            met=counts.met,
            not_met=counts.not_met,
            rate_reported=None if counts.rate is None else counts.rate / 100.0,
        ),
    )


def _short(error: Exception) -> str:
    return str(error).split(":", maxsplit=1)[0]
