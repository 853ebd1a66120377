"""On which days a beneficiary was in hospital, or in an emergency room without an admission."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.stage import stage
from openp4p.measures.service_rows import OUTPATIENT, PROFESSIONAL, counted_claims, counted_lines

_EMERGENCY_CENTRE = "045"
_EMERGENCY_PROFESSIONAL = "0981"
_CENTRE_DIGITS = 3


@stage(
    key=("beneficiary_id", "day"),
    each="beneficiary_id",
    columns={
        "beneficiary_id": "string",
        "day": "date",
        "is_inpatient": "boolean",
        "is_emergency": "boolean",
    },
)
def hospital_days(
    claim: ir.Table,
    claim_line: ir.Table,
    inpatient_stays: ir.Table,
    service_codes: ir.Table,
) -> ir.Table:
    """One day of a beneficiary in an acute hospital, or with an emergency visit and no admission.

    The days of a stay run from admission to discharge, both counted. An emergency visit is a
    professional line of BETOS group M3 or an outpatient line of an emergency revenue centre (045x,
    0981) without an inpatient admission on that day or the next.
    """
    visits = _emergency_visits(claim, claim_line, service_codes)
    admissions = inpatient_stays.select("beneficiary_id", day="admission_date").distinct()
    day_before = admissions.mutate(day=(_.day - ibis.interval(days=1)).cast("date"))
    admitted = admissions.union(day_before)
    visits = visits.anti_join(admitted, ["beneficiary_id", "day"])
    days = _stay_days(inpatient_stays).mutate(is_inpatient=ibis.literal(True))
    days = days.union(visits.mutate(is_inpatient=ibis.literal(False)))
    return days.group_by("beneficiary_id", "day").agg(
        is_inpatient=_.is_inpatient.any(), is_emergency=(~_.is_inpatient).any()
    )


def _stay_days(inpatient_stays: ir.Table) -> ir.Table:
    stays = inpatient_stays.filter(inpatient_stays.is_acute)
    last = stays.discharge_date.fill_null(stays.admission_date)
    days = (last.delta(stays.admission_date, unit="day") + 1).cast("int64")
    long = stays.mutate(number=ibis.range(0, days).unnest())
    day = (long.admission_date + long.number.as_interval("D")).cast("date")
    return long.select("beneficiary_id", day=day)


def _emergency_visits(claim: ir.Table, claim_line: ir.Table, service_codes: ir.Table) -> ir.Table:
    codes = service_codes.filter(service_codes.category == "er_visits")
    professional = counted_lines(claim, claim_line.filter(claim_line.claim_class == PROFESSIONAL))
    professional = professional.semi_join(codes, "hcpcs_code")
    outpatient = claim_line.filter(
        claim_line.claim_class == OUTPATIENT, is_emergency_centre(claim_line)
    )
    outpatient = outpatient.semi_join(counted_claims(claim), "claim_id")
    both = professional.select("beneficiary_id", day="from_date").union(
        outpatient.select("beneficiary_id", day="from_date")
    )
    return both.distinct()


def is_emergency_centre(lines: ir.Table) -> ir.BooleanValue:
    """True for an outpatient line of an emergency room."""
    centre = lines.revenue_code
    return (centre.substr(0, _CENTRE_DIGITS) == _EMERGENCY_CENTRE) | (
        centre == _EMERGENCY_PROFESSIONAL
    )
