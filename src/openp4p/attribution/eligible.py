"""Which beneficiaries count: enrolment in Parts A and B, no Medicare Advantage, residence."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import first_of_month, whole_part
from openp4p.engine.stage import stage
from openp4p.program.definition import Program

_MONTHS_OF_YEAR = 12
_YEAR_IN_YEAR_MONTH = 100


@stage(
    key=("beneficiary_id",),
    each="beneficiary_id",
    columns={
        "beneficiary_id": "string",
        "birth_date": "date",
        "sex": "string",
        "death_date": "date",
        "months": "int64",
        "days": "int64",
        "is_esrd": "boolean",
        "is_dual": "boolean",
        "risk_score": "float64",
        "is_eligible": "boolean",
        "reason": "string",
    },
)
def eligible_beneficiaries(
    beneficiary: ir.Table, enrollment_month: ir.Table, risk_scores: ir.Table, program: Program
) -> ir.Table:
    """One beneficiary with months and days in Parts A and B while alive, and whether it counts.

    A month counts when A and B are on in it; the month of death counts. `reason`, in this order:
    not_enrolled, part_c, part_a_or_b_only, outside_us, short_year (fewer than twelve months and not
    kept as newly enrolled or deceased: D37).
    """
    year = program.performance_year
    alive = _months_alive(beneficiary, enrollment_month)
    counted = _counted(alive, year, program)
    found = beneficiary.select(
        "beneficiary_id", "birth_date", "sex", "death_date", "is_us_resident"
    )
    scores = risk_scores.select("beneficiary_id", score=_.risk_score)
    for table in (counted, scores):
        found = found.left_join(table, "beneficiary_id").drop("beneficiary_id_right")
    reason = _reason(found, program)
    return found.select(
        "beneficiary_id",
        "birth_date",
        "sex",
        "death_date",
        months=_.months.fill_null(0).cast("int64"),
        days=_.days.fill_null(0).cast("int64"),
        is_esrd=_.is_esrd.fill_null(False),
        is_dual=_.is_dual.fill_null(False),
        risk_score=_.score,
        is_eligible=reason.isnull(),
        reason=reason,
    )


def _months_alive(beneficiary: ir.Table, enrollment_month: ir.Table) -> ir.Table:
    """Enrolment months up to and with the month of death."""
    deaths = beneficiary.filter(beneficiary.death_date.notnull())
    death_month = deaths.death_date.year() * _YEAR_IN_YEAR_MONTH + deaths.death_date.month()
    deaths = deaths.select("beneficiary_id", "death_date", death_month=death_month.cast("int64"))
    months = enrollment_month.left_join(deaths, "beneficiary_id").drop("beneficiary_id_right")
    return months.filter(months.death_month.isnull() | (months.year_month <= months.death_month))


def _counted(alive: ir.Table, year: int, program: Program) -> ir.Table:
    """What the months of the year, and those before it, say of each beneficiary."""
    has_a, has_b = alive.part_a.fill_null(False), alive.part_b.fill_null(False)
    first_day = first_of_month(alive.year_month)
    month = (alive.year_month % _YEAR_IN_YEAR_MONTH).cast("int64")
    last_day = _last_day(alive.year_month)
    ended = ibis.coalesce(ibis.least(alive.death_date, last_day), last_day)
    marked = alive.mutate(
        in_year=whole_part(alive.year_month, _YEAR_IN_YEAR_MONTH) == year,
        before=whole_part(alive.year_month, _YEAR_IN_YEAR_MONTH) < year,
        month=month,
        both=has_a & has_b,
        either=has_a | has_b,
        in_part_c=alive.ma_enrolled.fill_null(False),
        month_days=(ended.delta(first_day, unit="day") + 1).cast("int64"),
        esrd=alive.entitlement_status.isin(program.eligibility.esrd_codes).fill_null(False),
        dual=alive.dual_status.isin(program.eligibility.full_dual_codes).fill_null(False),
    )
    esrd_months = marked.in_year
    if program.eligibility.esrd == "january":
        esrd_months = esrd_months & (marked.month == 1)
    marked = marked.mutate(esrd_in_question=marked.esrd & esrd_months)
    counts = marked.in_year & marked.both
    return marked.group_by("beneficiary_id").agg(
        months=counts.sum().cast("int64"),
        days=ibis.ifelse(counts, marked.month_days, 0).sum().cast("int64"),
        listed_months=(marked.in_year & marked.either).sum().cast("int64"),
        part_c_months=(marked.in_year & marked.in_part_c).sum().cast("int64"),
        first_month=marked.month.min(where=counts),
        last_month=marked.month.max(where=counts),
        enrolled_before=(marked.before & marked.either).sum().cast("int64"),
        is_esrd=marked.esrd_in_question.max(),
        is_dual=(marked.in_year & marked.dual).max(),
    )


def _last_day(year_month: ir.IntegerValue) -> ir.DateValue:
    year = whole_part(year_month, _YEAR_IN_YEAR_MONTH)
    month = (year_month % _YEAR_IN_YEAR_MONTH).cast("int64")
    turn = month == _MONTHS_OF_YEAR
    next_month = ibis.ifelse(turn, 1, month + 1).cast("int64")
    next_year = ibis.ifelse(turn, year + 1, year).cast("int64")
    first_of_next = ibis.date(next_year.cast("int32"), next_month.cast("int32"), 1)
    return (first_of_next - ibis.interval(days=1)).cast("date")


def _reason(found: ir.Table, program: Program) -> ir.StringValue:
    months = found.months.fill_null(0)
    unbroken = months == found.last_month - found.first_month + 1
    died = (found.death_date.year() == program.performance_year).fill_null(False)
    to_the_end = (found.last_month == _MONTHS_OF_YEAR) | died
    new = (found.enrolled_before == 0) & unbroken & to_the_end
    from_the_start = unbroken & (found.first_month == 1)
    kept = {
        "new_or_died": new | (died & (from_the_start | new)),
        "any_unbroken_spell": unbroken,
    }[program.eligibility.short_year]
    if program.eligibility.part_year == "exclude":
        kept = ibis.literal(False)
    return ibis.cases(
        (found.listed_months.fill_null(0) == 0, "not_enrolled"),
        (found.part_c_months > 0, "part_c"),
        (found.listed_months > months, "part_a_or_b_only"),
        (~found.is_us_resident.fill_null(True), "outside_us"),
        ((months < _MONTHS_OF_YEAR) & ~kept.fill_null(False), "short_year"),
        else_=ibis.null("string"),
    )
