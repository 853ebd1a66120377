"""Short ways to ask of readmissions: the stages from stays to index stays, one after the other."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from openp4p.engine.stage import Stage
from openp4p.measures.combined_stays import combined_stays, stay_parts
from openp4p.measures.index_stays import index_stays
from openp4p.measures.readmission_cases import (
    cohort_ratios,
    readmission_cases,
    readmission_predictions,
    standardized_ratios,
)
from openp4p.measures.readmission_model import readmission_model
from openp4p.measures.readmission_risks import readmission_risks, stay_comorbidities
from openp4p.measures.stay_categories import stay_categories
from openp4p.program.definition import Program
from tests.solving import rules_of

Rows = list[dict]
Solver = Callable[..., Rows]
CARE = ("attributed_beneficiaries", "eligible_beneficiaries", "enrollment_month")


def category_tables(program: Program, *coded: Rows) -> dict[str, Rows]:
    """The categories of the codes that are used: the whole lists are long."""
    used = {row["code"] for rows in coded for row in rows}
    rules = rules_of(program)
    names = ("diagnosis_categories", "procedure_categories")
    return {name: [row for row in rules[name] if row["code"] in used] for name in names}


def discharges(solve: Solver, program: Program, given: dict[str, Rows]) -> dict[str, Rows]:
    """Parts, whole stays, their categories and the index stays of this hospital care.

    `solve(stage, program, **tables)` is how a stage is solved.
    """

    def solved(stage: Stage, **tables: Rows) -> Rows:
        return solve(stage, program, **tables)

    stays = given["inpatient_stays"]
    parts = solved(stay_parts, inpatient_stays=stays)
    wholes = solved(combined_stays, inpatient_stays=stays, stay_parts=parts)
    principal = [{"code": row["principal_code"]} for row in stays]
    kinds = solved(
        stay_categories,
        combined_stays=wholes,
        stay_parts=parts,
        stay_claims=given["stay_claims"],
        procedure=given["procedure"],
        **category_tables(program, principal, given["procedure"]),
    )
    index = solved(
        index_stays,
        **{name: given[name] for name in CARE},
        combined_stays=wholes,
        stay_categories=kinds,
    )
    return {"parts": parts, "wholes": wholes, "kinds": kinds, "index": index}


def modelled(
    solve: Solver, program: Program, given: dict[str, Rows], found: dict[str, Rows]
) -> dict[str, Rows]:
    """The comorbidities of the index stays, and what the model knows of each."""
    used = {row["code"] for row in given["diagnosis"]}
    rules = rules_of(program)["comorbidity_codes"]
    ill = solve(
        stay_comorbidities,
        program,
        index_stays=found["index"],
        stay_parts=found["parts"],
        stay_claims=given["stay_claims"],
        claim=given["claim"],
        diagnosis=given["diagnosis"],
        comorbidity_codes=[row for row in rules if row["code"] in used],
    )
    risks = solve(
        readmission_risks,
        program,
        index_stays=found["index"],
        stay_comorbidities=ill,
        model_participation=given["model_participation"],
        readmission_coefficient=given.get("readmission_coefficient", []),
    )
    return {"ill": ill, "risks": risks}


def fitted(risks: Rows, program: Program, supplied: Rows | None = None) -> Rows:
    """The model as it is fitted to the rows of the engine, or as it is supplied."""
    columns = {name: [row[name] for row in risks] for name in readmission_risks.columns}
    given = pa.Table.from_pylist(supplied) if supplied else None
    return readmission_model(pa.table(columns), program, given)


def rated(
    solve: Solver,
    program: Program,
    given: dict[str, Rows],
    found: dict[str, Rows],
    model: Rows,
) -> dict[str, Rows]:
    """Predictions, ratios and cases that follow from a model."""
    acos = {"model_participation": given["model_participation"]}
    chances = solve(
        readmission_predictions,
        program,
        readmission_risks=found["risks"],
        stay_comorbidities=found["ill"],
        readmission_model=model,
    )
    cohorts = solve(cohort_ratios, program, readmission_predictions=chances)
    ratios = solve(standardized_ratios, program, cohort_ratios=cohorts, readmission_model=model)
    cases = solve(
        readmission_cases,
        program,
        index_stays=found["index"],
        readmission_predictions=chances,
        cohort_ratios=cohorts,
        readmission_model=model,
        **acos,
    )
    return {"chances": chances, "cohorts": cohorts, "ratios": ratios, "cases": cases}
