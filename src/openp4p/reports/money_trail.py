"""Where the money of the claims went: each table that holds it, held against the claims.

Every row of a claim's money is in the table, with the same dollars, or has a reason not to be. The
reasons are read here from the claims themselves, apart from the stages that made the tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.claims.allowed import PROFESSIONAL, is_allowed_line, is_fee_for_service
from openp4p.reports.facts import rows_of
from openp4p.results import Run

BY_LINE = (PROFESSIONAL, "DME")
INPATIENT, OUTPATIENT, DRUGS = "INPATIENT", "OUTPATIENT", "PDE"
OUTSIDE = "outside the performance year"
_KEY = ("claim_id", "line_number")
_MONEY = "decimal(38, 2)"
_HUNDRED = 100
_DENIED = "0"
_WHOLE = 0


@dataclass(frozen=True)
class Trail:
    """One table and the money of the claims in it.

    `rows` has a row for each claim class, month and reason (null: in the table): dollars of the
    claims, dollars found, and how many rows are lost, changed, or there without a claim.
    """

    table: str
    rows: list[dict[str, Any]]

    @property
    def astray(self) -> list[dict[str, Any]]:
        """The claim classes and months in which money was lost, changed or made."""
        return [r for r in self.rows if r["lost"] or r["changed"] or r["made"] or _differs(r)]

    @property
    def agrees(self) -> bool:
        """Whether every dollar of the claims is in the table or has a reason not to be."""
        return not self.astray

    @property
    def dollars(self) -> Decimal:
        """The dollars of the claims."""
        return sum((row["dollars"] for row in self.rows), Decimal(0))

    @property
    def found(self) -> Decimal:
        """The dollars in the table."""
        return sum((row["found"] for row in self.rows), Decimal(0))

    @property
    def reasons(self) -> dict[str, Decimal]:
        """The dollars of the claims that are not in the table, by reason."""
        sums: dict[str, Decimal] = {}
        for row in self.rows:
            if row["reason"] is not None:
                sums[row["reason"]] = sums.get(row["reason"], Decimal(0)) + row["dollars"]
        return sums


def money_trails(run: Run) -> Iterator[Trail]:
    """Every table that holds money of claims; none for a run that has no claims.

    Awards are paid beside the claims: a run of them changes no line, so none is followed there.
    """
    if not run.given_names & {"claim"}:
        return
    yield stored(run)
    held = {
        "service_costs": _of_service_costs(run),
        "inpatient_stays": _of_stays(run),
        "primary_care_services": _of_primary_care(run),
        "beneficiary_costs": _of_beneficiaries(run),
    }
    if run.program.award is None:
        held["paid_amounts"] = _of_adjusted_lines(run)
    for table, (rows, there) in held.items():
        yield Trail(table, rows_of(run, trail(rows, there)))


def trail(rows: ir.Table, there: ir.Table) -> ir.Table:
    """The rows of claims held against those of a table, by claim class, month and reason.

    `rows` has the key, claim_class, year_month, dollars and the reason for which a row may be
    absent; `there` the key and dollars.
    """
    theirs = there.select(*_KEY, found=there.dollars.cast(_MONEY), is_there=ibis.literal(True))
    both = rows.outer_join(theirs, _KEY)
    is_there, is_claim = both.is_there.fill_null(False), both.claim_id.notnull()
    told = both.mutate(
        found=both.found.fill_null(0),
        dollars=both.dollars.fill_null(0),
        reason=ibis.ifelse(is_there, ibis.null("string"), both.reason),
        lost=is_claim & ~is_there & both.reason.isnull(),
        changed=is_claim & is_there & (both.found.fill_null(0) != both.dollars.fill_null(0)),
        made=~is_claim,
    )
    sums = told.group_by("claim_class", "year_month", "reason").agg(
        dollars=_.dollars.sum().cast(_MONEY),
        found=_.found.sum().cast(_MONEY),
        lost=_.lost.sum(),
        changed=_.changed.sum(),
        made=_.made.sum(),
    )
    return sums.order_by("claim_class", "year_month", "reason")


def stored(run: Run) -> Trail:
    """The claims and lines as stored, against the dollars that intake counted as used."""
    sums = []
    for name in ("claim", "claim_line"):
        table = run.table(name)
        amounts = table.group_by("claim_class", year_month=_month(table.from_date)).agg(
            dollars=_.paid_amount.sum().cast(_MONEY)
        )
        sums += [{**row, "table_name": name} for row in rows_of(run, amounts)]
    kept = {(r["table_name"], r["claim_class"], r["year_month"]): r["dollars"] or 0 for r in sums}
    rows = [
        {
            "claim_class": row["claim_class"],
            "year_month": row["year_month"],
            "reason": None,
            "dollars": row["dollars_used"],
            "found": kept.get((row["table_name"], row["claim_class"], row["year_month"]), 0),
            **dict.fromkeys(("lost", "changed", "made"), 0),
        }
        for row in run.rows("accounting_money")
        # what is set aside for its class or date has no place among the tables
        if row["dollars_used"]
    ]
    return Trail("claim, claim_line", rows)


def _differs(row: dict[str, Any]) -> bool:
    return row["reason"] is None and row["dollars"] != row["found"]


def _month(day: ir.DateValue) -> ir.IntegerValue:
    return (day.year() * _HUNDRED + day.month()).cast("int64")


def _in_year(run: Run, day: ir.DateValue) -> ir.BooleanValue:
    year = run.program.performance_year
    return (day >= ibis.date(f"{year}-01-01")) & (day <= ibis.date(f"{year}-12-31"))


def _listed(rows: ir.Table) -> ir.Table:
    """What `trail` takes of a claim's row; of several rows with one key, the sum."""
    return rows.select(*_KEY, "claim_class", "year_month", "dollars", "reason")


def _of_service_costs(run: Run) -> tuple[ir.Table, ir.Table]:
    """Facility claims whole, professional and equipment claims by line, at allowed amounts."""
    costs = run.table("service_costs")
    by_line = costs.claim_class.isin(BY_LINE)
    there = costs.group_by(
        "claim_id", line_number=ibis.ifelse(by_line, costs.line_number, _WHOLE).cast("int64")
    ).agg(dollars=_.allowed_amount.sum())
    return _facilities(run).union(_lines(run)), there


def _facilities(run: Run) -> ir.Table:
    claim, lines = run.table("claim"), run.table("claim_line")
    sums = lines.group_by(of="claim_id").agg(
        allowed_sum=_.allowed_amount.sum(), standardized_sum=_.standardized_amount.sum()
    )
    found = claim.filter(~claim.claim_class.isin(BY_LINE))
    found = found.left_join(sums, found.claim_id == sums.of)
    # an outpatient claim whose lines add up is counted by them
    adds_up = (found.claim_class == OUTPATIENT) & (
        found.standardized_sum == found.standardized_amount
    ).fill_null(False)
    admitted = found.admission_date.fill_null(found.from_date)
    first = ibis.ifelse(found.claim_class == INPATIENT, admitted, found.from_date)
    day = {"from_date": first, "thru_date": found.thru_date}[run.program.cost.claim_year]
    reason = ibis.cases(
        (found.claim_class == DRUGS, "Part D is not counted"),
        (~is_fee_for_service(found), "paid by a managed-care plan"),
        (found.nonpayment_code.notnull(), "not paid by Medicare"),
        (~_in_year(run, day), OUTSIDE),
        (found.allowed_amount.isnull() & found.standardized_amount.isnull(), "no amount"),
        else_=ibis.null("string"),
    )
    return _listed(
        found.mutate(
            line_number=ibis.literal(_WHOLE).cast("int64"),
            year_month=_month(first),
            dollars=ibis.ifelse(adds_up, found.allowed_sum, found.allowed_amount).cast(_MONEY),
            reason=reason,
        )
    )


def _lines(run: Run) -> ir.Table:
    claim, lines = run.table("claim"), run.table("claim_line")
    taken_back = claim.filter(
        ~is_fee_for_service(claim) | (claim.nonpayment_code == _DENIED).fill_null(False)
    ).select(of="claim_id")
    found = lines.filter(lines.claim_class.isin(BY_LINE))
    found = found.left_join(taken_back, found.claim_id == taken_back.of)
    last = found.thru_date.fill_null(found.from_date)
    day = {"from_date": found.from_date, "thru_date": last}[run.program.cost.claim_year]
    reason = ibis.cases(
        (found.of.notnull(), "the claim was denied or paid by a managed-care plan"),
        (~is_allowed_line(found), "the line was not allowed"),
        (~_in_year(run, day), OUTSIDE),
        (found.allowed_amount.isnull() & found.standardized_amount.isnull(), "no amount"),
        else_=ibis.null("string"),
    )
    return _listed(
        found.mutate(
            year_month=_month(found.from_date),
            dollars=found.allowed_amount.cast(_MONEY),
            reason=reason,
        )
    )


def _of_stays(run: Run) -> tuple[ir.Table, ir.Table]:
    """Inpatient claims by stay, at what Medicare paid."""
    claim = run.table("claim").filter(_.claim_class == INPATIENT)
    of_stay = run.table("stay_claims").select(of="claim_id", stay="stay_id")
    found = claim.left_join(of_stay, claim.claim_id == of_stay.of)
    reason = ibis.cases(
        (~is_fee_for_service(found), "paid by a managed-care plan"),
        (found.nonpayment_code.notnull(), "not paid by Medicare"),
        else_=ibis.null("string"),
    )
    named = found.select(
        claim_id=found.stay.fill_null(found.claim_id),
        year_month=_month(found.admission_date.fill_null(found.from_date)),
        dollars=found.paid_amount,
        reason=ibis.ifelse(found.of.notnull(), ibis.null("string"), reason),
    )
    rows = named.group_by("claim_id", "reason").agg(
        year_month=_.year_month.min(), dollars=_.dollars.sum().cast(_MONEY)
    )
    stays = run.table("inpatient_stays")
    return (
        _listed(rows.mutate(line_number=_zero(), claim_class=ibis.literal(INPATIENT))),
        stays.select(claim_id="stay_id", line_number=_zero(), dollars="paid_amount"),
    )


def _of_primary_care(run: Run) -> tuple[ir.Table, ir.Table]:
    """Professional lines at the charge that attribution counts."""
    lines = run.table("claim_line").filter(_.claim_class == PROFESSIONAL)
    codes = run.table("primary_care_codes").select(known="hcpcs_code").distinct()
    found = lines.left_join(codes, lines.hcpcs_code == codes.known)
    charge = found[run.program.attribution.charge_field]
    reason = ibis.cases(
        (~is_allowed_line(found), "the line was not allowed"),
        (~_in_year(run, found.from_date), OUTSIDE),
        (found.known.isnull(), "no primary care service"),
        (found.tin.isnull(), "no TIN"),
        (~(charge > 0).fill_null(False), "no charge"),
        else_=ibis.null("string"),
    )
    rows = found.mutate(year_month=_month(found.from_date), dollars=charge.cast(_MONEY))
    services = run.table("primary_care_services")
    return _listed(rows.mutate(reason=reason)), services.select(*_KEY, dollars="charge")


def _of_beneficiaries(run: Run) -> tuple[ir.Table, ir.Table]:
    """Service costs of the year by beneficiary, of all classes together."""
    costs = run.table("service_costs").filter(_.in_year)
    people = run.table("eligible_beneficiaries").filter(_.is_eligible).select(of="beneficiary_id")
    sums = costs.group_by(claim_id="beneficiary_id").agg(dollars=_.amount.sum().cast(_MONEY))
    found = sums.left_join(people, sums.claim_id == people.of)
    year = ibis.literal(run.program.performance_year).cast("int64")
    not_eligible = ibis.literal("the beneficiary is not eligible")
    rows = found.mutate(
        line_number=_zero(),
        claim_class=ibis.literal("all"),
        year_month=year,
        reason=ibis.ifelse(found.of.isnull(), not_eligible, ibis.null("string")),
    )
    there = run.table("beneficiary_costs").filter(_.cost_dollars != 0)
    rows = rows.filter(rows.dollars != 0)
    return (
        _listed(rows),
        there.select(claim_id="beneficiary_id", line_number=_zero(), dollars="cost_dollars"),
    )


def _of_adjusted_lines(run: Run) -> tuple[ir.Table, ir.Table]:
    """The adjusted lines, at what the claims say was paid, by practice."""
    listed = run.table("adjusted_claim_lines").select(*_KEY)
    lines = run.table("claim_line").inner_join(listed, _KEY)
    sums = lines.group_by(claim_id="tin").agg(dollars=_.paid_amount.sum().cast(_MONEY))
    year = lines.from_date.year().max().cast("int64").as_scalar()
    rows = sums.mutate(
        line_number=_zero(),
        claim_class=ibis.literal(PROFESSIONAL),
        year_month=year,
        reason=ibis.null("string"),
    )
    moved = run.table("payments").filter(_.adjustment_fraction != 0, _.paid_amount != 0)
    return (
        _listed(rows.filter(rows.dollars != 0)),
        moved.select(claim_id="tin", line_number=_zero(), dollars="paid_amount"),
    )


def _zero() -> ir.IntegerScalar:
    return ibis.literal(_WHOLE).cast("int64")
