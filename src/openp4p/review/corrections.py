"""What accepted disputes put into the input of the next run: corrections and overrides (C2.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from openp4p.review.disputes import Category
from openp4p.review.variances import OVERRIDE

RECOMPUTED = "cost_error_recomputed"  # the practice is computed again; nothing is set to average
REPORTS = "quality_error_recomputed"


@dataclass(frozen=True)
class Accepted:
    """An accepted dispute: whose, about what, and which kind of correction it is."""

    dispute: str
    tin: str
    category: Category
    kind: str
    items: tuple[Mapping[str, str], ...]
    decided_on: date
    decided_by: str
    reason: str


@dataclass(frozen=True)
class Varied:
    """A variance as a clinician recorded it: nobody has to accept it (C5)."""

    tin: str
    measure: str
    beneficiary_id: str
    code: str
    recorded_on: date


@dataclass(frozen=True)
class Override:
    """One change to a row of the input: a field gets another value, or the row goes (no field)."""

    table: str
    key: Mapping[str, str]
    field: str | None
    new: str | None
    dispute: str


def default_kind(category: Category) -> str:
    """The kind of correction that a category leads to, unless the decider chooses another."""
    if category is Category.MEASURE_CASE:
        return "quality_error"
    return REPORTS if category is Category.REPORTING else RECOMPUTED


def correction_rows(
    accepted: Iterable[Accepted], performance_year: int, varied: Iterable[Varied] = ()
) -> list[dict[str, object]]:
    """Rows of the table `correction`, one for each practice and kind, with all their reasons.

    A practice with variances is one to be computed again, as one with an accepted dispute.
    """
    rows: dict[tuple[str, str], dict[str, object]] = {}
    said = [
        (one.tin, one.kind, one.decided_on, one.decided_by, f"{one.reason} ({one.dispute})")
        for one in accepted
    ]
    # one reason for all variances of a practice, dated by the last
    said += [
        (one.tin, RECOMPUTED, one.recorded_on, "the practice's clinicians", "clinical variances")
        for one in {one.tin: one for one in sorted(varied, key=lambda v: v.recorded_on)}.values()
    ]
    for tin, kind, decided_on, decided_by, reason in said:
        row = rows.setdefault(
            (tin, kind),
            {
                "tin": tin,
                "kind": kind,
                "performance_year": performance_year,
                "decided_on": decided_on,
                "decided_by": decided_by,
                "reason": "",
            },
        )
        row["reason"] = f"{row['reason']}; {reason}" if row["reason"] else reason
    return [rows[key] for key in sorted(rows)]


def variance_rows(
    varied: Iterable[Varied], accepted: Iterable[Accepted], performance_year: int
) -> list[dict[str, object]]:
    """Rows of the table `clinical_variance`: those recorded, and those a dispute asked for.

    Of several for one patient or case the override stands, since it takes the case out in any case.
    """
    rows: dict[tuple[str, str, str, str], str] = {}
    said = [((v.tin, v.measure, v.beneficiary_id, ""), v.code) for v in varied]
    said += [
        ((one.tin, item["measure"], "", item["case_id"]), item["code"])
        for one in accepted
        if one.category is Category.VARIANCE
        for item in one.items
    ]
    for key, code in said:
        if rows.get(key) != OVERRIDE:
            rows[key] = code
    return [
        {
            "tin": tin,
            "measure": measure,
            "performance_year": performance_year,
            "beneficiary_id": person,
            "case_id": case,
            "is_override": rows[tin, measure, person, case] == OVERRIDE,
            "code": rows[tin, measure, person, case],
        }
        for tin, measure, person, case in sorted(rows)
    ]


def removed_patients(
    accepted: Iterable[Accepted], performance_year: int
) -> list[dict[str, object]]:
    """Rows of the table `removed_patient`: whom a practice no longer answers for."""
    found = {
        (item["beneficiary_id"], one.tin)
        for one in accepted
        if one.category is Category.PATIENT
        for item in one.items
    }
    return [
        {"beneficiary_id": person, "tin": tin, "performance_year": performance_year}
        for person, tin in sorted(found)
    ]


def overrides(accepted: Iterable[Accepted], performance_year: int) -> list[Override]:
    """The changes to rows of the input that can be applied by machine."""
    found: list[Override] = []
    for one in accepted:
        for item in one.items:
            found += _overrides(one, item, performance_year)
    return found


def _overrides(one: Accepted, item: Mapping[str, str], performance_year: int) -> list[Override]:
    said = item.get("claimed_value", "")
    roster = {"tin": one.tin, "npi": item.get("npi", "")}
    if one.category is Category.SPECIALTY:
        return [
            Override("provider_enrollment", roster, "specialty_primary", said, one.dispute),
        ]
    if one.category is Category.SIZE:
        return [Override("provider_enrollment", roster, None, None, one.dispute)]
    if one.category is Category.CLAIM:
        key = {"claim_id": item["claim_id"]}
        return [
            Override(table, key, None, None, one.dispute)
            for table in ("claim_line", "claim", "diagnosis", "procedure")
        ]
    if one.category is Category.REPORTING and one.kind == REPORTS:
        # what was reported of the year before is the benchmark, and not in question
        key = {
            "tin": one.tin,
            "measure": item["measure"],
            "performance_year": str(performance_year),
        }
        return [Override("quality_result", key, "met", said, one.dispute)]
    return []
