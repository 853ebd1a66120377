"""The readmission measure's code lists as small tables: categories, planned stays, cohorts."""

from __future__ import annotations

from typing import Any

from openp4p.codes import code_list
from openp4p.program.definition import Program

Rows = list[dict[str, Any]]

COLUMNS: dict[str, dict[str, str]] = {
    # CCS categories of codes, of the ICD versions in which stays of the year can be coded
    "diagnosis_categories": {"icd_version": "int64", "code": "string", "category": "string"},
    "procedure_categories": {"icd_version": "int64", "code": "string", "category": "string"},
    # what makes a stay planned: a category or a code; no version: of either
    "planned_rules": {
        "rule": "string",
        "kind": "string",
        "icd_version": "int64",
        "category": "string",
        "code": "string",
    },
    "readmission_cohorts": {
        "cohort": "string",
        "kind": "string",
        "icd_version": "int64",
        "category": "string",
    },
    "readmission_exclusions": {
        "exclusion": "string",
        "icd_version": "int64",
        "category": "string",
    },
}
DIAGNOSIS, PROCEDURE = "diagnosis", "procedure"
# ICD-10 came on 1 October 2015
ICD_CHANGE_YEAR = 2015
_KINDS = {"dx": DIAGNOSIS, "px": PROCEDURE}


def rows(program: Program) -> dict[str, Rows]:
    """The rows of each table, by its name."""
    versions = icd_versions(program.performance_year)
    return {
        "diagnosis_categories": _categories("ccs_diagnoses", versions),
        "procedure_categories": _categories("ccs_procedures", versions),
        "planned_rules": _planned(program),
        "readmission_cohorts": [
            {"cohort": r["cohort"], "kind": r["code_type"], "icd_version": v, "category": r["ccs"]}
            for r in code_list("readmission_cohorts")
            for v in (9, 10)
            if r[f"icd{v}"] == "1"
        ],
        "readmission_exclusions": [
            {"exclusion": r["exclusion"], "icd_version": v, "category": r["ccs"]}
            for r in code_list("readmission_exclusions")
            for v in (9, 10)
            if r[f"icd{v}"] == "1"
        ],
    }


def icd_versions(year: int, years_before: int = 0) -> tuple[int, ...]:
    """The ICD versions in which care of a year, and of so many years before, can be coded."""
    found = []
    if year - years_before <= ICD_CHANGE_YEAR:
        found.append(9)
    if year >= ICD_CHANGE_YEAR:
        found.append(10)
    return tuple(found)


def _categories(name: str, versions: tuple[int, ...]) -> Rows:
    wanted = {str(version): version for version in versions}
    return [
        {"icd_version": wanted[r["icd_version"]], "code": r["code"], "category": r["ccs"]}
        for r in code_list(name)
        if r["icd_version"] in wanted
    ]


def _planned(program: Program) -> Rows:
    version = program.readmissions.planned_versions[program.readmissions.planned_version]
    found: Rows = []
    for r in code_list("planned_readmissions"):
        if r[version] != "1":
            continue
        kind, what = r["code_type"].split("_")
        found.append(
            {
                "rule": r["table"],
                "kind": _KINDS[kind],
                "icd_version": int(r["icd_version"]) if r["icd_version"] else None,
                "category": r["code"] if what == "ccs" else None,
                "code": r["code"] if what == "code" else None,
            }
        )
    return found
