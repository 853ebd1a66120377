"""Which lines Medicare allowed, and which of them are professional services of the year."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

# CMS, DE-SynPUF Codebook, Appendix 2: the rule behind the annual carrier totals
_ALLOWED = "A"
_ALLOWED_WHEN_CHARGED = ("R", "S")
PROFESSIONAL = "PART_B"
# NCH claim types of claims that a managed-care plan paid
_MANAGED_CARE = ("61", "62", "63", "64")
_PAID_BY_PLAN = "1"


def is_allowed_line(claim_line: ir.Table) -> ir.BooleanValue:
    """True for a line that Medicare allowed; a source without indicators has filtered already."""
    indicator = claim_line["processing_indicator"]
    charged = claim_line["allowed_amount"].fill_null(0) > 0
    allowed = (indicator == _ALLOWED) | (indicator.isin(_ALLOWED_WHEN_CHARGED) & charged)
    return ibis.ifelse(indicator.isnull(), ibis.literal(True), allowed)


def is_fee_for_service(claim: ir.Table) -> ir.BooleanValue:
    """True for a claim that no managed-care plan paid."""
    managed = claim.claim_type_code.isin(_MANAGED_CARE) | (claim.mco_paid == _PAID_BY_PLAN)
    return ~managed.fill_null(False)


def professional_lines(claim_line: ir.Table, year: int) -> ir.Table:
    """The allowed carrier lines with a first day of service in the calendar year."""
    return claim_line.filter(
        claim_line["claim_class"] == PROFESSIONAL,
        claim_line["from_date"] >= ibis.date(f"{year}-01-01"),
        claim_line["from_date"] <= ibis.date(f"{year}-12-31"),
        is_allowed_line(claim_line),
    )
