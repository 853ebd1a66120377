"""The elements of FHIR resources that are read, as the database is told of them.

One structure for ExplanationOfBenefit, Patient and Coverage, of R4 and of STU3; an element that is
of another shape than it should be counts as absent. Elements: HL7 FHIR R4 and STU3, CARIN Blue
Button; which of them CMS fills: CMSgov/beneficiary-fhir-data, responses of versions 1 and 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Shape: TypeAlias = "str | list[Shape] | Mapping[str, Shape]"

_TEXT = "VARCHAR"
_CODING: Shape = {"system": _TEXT, "code": _TEXT}
_CONCEPT: Shape = {"coding": [_CODING]}
_IDENTIFIER: Shape = {"type": _CONCEPT, "system": _TEXT, "value": _TEXT}
_NAMED: Shape = {"identifier": _IDENTIFIER}
_VALUE: Shape = {"value": _TEXT}
_PERIOD: Shape = {"start": _TEXT, "end": _TEXT}
_EXTENSION: Shape = {
    "url": _TEXT,
    "valueCoding": _CODING,
    "valueMoney": _VALUE,
    "valueIdentifier": _VALUE,
    "valueQuantity": _VALUE,
    "valueDate": _TEXT,
}
_INFORMATION: Shape = {
    "category": _CONCEPT,
    "code": _CONCEPT,
    "timingDate": _TEXT,
    "timingPeriod": _PERIOD,
}
_MEMBER: Shape = {
    "sequence": _TEXT,
    "provider": _NAMED,
    "responsible": _TEXT,
    "role": _CONCEPT,
    "qualification": _CONCEPT,
    "extension": [_EXTENSION],
}
_DIAGNOSIS: Shape = {
    "sequence": _TEXT,
    "diagnosisCodeableConcept": _CONCEPT,
    "type": [_CONCEPT],
    "packageCode": _CONCEPT,
    "extension": [_EXTENSION],
}
_PROCEDURE: Shape = {"sequence": _TEXT, "date": _TEXT, "procedureCodeableConcept": _CONCEPT}
_ITEM: Shape = {
    "sequence": _TEXT,
    "careTeamSequence": [_TEXT],
    "careTeamLinkId": [_TEXT],
    "diagnosisSequence": [_TEXT],
    "diagnosisLinkId": [_TEXT],
    "productOrService": _CONCEPT,
    "service": _CONCEPT,
    "modifier": [_CONCEPT],
    "revenue": _CONCEPT,
    "servicedDate": _TEXT,
    "servicedPeriod": _PERIOD,
    "locationCodeableConcept": _CONCEPT,
    "quantity": _VALUE,
    "extension": [_EXTENSION],
    "adjudication": [{"category": _CONCEPT, "reason": _CONCEPT, "amount": _VALUE}],
}
_CLAIM: Mapping[str, Shape] = {
    "subType": _CONCEPT,
    "patient": {"reference": _TEXT},
    "billablePeriod": _PERIOD,
    "payment": {"amount": _VALUE},
    "provider": _NAMED,
    "organization": _NAMED,
    "facility": {"identifier": _IDENTIFIER, "extension": [_EXTENSION]},
    "contained": [{"resourceType": _TEXT, "identifier": [_IDENTIFIER]}],
    "supportingInfo": [_INFORMATION],
    "information": [_INFORMATION],
    "hospitalization": _PERIOD,
    "careTeam": [_MEMBER],
    "diagnosis": [_DIAGNOSIS],
    "procedure": [_PROCEDURE],
    "item": [_ITEM],
    "benefitBalance": [
        {"financial": [{"type": _CONCEPT, "usedMoney": _VALUE, "usedUnsignedInt": _TEXT}]}
    ],
}
_PATIENT: Mapping[str, Shape] = {
    "gender": _TEXT,
    "birthDate": _TEXT,
    "deceasedDateTime": _TEXT,
    "address": [{"state": _TEXT, "postalCode": _TEXT, "district": _TEXT, "country": _TEXT}],
}
_COVERAGE: Mapping[str, Shape] = {
    "beneficiary": {"reference": _TEXT},
    "period": _PERIOD,
    "class": [{"value": _TEXT}],
    "grouping": {"subPlan": _TEXT},
}
STRUCTURE: Mapping[str, Shape] = {
    "resourceType": _TEXT,
    "id": _TEXT,
    "status": _TEXT,
    "meta": {"lastUpdated": _TEXT},
    "type": _CONCEPT,
    "identifier": [_IDENTIFIER],
    "extension": [_EXTENSION],
    **_CLAIM,
    **_PATIENT,
    **_COVERAGE,
}
