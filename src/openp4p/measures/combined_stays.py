"""Acute stays as the readmission measure counts them: returns to the same bed joined, in chains."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import numbered_runs
from openp4p.engine.stage import stage
from openp4p.measures.stays import STAY_ORDER, chained
from openp4p.program.definition import Program


@stage(
    key=("part_id",),
    each="beneficiary_id",
    columns={
        "part_id": "string",
        "stay_id": "string",
        "beneficiary_id": "string",
        "position": "int64",
        "is_last": "boolean",
    },
)
def stay_parts(inpatient_stays: ir.Table, program: Program) -> ir.Table:
    """One acute stay (`part_id`) and the stay it is part of, named by its first part.

    Stays of one hospital that touch, the later beginning on the day of discharge, and have the same
    principal diagnosis are one (M12; the alternative never joins any).
    """
    acute = inpatient_stays.filter(inpatient_stays.is_acute)
    place = ["beneficiary_id", "ccn"]
    in_order = ibis.window(
        group_by=place, order_by=[acute.admission_date, acute.discharge_date, acute.stay_id]
    )
    after = acute.mutate(
        ended=acute.discharge_date.lag().over(in_order),
        code_before=acute.principal_code.lag().over(in_order),
        version_before=acute.principal_icd_version.lag().over(in_order),
    )
    goes_on = (
        (after.ended == after.admission_date)
        & (after.code_before == after.principal_code)
        & (after.version_before == after.principal_icd_version)
    ) & ibis.literal(program.readmissions.same_hospital == "combined")
    numbered = numbered_runs(after, goes_on, place, STAY_ORDER, "number")
    order = [numbered[column] for column in STAY_ORDER]
    within = ibis.window(group_by=[*place, "number"], order_by=order)
    whole = ibis.window(group_by=[*place, "number"])
    placed = numbered.mutate(
        position=(ibis.row_number().over(within) + 1).cast("int64"),
        parts=numbered.stay_id.count().over(whole),
    )
    first = ibis.ifelse(placed.position == 1, placed.stay_id, ibis.null("string"))
    return placed.select(
        "beneficiary_id",
        "position",
        part_id=placed.stay_id,
        stay_id=first.max().over(whole),
        is_last=placed.position == placed.parts,
    )


@stage(
    key=("stay_id",),
    each="beneficiary_id",
    columns={
        "stay_id": "string",
        "beneficiary_id": "string",
        "ccn": "string",
        "admission_date": "date",
        "discharge_date": "date",
        "discharge_status": "string",
        "principal_code": "string",
        "principal_icd_version": "int64",
        "parts": "int64",
        "chain_id": "string",
        "chain_position": "int64",
        "chain_stays": "int64",
    },
)
def combined_stays(inpatient_stays: ir.Table, stay_parts: ir.Table, program: Program) -> ir.Table:
    """One acute stay with its parts joined, and its place in a chain of transfers (M2)."""
    parts = stay_parts.select("part_id", "is_last", whole_id="stay_id").inner_join(
        inpatient_stays.rename(part_id="stay_id"), "part_id"
    )
    joined = parts.group_by(["whole_id", "beneficiary_id", "ccn"]).agg(
        admission_date=_.admission_date.min(),
        discharge_date=_.discharge_date.max(),
        discharge_status=_.discharge_status.max(where=_.is_last),
        principal_code=_.principal_code.max(where=_.is_last),
        principal_icd_version=_.principal_icd_version.max(where=_.is_last),
        parts=_.count().cast("int64"),
        is_acute=ibis.literal(True),
    )
    return chained(joined.rename(stay_id="whole_id"), program).drop("is_acute")
