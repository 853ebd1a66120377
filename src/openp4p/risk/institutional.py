"""Long stays in nursing facilities, seen from the visits that professionals made there."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.claims.allowed import PROFESSIONAL, is_allowed_line
from openp4p.engine.portable import numbered_runs
from openp4p.engine.stage import stage
from openp4p.program.definition import Program


@stage(
    key=("beneficiary_id", "first_day"),
    each="beneficiary_id",
    columns={"beneficiary_id": "string", "first_day": "date", "last_day": "date"},
)
def nursing_facility_cover(claim_line: ir.Table, program: Program) -> ir.Table:
    """One unbroken spell of nursing-facility visits of a beneficiary that is long enough to count.

    The assessments that show long-term residence are not on claims (M32): allowed visits in a
    nursing facility stand for it, when no two that follow each other lie further apart than the
    longest gap and the first and last are far enough from each other.
    """
    rules = program.episodes
    visits = claim_line.filter(
        claim_line.claim_class == PROFESSIONAL,
        claim_line.hcpcs_code.isin(rules.nursing_facility_codes),
        claim_line.place_of_service == rules.nursing_facility_place,
        is_allowed_line(claim_line),
    )
    days = visits.select("beneficiary_id", day=_.from_date).distinct()
    order = ibis.window(group_by="beneficiary_id", order_by=days.day)
    apart = days.mutate(gap=days.day.delta(days.day.lag().over(order), unit="day"))
    goes_on = apart.gap <= rules.nursing_facility_gap
    numbered = numbered_runs(apart, goes_on, ["beneficiary_id"], ["day"], "number")
    spells = numbered.group_by(["beneficiary_id", "number"]).agg(
        first_day=_.day.min(), last_day=_.day.max()
    )
    return spells.filter(_is_long(spells.first_day, spells.last_day, program)).drop("number")


def is_resident(spells: ir.Table, day: ir.DateValue, program: Program) -> ir.BooleanValue:
    """Whether a spell was long before the day, and ended shortly before it if it ended."""
    before = (day - ibis.interval(days=1)).cast("date")
    last_day = ibis.least(spells.last_day, before)
    is_recent = (
        day.delta(spells.last_day, unit="day") <= program.episodes.nursing_facility_recent_days
    )
    return is_recent & _is_long(spells.first_day, last_day, program)


def _is_long(first: ir.DateValue, last: ir.DateValue, program: Program) -> ir.BooleanValue:
    return last.delta(first, unit="day") + 1 >= program.episodes.nursing_facility_days
