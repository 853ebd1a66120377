"""What a run needs of its input, how much of it is there, and what its absence costs.

The shares below which something counts as missing are defaults of this project, not rules of CMS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openp4p.claims.formats.workbench import Workbench

_PART_B = "claim_class = 'PART_B'"
_STAYS = "claim_class = 'INPATIENT'"
_MOST, _HALF, _ANY = 0.9, 0.5, 0.0


@dataclass(frozen=True)
class Need:
    """One thing that a run needs: a table, or a column filled on a share of certain rows.

    `least` is the share of rows that must have it; `without` what becomes of the run otherwise.
    """

    table: str
    what: str
    without: str
    column: str = ""
    of: str = "true"
    least: float = _ANY


@dataclass(frozen=True)
class Found:
    """How much there is of what a run needs: rows asked, and those that have it."""

    need: Need
    rows: int
    filled: int

    @property
    def share(self) -> float:
        """The share of the rows that have it; 0 without any row."""
        return self.filled / self.rows if self.rows else 0.0

    @property
    def is_met(self) -> bool:
        """Whether there is enough of it."""
        return self.filled > 0 and self.share >= self.need.least


NEEDS: Sequence[Need] = (
    Need("beneficiary", "people", "no run is possible"),
    Need(
        "beneficiary",
        "dates of birth",
        "no risk scores, so no cost measure means anything",
        column="birth_date",
        least=_MOST,
    ),
    Need(
        "beneficiary",
        "the original reason for entitlement",
        "risk scores take everybody as entitled by age",
        column="orig_entitlement_code",
        least=_HALF,
    ),
    Need("enrollment_month", "months of enrolment", "no run is possible"),
    Need(
        "enrollment_month",
        "months one by one",
        "who was enrolled all year is approximate",
        column="beneficiary_id",
        of="coalesce(source_grain, 'month') = 'month'",
    ),
    Need(
        "enrollment_month",
        "dual eligibility",
        "risk scores take nobody as dually eligible, and quality is not shown by it",
        column="dual_status",
        least=_HALF,
    ),
    Need("claim", "claims", "no run is possible"),
    Need(
        "claim",
        "professional claims",
        "nobody can be attributed to a practice",
        column="claim_id",
        of=_PART_B,
    ),
    Need(
        "claim",
        "inpatient claims",
        "no admissions, readmissions or Medicare Spending per Beneficiary; costs lack hospitals",
        column="claim_id",
        of=_STAYS,
    ),
    Need(
        "claim",
        "outpatient claims",
        "costs lack hospital outpatient care, and conditions are found in fewer claims",
        column="claim_id",
        of="claim_class = 'OUTPATIENT'",
    ),
    Need(
        "claim",
        "post-acute claims (skilled nursing, home health, hospice)",
        "costs after a stay are understated",
        column="claim_id",
        of="claim_class IN ('SNF', 'HHA', 'HOSPICE')",
    ),
    Need(
        "claim",
        "discharge status of stays",
        "transfers and deaths cannot be told: stays are not joined, readmissions are overcounted",
        column="discharge_status",
        of=_STAYS,
        least=_MOST,
    ),
    Need(
        "claim",
        "hospital numbers (CCN) of stays",
        "hospitals that are paid by the prospective system cannot be told: no episodes",
        column="ccn",
        of=_STAYS,
        least=_MOST,
    ),
    Need(
        "claim",
        "MS-DRGs of stays",
        "no Medicare Spending per Beneficiary",
        column="drg",
        of=_STAYS,
        least=_MOST,
    ),
    Need("claim_line", "claim lines", "no run is possible"),
    Need(
        "claim_line",
        "codes of services (HCPCS) on professional lines",
        "primary care services cannot be told: attribution is not meaningful",
        column="hcpcs_code",
        of=_PART_B,
        least=_MOST,
    ),
    Need(
        "claim_line",
        "billing numbers (TIN) on professional lines",
        "practices cannot be told apart: lay a crosswalk beside that names them",
        column="tin",
        of=_PART_B,
        least=_MOST,
    ),
    Need(
        "claim_line",
        "professionals (NPI) on professional lines",
        "groups cannot be sized and primary care physicians not told",
        column="npi",
        of=_PART_B,
        least=_MOST,
    ),
    Need(
        "claim_line",
        "specialties on professional lines",
        "both attribution steps become one, and costs are not adjusted for specialty: lay a roster "
        "(provider_enrollment) beside",
        column="specialty",
        of=_PART_B,
        least=_MOST,
    ),
    Need(
        "claim_line",
        "places of service on professional lines",
        "offices, hospitals and nursing facilities cannot be told apart",
        column="place_of_service",
        of=_PART_B,
        least=_MOST,
    ),
    Need(
        "claim_line",
        "allowed amounts on professional lines",
        "attribution and costs have nothing to count",
        column="allowed_amount",
        of=_PART_B,
        least=_MOST,
    ),
    Need(
        "claim_line",
        "Medicare payments on professional lines",
        "the adjustment has no dollars to apply to",
        column="paid_amount",
        of=_PART_B,
        least=_MOST,
    ),
    Need(
        "claim_line",
        "payment-standardised amounts",
        "costs are not standardised for prices: dear places look dear, unless a price_schedule is "
        "supplied",
        column="standardized_amount",
        of=_PART_B,
        least=_HALF,
    ),
    Need("diagnosis", "diagnoses", "no risk scores, conditions or admissions measures"),
    Need("procedure", "procedures", "planned readmissions cannot be told from others"),
    Need(
        "provider_enrollment",
        "a roster of who bills under which TIN",
        "groups are sized from claims alone",
    ),
    Need(
        "quality_result",
        "reported quality measures",
        "the quality composite rests on outcomes from claims alone",
    ),
    Need(
        "pqrs_success",
        "who reported quality successfully",
        "every practice without it falls into Category 2",
    ),
    Need(
        "model_participation",
        "who takes part in an ACO or model",
        "practices of ACOs are treated like all others",
    ),
)


def measured(bench: Workbench, relations: Mapping[str, str]) -> list[Found]:
    """Every need and how much of it the relations of the tables hold, in one pass over each."""
    found: dict[Need, Found] = {need: Found(need, 0, 0) for need in NEEDS}
    for table, relation in relations.items():
        needs = [need for need in NEEDS if need.table == table]
        if not needs:
            continue
        counts = ", ".join(
            f"count_if({need.of}), count_if({need.of} AND {_has(need)})" for need in needs
        )
        (row,) = bench.run(f"SELECT {counts} FROM {relation}")
        for place, need in enumerate(needs):
            rows, filled = (int(str(count or 0)) for count in row[2 * place : 2 * place + 2])
            found[need] = Found(need, rows, filled)
    return list(found.values())


def missing(found: Sequence[Found]) -> list[Found]:
    """What there is not enough of; of a table without rows, or of claims of which there are none,
    that alone is said."""
    empty = {one.need.table for one in found if not one.need.column and not one.is_met}
    return [
        one
        for one in found
        if not one.is_met
        and not (one.need.column and one.need.table in empty)
        and not (one.need.least > _ANY and not one.rows)
    ]


def _has(need: Need) -> str:
    return f'"{need.column}" IS NOT NULL' if need.column else "true"
