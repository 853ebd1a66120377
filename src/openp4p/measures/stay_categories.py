"""What a stay was for, as the readmission measure groups it: category, cohort, planned or not."""

from __future__ import annotations

from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.stage import stage
from openp4p.program.definition import Program
from openp4p.program.readmission_tables import DIAGNOSIS, PROCEDURE

MEDICINE, SURGERY = "medicine", "surgery_gynecology"
UNKNOWN = "unknown"
_ALWAYS_PROCEDURE, _ALWAYS_DIAGNOSIS = "PR1", "PR2"
_PERHAPS_PROCEDURE, _ACUTE_DIAGNOSIS = "PR3", "PR4"


@stage(
    key=("stay_id",),
    each="beneficiary_id",
    columns={
        "stay_id": "string",
        "beneficiary_id": "string",
        "principal_category": "string",
        "cohort": "string",
        "planned_rule": "string",
        "is_planned": "boolean",
        "is_psychiatric": "boolean",
        "is_rehabilitation": "boolean",
        "is_cancer_treatment": "boolean",
        "is_for_rehabilitation": "boolean",
    },
)
def stay_categories(
    combined_stays: ir.Table,
    stay_parts: ir.Table,
    stay_claims: ir.Table,
    procedure: ir.Table,
    diagnosis_categories: ir.Table,
    procedure_categories: ir.Table,
    planned_rules: ir.Table,
    readmission_cohorts: ir.Table,
    readmission_exclusions: ir.Table,
    program: Program,
) -> ir.Table:
    """One combined stay: CCS category of its principal diagnosis, cohort, whether it is planned.

    `planned_rule` says which rule decided, the first that applies: PR1 (a procedure that is always
    planned), PR2 (a diagnosis that is), acute_diagnosis (a procedure that may be planned, but an
    acute diagnosis), PR3 (such a procedure without one), none. A stay with a procedure of the
    surgical list is in that cohort, any other in that of its diagnosis, else in medicine. Cancer
    treatment is medical: a stay in the surgical cohort is none. A code without a category is
    `unknown`.
    """
    stays = combined_stays.select(
        "stay_id",
        "beneficiary_id",
        code=combined_stays.principal_code,
        icd_version=_.principal_icd_version,
    )
    stays = stays.left_join(diagnosis_categories, ["icd_version", "code"])
    stays = stays.drop("icd_version_right", "code_right")
    stays = stays.mutate(category=stays.category.fill_null(UNKNOWN))
    performed = _performed(stay_parts, stay_claims, procedure, procedure_categories)
    of_diagnosis = _named(stays, planned_rules.filter(planned_rules.kind == DIAGNOSIS))
    of_procedure = _named(performed, planned_rules.filter(planned_rules.kind == PROCEDURE))
    flags = (
        of_diagnosis.union(of_procedure)
        .group_by("stay_id")
        .agg(
            always_procedure=(_.rule == _ALWAYS_PROCEDURE).max(),
            always_diagnosis=(_.rule == _ALWAYS_DIAGNOSIS).max(),
            perhaps=(_.rule == _PERHAPS_PROCEDURE).max(),
            acute=(_.rule == _ACUTE_DIAGNOSIS).max(),
        )
    )
    found = stays.left_join(flags, "stay_id").drop("stay_id_right")
    found = _with_cohort(found, performed, readmission_cohorts)
    found = _with_exclusions(found, readmission_exclusions)
    rule = ibis.cases(
        (found.always_procedure.fill_null(False), _ALWAYS_PROCEDURE),
        (found.always_diagnosis.fill_null(False), _ALWAYS_DIAGNOSIS),
        ((found.perhaps & found.acute).fill_null(False), "acute_diagnosis"),
        (found.perhaps.fill_null(False), _PERHAPS_PROCEDURE),
        else_="none",
    )
    starts = [
        found.code.startswith(code) for code in sorted(program.readmissions.rehabilitation_codes)
    ]
    return found.select(
        "stay_id",
        "beneficiary_id",
        "cohort",
        "is_psychiatric",
        "is_rehabilitation",
        principal_category=found.category,
        planned_rule=rule,
        is_planned=rule.isin((_ALWAYS_PROCEDURE, _ALWAYS_DIAGNOSIS, _PERHAPS_PROCEDURE)),
        is_cancer_treatment=found.is_cancer & (found.cohort != SURGERY),
        is_for_rehabilitation=reduce(or_, starts).fill_null(False),
    )


def _performed(
    stay_parts: ir.Table, stay_claims: ir.Table, procedure: ir.Table, categories: ir.Table
) -> ir.Table:
    """The procedures of all claims of a combined stay with their categories, each once."""
    claims = stay_claims.select("claim_id", part_id=stay_claims.stay_id)
    claims = claims.inner_join(stay_parts.select("part_id", "stay_id"), "part_id")
    found = procedure.select("claim_id", "icd_version", "code").inner_join(
        claims.select("claim_id", "stay_id"), "claim_id"
    )
    found = found.left_join(categories, ["icd_version", "code"])
    return found.select("stay_id", "icd_version", "code", "category").distinct()


def _named(coded: ir.Table, rules: ir.Table) -> ir.Table:
    """The rules that name a category or a code of a stay."""
    by_category = rules.filter(rules.category.notnull()).select(
        "rule", "category", of_version=rules.icd_version
    )
    found = coded.inner_join(by_category, "category")
    found = found.filter(found.of_version.isnull() | (found.of_version == found.icd_version))
    by_code = rules.filter(rules.code.notnull()).select("rule", "icd_version", "code")
    exact = coded.inner_join(by_code, ["icd_version", "code"])
    return found.select("stay_id", "rule").union(exact.select("stay_id", "rule"))


def _with_cohort(found: ir.Table, performed: ir.Table, cohorts: ir.Table) -> ir.Table:
    """The stays with their cohort: surgery before that of the diagnosis, before medicine."""
    surgical = cohorts.filter(cohorts.kind == PROCEDURE).drop("kind")
    operated = performed.inner_join(surgical, ["icd_version", "category"])
    operated = operated.select("stay_id").distinct().mutate(operated=ibis.literal(True))
    medical = cohorts.filter(cohorts.kind == DIAGNOSIS).select(
        "icd_version", "category", of_diagnosis=_.cohort
    )
    found = found.left_join(operated, "stay_id").drop("stay_id_right")
    found = found.left_join(medical, ["icd_version", "category"])
    found = found.drop("icd_version_right", "category_right")
    by_diagnosis = found.of_diagnosis.fill_null(MEDICINE)
    return found.mutate(cohort=ibis.ifelse(found.operated.fill_null(False), SURGERY, by_diagnosis))


def _with_exclusions(found: ir.Table, exclusions: ir.Table) -> ir.Table:
    """The stays with whether their diagnosis is psychiatric, rehabilitation or cancer."""
    named = found.select("stay_id", "icd_version", "category").inner_join(
        exclusions, ["icd_version", "category"]
    )
    flags = named.group_by("stay_id").agg(
        is_psychiatric=(_.exclusion == "psychiatric").max(),
        is_rehabilitation=(_.exclusion == "rehabilitation").max(),
        is_cancer=(_.exclusion == "medical_treatment_of_cancer").max(),
    )
    found = found.left_join(flags, "stay_id").drop("stay_id_right")
    return found.mutate(
        is_psychiatric=found.is_psychiatric.fill_null(False),
        is_rehabilitation=found.is_rehabilitation.fill_null(False),
        is_cancer=found.is_cancer.fill_null(False),
    )
