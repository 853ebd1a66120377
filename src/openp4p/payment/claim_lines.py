"""The modifier on claim lines: the Medicare-paid amount changes, cost sharing does not."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import ibis
import ibis.expr.types as ir

from openp4p.engine.portable import FRACTION, MONEY, share_of_money
from openp4p.engine.stage import stage
from openp4p.payment.lines import payable_lines
from openp4p.program.definition import Program

_WHOLE = ibis.literal(1).cast(FRACTION)


@stage(
    key=("claim_id", "line_number"),
    each="beneficiary_id",
    columns={
        "claim_id": "string",
        "line_number": "int64",
        "tin": "string",
        "npi": "string",
        "service_date": "date",
        "hcpcs_code": "string",
        "paid_before": MONEY,
        "adjustment_fraction": FRACTION,
        "paid_after": MONEY,
        "adjustment_amount": MONEY,
        "sequestered_amount": MONEY,
    },
)
def adjusted_claim_lines(
    claim_line: ir.Table,
    payments: ir.Table,
    payable_clinicians: ir.Table,
    specialties: ir.Table,
    fee_schedule_codes: ir.Table,
    program: Program,
) -> ir.Table:
    """One claim line whose Medicare payment the modifier changes, before and after.

    The paid amount of the claim is taken as before sequestration. `sequestered_amount` is what
    sequestration takes from the line; the modifier comes first (D29; the alternative takes
    sequestration first). What is paid is rounded half up to the cent at each step, and the amounts
    are its changes. Lines of practices without an adjustment are not listed.
    """
    lines = payable_lines(claim_line, payable_clinicians, specialties, fee_schedule_codes, program)
    moved = payments.filter(payments.adjustment_fraction != 0).select("tin", "adjustment_fraction")
    lines = lines.filter(lines.paid_amount.fill_null(0) != 0)
    found = lines.inner_join(moved, "tin")
    before = found.paid_amount.cast(MONEY)
    modifier = _WHOLE + found.adjustment_fraction
    kept = 1 + Decimal(str(program.payment.sequestration))
    sequestration = ibis.literal(kept, FRACTION)
    if program.payment.line_order == "modifier_then_sequestration":
        unmodified, after = before, share_of_money(before, modifier)
        sequestered = share_of_money(after, sequestration) - after
    else:
        unmodified = share_of_money(before, sequestration)
        sequestered, after = unmodified - before, share_of_money(unmodified, modifier)
    change = after - unmodified
    return found.select(
        "claim_id",
        "line_number",
        "tin",
        "npi",
        "hcpcs_code",
        "adjustment_fraction",
        service_date=found.from_date,
        paid_before=before,
        paid_after=after,
        adjustment_amount=change.cast(MONEY),
        sequestered_amount=sequestered.cast(MONEY),
    )


def line_payment(
    allowed: Decimal,
    deductible: Decimal,
    fraction: Decimal,
    program: Program,
    *,
    pqrs: bool,
    ehr: bool,
) -> dict[str, Decimal]:
    """What Medicare and the beneficiary pay of one line, step by step, in dollars (D29).

    The PQRS and EHR adjustments lower the fee schedule amount and so the cost sharing too; the
    modifier and sequestration change only what Medicare pays. Each step is rounded to the cent.
    """
    rule = program.payment
    lowered = (Decimal(str(rule.pqrs_percent)) if pqrs else Decimal(0)) + (
        Decimal(str(rule.ehr_percent)) if ehr else Decimal(0)
    )
    fee = _cents(allowed * (1 + lowered))
    coinsurance = _cents((fee - deductible) * Decimal(str(rule.coinsurance)))
    before = fee - deductible - coinsurance
    modifier, sequestration = 1 + fraction, 1 + Decimal(str(rule.sequestration))
    if rule.line_order == "modifier_then_sequestration":
        after = _cents(before * modifier)
        out = _cents(after * sequestration)
    else:
        after = _cents(_cents(before * sequestration) * modifier)
        out = after
    return {
        "allowed": fee,
        "beneficiary": deductible + coinsurance,
        "paid_before": before,
        "paid_after": after,
        "paid_out": out,
    }


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
