"""What each beneficiary cost: Part A and Part B dollars of the year, annualised."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir

from openp4p.engine.portable import money_sum, ratio
from openp4p.engine.stage import stage
from openp4p.program.definition import Program

_DOLLARS = "decimal(38, 2)"
_MONTHS = 12


@stage(
    key=("beneficiary_id",),
    each="beneficiary_id",
    columns={
        "beneficiary_id": "string",
        "months": "int64",
        "cost_dollars": _DOLLARS,
        "annualised_cost": "float64",
        "standardization": "string",
        "is_standardized": "boolean",
    },
)
def beneficiary_costs(
    service_costs: ir.Table, eligible_beneficiaries: ir.Table, program: Program
) -> ir.Table:
    """One eligible beneficiary with its Part A and B dollars of the performance year.

    The sum of the beneficiary's service costs of the year. `standardization` says how its dollars
    were priced: supplied, schedule, national_mean, none (as allowed), partial (in several ways), or
    no_claims (no dollars); `is_standardized` that none of them stand as they were allowed.
    Annualised: dollars times 12 over months in A and B while alive, at least one (D17; the
    alternative: times the days of the year over days).
    """
    rows = service_costs.filter(service_costs.in_year)
    # a row of zero dollars needs no price
    has_dollars = rows.amount != 0
    totals = rows.group_by("beneficiary_id").agg(
        cost=money_sum(rows.amount),
        first=rows.standardization.min(where=has_dollars),
        last=rows.standardization.max(where=has_dollars),
        unpriced=(rows.standardization == "none").sum(where=has_dollars),
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
            (found["first"].isnull(), "no_claims"),
            (found["first"] == found["last"], found["first"]),
            else_="partial",
        ),
        is_standardized=found.unpriced.fill_null(0) == 0,
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
