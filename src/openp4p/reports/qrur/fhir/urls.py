"""The names by which FHIR resources call profiles, code systems and extensions."""

from __future__ import annotations

from urllib.parse import quote

OURS = "urn:x-openp4p"  # the project has no address of its own to name things by
HL7 = "http://hl7.org/fhir"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
VBPR = f"{HL7}/us/davinci-vbpr"
DEQM = f"{HL7}/us/davinci-deqm/StructureDefinition"
ATR = f"{HL7}/us/davinci-atr/StructureDefinition"

PERFORMANCE = f"{VBPR}/StructureDefinition/vbp-performance-measurereport"
QUALITY = f"{VBPR}/StructureDefinition/vbp-quality-measurereport"
MEASURE = f"{VBPR}/StructureDefinition/vbp-measure"
METRICS = f"{VBPR}/CodeSystem/vbp-performance-metric"
US_CORE_ORGANIZATION = f"{HL7}/us/core/StructureDefinition/us-core-organization"
US_CORE_PATIENT = f"{HL7}/us/core/StructureDefinition/us-core-patient"
ATR_GROUP = f"{ATR}/atr-group"
TAX_NUMBER = "urn:oid:2.16.840.1.113883.4.4"
UCUM = "http://unitsofmeasure.org"
ABSENT = f"{HL7}/StructureDefinition/data-absent-reason"

MODIFIER = f"{OURS}:CodeSystem:value-modifier"  # composites, tiers and measures
COLUMNS = f"{OURS}:CodeSystem:report-columns"  # every exhibit and its columns
WHY_ATTRIBUTED = f"{OURS}:StructureDefinition:why-attributed"


def vbpr_extension(name: str) -> str:
    """The name of an extension of VBPR."""
    return f"{VBPR}/StructureDefinition/{name}"


def of_program(program: str, payment_year: object) -> str:
    """The canonical of a program's contract-level Measure, with its version."""
    return f"{OURS}:Measure:{quote(program.replace('/', ':'), safe=':')}|{payment_year}"


def of_measure(measure: str, performance_year: object) -> str:
    """The canonical of a measure, with its version."""
    return f"{OURS}:Measure:{quote(measure, safe=':')}|{performance_year}"
