"""What accepted disputes put into the input of the next run: corrections and overrides (C2.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from openp4p.review.disputes import Category

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
class Override:
    """One change to a row of the input: a field gets another value, or the row goes (no field)."""

    table: str
    key: Mapping[str, str]
    field: str | None
    new: str | None
    dispute: str


def default_kind(category: Category) -> str:
    """The kind of correction that a category leads to, unless the decider chooses another."""
    if category in (Category.MEASURE_CASE, Category.VARIANCE):
        return "quality_error"
    return REPORTS if category is Category.REPORTING else RECOMPUTED


def correction_rows(accepted: Iterable[Accepted], performance_year: int) -> list[dict[str, object]]:
    """Rows of the table `correction`, one for each practice and kind, with all their reasons."""
    rows: dict[tuple[str, str], dict[str, object]] = {}
    for one in accepted:
        row = rows.setdefault(
            (one.tin, one.kind),
            {
                "tin": one.tin,
                "kind": one.kind,
                "performance_year": performance_year,
                "decided_on": one.decided_on,
                "decided_by": one.decided_by,
                "reason": "",
            },
        )
        said = f"{one.reason} ({one.dispute})"
        row["reason"] = f"{row['reason']}; {said}" if row["reason"] else said
    return [rows[key] for key in sorted(rows)]


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


def overrides(accepted: Iterable[Accepted]) -> list[Override]:
    """The changes to rows of the input that can be applied by machine."""
    found: list[Override] = []
    for one in accepted:
        for item in one.items:
            found += _overrides(one, item)
    return found


def _overrides(one: Accepted, item: Mapping[str, str]) -> list[Override]:
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
        key = {"tin": one.tin, "measure": item["measure"]}
        return [Override("quality_result", key, "met", said, one.dispute)]
    return []
