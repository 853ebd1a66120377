"""Discharges after which a readmission is looked for, and what was found."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import years_between
from openp4p.engine.stage import stage
from openp4p.measures.enrolment import month_number, months_covered
from openp4p.program.definition import Program

_ONE_DAY = 1


@stage(
    key=("stay_id",),
    each="beneficiary_id",
    columns={
        "stay_id": "string",
        "beneficiary_id": "string",
        "tin": "string",
        "ccn": "string",
        "admission_date": "date",
        "discharge_date": "date",
        "age": "int64",
        "icd_version": "int64",
        "cohort": "string",
        "principal_category": "string",
        "readmission_id": "string",
        "days_to_readmission": "int64",
        "readmission_is_planned": "boolean",
        "is_readmitted": "boolean",
        "reason": "string",
    },
)
def index_stays(
    attributed_beneficiaries: ir.Table,
    eligible_beneficiaries: ir.Table,
    enrollment_month: ir.Table,
    combined_stays: ir.Table,
    stay_categories: ir.Table,
    cancer_hospitals: ir.Table,
    program: Program,
) -> ir.Table:
    """One acute stay of an attributed beneficiary that ended in the year, and what came after.

    The readmission is the first acute stay that begins within 30 days; when it is planned, none
    counts. Stays for rehabilitation are looked past. `age` at admission. `reason` why the stay is
    no index stay, in this order: discharged_too_late (30 days do not pass within the year),
    unknown_age, too_young, died, not_enrolled_before (Parts A and B and no Part C in each of the
    twelve months before that of the admission), not_enrolled_after (Part A and no Part C until 30
    days after discharge, or death), transferred_out, against_advice, cancer_hospital, psychiatric,
    rehabilitation, cancer_treatment.
    """
    year = program.performance_year
    people = attributed_beneficiaries.select("beneficiary_id", "tin").inner_join(
        eligible_beneficiaries.select("beneficiary_id", "birth_date", "death_date"),
        "beneficiary_id",
    )
    stays = combined_stays.filter(combined_stays.discharge_date.year() == year)
    stays = stays.inner_join(people, "beneficiary_id")
    kinds = stay_categories.drop("beneficiary_id", "is_planned", "planned_rule")
    stays = stays.inner_join(kinds, "stay_id")
    stays = stays.mutate(age=years_between(stays.birth_date, stays.admission_date))
    cancer = cancer_hospitals.select("ccn", at_cancer_hospital=ibis.literal(True)).distinct()
    stays = stays.left_join(cancer, "ccn").drop("ccn_right")
    enrolled = _enrolment(stays, enrollment_month, program)
    stays = stays.left_join(enrolled, "stay_id").drop("stay_id_right")
    after = _readmissions(stays, combined_stays, stay_categories, program)
    found = stays.left_join(after, "stay_id").drop("stay_id_right")
    is_readmitted = (found.readmission_id.notnull() & ~found.readmission_is_planned).fill_null(
        False
    )
    return found.select(
        "stay_id",
        "beneficiary_id",
        "tin",
        "ccn",
        "admission_date",
        "discharge_date",
        "age",
        "cohort",
        "principal_category",
        "readmission_id",
        "days_to_readmission",
        "readmission_is_planned",
        icd_version=found.principal_icd_version,
        is_readmitted=is_readmitted,
        reason=_reason(found, program),
    )


def _reason(found: ir.Table, program: Program) -> ir.StringValue:
    rules = program.readmissions
    status = found.discharge_status
    dead = (found.death_date <= found.discharge_date).fill_null(False)
    died = status.isin(sorted(rules.died)).fill_null(dead)
    year_end = ibis.date(f"{program.performance_year}-12-31")
    last_day = (found.discharge_date + ibis.interval(days=rules.days)).cast("date")
    return ibis.cases(
        (last_day > year_end, "discharged_too_late"),
        (found.age.isnull(), "unknown_age"),
        (found.age < rules.minimum_age, "too_young"),
        (died, "died"),
        (~found.enrolled_before, "not_enrolled_before"),
        (~found.enrolled_after, "not_enrolled_after"),
        (found.chain_position < found.chain_stays, "transferred_out"),
        (status.isin(sorted(rules.against_advice)).fill_null(False), "against_advice"),
        (found.at_cancer_hospital.fill_null(False), "cancer_hospital"),
        (found.is_psychiatric, "psychiatric"),
        (found.is_rehabilitation, "rehabilitation"),
        (found.is_cancer_treatment, "cancer_treatment"),
        else_=ibis.null("string"),
    )


def _enrolment(stays: ir.Table, enrollment_month: ir.Table, program: Program) -> ir.Table:
    """For each stay whether the months before the admission and after the discharge are there."""
    rules = program.readmissions
    last_day = (stays.discharge_date + ibis.interval(days=rules.days)).cast("date")
    last_day = ibis.coalesce(ibis.least(stays.death_date, last_day), last_day)
    admitted = month_number(stays.admission_date)
    before = stays.select(
        "stay_id",
        "beneficiary_id",
        first_month=admitted - rules.months_before,
        last_month=admitted - 1,
    )
    after = stays.select(
        "stay_id",
        "beneficiary_id",
        first_month=month_number(stays.discharge_date),
        last_month=month_number(last_day),
    )
    was = months_covered(before, enrollment_month, with_part_b=True)
    stayed = months_covered(after, enrollment_month, with_part_b=False)
    return was.select("stay_id", enrolled_before="is_covered").inner_join(
        stayed.select("stay_id", enrolled_after="is_covered"), "stay_id"
    )


def _readmissions(
    stays: ir.Table, combined_stays: ir.Table, stay_categories: ir.Table, program: Program
) -> ir.Table:
    """The first stay within 30 days after each, where there is one."""
    rules = program.readmissions
    kinds = stay_categories.select("stay_id", "is_planned", "is_for_rehabilitation")
    later = combined_stays.inner_join(kinds, "stay_id")
    later = later.filter(~later.is_for_rehabilitation).select(
        "beneficiary_id",
        "is_planned",
        later_id=later.stay_id,
        later_admission=later.admission_date,
        later_discharge=later.discharge_date,
    )
    left = stays.select(
        "stay_id", "beneficiary_id", "admission_date", "discharge_date", "discharge_status"
    )
    pairs = left.inner_join(later, "beneficiary_id")
    days = pairs.later_admission.delta(pairs.discharge_date, unit="day").cast("int64")
    pairs = pairs.mutate(days=days)
    # of stays that begin and end on the same day, the first by name comes first
    same_start = pairs.later_admission == pairs.admission_date
    same_days = same_start & (pairs.later_discharge == pairs.discharge_date)
    comes_after = (
        (pairs.later_admission > pairs.admission_date)
        | (same_start & (pairs.later_discharge > pairs.discharge_date))
        | (same_days & (pairs.later_id > pairs.stay_id))
    )
    to_rehabilitation = pairs.discharge_status.isin(sorted(rules.rehabilitation_status))
    goes_on = to_rehabilitation.fill_null(False) & (pairs.days <= _ONE_DAY)
    pairs = pairs.filter(comes_after, pairs.days >= 0, pairs.days <= rules.days, ~goes_on)
    order = [pairs.later_admission, pairs.later_discharge, pairs.later_id]
    pairs = pairs.mutate(
        place=ibis.row_number().over(ibis.window(group_by="stay_id", order_by=order))
    )
    return pairs.filter(pairs.place == 0).select(
        "stay_id",
        readmission_id=_.later_id,
        days_to_readmission=_.days,
        readmission_is_planned=_.is_planned,
    )
