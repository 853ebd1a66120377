"""Clinical variances: which cases of a measure go out because a clinician said why they should."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.program.definition import Program

OVERRIDE, EXCEPTION = "clinical_override", "clinical_exception"
_BY_PATIENT = ("measure", "tin", "beneficiary_id")
_BY_CASE = ("measure", "tin", "case_id")


def varied(
    rows: ir.Table,
    clinical_variance: ir.Table,
    program: Program,
    *,
    takes_exceptions: bool = False,
) -> ir.Table:
    """The rows of cases, with a `reason` for those that a variance of the year takes out.

    A variance names a patient, and then all cases of the measure, or one case. An override takes
    the case out whatever happened; an exception, in measures of what should be done, only a case
    in which it was not done: one that was met counts as met. A case that is out already keeps its
    reason.
    """
    # by itself, since a join cannot be joined further on columns that were made in it
    own = rows.mutate(reason=rows.reason)
    of_year = clinical_variance.filter(_.performance_year == program.performance_year)
    marked = _marked(own, of_year.filter(_.case_id.isnull()), _BY_PATIENT, "patient")
    marked = _marked(marked, of_year.filter(_.case_id.notnull()), _BY_CASE, "case")
    is_override = marked.patient_override | marked.case_override
    reason = ibis.ifelse(is_override, OVERRIDE, ibis.null("string"))
    if takes_exceptions:
        is_varied = marked.patient_varied | marked.case_varied
        unmet = (marked.numerator < marked.denominator).fill_null(False)
        reason = ibis.cases(
            (is_override, OVERRIDE), (is_varied & unmet, EXCEPTION), else_=ibis.null("string")
        )
    return marked.mutate(reason=marked.reason.coalesce(reason)).select(*rows.columns)


def overridden(rows: ir.Table, clinical_variance: ir.Table, program: Program) -> ir.Table:
    """Those of the rows (measure, tin, case_id, beneficiary_id) that an override takes out."""
    unmarked = rows.mutate(reason=ibis.null("string"))
    found = varied(unmarked, clinical_variance, program)
    return found.filter(found.reason == OVERRIDE).select(*rows.columns)


def _marked(rows: ir.Table, variances: ir.Table, key: tuple[str, ...], whose: str) -> ir.Table:
    """The rows, each with whether such a variance names it and whether one is an override."""
    said = variances.group_by(list(key)).agg(
        **{f"{whose}_varied": _.count() > 0, f"{whose}_override": _.is_override.max()}
    )
    found = rows.left_join(said, list(key)).drop(*(f"{column}_right" for column in key))
    return found.mutate(
        **{
            f"{whose}_varied": found[f"{whose}_varied"].fill_null(False),
            f"{whose}_override": found[f"{whose}_override"].fill_null(False),
        }
    )
