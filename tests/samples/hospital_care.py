"""The complete hospital sample by year: the stages from claims to admissions and index stays."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import ibis
import ibis.expr.types as ir

from openp4p.attribution.eligible import eligible_beneficiaries
from openp4p.claims.intake import Claims
from openp4p.engine import Engine
from openp4p.folder import RunFolder
from openp4p.measures.admission_populations import admission_populations
from openp4p.measures.admissions import preventable_stays
from openp4p.measures.combined_stays import combined_stays, stay_parts
from openp4p.measures.conditions import beneficiary_conditions
from openp4p.measures.index_stays import index_stays
from openp4p.measures.stay_categories import stay_categories
from openp4p.measures.stays import inpatient_stays, stay_claims
from openp4p.program.definition import Program
from openp4p.program.library import load_program
from openp4p.program.tables import rule_tables
from openp4p.request import silent
from openp4p.risk.scores import risk_scores
from openp4p.steps import Steps
from tests.samples.public import file_of

YEARS = (2008, 2009, 2010)
PRACTICE = "ALL"
# the column of the beneficiary summary in which CMS itself says who has the condition
FLAGS = {"heart_failure": "SP_CHF", "diabetes": "SP_DIABETES", "copd": "SP_COPD"}
STAGES = (
    stay_claims,
    inpatient_stays,
    preventable_stays,
    beneficiary_conditions,
    admission_populations,
    stay_parts,
    combined_stays,
    stay_categories,
    index_stays,
)


def program_of(year: int, **readmissions: object) -> Program:
    """The rules of payment year 2017 for the care of another year, some of them changed."""
    program = load_program("medicare_value_modifier/2017")
    rules = program.readmissions.model_copy(update=readmissions)
    return program.model_copy(update={"performance_year": year, "readmissions": rules})


def care_of_year(
    year: int, claims: Claims, sample: Path, engine: Engine, folder: Path
) -> Mapping[str, ir.Table]:
    """Every table of one year, by name, all who are eligible being the patients of one practice.

    Besides those of the stages: `flagged_populations`, the denominators of those whom CMS's summary
    flags, and `open_index_stays`, for which no months before the admission are asked.
    """
    program = program_of(year)
    step = Steps(RunFolder(folder, engine, silent), engine, program, dict(claims.tables), {})
    for name, (columns, rows) in rule_tables(program).items():
        step.rows(name, lambda rows=rows: list(rows), columns)
    step.tables["risk_scores"] = engine.table([], dict(risk_scores.columns))
    people = step(eligible_beneficiaries)
    step.tables["attributed_beneficiaries"] = people.filter(people.is_eligible).select(
        "beneficiary_id", tin=ibis.literal(PRACTICE)
    )
    for stage in STAGES:
        step(stage)
    flagged = _flagged(engine.read_parquet(file_of(sample, f"{year}_Beneficiary")))
    step(admission_populations, "flagged_populations", beneficiary_conditions=flagged)
    step(index_stays, "open_index_stays", program=program_of(year, months_before=0))
    return step.tables


def _flagged(summary: ir.Table) -> ir.Table:
    """Those who have a condition by CMS's own flag, as rows of `beneficiary_conditions`."""
    unknown = {
        name: ibis.null(type_)
        for name, type_ in beneficiary_conditions.columns.items()
        if name not in ("beneficiary_id", "condition", "has_condition")
    }
    return ibis.union(
        *[
            summary.filter(summary[flag] == "1").select(
                beneficiary_id=summary.DESYNPUF_ID,
                condition=ibis.literal(condition),
                has_condition=ibis.literal(True),
                **unknown,
            )
            for condition, flag in FLAGS.items()
        ]
    )
