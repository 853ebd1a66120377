"""The AHRQ indicators as small tables: their codes, what each requires, what excludes a stay."""

from __future__ import annotations

from typing import Any

from openp4p.codes import code_list
from openp4p.program.definition import Program

Rows = list[dict[str, Any]]

COLUMNS: dict[str, dict[str, str]] = {
    # a set of codes, in the release that is in force for the ICD version
    "admission_codes": {
        "kind": "string",
        "icd_version": "int64",
        "code": "string",
        "set_name": "string",
    },
    # one way to meet a requirement; `needed`: how many the alternative has, all of which must hold
    "admission_requirements": {
        "indicator": "string",
        "alternative": "int64",
        "requirement": "int64",
        "needed": "int64",
        "position": "string",
        "set_name": "string",
    },
    "admission_exclusions": {"indicator": "string", "position": "string", "set_name": "string"},
    "admission_components": {
        "measure": "string",
        "composite": "string",
        "indicator": "string",
        "minimum_age": "int64",
        "is_conditional": "boolean",
    },
    "admission_conditions": {"measure": "string", "condition": "string"},
    "admission_age_bands": {"age_from": "int64", "age_to": "int64"},
}
DIAGNOSIS, PROCEDURE = "diagnosis", "procedure"
PRINCIPAL, SECONDARY = "principal", "secondary"
_PROCEDURE_SETS = frozenset({"ACSCARP", "ACSLEAP", "IMMUNIP", "TOEAMIP"})
_OLDEST = 999


def rows(program: Program) -> dict[str, Rows]:
    """The rows of each table, by its name."""
    rules = code_list("pqi_rules")
    return {
        "admission_codes": _codes(program),
        "admission_requirements": _requirements([r for r in rules if r["effect"] == "requires"]),
        "admission_exclusions": [
            {"indicator": r["indicator"], "position": position, "set_name": name}
            for r in rules
            if r["effect"] == "excludes"
            for position in _positions(r["position"])
            for name in r["sets"].split("|")
        ],
        "admission_components": [
            {
                "measure": measure,
                "composite": component.composite,
                "indicator": indicator,
                "minimum_age": component.minimum_age,
                "is_conditional": bool(component.conditions),
            }
            for measure, component in program.admissions.components.items()
            for indicator in component.indicators
        ],
        "admission_conditions": [
            {"measure": measure, "condition": condition}
            for measure, component in program.admissions.components.items()
            for condition in component.conditions
        ],
        "admission_age_bands": _age_bands(program),
    }


def _codes(program: Program) -> Rows:
    releases = {"9": program.admissions.release_icd9, "10": program.admissions.release_icd10}
    return [
        {
            "kind": PROCEDURE if r["set"] in _PROCEDURE_SETS else DIAGNOSIS,
            "icd_version": int(r["icd_version"]),
            "code": r["code"],
            "set_name": r["set"],
        }
        for r in code_list("pqi_codes")
        if r[releases[r["icd_version"]]] == "1"
    ]


def _requirements(rules: list[dict[str, str]]) -> Rows:
    found: Rows = []
    for indicator, alternative in sorted({(r["indicator"], r["alternative"]) for r in rules}):
        parts = [r for r in rules if (r["indicator"], r["alternative"]) == (indicator, alternative)]
        found += [
            {
                "indicator": indicator,
                "alternative": int(alternative),
                "requirement": number,
                "needed": len(parts),
                "position": position,
                "set_name": name,
            }
            for number, part in enumerate(parts, start=1)
            for position in _positions(part["position"])
            for name in part["sets"].split("|")
        ]
    return found


def _positions(position: str) -> tuple[str, ...]:
    return (PRINCIPAL, SECONDARY) if position == "any" else (position,)


def _age_bands(program: Program) -> Rows:
    first = program.admissions.age_bands
    last = [*(age - 1 for age in first[1:]), _OLDEST]
    return [{"age_from": a, "age_to": b} for a, b in zip(first, last, strict=True)]
