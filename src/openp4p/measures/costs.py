"""What each beneficiary cost: Part A and Part B dollars of the year, annualised."""

from __future__ import annotations

import datetime as dt

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

    Facility claims count the claim's amount, by their first day, inpatient by the admission;
    professional and equipment claims count their allowed lines, by the first day of the line (M20;
    the alternative takes the last day of each). Part D, managed-care and denied claims are out.
    The standardised amount is used where it is supplied; `standardization` is supplied, partial,
    none, or no_claims. Annualised: dollars times 12 over months in A and B while alive, at least
    one (D17; the alternative: times the days of the year over days).
    """
    rows = _institutional(claim, program).union(_by_line(claim, claim_line, program))
    totals = rows.group_by("beneficiary_id").agg(
        cost=money_sum(_.amount),
        priced=_.is_standardized.sum(),
        listed=_.is_standardized.count(),
    )
    everyone = eligible_beneficiaries.filter(eligible_beneficiaries.is_eligible)
    found = everyone.select("beneficiary_id", "months", "days").left_join(totals, "beneficiary_id")
    # a beneficiary without claims cost nothing
    cost = found.cost.fill_null(0).cast(_DOLLARS)
    return found.select(
        "beneficiary_id",
        "months",
        cost_dollars=cost,
        annualised_cost=_annualised(found, cost, program),
        standardization=ibis.cases(
            (found.listed.fill_null(0) == 0, "no_claims"),
            (found.priced == found.listed, "supplied"),
            (found.priced == 0, "none"),
            else_="partial",
        ),
    )


def _institutional(claim: ir.Table, program: Program) -> ir.Table:
    admitted = claim.admission_date.fill_null(claim.from_date)
    first_day = ibis.ifelse(claim.claim_class == "INPATIENT", admitted, claim.from_date)
    day = {"from_date": first_day, "thru_date": claim.thru_date}[program.cost.claim_year]
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
    amount = ibis.coalesce(rows.standardized_amount, rows.allowed_amount)
    return rows.filter(amount.notnull()).select(
        "beneficiary_id",
        amount=amount,
        is_standardized=rows.standardized_amount.notnull().cast("int64"),
    )


def _annualised(found: ir.Table, cost: ir.DecimalValue, program: Program) -> ir.FloatingValue:
    year = program.performance_year
    days_of_year = (dt.date(year + 1, 1, 1) - dt.date(year, 1, 1)).days
    whole, part = {
        "months": (_MONTHS, found.months),
        "days": (days_of_year, found.days),
    }[program.cost.annualise]
    counted = ibis.greatest(part, ibis.literal(1).cast("int64"))
    return ratio(cost.cast("float64") * float(whole), counted)
