"""Why a stay is no index admission, and why the episode of one does not count."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import first_of_month
from openp4p.engine.stage import stage
from openp4p.measures.enrolment import month_number
from openp4p.program.definition import Program


@stage(
    key=("stay_id",),
    each="beneficiary_id",
    columns={
        "stay_id": "string",
        "beneficiary_id": "string",
        "admission_date": "date",
        "discharge_date": "date",
        "start_date": "date",
        "end_date": "date",
        "no_index_reason": "string",
        "exclusion": "string",
    },
)
def stay_exclusions(
    inpatient_stays: ir.Table,
    claim: ir.Table,
    beneficiary: ir.Table,
    enrollment_month: ir.Table,
    program: Program,
) -> ir.Table:
    """One stay with the days of the episode it would open, and what speaks against that.

    `no_index_reason`, in this order: not_subsection_d (with Maryland, M27), no_payment_or_drg (a
    payment of zero or below; one that is not known is not zero), transfer (a discharge status that
    says so, or a transfer chain). `exclusion`, looked for in stays without one: not_enrolled (Parts
    A and B in every month from the look-back to the end of the episode, or to death), part_c,
    medicare_secondary (a claim of that time names or was paid by another payer first),
    died (before the end), no_risk_data (no birth date).
    """
    stays = _with_window(inpatient_stays, program)
    stays = stays.mutate(no_index_reason=_no_index_reason(stays, program))
    open_ = stays.filter(stays.no_index_reason.isnull())
    people = beneficiary.select("beneficiary_id", "birth_date", "death_date")
    known = open_.left_join(people, "beneficiary_id").drop("beneficiary_id_right")
    enrolled = _enrolment(known, enrollment_month)
    other_payer = _other_payers(known, claim)
    found = known.left_join(enrolled, "stay_id").drop("stay_id_right")
    found = found.left_join(other_payer, "stay_id").drop("stay_id_right")
    excluded = found.select("stay_id", exclusion=_exclusion(found))
    joined = stays.left_join(excluded, "stay_id").drop("stay_id_right")
    return joined.select(*stay_exclusions.columns)


def _with_window(stays: ir.Table, program: Program) -> ir.Table:
    """The stays with the days of their episode and the first day of its look-back."""
    rules = program.episodes
    start = (stays.admission_date - ibis.interval(days=rules.days_before)).cast("date")
    windowed = stays.mutate(
        start_date=start,
        end_date=(stays.discharge_date + ibis.interval(days=rules.days_after)).cast("date"),
    )
    return windowed.mutate(lookback_date=looked_back(windowed, program))


def looked_back(episodes: ir.Table, program: Program) -> ir.DateValue:
    """The first of the days before an episode that say something of its risk."""
    days = ibis.interval(days=program.episodes.lookback_days)
    return (episodes.start_date - days).cast("date")


def _no_index_reason(stays: ir.Table, program: Program) -> ir.StringValue:
    is_subsection_d = stays.is_subsection_d
    if program.episodes.index_hospitals == "maryland_excluded":
        is_subsection_d = is_subsection_d & ~stays.is_maryland
    is_transfer = stays.discharge_status.isin(program.episodes.transfer_statuses).fill_null(False)
    return ibis.cases(
        (~is_subsection_d, "not_subsection_d"),
        ((stays.paid_amount <= 0).fill_null(False) | stays.drg.isnull(), "no_payment_or_drg"),
        (is_transfer | (stays.chain_stays > 1), "transfer"),
        else_=ibis.null("string"),
    )


def _enrolment(stays: ir.Table, enrollment_month: ir.Table) -> ir.Table:
    """For each stay the months that had to be in Parts A and B, and those that were."""
    last_day = ibis.coalesce(ibis.least(stays.death_date, stays.end_date), stays.end_date)
    asked = stays.select(
        "stay_id",
        "beneficiary_id",
        first_month=month_number(stays.lookback_date),
        last_month=month_number(last_day),
    )
    months = enrollment_month.select(
        "beneficiary_id",
        month=month_number(first_of_month(enrollment_month.year_month)),
        is_enrolled=(_.part_a & _.part_b).fill_null(False),
        in_part_c=_.ma_enrolled.fill_null(False),
    )
    found = asked.inner_join(months, "beneficiary_id")
    found = found.filter(found.month >= found.first_month, found.month <= found.last_month)
    counted = found.group_by("stay_id").agg(
        enrolled=_.is_enrolled.sum().cast("int64"), in_part_c=_.in_part_c.max()
    )
    joined = asked.left_join(counted, "stay_id").drop("stay_id_right")
    needed = joined.last_month - joined.first_month + 1
    return joined.select(
        "stay_id",
        is_enrolled=joined.enrolled.fill_null(0) >= needed,
        in_part_c=joined.in_part_c.fill_null(False),
    )


def _other_payers(stays: ir.Table, claim: ir.Table) -> ir.Table:
    """The stays around which another payer came before Medicare."""
    paid = (claim.primary_payer_paid > 0).fill_null(False)
    second = claim.filter(claim.primary_payer_code.notnull() | paid)
    asked = stays.select("stay_id", "beneficiary_id", "lookback_date", "end_date")
    found = asked.inner_join(second.select("beneficiary_id", "from_date"), "beneficiary_id")
    found = found.filter(found.from_date >= found.lookback_date, found.from_date <= found.end_date)
    return found.select("stay_id", is_secondary=ibis.literal(True)).distinct()


def _exclusion(found: ir.Table) -> ir.StringValue:
    return ibis.cases(
        (~found.is_enrolled, "not_enrolled"),
        (found.in_part_c, "part_c"),
        (found.is_secondary.fill_null(False), "medicare_secondary"),
        ((found.death_date <= found.end_date).fill_null(False), "died"),
        (found.birth_date.isnull(), "no_risk_data"),
        else_=ibis.null("string"),
    )
