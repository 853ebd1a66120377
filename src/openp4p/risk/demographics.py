"""What age, sex, Medicaid and the reason for entitlement add to a score."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from openp4p.engine.portable import in_order

KEYS = ("asked_segment", "population", "dual_benefit", "age", "sex", "medicaid", "reason")
_BY_AGE = "0"


def demographics(people: ir.Table, segments: ir.Table, terms: ir.Table) -> ir.Table:
    """Each different set of demographic facts with its segment and the terms it adds.

    Columns: the facts, segment, first_set, counts_conditions, is_disabled, own, own_terms. Facts
    that no segment takes have no row. The number of people does not matter: only how many different
    facts there are.
    """
    facts = people.select(*KEYS).distinct()
    placed = _placed(facts, segments)
    return _summed(placed, terms)


def _placed(facts: ir.Table, segments: ir.Table) -> ir.Table:
    """The facts with the segment that was asked for, or the one that takes such people."""
    renamed = segments.rename(
        takes="population", takes_benefit="dual_benefit", youngest="age_from", oldest="age_to"
    )
    asked = facts.filter(facts.asked_segment != "")
    open_ = facts.filter(facts.asked_segment == "")
    by_name = asked.inner_join(renamed, asked.asked_segment == renamed.segment)
    by_facts = open_.inner_join(
        renamed,
        [
            open_.population == renamed.takes,
            renamed.takes_benefit.isnull() | (renamed.takes_benefit == open_.dual_benefit),
            open_.age >= renamed.youngest,
            open_.age <= renamed.oldest,
        ],
    )
    found = by_name.union(by_facts)
    # no reason given: whoever is below the age is disabled, as nothing else entitles them
    by_age = found.reason == _BY_AGE
    is_disabled = (found.age < found.disabled_below) & ~by_age
    enters = (found.age == found.entry_age).fill_null(False) & by_age
    has_reason = (found.reason != "") & found.originally_disabled_reasons.contains(found.reason)
    return found.select(
        *KEYS,
        "segment",
        "first_set",
        "counts_conditions",
        is_disabled=is_disabled,
        was_disabled=has_reason & ~is_disabled,
        counted_age=ibis.ifelse(enters, found.age + 1, found.age),
    )


def _summed(placed: ir.Table, terms: ir.Table) -> ir.Table:
    """The facts with the sum of their terms, and the terms in the order of the file of factors."""
    renamed = terms.select(**{f"of_{column}": terms[column] for column in terms.columns})
    held = placed.inner_join(renamed, placed.segment == renamed.of_segment)
    held = held.filter(
        held.of_sex.isnull() | (held.of_sex == held.sex),
        held.counted_age >= held.of_age_from,
        held.counted_age <= held.of_age_to,
        held.of_medicaid.isnull() | (held.of_medicaid == held.medicaid),
        held.of_originally_disabled.isnull() | (held.of_originally_disabled == held.was_disabled),
        held.of_disabled.isnull() | (held.of_disabled == held.is_disabled),
        held.of_reasons.isnull() | ((held.reason != "") & held.of_reasons.contains(held.reason)),
    )
    sums = held.group_by(*KEYS).agg(
        own=held.of_thousandths.sum().cast("int64"),
        own_terms=in_order(held.of_text, held.of_position),
    )
    found = placed.left_join(sums, list(KEYS))
    return found.select(
        *KEYS,
        "segment",
        "first_set",
        "counts_conditions",
        "is_disabled",
        own=found.own.fill_null(0).cast("int64"),
        own_terms=found.own_terms.fill_null(""),
    )
