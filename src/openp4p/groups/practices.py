"""Practices: how large they are, which size class they belong to, whether they are subject."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.stage import stage
from openp4p.program.definition import Program

_WEIGHTIEST_FIRST = ("excluded", "waived", "aco", "average", "ordinary")
_COUNTS = ("professionals_in_roster", "professionals_in_claims", "physicians_in_claims")


@stage(
    key=("tin",),
    columns={
        "tin": "string",
        **dict.fromkeys(_COUNTS, "int64"),
        "size": "int64",
        "size_class": "string",
        "entity_id": "string",
        "entity_reported": "boolean",
        "handling": "string",
        "is_subject": "boolean",
        "reason": "string",
        "elects_quality_tiering": "boolean",
        "elects_cahps": "boolean",
    },
)
def practices(
    professionals: ir.Table,
    supplied_practice: ir.Table,
    model_participation: ir.Table,
    practice_election: ir.Table,
    size_classes: ir.Table,
    model_handling: ir.Table,
    program: Program,
    roster_supplied: bool,
) -> ir.Table:
    """One TIN with its professionals counted, its size class, and whether it is subject.

    Size is the lower of the roster's and the claims' count of eligible professionals (42 CFR
    414.1210; 80 FR 70886); without a roster, the claims' count alone. `reason` of a practice that
    is not subject, in this order: not_on_roster (no eligible professional of it is),
    no_professionals (none billed), no_physician, model_excluded, model_waived, below_minimum_size.
    Of a report that states one of the two counts, that one is the size; a report that does not say
    how many physicians bill is not read as saying none.
    """
    counted = professionals.group_by("tin").agg(
        professionals_in_roster=_.in_roster.sum(),
        professionals_in_claims=_.in_claims.sum(),
        physicians_in_claims=(_.in_claims & _.is_physician).sum(),
    )
    listed = _listed(counted, supplied_practice, roster_supplied)
    in_roster, in_claims = listed.professionals_in_roster, listed.professionals_in_claims
    smaller = ibis.least(in_roster.fill_null(in_claims), in_claims.fill_null(in_roster))
    listed = listed.mutate(
        size=ibis.ifelse(listed.has_roster, smaller, listed.professionals_in_claims)
    )
    sized = _with_size_class(listed, size_classes, program)
    sized = _with_model(sized, model_participation, model_handling, program)
    elected = practice_election.filter(
        practice_election.performance_year == program.performance_year
    ).select("tin", "elects_quality_tiering", "elects_cahps")
    sized = sized.left_join(elected, "tin").drop("tin_right")
    reason = _reason(sized, program)
    return sized.select(
        "tin",
        *_COUNTS,
        "size",
        "size_class",
        "entity_id",
        "entity_reported",
        "handling",
        is_subject=reason.isnull(),
        reason=reason,
        elects_quality_tiering=_.elects_quality_tiering.fill_null(False),
        elects_cahps=_.elects_cahps.fill_null(False),
    )


def _listed(counted: ir.Table, supplied_practice: ir.Table, roster_supplied: bool) -> ir.Table:
    """Every practice with its counts; a report states its own, whether or not there is a roster."""
    supplied = supplied_practice.select(
        "tin", *_COUNTS, has_roster=supplied_practice.professionals_in_roster.notnull()
    )
    from_claims = counted.anti_join(supplied, "tin").select(
        "tin",
        **{c: counted[c].cast("int64") for c in _COUNTS},
        has_roster=ibis.literal(roster_supplied),
    )
    return from_claims.union(supplied)


def _with_size_class(listed: ir.Table, size_classes: ir.Table, program: Program) -> ir.Table:
    """Each practice with its size class; classes by composition are tried before ranges."""
    order = {c.id: n for n, c in enumerate(program.applicability.size_classes)}
    fits = (
        (listed.size >= size_classes.minimum)
        & ((listed.size <= size_classes.maximum) | size_classes.maximum.isnull())
        & ((size_classes.composition == "any") | (listed.physicians_in_claims == 0))
    )
    matched = listed.inner_join(size_classes, [fits])
    place = matched.size_class.cases(*order.items(), else_=len(order)).cast("int32")
    matched = matched.mutate(place=place)
    first = ibis.window(group_by="tin", order_by=matched.place)
    matched = matched.mutate(choice=ibis.row_number().over(first))
    chosen = matched.filter(matched.choice == 0).select("tin", "size_class")
    return listed.left_join(chosen, "tin").drop("tin_right")


def _with_model(
    sized: ir.Table, model_participation: ir.Table, model_handling: ir.Table, program: Program
) -> ir.Table:
    """Each practice with how its ACO or model is handled; the weightiest handling of several."""
    taking_part = model_participation.filter(
        model_participation.performance_year == program.performance_year
    ).inner_join(model_handling, "model")
    weight = {handling: place for place, handling in enumerate(_WEIGHTIEST_FIRST)}
    ranked = taking_part.mutate(
        weight=taking_part.handling.cases(*weight.items(), else_=len(weight)).cast("int32"),
    )
    first = ibis.window(group_by="tin", order_by=[ranked.weight, ranked.entity_id, ranked.model])
    ranked = ranked.mutate(place=ibis.row_number().over(first))
    chosen = ranked.filter(ranked.place == 0).select("tin", "entity_id", "handling")
    reported = (
        taking_part.filter(taking_part.handling == "aco")
        .group_by("tin")
        .agg(entity_reported=_.entity_reported.fill_null(False).max())
    )
    sized = sized.left_join(chosen, "tin").drop("tin_right")
    return sized.left_join(reported, "tin").drop("tin_right")


def _reason(sized: ir.Table, program: Program) -> ir.StringValue:
    rule = program.applicability
    smallest = rule.minimum_group_size
    too_small = sized.size < smallest
    if rule.requires_size_on_both:
        too_small = too_small | (sized.has_roster & (sized.professionals_in_roster < smallest))
    no_physician = ibis.literal(rule.requires_physician) & (sized.physicians_in_claims == 0)
    return ibis.cases(
        (sized.has_roster & (sized.professionals_in_roster == 0), "not_on_roster"),
        ((sized.professionals_in_claims == 0) | sized.size.isnull(), "no_professionals"),
        (no_physician, "no_physician"),
        (sized.handling == "excluded", "model_excluded"),
        (sized.handling == "waived", "model_waived"),
        (too_small, "below_minimum_size"),
        (sized.size_class.isnull(), "below_minimum_size"),
        else_=ibis.null("string"),
    )
