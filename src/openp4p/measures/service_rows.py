"""Every claim and line of Part A and B that can cost something, before it is named and priced."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.claims.allowed import is_allowed_line, is_fee_for_service
from openp4p.engine.portable import money_sum
from openp4p.program.definition import Program

OUTPATIENT = "OUTPATIENT"
INPATIENT = "INPATIENT"
INSTITUTIONAL = (INPATIENT, "SNF", OUTPATIENT, "HHA", "HOSPICE")
PROFESSIONAL, EQUIPMENT = "PART_B", "DME"
BY_LINE = (PROFESSIONAL, EQUIPMENT)
_DENIED = "0"
_MONEY = "decimal(18, 2)"
_LINE = (
    *("hcpcs_code", "revenue_code", "specialty", "place_of_service"),
    *("modifier_1", "modifier_2", "modifier_3", "modifier_4"),
)
_COLUMNS = {
    "claim_id": "string",
    "line_number": "int64",
    "beneficiary_id": "string",
    "claim_class": "string",
    "from_day": "date",
    "thru_day": "date",
    "in_year": "boolean",
    "service_day": "date",
    "tin": "string",
    "npi": "string",
    **dict.fromkeys(_LINE, "string"),
    "units": "float64",
    "bill_type": "string",
    "drg": "string",
    "discharge_status": "string",
    "facility_type": "string",
    "is_maryland": "boolean",
    "allowed_amount": _MONEY,
    "standardized_amount": _MONEY,
}


def all_rows(
    claim: ir.Table, claim_line: ir.Table, inpatient_stays: ir.Table, program: Program
) -> ir.Table:
    """Every row once: facility claims, outpatient claims whole or split, professional lines."""
    facility = facility_rows(claim, inpatient_stays, program)
    whole, split, _unsplit = outpatient_rows(claim, claim_line, inpatient_stays, program)
    lines = line_rows(claim, claim_line, inpatient_stays, program)
    return facility.union(whole).union(split).union(lines)


def facility_rows(claim: ir.Table, inpatient_stays: ir.Table, program: Program) -> ir.Table:
    """The facility claims that are counted whole, all but the outpatient ones."""
    kept = _claims(claim, inpatient_stays, program)
    kept = kept.filter(kept.claim_class != OUTPATIENT)
    hospitals = inpatient_stays.group_by(patient="beneficiary_id", hospital="ccn").agg(
        facility_type=_.facility_type.min(), is_maryland=_.is_maryland.any()
    )
    theirs = (kept.beneficiary_id == hospitals.patient) & (kept.ccn == hospitals.hospital)
    is_there = (kept.claim_class == INPATIENT) & theirs
    return _rows(kept.left_join(hospitals, is_there))


def outpatient_rows(
    claim: ir.Table, claim_line: ir.Table, inpatient_stays: ir.Table, program: Program
) -> tuple[ir.Table, ir.Table, ir.Table]:
    """Outpatient claims counted whole; the lines of those that are split; the other lines.

    The money of an outpatient claim is on the claim. It is split when the amounts of the lines add
    up to it to the cent; the standardised ones, where the claim has one.
    """
    kept = _claims(claim, inpatient_stays, program)
    kept = kept.filter(kept.claim_class == OUTPATIENT)
    lines = claim_line.filter(claim_line.claim_class == OUTPATIENT)
    sums = lines.group_by(of="claim_id").agg(
        allowed_sum=money_sum(_.allowed_amount), standardized_sum=money_sum(_.standardized_amount)
    )
    found = kept.left_join(sums, kept.claim_id == sums.of)
    adds_up = ibis.ifelse(
        found.standardized_amount.notnull(),
        found.standardized_sum == found.standardized_amount,
        found.allowed_sum == found.allowed_amount,
    ).fill_null(False)
    whole, split = found.filter(~adds_up), found.filter(adds_up)
    return _rows(whole), _parts(lines, split), _parts(lines, whole)


def _parts(lines: ir.Table, of: ir.Table) -> ir.Table:
    """The lines of these claims, dated as their claims are."""
    claims = of.select(
        "claim_id",
        "from_day",
        "thru_day",
        "in_year",
        "bill_type",
        has_standard=of.standardized_amount.notnull(),
    )
    parts = lines.inner_join(claims, "claim_id")
    standard = parts.standardized_amount
    parts = parts.mutate(
        # a line without a standardised amount has no part in a claim that has one
        standardized_amount=ibis.ifelse(parts.has_standard, standard.fill_null(0), standard),
        service_day=parts.from_date,
        # what a facility bills is no practice's
        tin=ibis.null("string"),
    )
    return _rows(parts)


def line_rows(
    claim: ir.Table, claim_line: ir.Table, inpatient_stays: ir.Table, program: Program
) -> ir.Table:
    """The allowed lines of professional and equipment claims that were not denied whole."""
    lines = counted_lines(claim, claim_line)
    through = lines.thru_date.fill_null(lines.from_date)
    dated = lines.mutate(from_day=lines.from_date, thru_day=through, service_day=lines.from_date)
    return _rows(_within(dated, inpatient_stays, program))


def counted_lines(claim: ir.Table, claim_line: ir.Table) -> ir.Table:
    """Lines of professional and equipment claims that Medicare allowed, on any day."""
    by_line = claim.filter(claim.claim_class.isin(BY_LINE))
    denied = by_line.filter(
        ~is_fee_for_service(by_line) | (by_line.nonpayment_code == _DENIED).fill_null(False)
    )
    allowed = claim_line.filter(claim_line.claim_class.isin(BY_LINE), is_allowed_line(claim_line))
    return allowed.anti_join(denied, "claim_id")


def counted_claims(claim: ir.Table) -> ir.Table:
    """Facility claims that Medicare paid, on any day."""
    return claim.filter(
        claim.claim_class.isin(INSTITUTIONAL),
        claim.nonpayment_code.isnull(),
        is_fee_for_service(claim),
    )


def _claims(claim: ir.Table, inpatient_stays: ir.Table, program: Program) -> ir.Table:
    """Counted facility claims; an inpatient claim begins with the admission (M20)."""
    kept = counted_claims(claim)
    admitted = kept.admission_date.fill_null(kept.from_date)
    first = ibis.ifelse(kept.claim_class == INPATIENT, admitted, kept.from_date)
    dated = kept.mutate(from_day=first, thru_day=kept.thru_date, service_day=kept.from_date)
    return _within(dated, inpatient_stays, program)


def _within(dated: ir.Table, inpatient_stays: ir.Table, program: Program) -> ir.Table:
    """Rows of the year (M20), and earlier ones that an episode of the same person reaches."""
    year = program.performance_year
    january, december = ibis.date(f"{year}-01-01"), ibis.date(f"{year}-12-31")
    ended = inpatient_stays.filter(
        inpatient_stays.is_acute,
        inpatient_stays.discharge_date >= january,
        inpatient_stays.discharge_date <= december,
    )
    before = ibis.interval(days=program.episodes.days_before)
    stays = ended.group_by(of="beneficiary_id").agg(first=_.admission_date.min())
    stays = stays.mutate(reach=(stays.first - before).cast("date")).filter(_.reach < january)
    # hardly anybody's episode reaches back into the year before
    found = dated.left_join(stays, dated.beneficiary_id == stays.of)
    day = {"from_date": found.from_day, "thru_date": found.thru_day}[program.cost.claim_year]
    in_year = (day >= january) & (day <= december)
    reached = (found.from_day >= found.reach.fill_null(january)) & (found.from_day <= december)
    return found.mutate(in_year=in_year).filter(in_year | reached).drop("of", "first", "reach")


def _rows(found: ir.Table) -> ir.Table:
    """The columns of a row: what a claim or a line does not say is missing."""
    found = found.mutate(
        **{c: ibis.null(t) for c, t in _COLUMNS.items() if c not in (*found.columns, "line_number")}
    )
    if "line_number" not in found.columns:
        found = found.mutate(line_number=ibis.literal(0).cast("int64"))
    return found.select(*_COLUMNS)
