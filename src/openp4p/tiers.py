"""Quality-tiering: low, average or high, as measured."""

from __future__ import annotations

from statistics import NormalDist

import ibis
import ibis.expr.types as ir

from openp4p.engine.portable import kept_unless, ratio, significant
from openp4p.engine.stage import stage
from openp4p.program.definition import Program

_TWO_SIDES = 2


@stage(
    key=("tin",),
    columns={
        "tin": "string",
        "size_class": "string",
        "category": "int32",
        "quality_composite": "float64",
        "quality_standard_error": "float64",
        "quality_tier": "string",
        "cost_composite": "float64",
        "cost_standard_error": "float64",
        "cost_tier": "string",
        "is_tiered": "boolean",
        "reason": "string",
    },
)
def tiers(
    practices: ir.Table,
    reporting_categories: ir.Table,
    composites: ir.Table,
    practice_corrections: ir.Table,
    reviewed_tiers: ir.Table,
    program: Program,
) -> ir.Table:
    """One practice with its quality and cost tier (42 CFR 414.1275(b)).

    High: at least the stated standard deviations above the mean and significantly different from
    it; low likewise below (D13). `low` and `high` are as measured: low cost is good. Without a
    composite the tier is average, except in programs that then make no adjustment; a practice of an
    ACO or of a model that counts as average needs neither election nor composites. Without standard
    errors (D12, alternative) the distance decides. `reason` of one
    that is not tiered: not_subject, category_2, not_elected, no_measure, aco_not_reported. `reason`
    of one whose tiers are not as measured: average_by_model, informal_review (a correction changed
    one). In a review of an earlier run practices without a correction stand as they stood (D31).
    """
    known = practices.select(
        "tin", "size_class", "is_subject", "handling", "elects_quality_tiering"
    )
    sorted_out = reporting_categories.select("tin", "category", "basis")
    found = known.inner_join(sorted_out, "tin")
    for kind in ("quality", "cost"):
        of_kind = composites.filter(composites.kind == kind).select(
            "tin",
            **{f"{kind}_composite": composites.composite},
            **{f"{kind}_standard_error": composites.standard_error},
        )
        found = found.left_join(of_kind, "tin").drop("tin_right")
    corrected = practice_corrections.select(
        "tin",
        quality_effect=practice_corrections.quality,
        cost_effect=practice_corrections.cost,
    )
    found = found.left_join(corrected, "tin").drop("tin_right")
    given = found.handling.fill_null("") == "average"
    reason = _reason(found, program)
    is_tiered = reason.isnull()
    measured = found.mutate(
        quality_tier=tier_of(found, "quality", given, is_tiered, program),
        cost_tier=tier_of(found, "cost", given, is_tiered, program),
        is_tiered=is_tiered,
        reason=ibis.ifelse(is_tiered & given, "average_by_model", reason),
    )
    return kept_unless(_corrected(measured), reviewed_tiers, practice_corrections, "tin")


def _corrected(measured: ir.Table) -> ir.Table:
    """The practices with the tiers that accepted corrections leave them."""
    quality = _after(measured.quality_tier, measured.quality_effect)
    cost = _after(measured.cost_tier, measured.cost_effect)
    changed = (quality != measured.quality_tier) | (cost != measured.cost_tier)
    return measured.select(
        "tin",
        "size_class",
        "category",
        "quality_composite",
        "quality_standard_error",
        "cost_composite",
        "cost_standard_error",
        "is_tiered",
        quality_tier=quality,
        cost_tier=cost,
        reason=ibis.ifelse(changed.fill_null(False), "informal_review", measured.reason),
    )


def _after(tier: ir.StringValue, effect: ir.StringValue) -> ir.StringValue:
    """A tier after a correction with this effect; nobody without a tier gets one."""
    gives_way = (
        (effect == "average")
        | ((effect == "low_to_average") & (tier == "low"))
        | ((effect == "high_to_average") & (tier == "high"))
    )
    return ibis.ifelse(gives_way.fill_null(False) & tier.notnull(), "average", tier)


def _reason(found: ir.Table, program: Program) -> ir.StringValue:
    elective = program.reporting.quality_tiering == "elective"
    needs_both = program.composites.no_measure == "no_adjustment"
    missing = found.quality_composite.isnull() | found.cost_composite.isnull()
    stands_alone = ~found.handling.isin(["aco", "average"]).fill_null(False)
    return ibis.cases(
        (~found.is_subject, "not_subject"),
        (found.basis == "aco_not_reported", "aco_not_reported"),
        (found.category != 1, "category_2"),
        (ibis.literal(elective) & ~found.elects_quality_tiering & stands_alone, "not_elected"),
        (ibis.literal(needs_both) & missing & stands_alone, "no_measure"),
        else_=ibis.null("string"),
    )


def tier_of(
    found: ir.Table, kind: str, given: ir.BooleanValue, is_tiered: ir.BooleanValue, program: Program
) -> ir.StringValue:
    """The tier of each composite by its distance and its significance; average where `given`."""
    rule = program.tiering
    composite = significant(found[f"{kind}_composite"])
    far = composite.abs() >= rule.standard_deviations
    if rule.rule == "distance_and_significance" and program.composites.standard_error != "none":
        distance = found[f"{kind}_composite"].abs()
        far = far & _is_significant(distance, found[f"{kind}_standard_error"], program)
    side = ibis.ifelse(composite > 0, "high", "low")
    measured = ibis.ifelse(far.fill_null(False) & ~given, side, "average")
    return ibis.ifelse(is_tiered, measured, ibis.null("string"))


def _is_significant(distance: ir.Value, error: ir.Value, program: Program) -> ir.BooleanValue:
    """Whether the two-sided test rejects; a distance of exactly the critical value does."""
    critical = NormalDist().inv_cdf(1 - program.tiering.significance / _TWO_SIDES)
    reached = significant(ratio(distance, error)) >= significant(ibis.literal(critical))
    # measured without any error, a distance is certain
    return reached | (error == 0.0)
