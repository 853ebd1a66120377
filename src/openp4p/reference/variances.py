"""Clinical variances read a second time, in plain Python."""

from __future__ import annotations

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row


def with_variances(
    cases: list[Row], clinical_variance: list[Row], program: Program, *, exceptions: bool = False
) -> list[Row]:
    """The cases after what clinicians said of the year: override first, then exception if unmet."""
    found = []
    for case in cases:
        reason = case["reason"]
        if reason is None:
            said = [v for v in clinical_variance if _is_about(v, case, program)]
            if any(v["is_override"] for v in said):
                reason = "clinical_override"
            elif said and exceptions and case["numerator"] < case["denominator"]:
                reason = "clinical_exception"
        found.append({**case, "reason": reason, "included": reason is None})
    return found


def is_overridden(case: Row, clinical_variance: list[Row], program: Program) -> bool:
    """Whether a clinician took the case out altogether."""
    return any(v["is_override"] and _is_about(v, case, program) for v in clinical_variance)


def _is_about(variance: Row, case: Row, program: Program) -> bool:
    same = all(variance[name] == case[name] for name in ("measure", "tin"))
    if not same or variance["performance_year"] != program.performance_year:
        return False
    if variance["case_id"] is not None:
        return bool(variance["case_id"] == case["case_id"])
    return bool(variance["beneficiary_id"] == case["beneficiary_id"])
