"""Practices whose patients are sicker than most."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import exact_mean, quantile, significant
from openp4p.engine.stage import stage
from openp4p.program.definition import Program


@stage(
    key=("tin",),
    columns={
        "tin": "string",
        "beneficiaries": "int64",
        "mean_risk_score": "float64",
        "threshold": "float64",
        "is_high_risk": "boolean",
    },
)
def high_risk(
    attributed_beneficiaries: ir.Table,
    eligible_beneficiaries: ir.Table,
    practices: ir.Table,
    model_participation: ir.Table,
    supplied_practice: ir.Table,
    reviewed_high_risk: ir.Table,
    program: Program,
) -> ir.Table:
    """One practice with the mean risk score of its beneficiaries against the national percentile.

    At or above the percentile of all beneficiary scores (42 CFR 414.1275(d)); beneficiaries are
    those attributed who have a score, before cost trimming (D26; the alternative takes everyone
    with a score). An ACO practice stands with the whole population of its ACO. A report may supply
    both numbers. In a review of an earlier run the percentile is that of the run (D31).
    """
    scored = eligible_beneficiaries.filter(eligible_beneficiaries.risk_score.notnull())
    scored = scored.select("beneficiary_id", "risk_score")
    mine = attributed_beneficiaries.inner_join(scored, "beneficiary_id")
    everyone = mine if program.payment.high_risk.population == "attributed" else scored
    computed = quantile(
        everyone.select("risk_score"), "risk_score", program.payment.high_risk.percentile
    ).select(computed=_.quantile)
    frozen = reviewed_high_risk.agg(frozen=_.threshold.max())
    threshold = computed.cross_join(frozen).select(threshold=ibis.coalesce(_.frozen, _.computed))
    own = mine.select("tin", "risk_score", unit=_.tin)
    taking_part = (
        model_participation.filter(model_participation.performance_year == program.performance_year)
        .select("tin", "entity_id")
        .distinct()
    )
    of_entity = mine.inner_join(taking_part, "tin").select("tin", "risk_score", unit=_.entity_id)
    means = (
        own.union(of_entity)
        .group_by("unit")
        .agg(beneficiaries=_.count(), mean_risk_score=exact_mean(_.risk_score))
    )
    listed = practices.mutate(
        unit=ibis.ifelse(_.handling.fill_null("") == "aco", _.entity_id, _.tin)
    ).select("tin", "unit")
    entities = taking_part.select(tin=_.entity_id, unit=_.entity_id).distinct()
    found = listed.union(entities).left_join(means, "unit").cross_join(threshold)
    supplied = supplied_practice.select(
        "tin",
        supplied_mean=_.mean_risk_score,
        supplied_threshold=_.risk_score_threshold,
    )
    found = found.left_join(supplied, "tin")
    found = found.select(
        "tin",
        beneficiaries=_.beneficiaries.fill_null(0).cast("int64"),
        mean_risk_score=ibis.coalesce(_.supplied_mean, _.mean_risk_score),
        threshold=ibis.coalesce(_.supplied_threshold, _.threshold),
    )
    reached = significant(found.mean_risk_score) >= significant(found.threshold)
    return found.mutate(is_high_risk=reached.fill_null(False))
