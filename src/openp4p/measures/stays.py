"""Inpatient stays: the claims of one stay put together, and stays that are one transfer chain."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.claims.allowed import is_fee_for_service
from openp4p.engine.portable import money_sum, numbered_runs
from openp4p.engine.stage import stage
from openp4p.measures.hospitals import UNKNOWN, hospitals
from openp4p.program.definition import Program

_INPATIENT = "INPATIENT"
_BILL_FREQUENCY = (2, 1)  # the third character of the type of bill
_ONE_DAY = 1
STAY_ORDER = ["admission_date", "discharge_date", "stay_id"]


@stage(
    key=("claim_id",),
    each="beneficiary_id",
    columns={
        "claim_id": "string",
        "stay_id": "string",
        "beneficiary_id": "string",
        "position": "int64",
        "is_last": "boolean",
    },
)
def stay_claims(claim: ir.Table, program: Program) -> ir.Table:
    """One inpatient claim that Medicare paid, and the stay it belongs to.

    In the order of their first days (the admission where it is known), a claim goes on with the
    stay of the same beneficiary and hospital (CCN, or else NPI) when it begins before an earlier
    claim of it has ended, or at the latest on the day after an interim bill: one of a patient who
    is still there, or of a frequency that says so (M39; the alternative also joins claims that only
    touch). A stay is named by its first claim. The last claim ends latest; a final bill beats an
    interim one of the same day.
    """
    bills = _bills(claim, program)
    person = ["beneficiary_id", "hospital"]
    in_order = {"group_by": person, "order_by": [bills.first_day, bills.last_day, bills.claim_id]}
    up_to_here = ibis.window(**in_order, preceding=None, following=0)
    reached = bills.mutate(furthest=bills.reach.max().over(up_to_here))
    in_order["order_by"] = [reached.first_day, reached.last_day, reached.claim_id]
    before = reached.mutate(furthest_before=reached.furthest.lag().over(ibis.window(**in_order)))
    goes_on = before.first_day <= before.furthest_before
    order = ["first_day", "last_day", "claim_id"]
    return _named(numbered_runs(before, goes_on, person, order, "number"))


def _bills(claim: ir.Table, program: Program) -> ir.Table:
    """Inpatient claims with the last day on which a further claim goes on with the same stay."""
    kept = claim.filter(
        claim.claim_class == _INPATIENT, claim.nonpayment_code.isnull(), is_fee_for_service(claim)
    )
    frequency = kept.bill_type.substr(*_BILL_FREQUENCY)
    is_interim = kept.discharge_status.isin(program.stays.interim_status).fill_null(
        False
    ) | frequency.isin(program.stays.interim_bill_frequencies).fill_null(False)
    bills = kept.select(
        "claim_id",
        "beneficiary_id",
        hospital=ibis.coalesce(kept.ccn, kept.facility_npi, ibis.literal(UNKNOWN)),
        first_day=ibis.coalesce(kept.admission_date, kept.from_date),
        last_day=ibis.coalesce(kept.discharge_date, kept.thru_date),
        is_interim=is_interim,
    )
    after, before = (
        (bills.last_day + ibis.interval(days=_ONE_DAY)).cast("date"),
        (bills.last_day - ibis.interval(days=_ONE_DAY)).cast("date"),
    )
    touches = program.stays.chaining == "everything_that_touches"
    ended = bills.last_day if touches else before
    return bills.mutate(reach=ibis.ifelse(bills.is_interim, after, ended))


def _named(numbered: ir.Table) -> ir.Table:
    """The claims with the name of their stay, their place in it, and which is the last."""
    stay = ["beneficiary_id", "hospital", "number"]
    forwards = [numbered.first_day, numbered.last_day, numbered.claim_id]
    latest_first = [
        numbered.last_day.desc(),
        numbered.is_interim.cast("int32"),
        numbered.first_day.desc(),
        numbered.claim_id.desc(),
    ]
    first_in = ibis.row_number().over(ibis.window(group_by=stay, order_by=forwards))
    last_in = ibis.row_number().over(ibis.window(group_by=stay, order_by=latest_first))
    placed = numbered.mutate(position=(first_in + 1).cast("int64"), is_last=last_in == 0)
    first_claim = ibis.ifelse(placed.position == 1, placed.claim_id, ibis.null("string"))
    return placed.select(
        "claim_id",
        "beneficiary_id",
        "position",
        "is_last",
        stay_id=first_claim.max().over(ibis.window(group_by=stay)),
    )


@stage(
    key=("stay_id",),
    each="beneficiary_id",
    columns={
        "stay_id": "string",
        "beneficiary_id": "string",
        "ccn": "string",
        "facility_type": "string",
        "is_acute": "boolean",
        "is_subsection_d": "boolean",
        "is_maryland": "boolean",
        "admission_date": "date",
        "discharge_date": "date",
        "discharge_status": "string",
        "admission_source": "string",
        "drg": "string",
        "principal_code": "string",
        "principal_icd_version": "int64",
        "claims": "int64",
        "paid_amount": "decimal(38, 2)",
        "chain_id": "string",
        "chain_position": "int64",
        "chain_stays": "int64",
    },
)
def inpatient_stays(
    claim: ir.Table,
    stay_claims: ir.Table,
    diagnosis: ir.Table,
    hospital_ranges: ir.Table,
    hospital_letters: ir.Table,
    hospital_states: ir.Table,
    cancer_hospitals: ir.Table,
    program: Program,
) -> ir.Table:
    """One stay of one beneficiary in one hospital, with the transfer chain it is part of.

    The last claim says how and with which DRG and principal diagnosis the stay ended, the first one
    from where it began; amounts add up. A stay whose last claim is an interim bill ends with it.
    Two acute stays that follow each other, the later one in another hospital and beginning on the
    day of discharge or the next, are one chain (M2; the alternative: on the same day only).
    """
    stays = _stays(claim, stay_claims, diagnosis)
    kinds = hospitals(stays, hospital_ranges, hospital_letters, hospital_states, cancer_hospitals)
    found = stays.left_join(kinds, "ccn").drop("ccn_right")
    found = found.mutate(
        facility_type=found.facility_type.fill_null(UNKNOWN),
        is_acute=found.is_acute.fill_null(False),
        is_subsection_d=found.is_subsection_d.fill_null(False),
        is_maryland=found.is_maryland.fill_null(False),
    )
    return chained(found, program)


def _stays(claim: ir.Table, stay_claims: ir.Table, diagnosis: ir.Table) -> ir.Table:
    """The claims of each stay as one row."""
    bills = claim.inner_join(stay_claims.drop("beneficiary_id"), "claim_id")
    principal = diagnosis.filter(diagnosis.seq == 1).select("claim_id", "code", "icd_version")
    principal = principal.semi_join(stay_claims, "claim_id")
    bills = bills.left_join(principal, "claim_id").drop("claim_id_right")
    last, first = bills.is_last, bills.position == 1
    return bills.group_by(["stay_id", "beneficiary_id"]).agg(
        ccn=_.ccn.max(where=last),
        admission_date=ibis.coalesce(bills.admission_date, bills.from_date).min(),
        discharge_date=ibis.coalesce(bills.discharge_date, bills.thru_date).max(),
        discharge_status=_.discharge_status.max(where=last),
        admission_source=_.admission_source.max(where=first),
        drg=_.drg.max(where=last),
        principal_code=_.code.max(where=last),
        principal_icd_version=_.icd_version.max(where=last).cast("int64"),
        claims=_.count().cast("int64"),
        paid_amount=money_sum(bills.paid_amount),
    )


def chained(stays: ir.Table, program: Program) -> ir.Table:
    """The stays with their transfer chain; one that is not acute is alone.

    Takes stay_id, beneficiary_id, ccn, is_acute, admission_date and discharge_date.
    """
    kind = ["beneficiary_id", "is_acute"]
    order = ibis.window(
        group_by=kind, order_by=[stays.admission_date, stays.discharge_date, stays.stay_id]
    )
    after = stays.mutate(
        previous_ccn=stays.ccn.lag().over(order),
        previous_discharge=stays.discharge_date.lag().over(order),
    )
    gap = after.admission_date.delta(after.previous_discharge, unit="day")
    longest = {"same_or_next_day": _ONE_DAY, "same_day": 0}[program.stays.transfer_link]
    follows = after.is_acute & (after.ccn != after.previous_ccn) & (gap >= 0) & (gap <= longest)
    numbered = numbered_runs(after, follows, kind, STAY_ORDER, "chain")
    in_chain = ibis.window(
        group_by=[*kind, "chain"],
        order_by=[numbered.admission_date, numbered.discharge_date, numbered.stay_id],
    )
    placed = numbered.mutate(
        chain_position=(ibis.row_number().over(in_chain) + 1).cast("int64"),
    )
    whole_chain = ibis.window(group_by=[*kind, "chain"])
    first_stay = ibis.ifelse(placed.chain_position == 1, placed.stay_id, ibis.null("string"))
    return placed.mutate(
        chain_id=first_stay.max().over(whole_chain),
        chain_stays=placed.chain_position.max().over(whole_chain),
    ).drop("previous_ccn", "previous_discharge", "chain")
