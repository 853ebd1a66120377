"""The conditions of a beneficiary before an episode, as the risk model names them."""

from __future__ import annotations

import ibis.expr.types as ir
from ibis import _

from openp4p.engine.stage import stage
from openp4p.measures.episodes_risk import people_at_start
from openp4p.program.definition import Program
from openp4p.program.risk_tables import shape
from openp4p.risk.hcc import Model, variables


@stage(
    key=("episode_id", "variable"),
    each="beneficiary_id",
    columns={"episode_id": "string", "beneficiary_id": "string", "variable": "string"},
)
def episode_conditions(
    episode_risks: ir.Table,
    episode_diagnoses: ir.Table,
    beneficiary: ir.Table,
    hcc_flag_codes: ir.Table,
    hcc_edits: ir.Table,
    hcc_conditions: ir.Table,
    hcc_segments: ir.Table,
    hcc_demographics: ir.Table,
    hcc_interactions: ir.Table,
    hcc_sets: ir.Table,
    program: Program,
) -> ir.Table:
    """One HCC of one episode after the hierarchy, or one interaction of the community model.

    From the diagnoses of the days before the episode, with the age at its start (M41).
    """
    counted = episode_risks.filter(episode_risks.reason.isnull())
    people = people_at_start(counted, beneficiary, hcc_segments)
    model = Model(
        codes=hcc_flag_codes,
        edits=hcc_edits,
        conditions=hcc_conditions,
        segments=hcc_segments,
        demographics=hcc_demographics,
        interactions=hcc_interactions,
        sets=hcc_sets,
        shape=shape(program),
        with_edits=program.risk.age_sex_edits,
    )
    subjects = people.select("age", "sex", "is_disabled", subject_id=_.episode_id)
    diagnoses = episode_diagnoses.select("icd_version", "code", subject_id=_.episode_id)
    found = variables(subjects, diagnoses, model).rename(episode_id="subject_id")
    return found.inner_join(counted.select("episode_id", "beneficiary_id"), "episode_id")
