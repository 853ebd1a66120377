"""The comorbidities of the readmission measure as small tables: what they are, which codes say so.

The full table of condition categories is not public: payment HCCs, CCS categories and single codes
stand in for it. A CCS category or code stands for the condition categories without a payment HCC;
when all of these can be complications, so can it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from openp4p.codes import code_list
from openp4p.program.definition import Program
from openp4p.program.readmission_tables import icd_versions
from openp4p.program.risk_tables import FLAG_YEARS

Row = dict[str, Any]
Code = tuple[int, str]

COLUMNS: dict[str, dict[str, str]] = {
    # a comorbidity and its bit in a stay's set of them
    "comorbidities": {"variable": "string", "bit": "int64"},
    # a code that says a comorbidity; one that can be a complication says it not on the stay alone
    "comorbidity_codes": {
        "icd_version": "int64",
        "code": "string",
        "variable": "string",
        "can_be_complication": "boolean",
    },
}
_MODEL = "V22"


def rows(program: Program) -> dict[str, list[Row]]:
    """The rows of each table, by its name."""
    variables = code_list("readmission_comorbidities")
    versions = icd_versions(program.performance_year, years_before=1)
    by_hcc, by_ccs = _of_hcc(), _of_ccs()
    found: dict[tuple[int, str, str], bool] = {}
    for variable in variables:
        for (version, code), can_be in _codes(variable, by_hcc, by_ccs):
            key = (version, code, variable["variable"])
            # one way to say it that is no complication is enough
            found[key] = found.get(key, True) and can_be
    return {
        "comorbidities": [
            {"variable": variable["variable"], "bit": 1 << place}
            for place, variable in enumerate(variables)
        ],
        "comorbidity_codes": [
            {"icd_version": v, "code": c, "variable": name, "can_be_complication": can_be}
            for (v, c, name), can_be in found.items()
            if v in versions
        ],
    }


def _of_hcc() -> dict[str, list[Code]]:
    listed: dict[str, list[Code]] = {}
    for row in code_list("hcc_codes"):
        years = range(int(row["payment_year_min"]), int(row["payment_year_max"]) + 1)
        if row["model"] == _MODEL and FLAG_YEARS[_MODEL] in years:
            listed.setdefault(row["hcc"], []).append((int(row["icd_version"]), row["code"]))
    return listed


def _of_ccs() -> dict[str, list[Code]]:
    listed: dict[str, list[Code]] = {}
    for row in code_list("ccs_diagnoses"):
        listed.setdefault(row["ccs"], []).append((int(row["icd_version"]), row["code"]))
    return listed


def _codes(
    variable: dict[str, str], by_hcc: dict[str, list[Code]], by_ccs: dict[str, list[Code]]
) -> Iterator[tuple[Code, bool]]:
    """Each code of a comorbidity, with whether it can be a complication of the stay."""
    complications = set(_listed(variable["complication"]))
    hccs = _listed(variable["payment_hccs"])
    for hcc in hccs:
        yield from ((code, hcc in complications) for code in by_hcc.get(hcc, []))
    others = set(_listed(variable["condition_categories"])) - set(hccs)
    can_be = complications >= (others or set(hccs))
    for ccs in _listed(variable["ccs"]):
        yield from ((code, can_be) for code in by_ccs.get(ccs, []))
    for single in _listed(variable["codes"]):
        version, code = single.split(":")
        yield (int(version), code), can_be


def _listed(text: str) -> list[str]:
    return [part for part in text.split("|") if part]
