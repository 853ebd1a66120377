"""From estimates to awards: measures, domains, and one number between 0 and 1 a practice."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import exact_mean, ratio
from openp4p.engine.stage import stage
from openp4p.program.definition import Program

_NONE = ibis.null("float64")


@stage(
    key=("tin", "measure"),
    columns={
        "tin": "string",
        "measure": "string",
        "domain": "string",
        "cases": "int64",
        "reliability": "float64",
        "estimate": "float64",
        "baseline": "float64",
        "low": "float64",
        "high": "float64",
        "attainment": "float64",
        "improvement": "float64",
        "score": "float64",
        "reason": "string",
    },
)
def award_measures(
    shrunken_rates: ir.Table, measure_rules: ir.Table, practices: ir.Table, program: Program
) -> ir.Table:
    """One measure of one practice with its score from 0 to 1: attainment, or improvement if better.

    Attainment is the way from the low to the high threshold; improvement the way from the benchmark
    year to the high threshold, times the most that improvement can earn. The formulas are the same
    where lower is better: the thresholds are then the other way round. `reason`: why it does not
    count (too_few_practices, no_differences).
    """
    rules = measure_rules.select("measure", "domain")
    found = shrunken_rates.inner_join(rules, "measure").semi_join(practices, "tin")
    is_flat = (found.low == found.high).fill_null(True)
    reason = ibis.coalesce(
        found.reason, ibis.ifelse(is_flat, "no_differences", ibis.null("string"))
    )
    counts = reason.isnull()
    attainment = _clamped(ratio(found.estimate - found.low, found.high - found.low))
    improvement = ibis.ifelse(counts, _improvement(found, program), _NONE)
    attained = ibis.ifelse(counts, attainment, _NONE)
    return found.select(
        "tin",
        "measure",
        "domain",
        "cases",
        "reliability",
        "estimate",
        "baseline",
        "low",
        "high",
        attainment=attained,
        improvement=improvement,
        score=ibis.ifelse(counts, ibis.greatest(attained, improvement), _NONE),
        reason=reason,
    )


def _improvement(found: ir.Table, program: Program) -> ir.FloatingValue:
    """The way come from the benchmark year; none from a baseline that is missing or at the top."""
    assert program.award is not None, "only a program that pays awards scores improvement"
    at_top = ibis.ifelse(
        found.high < found.low, found.baseline <= found.high, found.baseline >= found.high
    )
    way = _clamped(ratio(found.estimate - found.baseline, found.high - found.baseline))
    nothing = found.baseline.isnull() | at_top.fill_null(True)
    return ibis.ifelse(nothing, 0.0, program.award.improvement_share * way)


def _clamped(share: ir.FloatingValue) -> ir.FloatingValue:
    """Kept between 0 and 1."""
    return ibis.cases((share < 0.0, 0.0), (share > 1.0, 1.0), else_=share)


@stage(
    key=("tin",),
    columns={"tin": "string", "domains": "int64", "measures": "int64", "award": "float64"},
)
def practice_awards(award_measures: ir.Table) -> ir.Table:
    """One practice with its award from 0 to 1: domains weigh alike, and measures within a domain.

    What has no score passes its weight on to the rest.
    """
    scored = award_measures.filter(award_measures.score.notnull())
    domains = scored.group_by(["tin", "domain"]).agg(
        score=exact_mean(_.score), measures=_.count().cast("int64")
    )
    return domains.group_by("tin").agg(
        domains=_.count().cast("int64"),
        measures=_.measures.sum().cast("int64"),
        award=exact_mean(_.score),
    )
