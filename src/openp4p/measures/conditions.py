"""Who has which chronic condition, by the algorithms of the Chronic Conditions Warehouse (CCW)."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.claims.allowed import PROFESSIONAL, is_allowed_line, is_fee_for_service
from openp4p.engine.stage import stage
from openp4p.program.definition import Program

_MONTHS = 12
# the rule tables hold the algorithms of the version that was chosen; each row says which it was
_ALGORITHMS = {"ccw_flags": "ccw_27", "ccw_30": "ccw_30"}
_FACILITIES = ("INPATIENT", "SNF", "OUTPATIENT", "HHA")
_DENIED = "0"


@stage(
    key=("beneficiary_id", "condition"),
    each="beneficiary_id",
    columns={
        "beneficiary_id": "string",
        "condition": "string",
        "facility_claims": "int64",
        "other_claims": "int64",
        "claims_enough_alone": "int64",
        "days_of_other_claims": "int64",
        "first_date": "date",
        "last_date": "date",
        "has_condition": "boolean",
        "algorithm": "string",
    },
)
def beneficiary_conditions(
    claim: ir.Table,
    claim_line: ir.Table,
    diagnosis: ir.Table,
    betos_codes: ir.Table,
    condition_rules: ir.Table,
    condition_codes: ir.Table,
    program: Program,
) -> ir.Table:
    """One condition of one beneficiary for which there is evidence, enough or not.

    Evidence: a claim with a code of the condition in any position, of a kind that the condition
    accepts, in its look-back, which ends on 31 December of the performance year (D18). A facility's
    claim is dated by its last day, a professional's by the last of its allowed lines that are not
    ambulance, equipment or laboratory; without any such line it is none. One claim of a kind of
    which one is enough (`claims_enough_alone`) makes the condition, or claims of the other kinds on
    as many different days (`days_of_other_claims`) as it needs. Denied and managed-care claims are
    out. `algorithm`: ccw_27 or ccw_30.
    """
    named = _named(diagnosis, condition_codes)
    claims, lines = (table.semi_join(named, "claim_id") for table in (claim, claim_line))
    dated = _facility_claims(claims).union(
        _professional_claims(claims, lines, betos_codes, program)
    )
    found = named.inner_join(dated, "claim_id").inner_join(
        condition_rules, ["condition", "claim_class"]
    )
    found = found.filter(_in_lookback(found, program))
    need = ["beneficiary_id", "condition", "claims_needed"]
    # by day first: days are counted in rows, which go to disk where they are too many to hold
    by_day = found.group_by([*need, "day"]).agg(
        facility_claims=(_.claim_class != PROFESSIONAL).sum(),
        other_claims=(_.claim_class == PROFESSIONAL).sum(),
        claims=_.count(),
    )
    by_need = by_day.group_by(need).agg(
        facility_claims=_.facility_claims.sum(),
        other_claims=_.other_claims.sum(),
        claims=_.claims.sum(),
        days=_.count(),
        first_date=_.day.min(),
        last_date=_.day.max(),
    )
    is_alone = by_need.claims_needed == 1
    by_need = by_need.mutate(
        alone=ibis.ifelse(is_alone, by_need.claims, 0),
        others=ibis.ifelse(is_alone, 0, by_need.days),
        is_enough=by_need.days >= by_need.claims_needed,
    )
    found = by_need.group_by(["beneficiary_id", "condition"]).agg(
        facility_claims=_.facility_claims.sum().cast("int64"),
        other_claims=_.other_claims.sum().cast("int64"),
        claims_enough_alone=_.alone.sum().cast("int64"),
        days_of_other_claims=_.others.max().cast("int64"),
        first_date=_.first_date.min(),
        last_date=_.last_date.max(),
        has_condition=_.is_enough.max(),
    )
    return found.mutate(algorithm=ibis.literal(_ALGORITHMS[program.cost.condition_flags]))


def _named(diagnosis: ir.Table, condition_codes: ir.Table) -> ir.Table:
    """The conditions that each claim names, whatever the position of the code."""
    listed = diagnosis.inner_join(condition_codes, ["icd_version", "code"])
    return listed.select("claim_id", "condition").distinct()


def _facility_claims(claim: ir.Table) -> ir.Table:
    kept = claim.filter(
        claim.claim_class.isin(_FACILITIES),
        claim.nonpayment_code.isnull(),
        is_fee_for_service(claim),
    )
    return kept.select("claim_id", "beneficiary_id", "claim_class", day=kept.thru_date)


def _professional_claims(
    claim: ir.Table, claim_line: ir.Table, betos_codes: ir.Table, program: Program
) -> ir.Table:
    """Professional claims with their last day of care; those that list no lines by themselves."""
    kept = claim.filter(
        claim.claim_class == PROFESSIONAL,
        (claim.nonpayment_code != _DENIED).fill_null(True),
        is_fee_for_service(claim),
    )
    lines = claim_line.left_join(betos_codes, "hcpcs_code")
    # a claim of nothing but these says little of who is ill
    others = sorted(program.cost.condition_excluded_services)
    is_care = ~ibis.or_(*[lines.betos.startswith(kind).fill_null(False) for kind in others])
    in_time = lines.from_date.year() <= program.performance_year
    care = lines.mutate(counts=is_care & in_time & is_allowed_line(lines))
    days = care.group_by("claim_id").agg(last_line=_.from_date.max(where=_.counts), lines=_.count())
    found = kept.left_join(days, "claim_id")
    day = ibis.ifelse(found.lines.isnull(), found.thru_date, found.last_line)
    found = found.select("claim_id", "beneficiary_id", "claim_class", day=day)
    return found.filter(found.day.notnull())


def _in_lookback(found: ir.Table, program: Program) -> ir.BooleanValue:
    """True from the first day of the look-back to the end of the performance year."""
    year = found.day.year().cast("int64")
    months_left = (program.performance_year - year) * _MONTHS + _MONTHS - found.day.month()
    return (year <= program.performance_year) & (months_left < found.lookback_months)
