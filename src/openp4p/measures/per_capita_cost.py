"""Per capita cost of all attributed beneficiaries, and of those with a condition (414.1235)."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.stage import stage
from openp4p.measures import risk_adjustment as risk
from openp4p.measures.cases import CASES, CASES_KEY, as_cases
from openp4p.measures.variances import varied
from openp4p.program.definition import Program

EVERYONE = "per_capita_cost"


@stage(
    key=("measure", "beneficiary_id"),
    each="beneficiary_id",
    columns={
        "measure": "string",
        "beneficiary_id": "string",
        "tin": "string",
        "months": "int64",
        "annualised_cost": "float64",
        "risk_score": "float64",
        "is_esrd": "boolean",
        "is_new_enrollee": "boolean",
        "reason": "string",
    },
)
def cost_populations(
    beneficiary_costs: ir.Table,
    attributed_beneficiaries: ir.Table,
    eligible_beneficiaries: ir.Table,
    beneficiary_conditions: ir.Table,
    risk_scores: ir.Table,
    measure_rules: ir.Table,
    program: Program,
) -> ir.Table:
    """One attributed beneficiary in the population of one per capita cost measure.

    All of them for total cost; for a condition's cost those who have it (D18), with all they cost.
    `reason` of one that does not count: no_risk_score (D19), not_standardized (M22, where dollars
    as paid may not stand in for standardised ones).
    """
    people = _people(
        beneficiary_costs, attributed_beneficiaries, eligible_beneficiaries, risk_scores
    )
    rules = measure_rules.filter(measure_rules.kind == "cost").select("measure", "condition")
    flagged = beneficiary_conditions.filter(beneficiary_conditions.has_condition)
    flagged = flagged.select("beneficiary_id", "condition").inner_join(rules, "condition")
    with_condition = people.inner_join(
        flagged.select("beneficiary_id", "measure"), "beneficiary_id"
    )
    total = rules.filter(rules.measure == EVERYONE).select("measure")
    found = people.cross_join(total).union(with_condition.select(*people.columns, "measure"))
    strict = program.cost.standardization == "never_fall_back"
    return found.mutate(
        reason=ibis.cases(
            (found.risk_score.isnull(), "no_risk_score"),
            (~found.is_standardized & ibis.literal(strict), "not_standardized"),
            else_=ibis.null("string"),
        )
    ).drop("is_standardized")


def _people(
    costs: ir.Table, attributed: ir.Table, eligible: ir.Table, scores: ir.Table
) -> ir.Table:
    """Attributed beneficiaries with cost and risk."""
    found = attributed.select("beneficiary_id", "tin")
    cost = costs.select("beneficiary_id", "months", "annualised_cost", "is_standardized")
    found = found.inner_join(cost, "beneficiary_id")
    found = found.inner_join(
        eligible.select("beneficiary_id", "risk_score", "is_esrd"), "beneficiary_id"
    )
    found = found.left_join(scores.select("beneficiary_id", "is_new_enrollee"), "beneficiary_id")
    # of a supplied score nobody may have said whether it is that of a new enrollee
    return found.mutate(is_new_enrollee=_.is_new_enrollee.fill_null(False)).drop(
        "beneficiary_id_right"
    )


@stage(key=("measure",), columns=risk.TRIM_POINTS)
def cost_trim_points(cost_populations: ir.Table, program: Program) -> ir.Table:
    """The annualised costs at which the national population of a cost measure is trimmed (D14)."""
    return risk.trim_points(cost_populations, program)


@stage(key=("measure", "row", "column"), columns=risk.SUMS)
def cost_model_sums(
    cost_populations: ir.Table, cost_trim_points: ir.Table, program: Program
) -> ir.Table:
    """The sums from which a cost model is solved: rows and columns count its terms (D15)."""
    return risk.model_sums(risk.trimmed(cost_populations, cost_trim_points, program), program)


@stage(key=CASES_KEY, columns=CASES)
def per_capita_cost_cases(
    cost_populations: ir.Table,
    cost_trim_points: ir.Table,
    cost_model: ir.Table,
    clinical_variance: ir.Table,
    program: Program,
) -> ir.Table:
    """One beneficiary of a cost measure: annualised trimmed dollars against expected dollars.

    `reason` of one that does not count: no_risk_score (D19), not_standardized (M22),
    below_trim_point (D14), clinical_override.
    """
    counted = risk.trimmed(cost_populations, cost_trim_points, program)
    people = risk.expected_costs(counted, cost_model, program)
    cases = people.select(
        "measure",
        "tin",
        "beneficiary_id",
        "expected",
        "reason",
        case_id=people.beneficiary_id,
        cases=ibis.literal(1).cast("int64"),
        numerator=people.cost,
        denominator=ibis.literal(1.0),
    )
    return as_cases(varied(cases, clinical_variance, program))
