"""Total per capita cost of all attributed beneficiaries (42 CFR 414.1235)."""

from __future__ import annotations

import ibis.expr.types as ir

from openp4p.engine.stage import stage
from openp4p.measures import risk_adjustment as risk
from openp4p.measures.cases import CASES, CASES_KEY, as_cases
from openp4p.program.definition import Program

MEASURE = "per_capita_cost"


@stage(key=("measure",), columns=risk.TRIM_POINTS)
def per_capita_cost_trim_points(
    beneficiary_costs: ir.Table,
    attributed_beneficiaries: ir.Table,
    eligible_beneficiaries: ir.Table,
    program: Program,
    scores_supplied: bool,
) -> ir.Table:
    """The annualised costs at which the national attributed population is trimmed (D14)."""
    people = risk.population(
        beneficiary_costs, attributed_beneficiaries, eligible_beneficiaries, scores_supplied
    )
    return risk.trim_points(people, MEASURE, program)


@stage(key=("measure", "row", "column"), columns=risk.SUMS)
def per_capita_cost_model_sums(
    beneficiary_costs: ir.Table,
    attributed_beneficiaries: ir.Table,
    eligible_beneficiaries: ir.Table,
    per_capita_cost_trim_points: ir.Table,
    program: Program,
    scores_supplied: bool,
) -> ir.Table:
    """The sums from which the cost model is solved: rows and columns count its terms (D15)."""
    people = risk.population(
        beneficiary_costs, attributed_beneficiaries, eligible_beneficiaries, scores_supplied
    )
    counted = risk.trimmed(people, per_capita_cost_trim_points, program)
    return risk.model_sums(counted, MEASURE, program)


@stage(key=CASES_KEY, columns=CASES)
def per_capita_cost_cases(
    beneficiary_costs: ir.Table,
    attributed_beneficiaries: ir.Table,
    eligible_beneficiaries: ir.Table,
    per_capita_cost_trim_points: ir.Table,
    per_capita_cost_model: ir.Table,
    program: Program,
    scores_supplied: bool,
) -> ir.Table:
    """One attributed beneficiary: annualised trimmed dollars against expected dollars.

    `reason` of one that does not count: no_risk_score (D19), below_trim_point (D14).
    """
    people = risk.population(
        beneficiary_costs, attributed_beneficiaries, eligible_beneficiaries, scores_supplied
    )
    counted = risk.trimmed(people, per_capita_cost_trim_points, program)
    expected = risk.expected_costs(counted, per_capita_cost_model, program)
    return as_cases(risk.cost_cases(expected, MEASURE))
