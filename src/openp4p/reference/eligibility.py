"""Which beneficiaries count, in plain Python, month by month."""

from __future__ import annotations

import calendar
from datetime import date

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row

_WHOLE_YEAR = 12


def eligible_beneficiaries(
    beneficiary: list[Row], enrollment_month: list[Row], risk_scores: list[Row], program: Program
) -> list[Row]:
    """Every beneficiary with its months and days, and why it does not count if it does not."""
    year = program.performance_year
    scores = {row["beneficiary_id"]: row["risk_score"] for row in risk_scores}
    by_person: dict[str, list[Row]] = {}
    for row in enrollment_month:
        by_person.setdefault(row["beneficiary_id"], []).append(row)
    found = []
    for person in beneficiary:
        months = by_person.get(person["beneficiary_id"], [])
        alive = [row for row in months if _alive(row, person["death_date"])]
        of_year = [row for row in alive if row["year_month"] // 100 == year]
        before = [row for row in alive if row["year_month"] // 100 < year]
        counted = [row for row in of_year if row["part_a"] and row["part_b"]]
        reason = _why_not(person, of_year, before, counted, program)
        esrd = [row["year_month"] % 100 for row in of_year if _is_esrd(row, program)]
        found.append(
            {
                "beneficiary_id": person["beneficiary_id"],
                "birth_date": person["birth_date"],
                "sex": person["sex"],
                "death_date": person["death_date"],
                "months": len(counted),
                "days": sum(_days(row["year_month"], person["death_date"]) for row in counted),
                "is_esrd": 1 in esrd if program.eligibility.esrd == "january" else bool(esrd),
                "is_dual": any(
                    row["dual_status"] in program.eligibility.full_dual_codes for row in of_year
                ),
                "risk_score": scores.get(person["beneficiary_id"]),
                "is_eligible": reason is None,
                "reason": reason,
            }
        )
    return found


def _alive(row: Row, death: date | None) -> bool:
    """The month of death counts; later months do not."""
    return death is None or row["year_month"] <= death.year * 100 + death.month


def _is_esrd(row: Row, program: Program) -> bool:
    return row["entitlement_status"] in program.eligibility.esrd_codes


def _days(year_month: int, death: date | None) -> int:
    year, month = divmod(year_month, 100)
    if death is not None and (death.year, death.month) == (year, month):
        return death.day
    return calendar.monthrange(year, month)[1]


def _why_not(
    person: Row, of_year: list[Row], before: list[Row], counted: list[Row], program: Program
) -> str | None:
    if not any(row["part_a"] or row["part_b"] for row in of_year):
        return "not_enrolled"
    if any(row["ma_enrolled"] for row in of_year):
        return "part_c"
    if any(bool(row["part_a"]) != bool(row["part_b"]) for row in of_year):
        return "part_a_or_b_only"
    if person["is_us_resident"] is False:
        return "outside_us"
    if len(counted) < _WHOLE_YEAR and not _keeps_short_year(person, before, counted, program):
        return "short_year"
    return None


def _keeps_short_year(person: Row, before: list[Row], counted: list[Row], program: Program) -> bool:
    """New enrollees and the deceased, in the years that keep them (D37)."""
    if program.eligibility.part_year == "exclude":
        return False
    months = sorted(row["year_month"] % 100 for row in counted)
    unbroken = months == list(range(months[0], months[-1] + 1))
    if not unbroken:
        return False
    if program.eligibility.short_year == "any_unbroken_spell":
        return True
    death = person["death_date"]
    died = death is not None and death.year == program.performance_year
    never_before = not any(row["part_a"] or row["part_b"] for row in before)
    newly_enrolled = never_before and (months[-1] == _WHOLE_YEAR or died)
    return newly_enrolled or (died and months[0] == 1)
