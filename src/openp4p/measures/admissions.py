"""Hospital stays that good ambulatory care prevents: AHRQ's indicators, stay by stay."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import years_between
from openp4p.engine.stage import stage
from openp4p.program.admission_tables import DIAGNOSIS, PRINCIPAL, PROCEDURE, SECONDARY
from openp4p.program.definition import Program

_CATEGORY_SET = "^MDC1[45]PRINDX$"  # principal diagnoses of pregnancy and of newborns, ICD-10
_ICD9, _CATEGORY_DIGITS = 9, 3
_KNOWN_SEX = ("1", "2")


@stage(
    key=("stay_id", "indicator"),
    each="beneficiary_id",
    columns={
        "stay_id": "string",
        "indicator": "string",
        "measure": "string",
        "composite": "string",
        "beneficiary_id": "string",
        "ccn": "string",
        "admission_date": "date",
        "discharge_date": "date",
        "principal_code": "string",
        "icd_version": "int64",
        "age": "int64",
        "sex": "string",
        "is_counted": "boolean",
        "reason": "string",
    },
)
def preventable_stays(
    inpatient_stays: ir.Table,
    stay_claims: ir.Table,
    diagnosis: ir.Table,
    procedure: ir.Table,
    beneficiary: ir.Table,
    drgs: ir.Table,
    admission_codes: ir.Table,
    admission_requirements: ir.Table,
    admission_exclusions: ir.Table,
    admission_components: ir.Table,
    program: Program,
) -> ir.Table:
    """One stay discharged in the year whose codes meet an AHRQ prevention quality indicator.

    The codes of all claims of the stay count, against the sets of their ICD version (M3, M4); the
    principal diagnosis is that of the stay's last claim. Age is that at admission. `reason` of one
    that does not count, in this order: other_hospital (M5), missing_facts (age or sex),
    too_young, transferred_in (M6), ungroupable, pregnancy_or_newborn (by DRG, else by principal
    diagnosis: M40), indicator_exclusion.
    """
    year = inpatient_stays.discharge_date.year() == program.performance_year
    stays = inpatient_stays.filter(year)
    sets = _sets(stays, stay_claims, diagnosis, procedure, admission_codes)
    met = _met(sets, admission_requirements).inner_join(admission_components, "indicator")
    excluded = sets.inner_join(admission_exclusions, ["position", "set_name"])
    excluded = excluded.select("stay_id", "indicator").distinct().mutate(out=ibis.literal(True))
    people = beneficiary.select("beneficiary_id", "birth_date", "sex")
    found = met.inner_join(stays, "stay_id").left_join(people, "beneficiary_id")
    found = found.drop("beneficiary_id_right")
    found = found.left_join(excluded, ["stay_id", "indicator"]).drop(
        "stay_id_right", "indicator_right"
    )
    found = found.left_join(drgs.select("drg", "mdc"), "drg").drop("drg_right")
    found = found.left_join(_of_category(sets), "stay_id").drop("stay_id_right")
    found = found.mutate(age=years_between(found.birth_date, found.admission_date))
    reason = _reason(found, program)
    return found.select(
        "stay_id",
        "indicator",
        "measure",
        "composite",
        "beneficiary_id",
        "ccn",
        "admission_date",
        "discharge_date",
        "principal_code",
        "age",
        "sex",
        icd_version=found.principal_icd_version,
        is_counted=reason.isnull(),
        reason=reason,
    )


def _sets(
    stays: ir.Table,
    stay_claims: ir.Table,
    diagnosis: ir.Table,
    procedure: ir.Table,
    admission_codes: ir.Table,
) -> ir.Table:
    """Which sets of codes a stay has, and in which position: principal, secondary, procedure."""
    codes = admission_codes.filter(admission_codes.kind == DIAGNOSIS).drop("kind")
    claims = stay_claims.select("claim_id", "stay_id", "is_last").semi_join(stays, "stay_id")
    principal = stays.select(
        "stay_id", code=stays.principal_code, icd_version=stays.principal_icd_version
    ).inner_join(codes, ["icd_version", "code"])
    # what was principal on an earlier bill of the stay is one of its other diagnoses
    others = diagnosis.filter(diagnosis.seq >= 1).inner_join(claims, "claim_id")
    others = others.filter((others.seq > 1) | ~others.is_last)
    others = others.inner_join(codes, ["icd_version", "code"])
    of_procedures = admission_codes.filter(admission_codes.kind == PROCEDURE).drop("kind")
    operations = procedure.inner_join(claims, "claim_id")
    operations = operations.inner_join(of_procedures, ["icd_version", "code"])
    return ibis.union(
        principal.select("stay_id", "set_name", position=ibis.literal(PRINCIPAL)),
        others.select("stay_id", "set_name", position=ibis.literal(SECONDARY)),
        operations.select("stay_id", "set_name", position=ibis.literal(PROCEDURE)),
        distinct=True,
    )


def _met(sets: ir.Table, requirements: ir.Table) -> ir.Table:
    """The indicators of which a stay meets all the requirements of an alternative."""
    found = sets.inner_join(requirements, ["position", "set_name"])
    met = found.group_by(["stay_id", "indicator", "alternative"]).agg(
        requirements=_.requirement.nunique(), needed=_.needed.max()
    )
    return met.filter(met.requirements == met.needed).select("stay_id", "indicator").distinct()


def _of_category(sets: ir.Table) -> ir.Table:
    """The stays whose principal diagnosis is one of pregnancy or of a newborn."""
    named = sets.filter(sets.position == PRINCIPAL, sets.set_name.re_search(_CATEGORY_SET))
    return named.select("stay_id").distinct().mutate(of_category=ibis.literal(True))


def _reason(found: ir.Table, program: Program) -> ir.StringValue:
    rule = program.admissions
    is_other = ibis.literal(rule.hospitals == "acute_and_critical_access") & ~found.is_acute
    came = found.admission_source.isin(rule.transfer_origins)
    transferred = came.fill_null(found.chain_position > 1)
    if rule.transfers == "counted":
        transferred = ibis.literal(False)
    missing = found.age.isnull() | ~found.sex.isin(_KNOWN_SEX).fill_null(False)
    return ibis.cases(
        (is_other, "other_hospital"),
        (missing, "missing_facts"),
        (found.age < found.minimum_age, "too_young"),
        (transferred, "transferred_in"),
        (found.drg.isin(rule.ungroupable).fill_null(False), "ungroupable"),
        (_pregnancy_or_newborn(found, program), "pregnancy_or_newborn"),
        (found.out.fill_null(False), "indicator_exclusion"),
        else_=ibis.null("string"),
    )


def _pregnancy_or_newborn(found: ir.Table, program: Program) -> ir.BooleanValue:
    """By the category of the DRG; of a stay without a DRG by its principal diagnosis (M40)."""
    rule = program.admissions
    by_drg = found.mdc.isin(rule.excluded_categories).fill_null(False)
    if rule.mdc_without_drg == "no_exclusion":
        return by_drg
    digits = found.principal_code.left(_CATEGORY_DIGITS)
    ranges = [(digits >= first) & (digits <= last) for first, last in rule.excluded_icd9]
    is_icd9 = found.principal_icd_version == _ICD9
    by_code = found.of_category.fill_null(False) | (is_icd9 & ibis.or_(*ranges))
    return by_drg | (found.drg.isnull() & by_code.fill_null(False))
