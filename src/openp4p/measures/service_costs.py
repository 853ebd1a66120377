"""What each claim and line cost: named by category, priced, and dated for whoever adds it up."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from openp4p.engine.portable import MONEY, half_up
from openp4p.engine.stage import stage
from openp4p.measures.categories import categorised, categorised_whole
from openp4p.measures.price_cells import with_mean_price
from openp4p.measures.prices import placed, with_schedule
from openp4p.measures.service_rows import facility_rows, line_rows, outpatient_rows
from openp4p.program.definition import Program

_CENTS = 2


@stage(
    key=("claim_id", "line_number"),
    each="beneficiary_id",
    columns={
        "claim_id": "string",
        "line_number": "int64",
        "beneficiary_id": "string",
        "claim_class": "string",
        "from_day": "date",
        "thru_day": "date",
        "in_year": "boolean",
        "tin": "string",
        "npi": "string",
        "hcpcs_code": "string",
        "betos": "string",
        "category": "string",
        "allowed_amount": MONEY,
        "amount": MONEY,
        "standardization": "string",
    },
)
def service_costs(
    claim: ir.Table,
    claim_line: ir.Table,
    inpatient_stays: ir.Table,
    hospital_days: ir.Table,
    service_codes: ir.Table,
    facility_places: ir.Table,
    price_schedule: ir.Table,
    price_cells: ir.Table,
    price_totals: ir.Table,
    program: Program,
) -> ir.Table:
    """One claim or line with the Part A and B dollars it cost; line 0 is a claim counted whole.

    Professional and equipment claims count their allowed lines; facility claims count the claim's
    amount, an outpatient one by its lines where these add up to it. Part D, managed-care and denied
    claims are out. `in_year`: in the performance year by the first day, inpatient by the admission
    (M20; the alternative takes the last day). Earlier rows are those that an episode of the same
    person that ends in the year reaches. `amount` is the standardised amount where it is supplied,
    else the price of a supplied schedule, else (where asked for) the national mean price, else the
    allowed amount: `standardization` says which: supplied, schedule, national_mean, none (M22).
    """
    whole, split, others = outpatient_rows(claim, claim_line, inpatient_stays, program)
    single = (
        facility_rows(claim, inpatient_stays, program)
        .union(split)
        .union(line_rows(claim, claim_line, inpatient_stays, program))
    )
    named = categorised(single, hospital_days, service_codes)
    of_whole = categorised_whole(whole, categorised(others, hospital_days, service_codes))
    rows = placed(named.union(of_whole), facility_places)
    rows = with_schedule(rows, price_schedule)
    return _standardised(rows, price_cells, price_totals, program).select(*service_costs.columns)


def _standardised(
    rows: ir.Table, price_cells: ir.Table, price_totals: ir.Table, program: Program
) -> ir.Table:
    """The rows with `amount` and `standardization`; a row without any amount is left out."""
    mean_amount = ibis.null(MONEY)
    if program.cost.standardization == "national_mean_price":
        totals = price_totals.select("factor", of_class="claim_class")
        rows = with_mean_price(rows, price_cells, program)
        rows = rows.left_join(totals, rows.claim_class == totals.of_class)
        dollars = rows.priced_units * rows.mean_price * rows.factor
        mean_amount = half_up(dollars, _CENTS).cast(MONEY)
    steps = {
        "supplied": rows.standardized_amount,
        "schedule": rows.schedule_amount,
        "national_mean": mean_amount,
        "none": rows.allowed_amount,
    }
    found = rows.mutate(
        amount=ibis.coalesce(*steps.values()),
        standardization=ibis.cases(
            *((value.notnull(), name) for name, value in steps.items()), else_=ibis.null("string")
        ),
    )
    return found.filter(found.amount.notnull())
