"""Visits to professionals after a discharge: which discharges, which visits, and how many."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.claims.allowed import is_fee_for_service, professional_lines
from openp4p.engine.portable import ratio, years_between
from openp4p.engine.stage import stage
from openp4p.measures.cases import CASES, CASES_KEY, as_cases
from openp4p.measures.enrolment import month_number, months_covered
from openp4p.measures.variances import varied
from openp4p.program.definition import Program
from openp4p.program.visit_tables import HCPCS, REVENUE_CENTER

VISITS = "post_discharge_visits"
_OUTPATIENT = "OUTPATIENT"


@stage(
    key=("stay_id",),
    each="beneficiary_id",
    columns={
        "stay_id": "string",
        "beneficiary_id": "string",
        "tin": "string",
        "discharge_date": "date",
        "first_day": "date",
        "last_day": "date",
        "reason": "string",
    },
)
def visit_discharges(
    attributed_beneficiaries: ir.Table,
    eligible_beneficiaries: ir.Table,
    enrollment_month: ir.Table,
    inpatient_stays: ir.Table,
    combined_stays: ir.Table,
    program: Program,
) -> ir.Table:
    """One discharge of the year of an attributed beneficiary, and the days in which visits count.

    `reason` of one that does not count, in this order: discharged_too_late (30 days do not pass
    within the year), unknown_age, too_young, died, not_home (M18), transferred_out, not_enrolled
    (Parts A and B and no Part C until 30 days after, or death), followed_by_stay_or_death (M19,
    where such discharges are dropped).
    """
    rules = program.visits
    people = attributed_beneficiaries.select("beneficiary_id", "tin").inner_join(
        eligible_beneficiaries.select("beneficiary_id", "birth_date", "death_date"),
        "beneficiary_id",
    )
    stays = combined_stays.filter(combined_stays.discharge_date.year() == program.performance_year)
    stays = stays.inner_join(people, "beneficiary_id")
    first = 0 if rules.window == "with_discharge_day" else 1
    stays = stays.mutate(
        first_day=(stays.discharge_date + ibis.interval(days=first)).cast("date"),
        last_day=(stays.discharge_date + ibis.interval(days=rules.days)).cast("date"),
        age=years_between(stays.birth_date, stays.discharge_date),
    )
    asked = stays.select(
        "stay_id",
        "beneficiary_id",
        first_month=month_number(stays.discharge_date),
        last_month=month_number(
            ibis.coalesce(ibis.least(stays.death_date, stays.last_day), stays.last_day)
        ),
    )
    covered = months_covered(asked, enrollment_month, with_part_b=True)
    stays = stays.inner_join(covered, "stay_id")
    followed = _followed(stays, inpatient_stays)
    found = stays.left_join(followed, "stay_id").drop("stay_id_right")
    return found.mutate(reason=_reason(found, program)).select(*visit_discharges.columns)


def _followed(stays: ir.Table, inpatient_stays: ir.Table) -> ir.Table:
    """The discharges after which another stay began within the days that count."""
    later = inpatient_stays.select("beneficiary_id", begun=_.admission_date, other_id=_.stay_id)
    found = stays.select("stay_id", "beneficiary_id", "discharge_date", "last_day").inner_join(
        later, "beneficiary_id"
    )
    # a stay that begins on the day of discharge is a later one unless it is this one
    is_later = (found.begun > found.discharge_date) | (
        (found.begun == found.discharge_date) & (found.other_id != found.stay_id)
    )
    found = found.filter(is_later, found.begun <= found.last_day)
    return found.select("stay_id", is_followed=ibis.literal(True)).distinct()


def _reason(found: ir.Table, program: Program) -> ir.StringValue:
    rules, status = program.visits, found.discharge_status
    dead = (found.death_date <= found.discharge_date).fill_null(False)
    died = status.isin(sorted(program.readmissions.died)).fill_null(dead)
    is_home = status.isin(sorted(rules.home_status)).fill_null(False)
    ended = found.is_followed.fill_null(False) | (found.death_date <= found.last_day).fill_null(
        False
    )
    cases = [
        (found.last_day > ibis.date(f"{program.performance_year}-12-31"), "discharged_too_late"),
        (found.age.isnull(), "unknown_age"),
        (found.age < rules.minimum_age, "too_young"),
        (died, "died"),
    ]
    if rules.discharges == "home":
        cases.append((~is_home, "not_home"))
    cases.append((found.chain_position < found.chain_stays, "transferred_out"))
    cases.append((~found.is_covered, "not_enrolled"))
    if rules.censoring == "readmitted_dropped":
        cases.append((ended, "followed_by_stay_or_death"))
    return ibis.cases(*cases, else_=ibis.null("string"))


@stage(
    key=("stay_id", "service_date", "professional"),
    each="beneficiary_id",
    columns={
        "stay_id": "string",
        "service_date": "date",
        "professional": "string",
        "days": "int64",
    },
)
def post_discharge_visits(
    visit_discharges: ir.Table,
    inpatient_stays: ir.Table,
    claim: ir.Table,
    claim_line: ir.Table,
    visit_codes: ir.Table,
    program: Program,
) -> ir.Table:
    """One professional seen on one day within 30 days of one discharge that counts.

    In any practice: from allowed carrier lines with a code of a visit, and from outpatient lines of
    the revenue centers of rural and community health centers, where the hospital number stands for
    who does not say. Days of another inpatient stay are left out (M19). A visit may follow two
    discharges.
    """
    counted = visit_discharges.filter(visit_discharges.reason.isnull())
    windows = counted.select("stay_id", "beneficiary_id", "discharge_date", "first_day", "last_day")
    people = windows.select("beneficiary_id")
    claims, lines = (t.semi_join(people, "beneficiary_id") for t in (claim, claim_line))
    seen = _seen(claims, lines, visit_codes, program)
    found = seen.inner_join(windows, "beneficiary_id")
    found = found.filter(
        found.service_date >= found.first_day, found.service_date <= found.last_day
    )
    stays = inpatient_stays.select("beneficiary_id", "admission_date", ended=_.discharge_date)
    inside = stays.inner_join(
        found.select("stay_id", "beneficiary_id", "service_date", "discharge_date"),
        "beneficiary_id",
    )
    inside = inside.filter(
        inside.admission_date >= inside.discharge_date,
        inside.service_date >= inside.admission_date,
        inside.service_date <= inside.ended,
        # on the day of discharge only another stay is in the way
        (inside.ended > inside.discharge_date) | (inside.admission_date > inside.discharge_date),
    )
    kept = found.anti_join(inside, ["stay_id", "service_date"])
    days = kept.service_date.delta(kept.discharge_date, unit="day").cast("int64")
    return kept.select("stay_id", "service_date", "professional", days=days).distinct()


def _seen(
    claim: ir.Table, claim_line: ir.Table, visit_codes: ir.Table, program: Program
) -> ir.Table:
    """Who was seen by whom on which day of the year."""
    codes = visit_codes.filter(visit_codes.kind == HCPCS).select(hcpcs_code="code")
    year = program.performance_year
    lines = professional_lines(claim_line, year).semi_join(codes, "hcpcs_code")
    managed = claim.filter(~is_fee_for_service(claim))
    lines = lines.anti_join(managed, "claim_id")
    of_lines = lines.select(
        "beneficiary_id",
        service_date=lines.from_date,
        professional=ibis.coalesce(lines.npi, lines.billing_npi, ibis.literal("unknown")),
    )
    centers = visit_codes.filter(visit_codes.kind == REVENUE_CENTER).select(revenue_code="code")
    clinics = claim_line.filter(
        claim_line.claim_class == _OUTPATIENT, claim_line.from_date.year() == year
    ).semi_join(centers, "revenue_code")
    paid = claim.filter(claim.nonpayment_code.isnull(), is_fee_for_service(claim))
    clinics = clinics.inner_join(paid.select("claim_id", "ccn"), "claim_id")
    of_clinics = clinics.select(
        "beneficiary_id",
        service_date=clinics.from_date,
        professional=ibis.coalesce(clinics.npi, clinics.ccn, ibis.literal("unknown")),
    )
    return of_lines.union(of_clinics).distinct()


@stage(
    key=("tin", "days"),
    columns={
        "tin": "string",
        "days": "int64",
        "discharges": "int64",
        "followed": "int64",
        "share": "float64",
    },
)
def follow_up_shares(
    visit_discharges: ir.Table, post_discharge_visits: ir.Table, follow_up_days: ir.Table
) -> ir.Table:
    """One practice and one span of days: discharges, and those with a visit within the span."""
    counted = visit_discharges.filter(visit_discharges.reason.isnull()).select("stay_id", "tin")
    first = post_discharge_visits.group_by("stay_id").agg(first=_.days.min())
    found = counted.left_join(first, "stay_id").drop("stay_id_right").cross_join(follow_up_days)
    is_followed = (found["first"] <= found.days).fill_null(False)
    sums = found.mutate(is_followed=is_followed).group_by(["tin", "days"])
    sums = sums.agg(discharges=_.count().cast("int64"), followed=_.is_followed.sum().cast("int64"))
    return sums.mutate(share=ratio(sums.followed.cast("float64"), sums.discharges.cast("float64")))


@stage(key=CASES_KEY, columns=CASES)
def post_discharge_visit_cases(
    visit_discharges: ir.Table,
    post_discharge_visits: ir.Table,
    clinical_variance: ir.Table,
    program: Program,
) -> ir.Table:
    """One discharge of one practice with the visits that followed it (M17).

    `reason`: that of the discharge, or clinical_override, clinical_exception (no visit).
    """
    unit = program.visits.unit
    by_stay = post_discharge_visits.group_by("stay_id")
    if unit == "day_and_professional":
        counts = by_stay.agg(visits=_.count())
    elif unit == "day":
        counts = by_stay.agg(visits=_.service_date.nunique())
    else:
        counts = by_stay.agg(visits=_.count().clip(upper=1))
    found = visit_discharges.left_join(counts, "stay_id").drop("stay_id_right")
    cases = found.select(
        "tin",
        "beneficiary_id",
        "reason",
        measure=ibis.literal(VISITS),
        case_id=found.stay_id,
        cases=ibis.literal(1).cast("int64"),
        numerator=found.visits.fill_null(0).cast("float64"),
        denominator=ibis.literal(1.0),
    )
    return as_cases(varied(cases, clinical_variance, program, takes_exceptions=True))
