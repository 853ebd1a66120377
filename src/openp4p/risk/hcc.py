"""CMS-HCC risk scores of any people, from a version of the model as tables.

A score is a sum of factors: of the demographic terms, of the condition categories that are left
after the hierarchy, and of the interactions among them.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from openp4p.engine.portable import ratio
from openp4p.program.risk_tables import Shape
from openp4p.risk.conditions import (
    after_hierarchy,
    combined,
    conditions,
    edited,
    of_conditions,
    of_interactions,
    without_trail,
)
from openp4p.risk.demographics import KEYS, demographics

_IN_ONE = 1000  # factors are summed in thousandths, exactly
_HALVES = ("low", "high")
_PLACED = ("segment", "first_set", "counts_conditions", "is_disabled", "own", "own_terms")


@dataclass(frozen=True)
class Model:
    """A version of the CMS-HCC model: the rule tables of `program.risk_tables`, by short name."""

    codes: ir.Table
    edits: ir.Table
    conditions: ir.Table
    segments: ir.Table
    demographics: ir.Table
    interactions: ir.Table
    sets: ir.Table
    shape: Shape
    with_edits: bool = True


def scores(people: ir.Table, diagnoses: ir.Table, model: Model) -> ir.Table:
    """One person with its risk score and the terms of the sum.

    `people`: beneficiary_id, asked_segment ('': the one that takes such people), population
    (community, institutional, new_enrollee), dual_benefit (none, partial, full), age, sex (1, 2),
    medicaid, reason (of entitlement, '' unknown); nothing null. Those whom no segment takes have no
    row. `diagnoses`: beneficiary_id, icd_version, code.
    Result: beneficiary_id, segment, risk_score, hccs_before, hccs, terms.
    """
    coded = conditions(diagnoses, model.codes, "beneficiary_id", with_edits=model.with_edits)
    facts = demographics(people, model.segments, model.demographics)
    placed = people.inner_join(facts, list(KEYS))
    placed = placed.select("beneficiary_id", "age", "sex", *_PLACED)
    listed = placed.left_join(coded, "beneficiary_id").select(*placed.columns, *_HALVES)
    # who is scored without conditions has none
    counted = listed.mutate(
        **{
            half: ibis.ifelse(listed.counts_conditions, listed[half].fill_null(0), 0).cast("int64")
            for half in _HALVES
        }
    )
    found = _left_and_combined(counted, model, "hccs", "terms", "thousandths")
    found = found.rename(sum_of_conditions="thousandths", condition_terms="terms")
    found = of_interactions(found, model.sets, model.shape, "terms", "thousandths")
    in_all = found.own + found.sum_of_conditions + found.thousandths
    return found.select(
        "beneficiary_id",
        "segment",
        risk_score=ratio(in_all, ibis.literal(_IN_ONE)),
        hccs_before=without_trail(found.hccs_before),
        hccs=without_trail(found.hccs),
        terms=without_trail(found.own_terms.concat(found.condition_terms, found.terms)),
    )


def _left_and_combined(people: ir.Table, model: Model, *names: str) -> ir.Table:
    """The people with the categories before and after the hierarchy, and what these combine to.

    The named columns of the sets of categories come along."""
    known = edited(people, model.edits, model.shape) if model.with_edits else people
    before = of_conditions(known, model.sets, model.shape, "hccs", "low_below", "high_below")
    left = after_hierarchy(before).rename(hccs_before="hccs")
    named = of_conditions(left, model.sets, model.shape, "traits", *names)
    return combined(named, model.interactions, model.shape)


def variables(subjects: ir.Table, diagnoses: ir.Table, model: Model) -> ir.Table:
    """Each subject with the HCCs left after the hierarchy and the community model's interactions.

    `subjects`: subject_id, age, sex, is_disabled (one row each; a person may be several subjects,
    one per episode say). `diagnoses`: subject_id, icd_version, code. The codes of the model are
    `hcc_flag_codes` where flags must not follow the performance year (M41). Result: subject_id,
    variable ('HCC18', 'DIABETES_CHF', ...). A subject without any has no row; no interaction with
    disability holds of a subject not known to be disabled.
    """
    coded = conditions(diagnoses, model.codes, "subject_id", with_edits=model.with_edits)
    known = subjects.select(
        "subject_id", "age", "sex", is_disabled=subjects.is_disabled.fill_null(False)
    )
    held = known.inner_join(coded, "subject_id").select(*known.columns, *_HALVES)
    found = _left_and_combined(held.mutate(first_set=ibis.literal(0).cast("int64")), model)
    return _categories(found, model.conditions).union(_combinations(found, model.interactions))


def _categories(found: ir.Table, listed: ir.Table) -> ir.Table:
    both = found.cross_join(listed.select("variable", bit_low=listed.low, bit_high=listed.high))
    has = (both.low & both.bit_low) | (both.high & both.bit_high)
    return both.filter(has != 0).select("subject_id", "variable")


def _combinations(found: ir.Table, interactions: ir.Table) -> ir.Table:
    rules = interactions.filter(interactions.is_community).select("variable", "rule")
    both = found.cross_join(rules)
    return both.filter(((both.combined >> both["rule"]) & 1) == 1).select("subject_id", "variable")
