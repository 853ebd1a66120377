"""CMS-HCC risk scores of any people, from a version of the model as tables.

A score is a sum of factors: of the demographic terms, of the condition categories that are left
after the hierarchy, and of the interactions among them. The order of the work keeps it small:
demographic facts, sets of conditions and sets of traits are each valued once however many people
share them.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import in_order, ratio
from openp4p.risk.conditions import after_hierarchy, conditions, looked_up, without_trail
from openp4p.risk.demographics import KEYS, demographics

_DISABLED = 1  # the trait of disability; the others are groups and conditions
_IN_ONE = 1000  # factors are summed in thousandths, exactly
_PLACED = ("segment", "first_set", "counts_conditions", "is_disabled", "own", "own_terms")
_PROFILE = ("first_set", "is_disabled", "low", "high")


@dataclass(frozen=True)
class Model:
    """A version of the CMS-HCC model: the rule tables of `program.risk_tables`, by short name."""

    codes: ir.Table
    edits: ir.Table
    segments: ir.Table
    demographics: ir.Table
    interactions: ir.Table
    sets: ir.Table
    chunks: int
    with_edits: bool = True


def scores(people: ir.Table, diagnoses: ir.Table, model: Model) -> ir.Table:
    """One person with its risk score and the terms of the sum.

    `people`: beneficiary_id, asked_segment ('': the one that takes such people), population
    (community, institutional, new_enrollee), dual_benefit (none, partial, full), age, sex (1, 2),
    medicaid, reason (of entitlement, '' unknown); nothing null. Those whom no segment takes have no
    row. `diagnoses`: beneficiary_id, icd_version, code.
    Result: beneficiary_id, segment, risk_score, hccs_before, hccs, terms.
    """
    coded = conditions(
        diagnoses,
        model.codes,
        "beneficiary_id",
        edits=model.edits,
        people=people if model.with_edits else None,
    )
    facts = demographics(people, model.segments, model.demographics)
    placed = people.inner_join(facts, list(KEYS)).select("beneficiary_id", *_PLACED)
    listed = placed.left_join(coded, "beneficiary_id").select(*placed.columns, "low", "high")
    profiled = listed.select(
        "beneficiary_id",
        *_PLACED,
        **{
            half: ibis.ifelse(listed.counts_conditions, listed[half].fill_null(0), 0).cast("int64")
            for half in ("low", "high")
        },
    )
    valued = _valued(profiled.select(*_PROFILE, "segment").distinct(), model)
    found = profiled.inner_join(valued, [*_PROFILE, "segment"])
    return found.select(
        "beneficiary_id",
        "segment",
        risk_score=ratio(found.own + found.thousandths, ibis.literal(_IN_ONE)),
        hccs_before=found.hccs_before,
        hccs=found.hccs,
        terms=without_trail(found.own_terms.concat(found.terms)),
    )


def _valued(profiles: ir.Table, model: Model) -> ir.Table:
    """Each different set of conditions, by segment, with what it adds to a score."""
    before = looked_up(profiles, model.sets, model.chunks)
    kept = before.select(
        "segment",
        "first_set",
        "is_disabled",
        **after_hierarchy(before),
        low_before=_.low,
        high_before=_.high,
        hccs_before=without_trail(before.hccs),
    )
    after = looked_up(kept, model.sets, model.chunks)
    after = after.mutate(traits=after.traits | _disability(after))
    extra = _interactions(after.select("segment", "traits").distinct(), model.interactions)
    found = after.left_join(extra, ["segment", "traits"])
    return found.select(
        "segment",
        "first_set",
        "is_disabled",
        low=found.low_before,
        high=found.high_before,
        hccs_before=found.hccs_before,
        hccs=without_trail(found.hccs),
        thousandths=found.thousandths + found.more.fill_null(0),
        terms=found.terms.concat(found.more_terms.fill_null("")),
    )


def _disability(people: ir.Table) -> ir.IntegerValue:
    return ibis.ifelse(people.is_disabled, _DISABLED, 0).cast("int64")


def _interactions(traits: ir.Table, rules: ir.Table) -> ir.Table:
    """Each different set of traits with the interactions that hold, by segment."""
    renamed = rules.select(
        **{f"of_{c}": rules[c] for c in ("segment", "position", "thousandths", "text")},
        needs=rules.needs,
        unless=rules.unless,
    )
    held = traits.inner_join(renamed, traits.segment == renamed.of_segment)
    held = held.filter(_holds(held))
    return held.group_by("segment", "traits").agg(
        more=held.of_thousandths.sum().cast("int64"),
        more_terms=in_order(held.of_text, held.of_position),
    )


def _holds(rows: ir.Table) -> ir.BooleanValue:
    """Whether the traits of a row are all that its rule needs, and not all that bars it."""
    barred = (rows.unless != 0) & ((rows.traits & rows.unless) == rows.unless)
    return ((rows.traits & rows.needs) == rows.needs) & ~barred


def variables(
    subjects: ir.Table,
    diagnoses: ir.Table,
    *,
    codes: ir.Table,
    edits: ir.Table,
    listed: ir.Table,
    interactions: ir.Table,
    sets: ir.Table,
    chunks: int,
    with_edits: bool = True,
) -> ir.Table:
    """Each subject with the HCCs left after the hierarchy and the community model's interactions.

    `subjects`: subject_id, age, sex, is_disabled (one row each; a person may be several subjects,
    one per episode say). `diagnoses`: subject_id, icd_version, code. The others are rule tables:
    hcc_flag_codes, hcc_edits, hcc_conditions, hcc_interactions, hcc_sets; `chunks` is
    `risk_tables.chunks(program)`. Result: subject_id, variable ('HCC18', 'DIABETES_CHF', ...); a
    subject without any has no row, and no disability interaction holds of a subject not known to be
    disabled.
    """
    coded = conditions(
        diagnoses, codes, "subject_id", edits=edits, people=subjects if with_edits else None
    )
    known = subjects.select("subject_id", is_disabled=subjects.is_disabled.fill_null(False))
    held = known.inner_join(coded, "subject_id")
    profiles = held.select("is_disabled", "low", "high").distinct()
    first = profiles.mutate(first_set=ibis.literal(0).cast("int64"))
    before = looked_up(first, sets, chunks)
    kept = before.select(
        "first_set", "is_disabled", **after_hierarchy(before), of_low=_.low, of_high=_.high
    )
    after = looked_up(kept, sets, chunks)
    long = _categories(after, listed).union(_combined(after, interactions))
    found = held.inner_join(
        long,
        [
            held.is_disabled == long.is_disabled,
            held.low == long.of_low,
            held.high == long.of_high,
        ],
    )
    return found.select("subject_id", "variable")


def _categories(after: ir.Table, listed: ir.Table) -> ir.Table:
    one = listed.select("variable", bit_low=_.low, bit_high=_.high)
    both = after.cross_join(one)
    has = (both.low & both.bit_low) | (both.high & both.bit_high)
    return both.filter(has != 0).select("is_disabled", "of_low", "of_high", "variable")


def _combined(after: ir.Table, interactions: ir.Table) -> ir.Table:
    rules = interactions.filter(interactions.is_community).select("variable", "needs", "unless")
    both = after.mutate(traits=after.traits | _disability(after)).cross_join(rules)
    return both.filter(_holds(both)).select("is_disabled", "of_low", "of_high", "variable")
