"""How many months of care a practice answers for, more for patients who are harder to care for."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.claims.allowed import professional_lines
from openp4p.engine.portable import FRACTION, half_up, ratio, whole_part
from openp4p.engine.stage import stage
from openp4p.program.definition import Program

_YEAR_IN_YEAR_MONTH = 100
_MONTHS_OF_YEAR = 12
_DIGITS = 6


@stage(
    key=("tin",),
    columns={
        "tin": "string",
        "counted_year": "int64",
        "patients": "int64",
        "member_months": "int64",
        "top_risk_patients": "int64",
        "dual_patients": "int64",
        "months_of_history": "int64",
        "complexity_months": FRACTION,
    },
)
def practice_complexity(
    history_eligible: ir.Table,
    history_attributed: ir.Table,
    eligible_beneficiaries: ir.Table,
    attributed_beneficiaries: ir.Table,
    enrollment_month: ir.Table,
    claim_line: ir.Table,
    program: Program,
) -> ir.Table:
    """One practice with the member-months of its patients, weighted by their complexity.

    Months times 1 + the weight of the share of patients at the top of risk + that of the share with
    Medicaid. Patients are those attributed in the year before the performance period, so that the
    weight is known before anybody enrols; where the input holds no care of that year the patients
    of the performance period stand in (`counted_year`). A practice that first billed in the course
    of the year is counted from that month on, and its months are scaled to a whole year.
    """
    year = program.performance_year
    before = _of_year(
        history_eligible, history_attributed, enrollment_month, claim_line, program, year - 1
    )
    present = _of_year(
        eligible_beneficiaries,
        attributed_beneficiaries,
        enrollment_month,
        claim_line,
        program,
        year,
    )
    known = history_attributed.agg(history=_.count().cast("int64"))
    standing_in = present.cross_join(known).filter(_.history == 0).drop("history")
    return before.union(standing_in)


def _of_year(
    eligible: ir.Table,
    attributed: ir.Table,
    enrollment_month: ir.Table,
    claim_line: ir.Table,
    program: Program,
    year: int,
) -> ir.Table:
    award = program.award
    assert award is not None, "only a program that pays awards weighs months by complexity"
    begun = _first_months(claim_line, year)
    people = _people(eligible, award.top_risk_quantile)
    patients = attributed.select("beneficiary_id", "tin").inner_join(people, "beneficiary_id")
    patients = patients.inner_join(begun, "tin")
    months = enrollment_month.filter(
        whole_part(enrollment_month.year_month, _YEAR_IN_YEAR_MONTH) == year,
        enrollment_month.part_a.fill_null(False) & enrollment_month.part_b.fill_null(False),
    ).select("beneficiary_id", month=(_.year_month % _YEAR_IN_YEAR_MONTH).cast("int64"))
    listed = patients.select("beneficiary_id", "months", "first_month").inner_join(
        months, "beneficiary_id"
    )
    listed = listed.filter(listed.month >= listed.first_month)
    counted = listed.group_by("beneficiary_id").agg(
        # a month after death is none, whatever is listed
        member_months=ibis.least(_.count().cast("int64"), _.months.max()),
    )
    each = patients.left_join(counted, "beneficiary_id").drop("beneficiary_id_right")
    sums = each.group_by("tin").agg(
        patients=_.count().cast("int64"),
        member_months=_.member_months.fill_null(0).sum().cast("int64"),
        top_risk_patients=_.is_top_risk.cast("int64").sum().cast("int64"),
        dual_patients=_.is_dual.cast("int64").sum().cast("int64"),
        first_month=_.first_month.max(),
    )
    history = (_MONTHS_OF_YEAR + 1 - sums.first_month).cast("int64")
    weight = (
        1.0
        + award.top_risk_weight * ratio(sums.top_risk_patients, sums.patients)
        + award.dual_weight * ratio(sums.dual_patients, sums.patients)
    )
    scaled = ratio(sums.member_months.cast("float64") * weight * award.history_months, history)
    return sums.select(
        "tin",
        "patients",
        "member_months",
        "top_risk_patients",
        "dual_patients",
        counted_year=ibis.literal(year).cast("int64"),
        months_of_history=history,
        complexity_months=half_up(scaled, _DIGITS),
    )


def _first_months(claim_line: ir.Table, year: int) -> ir.Table:
    """The month of the year in which each practice first billed."""
    lines = professional_lines(claim_line, year)
    lines = lines.filter(lines.tin.notnull())
    return lines.group_by("tin").agg(first_month=_.from_date.month().min().cast("int64"))


def _people(eligible: ir.Table, quantile: float) -> ir.Table:
    """Eligible people, and whether their risk is at the top: so many have a lower score."""
    counted = eligible.filter(eligible.is_eligible)
    scored = counted.filter(counted.risk_score.notnull())
    everybody = ibis.window()
    ranked = scored.select(
        "beneficiary_id",
        below=ibis.rank().over(ibis.window(order_by=scored.risk_score)).cast("int64"),
        people=scored.count().over(everybody).cast("int64"),
    )
    top = ranked.select(
        "beneficiary_id", is_top_risk=ratio(ranked.below, ranked.people) >= quantile
    )
    found = counted.select("beneficiary_id", "months", "is_dual")
    found = found.left_join(top, "beneficiary_id").drop("beneficiary_id_right")
    return found.mutate(is_top_risk=found.is_top_risk.fill_null(False))
