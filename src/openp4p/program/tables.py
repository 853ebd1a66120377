"""The rules as small tables, so that stages join them like any other table."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from openp4p.program import (
    admission_tables,
    code_tables,
    comorbidity_tables,
    correction_tables,
    readmission_tables,
    risk_tables,
    visit_tables,
)
from openp4p.program.consistency import ALL_CLASSES
from openp4p.program.definition import MeasureRule, Program, Specialty

Rows = list[dict[str, Any]]
FRACTION = "decimal(18, 9)"
ECQM = ":ehr"  # the electronic version of a measure, where it has a benchmark of its own

COLUMNS: dict[str, dict[str, str]] = {
    "specialties": {
        "specialty": "string",
        "ep_class": "string",
        "provider_group": "string",
        "is_physician": "boolean",
        "is_np_pa_cns": "boolean",
        "is_adjusted": "boolean",
    },
    "primary_care_codes": {"hcpcs_code": "string"},
    "fee_schedule_codes": {"hcpcs_code": "string"},
    "attribution_steps": {"step": "int32", "provider_group": "string"},
    "size_classes": {
        "size_class": "string",
        "minimum": "int64",
        "maximum": "int64",
        "composition": "string",
    },
    "measure_rules": {
        "measure": "string",
        "name": "string",
        "kind": "string",
        "domain": "string",
        "better": "string",
        "sign": "float64",
        "unit": "string",
        "form": "string",
        "source": "string",
        "minimum_cases": "int64",
        "minimum_group_size": "int64",
        "is_scored": "boolean",
        "condition": "string",
    },
    "payment_grid": {
        "size_class": "string",
        "quality_tier": "string",
        "cost_tier": "string",
        "percent": FRACTION,
        "multiple": FRACTION,
    },
    "automatic_adjustments": {"size_class": "string", "percent": FRACTION},
    "model_handling": {"model": "string", "handling": "string"},
    **code_tables.COLUMNS,
    **admission_tables.COLUMNS,
    **readmission_tables.COLUMNS,
    **comorbidity_tables.COLUMNS,
    **visit_tables.COLUMNS,
    **correction_tables.COLUMNS,
    **risk_tables.COLUMNS,
}


def rule_tables(program: Program) -> dict[str, tuple[dict[str, str], Rows]]:
    """Columns and rows of every rule table of a program, by name."""
    rows: dict[str, Rows] = {
        "specialties": [_specialty(program, s) for s in program.specialties],
        "primary_care_codes": _codes(program.attribution.primary_care_codes),
        "fee_schedule_codes": _codes(program.fee_schedule_codes),
        "attribution_steps": [
            {"step": number, "provider_group": group}
            for number, groups in enumerate(program.attribution.steps, start=1)
            for group in groups
        ],
        "size_classes": [
            {
                "size_class": c.id,
                "minimum": c.minimum,
                "maximum": c.maximum,
                "composition": c.composition,
            }
            for c in program.applicability.size_classes
        ],
        "measure_rules": [r for m in program.measures for r in _measure(program, m)],
        "payment_grid": _grid(program),
        "automatic_adjustments": [
            {"size_class": size_class, "percent": _fraction(percent)}
            for size_class, percent in program.payment.automatic_percent.items()
        ],
        "model_handling": [
            {"model": model, "handling": handling}
            for model, handling in program.applicability.model_handling.items()
        ],
        **code_tables.rows(program),
        **admission_tables.rows(program),
        **readmission_tables.rows(program),
        **comorbidity_tables.rows(program),
        **visit_tables.rows(program),
        **correction_tables.rows(program),
        **risk_tables.rows(program),
    }
    return {name: (COLUMNS[name], rows[name]) for name in COLUMNS}


def _codes(codes: frozenset[str]) -> Rows:
    return [{"hcpcs_code": code} for code in sorted(codes)]


def _specialty(program: Program, specialty: Specialty) -> dict[str, Any]:
    group = "other"
    if specialty.is_primary_care_physician:
        group = "primary_care_physician"
    elif specialty.is_physician:
        group = "other_physician"
    elif specialty.is_np_pa_cns:
        group = "np_pa_cns"
    return {
        "specialty": specialty.code,
        "ep_class": specialty.ep_class,
        "provider_group": group,
        "is_physician": specialty.is_physician,
        "is_np_pa_cns": specialty.is_np_pa_cns,
        "is_adjusted": specialty.ep_class in program.applicability.adjusted_classes,
    }


def _measure(program: Program, measure: MeasureRule) -> Rows:
    row = {
        "measure": measure.id,
        **measure.model_dump(exclude={"id"}),
        "sign": -1.0 if measure.kind == "quality" and measure.better == "lower" else 1.0,
    }
    if program.quality.separate_ecqm and measure.source == "reported":
        return [row, {**row, "measure": measure.id + ECQM}]
    return [row]


def _grid(program: Program) -> Rows:
    classes = [c.id for c in program.applicability.size_classes]
    return [
        {
            "size_class": size_class,
            "quality_tier": cell.quality,
            "cost_tier": cell.cost,
            "percent": None if cell.percent is None else _fraction(cell.percent),
            "multiple": None if cell.multiple is None else _fraction(cell.multiple),
        }
        for cell in program.payment.grid
        for size_class in (classes if cell.size_class == ALL_CLASSES else [cell.size_class])
    ]


def _fraction(number: float) -> Decimal:
    return Decimal(str(number)).quantize(Decimal("0.000000001"))
