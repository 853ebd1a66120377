"""The shape that every measure returns: one row per patient, discharge, episode or report."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

CASES: dict[str, str] = {
    "measure": "string",
    "tin": "string",
    "case_id": "string",
    "beneficiary_id": "string",
    "cases": "int64",  # how many cases the row stands for
    "numerator": "float64",
    "denominator": "float64",
    "expected": "float64",
    "spread": "float64",  # standard deviation inside a row that stands for several cases
    "national_mean": "float64",  # per denominator; missing: the cases that count are the nation
    "included": "boolean",
    "reason": "string",  # the first rule that took the case out; missing: it counts
}
CASES_KEY = ("measure", "tin", "case_id")


def as_cases(rows: ir.Table) -> ir.Table:
    """The rows as cases: columns that are absent are missing, and a case without reason counts."""
    absent = {
        name: ibis.null(type_)
        for name, type_ in CASES.items()
        if name not in rows.columns and name != "included"
    }
    filled = rows.mutate(**absent)
    return filled.mutate(included=filled.reason.isnull()).select(*CASES)
