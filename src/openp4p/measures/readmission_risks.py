"""What the readmission model knows of each index stay: age, category, comorbidities."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.claims.allowed import PROFESSIONAL, is_fee_for_service
from openp4p.engine.stage import stage
from openp4p.measures.readmission_coefficients import CATEGORY, POOLED
from openp4p.program.definition import Program

_HOSPITAL = ("INPATIENT", "OUTPATIENT")
_DENIED = "0"


@stage(
    key=("stay_id", "variable"),
    each="beneficiary_id",
    columns={"stay_id": "string", "variable": "string"},
)
def stay_comorbidities(
    index_stays: ir.Table,
    stay_parts: ir.Table,
    stay_claims: ir.Table,
    claim: ir.Table,
    diagnosis: ir.Table,
    comorbidity_codes: ir.Table,
    program: Program,
) -> ir.Table:
    """One comorbidity of one index stay that counts.

    From hospital and physician claims that ended in the twelve months before the admission, and
    from the stay's secondary diagnoses, where a code that can be a complication does not count.
    """
    counted = index_stays.filter(index_stays.reason.isnull())
    coded = diagnosis.filter(diagnosis.seq > 0).inner_join(
        comorbidity_codes, ["icd_version", "code"]
    )
    before = coded.inner_join(_claims_before(counted, claim, program), "claim_id")
    own = _own_claims(counted, stay_parts, stay_claims)
    within = coded.filter(~coded.can_be_complication).inner_join(own, "claim_id")
    within = within.filter((within.seq > 1) | ~within.is_last)
    found = before.select("stay_id", "variable").union(within.select("stay_id", "variable"))
    return found.distinct()


def _claims_before(counted: ir.Table, claim: ir.Table, program: Program) -> ir.Table:
    """The claims of the months before each stay, of hospitals and of professionals."""
    is_hospital = claim.claim_class.isin(_HOSPITAL) & claim.nonpayment_code.isnull()
    is_allowed = (claim.nonpayment_code != _DENIED).fill_null(True)
    is_carrier = (claim.claim_class == PROFESSIONAL) & is_allowed
    used = claim.filter(is_hospital | is_carrier, is_fee_for_service(claim))
    used = used.select("claim_id", "beneficiary_id", "thru_date")
    first_day = counted.admission_date - ibis.interval(months=program.readmissions.months_before)
    windows = counted.select(
        "stay_id", "beneficiary_id", "admission_date", first_day=first_day.cast("date")
    )
    found = used.inner_join(windows, "beneficiary_id")
    found = found.filter(found.thru_date >= found.first_day, found.thru_date < found.admission_date)
    return found.select("stay_id", "claim_id")


def _own_claims(counted: ir.Table, stay_parts: ir.Table, stay_claims: ir.Table) -> ir.Table:
    """The claims of each stay; the last of each part has its principal diagnosis."""
    parts = stay_parts.select("part_id", "stay_id").semi_join(counted, "stay_id")
    claims = stay_claims.select("claim_id", "is_last", part_id=stay_claims.stay_id)
    return claims.inner_join(parts, "part_id").select("stay_id", "claim_id", "is_last")


@stage(
    key=("tin", "stay_id"),
    columns={
        "tin": "string",
        "stay_id": "string",
        "is_practice": "boolean",
        "cohort": "string",
        "category": "string",
        "years": "int64",
        "comorbidities": "int64",
        "is_readmitted": "boolean",
    },
)
def readmission_risks(
    index_stays: ir.Table,
    stay_comorbidities: ir.Table,
    comorbidities: ir.Table,
    model_participation: ir.Table,
    model_handling: ir.Table,
    readmission_coefficient: ir.Table,
    program: Program,
) -> ir.Table:
    """One index stay that counts for one practice, or for the ACO that the practice is in.

    The model is fitted to the stays of practices; an ACO has an effect of its own. `category`: CCS
    of the principal diagnosis, those pooled that are rare in the cohort (M13) or, where
    coefficients are supplied, that have none; `years` over the least age; `comorbidities` as bits.
    """
    counted = index_stays.filter(index_stays.reason.isnull())
    bits = stay_comorbidities.inner_join(comorbidities, "variable")
    bits = bits.group_by("stay_id").agg(bits=_.bit.sum().cast("int64"))
    found = counted.left_join(bits, "stay_id").drop("stay_id_right")
    pooled = _pooled(counted, readmission_coefficient, program)
    found = found.left_join(pooled, ["cohort", "principal_category"])
    is_pooled = found.is_pooled.fill_null(False)
    stays = found.select(
        "tin",
        "stay_id",
        "cohort",
        "is_readmitted",
        category=ibis.ifelse(is_pooled, ibis.literal(POOLED), found.principal_category),
        years=found.age - program.readmissions.minimum_age,
        comorbidities=found.bits.fill_null(0),
    )
    of_practices = stays.mutate(is_practice=ibis.literal(True))
    members = aco_members(model_participation, model_handling, program)
    of_acos = stays.rename(member="tin").inner_join(members, "member").drop("member")
    of_acos = of_acos.mutate(is_practice=ibis.literal(False))
    return of_practices.union(of_acos.select(*of_practices.columns))


def _pooled(counted: ir.Table, readmission_coefficient: ir.Table, program: Program) -> ir.Table:
    """The categories of each cohort that have no intercept of their own."""
    frequency = counted.group_by(["cohort", "principal_category"]).agg(stays=_.count())
    listed = readmission_coefficient.filter(readmission_coefficient.kind == CATEGORY).select(
        "cohort", principal_category=_.name, is_listed=ibis.literal(True)
    )
    found = frequency.cross_join(readmission_coefficient.agg(supplied=_.count()))
    found = found.left_join(listed, ["cohort", "principal_category"])
    found = found.drop("cohort_right", "principal_category_right")
    is_rare = found.stays < program.readmissions.rare_category
    is_missing = found.is_listed.isnull()
    return found.select(
        "cohort",
        "principal_category",
        is_pooled=ibis.ifelse(found.supplied > 0, is_missing, is_rare),
    )


def aco_members(
    model_participation: ir.Table, model_handling: ir.Table, program: Program
) -> ir.Table:
    """The practices (`member`) of each ACO (`tin`) that is measured as a whole this year."""
    acos = model_handling.filter(model_handling.handling == "aco").select("model")
    taking_part = model_participation.filter(
        model_participation.performance_year == program.performance_year
    )
    taking_part = taking_part.semi_join(acos, "model")
    return taking_part.select(member=taking_part.tin, tin=taking_part.entity_id).distinct()
