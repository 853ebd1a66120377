"""The code lists of the package as small tables, cut to what a program uses."""

from __future__ import annotations

from typing import Any

from openp4p.codes import code_list
from openp4p.program.definition import Program

Rows = list[dict[str, Any]]

COLUMNS: dict[str, dict[str, str]] = {
    # CCW algorithms: months of look-back, claims of each kind that are needed
    "condition_rules": {
        "condition": "string",
        "lookback_months": "int64",
        "claim_class": "string",
        "claims_needed": "int64",
    },
    "condition_codes": {"condition": "string", "icd_version": "int64", "code": "string"},
    "drgs": {"drg": "string", "mdc": "string", "is_surgical": "boolean"},
    "hospital_ranges": {"first": "string", "last": "string", "facility_type": "string"},
    "hospital_letters": {"position": "int64", "letter": "string", "facility_type": "string"},
    "hospital_states": {
        "state_code": "string",
        "is_outside_states": "boolean",
        "is_maryland": "boolean",
    },
    "cancer_hospitals": {"ccn": "string"},
    "betos_codes": {"hcpcs_code": "string", "betos": "string"},
    "rbcs_codes": {
        "hcpcs_code": "string",
        "category": "string",
        "subcategory": "string",
        "procedure": "string",
    },
    # the BETOS group of a code that is in the newer file alone
    "rbcs_groups": {
        "category": "string",
        "subcategory": "string",
        "procedure": "string",
        "betos": "string",
    },
    "facility_places": {"place_of_service": "string", "is_facility": "boolean"},
    "cost_categories": {
        "category": "string",
        "name": "string",
        "section": "string",
        "position": "int64",
    },
    "category_betos": {"category": "string", "prefix": "string"},
    "risk_adjustment_specialties": {"specialty": "string"},
}
_VERSIONS = {"ccw_flags": "27", "ccw_30": "30"}
_ICD = {"ICD9CM": 9, "ICD10CM": 10}
# the CCW documents number their claim types
_CLASSES = {"1": "INPATIENT", "2": "SNF", "3": "HHA", "4": "OUTPATIENT", "5": "PART_B"}


def rows(program: Program) -> dict[str, Rows]:
    """The rows of each table, by its name."""
    return {
        "condition_rules": _condition_rules(program),
        "condition_codes": _condition_codes(program),
        "drgs": [
            {"drg": r["ms_drg"], "mdc": r["mdc"], "is_surgical": r["drg_type"] == "surgical"}
            for r in code_list("ms_drgs")
        ],
        "hospital_ranges": [
            {
                "first": r["ccn_suffix_from"],
                "last": r["ccn_suffix_to"],
                "facility_type": r["facility_type"],
            }
            for r in code_list("hospital_numbers")
        ],
        "hospital_letters": [
            {
                "position": int(r["position"]),
                "letter": r["letter"],
                "facility_type": r["unit_type"],
            }
            for r in code_list("hospital_units")
        ],
        "hospital_states": [
            {
                "state_code": r["state_code"],
                "is_outside_states": r["not_subsection_d"] == "1",
                "is_maryland": r["not_subsection_d"] == "0",
            }
            for r in code_list("hospital_states")
        ],
        "cancer_hospitals": [dict(r) for r in code_list("cancer_hospitals")],
        "betos_codes": [
            {"hcpcs_code": r["hcpcs"], "betos": r["betos"]} for r in code_list("betos")
        ],
        "rbcs_codes": [
            {
                "hcpcs_code": r["hcpcs"],
                "category": r["category"],
                "subcategory": r["subcategory"],
                "procedure": r["procedure"],
            }
            for r in code_list("rbcs")
        ],
        "rbcs_groups": [dict(r) for r in code_list("rbcs_groups")],
        "facility_places": [
            {"place_of_service": r["place_of_service"], "is_facility": r["is_facility"] == "1"}
            for r in code_list("facility_places")
        ],
        "cost_categories": [
            {
                "category": r["category_id"],
                "name": r["category"],
                "section": r["section"],
                "position": int(r["rule_order"]),
            }
            for r in code_list("cost_categories")
        ],
        "category_betos": [
            {"category": r["category_id"], "prefix": prefix}
            for r in code_list("cost_categories")
            for prefix in r["betos_prefixes"].split("|")
            if prefix
        ],
        "risk_adjustment_specialties": [dict(r) for r in code_list("risk_adjustment_specialties")],
    }


def _condition_rules(program: Program) -> Rows:
    """One kind of claim of one condition: how many such claims are evidence enough."""
    version = _VERSIONS[program.cost.condition_flags]
    return [
        {
            "condition": r["condition"],
            "lookback_months": int(r["lookback_months"]),
            "claim_class": _CLASSES[number],
            "claims_needed": needed,
        }
        for r in code_list("condition_definitions")
        if r["ccw_version"] == version
        for needed, column in ((1, "claim_types_one"), (2, "claim_types_two"))
        for number in r[column].split(";")
        if number
    ]


def _condition_codes(program: Program) -> Rows:
    """The codes of the version; ICD-9 codes are those of version 27, the last to have any."""
    version = _VERSIONS[program.cost.condition_flags]
    return [
        {"condition": r["condition"], "icd_version": _ICD[r["code_system"]], "code": r["code"]}
        for r in code_list("condition_codes")
        if r["code_system"] in _ICD
        and r["ccw_version"] == ("27" if r["code_system"] == "ICD9CM" else version)
    ]
