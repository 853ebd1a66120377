"""What each beneficiary cost: Part A and Part B dollars of the year, annualised."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.claims.allowed import is_allowed_line
from openp4p.engine.portable import money_sum, ratio
from openp4p.engine.stage import stage
from openp4p.program.definition import Program

_DOLLARS = "decimal(38, 2)"
_MONTHS = 12
_INSTITUTIONAL = ("INPATIENT", "SNF", "OUTPATIENT", "HHA", "HOSPICE")
_BY_LINE = ("PART_B", "DME")
# NCH claim types of claims that a managed-care plan paid
_MANAGED_CARE = ("61", "62", "63", "64")
_DENIED = "0"


@stage(
    key=("beneficiary_id",),
    columns={
        "beneficiary_id": "string",
        "months": "int64",
        "cost_dollars": _DOLLARS,
        "annualised_cost": "float64",
        "standardization": "string",
    },
)
def beneficiary_costs(
    claim: ir.Table, claim_line: ir.Table, eligible_beneficiaries: ir.Table, program: Program
) -> ir.Table:
    """One eligible beneficiary with its Part A and B dollars of the performance year.

    Institutional claims count the claim's amount, inpatient by admission date (M20); professional
    and equipment claims count their allowed lines. Part D, managed-care and denied claims are out.
    The
    standardised amount is used where it is supplied; `standardization` is supplied, partial or
    none.
    Annualised: dollars times 12 over months in A and B while alive (D17).
    """
    rows = _institutional(claim, program).union(_by_line(claim, claim_line, program))
    totals = rows.group_by("beneficiary_id").agg(
        cost=money_sum(_.amount),
        priced=_.is_standardized.sum(),
        listed=_.is_standardized.count(),
    )
    everyone = eligible_beneficiaries.filter(eligible_beneficiaries.is_eligible)
    found = everyone.select("beneficiary_id", "months", "days").left_join(totals, "beneficiary_id")
    cost = found.cost.fill_null(0).cast(_DOLLARS)
    share = {
        "months": ratio(found.months, ibis.literal(_MONTHS)),
        "days": ratio(found.days, _days_of(program.performance_year)),
    }[program.cost.annualise]
    return found.select(
        "beneficiary_id",
        "months",
        cost_dollars=cost,
        annualised_cost=ratio(cost, share),
        standardization=ibis.cases(
            (found.listed.fill_null(0) == 0, "no_claims"),
            (found.priced == found.listed, "supplied"),
            (found.priced == 0, "none"),
            else_="partial",
        ),
    )


def _institutional(claim: ir.Table, program: Program) -> ir.Table:
    day = claim.from_date
    if program.cost.claim_year == "thru_date":
        day = claim.thru_date
    day = ibis.ifelse(claim.claim_class == "INPATIENT", claim.admission_date.fill_null(day), day)
    kept = claim.filter(
        claim.claim_class.isin(_INSTITUTIONAL),
        day.year() == program.performance_year,
        claim.nonpayment_code.isnull(),
        _is_fee_for_service(claim),
    )
    return _priced(kept)


def _by_line(claim: ir.Table, claim_line: ir.Table, program: Program) -> ir.Table:
    by_line = claim.filter(claim.claim_class.isin(_BY_LINE))
    denied = by_line.filter(
        ~_is_fee_for_service(by_line) | (by_line.nonpayment_code == _DENIED).fill_null(False)
    )
    day = claim_line.from_date
    if program.cost.claim_year == "thru_date":
        day = claim_line.thru_date.fill_null(day)
    kept = claim_line.filter(
        claim_line.claim_class.isin(_BY_LINE),
        day.year() == program.performance_year,
        is_allowed_line(claim_line),
    )
    return _priced(kept.anti_join(denied, "claim_id"))


def _is_fee_for_service(claim: ir.Table) -> ir.BooleanValue:
    managed = claim.claim_type_code.isin(_MANAGED_CARE) | (claim.mco_paid == "1")
    return ~managed.fill_null(False)


def _priced(rows: ir.Table) -> ir.Table:
    return rows.select(
        "beneficiary_id",
        amount=ibis.coalesce(rows.standardized_amount, rows.allowed_amount),
        is_standardized=rows.standardized_amount.notnull().cast("int64"),
    )


def _days_of(year: int) -> ir.IntegerValue:
    first, last = ibis.date(f"{year}-01-01"), ibis.date(f"{year}-12-31")
    return (last.delta(first, unit="day") + 1).cast("int64")
