"""CAHPS summary scores: what patients said of the practice."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from openp4p.engine.stage import stage
from openp4p.measures.cases import CASES, CASES_KEY, as_cases
from openp4p.program.definition import Program


@stage(key=CASES_KEY, columns=CASES)
def survey_cases(
    cahps_result: ir.Table,
    practices: ir.Table,
    measure_rules: ir.Table,
    program: Program,
    performance_year: int,
) -> ir.Table:
    """One CAHPS summary score of one practice or ACO, standing for its completed surveys.

    Counts when the practice elected it for the composite; an ACO's always count, and in the year
    before the performance year every score does. `reason`, in this order: unknown_measure,
    no_surveys, not_elected.
    """
    found = cahps_result.filter(cahps_result.performance_year == performance_year)
    found = found.mutate(of_entity=found.entity_id.notnull())
    found = found.mutate(tin=ibis.coalesce(found.entity_id, found.tin))
    rules = measure_rules.filter(measure_rules.source == "survey")
    found = found.left_join(rules.select("measure", known=rules.measure), "measure")
    found = found.drop("measure_right")
    found = found.left_join(practices.select("tin", "elects_cahps"), "tin").drop("tin_right")
    present = performance_year == program.performance_year
    elected = {
        "when_elected": found.elects_cahps.fill_null(False) | found.of_entity,
        "always": ibis.literal(True),
        "never": ibis.literal(False),
    }[program.quality.cahps]
    reason = ibis.cases(
        (found.known.isnull(), "unknown_measure"),
        (found.cases <= 0, "no_surveys"),
        (ibis.literal(present) & ~elected, "not_elected"),
        else_=ibis.null("string"),
    )
    surveys = found.cases.cast("float64")
    return as_cases(
        found.select(
            "measure",
            "tin",
            "cases",
            case_id=ibis.literal("survey"),
            numerator=found.mean_score * surveys,
            denominator=surveys,
            spread=found.standard_deviation,
            reason=reason,
        )
    )
