"""From diagnoses to condition categories and interactions: codes, edits, hierarchy, rules.

Categories are bits of the columns `low` and `high`, interactions bits of `combined`
(see `openp4p.program.risk_tables`).
"""

from __future__ import annotations

from functools import reduce
from operator import add, or_

import ibis
import ibis.expr.types as ir

from openp4p.engine.portable import bits_of_any, bits_without
from openp4p.program.hcc_sets import SETS_OF_HALF, VALUES, WIDTH
from openp4p.program.risk_tables import Shape

_HALVES = ("low", "high")
_DISABLED = 1  # the trait of disability; the others are groups and conditions


def conditions(diagnoses: ir.Table, codes: ir.Table, person: str, *, with_edits: bool) -> ir.Table:
    """One person with the categories of its diagnoses, before edits and hierarchy: `low`, `high`.

    A code of two categories gives both; a person without any has no row. With edits, a code that
    age or sex may change gives the bit of its edit instead.
    """
    listed = codes
    if with_edits:
        is_edited = codes.edit != 0
        listed = codes.mutate(
            low=ibis.ifelse(is_edited, 0, codes.low).cast("int64"),
            high=ibis.ifelse(is_edited, codes.edit, codes.high).cast("int64"),
        )
    listed = listed.select("icd_version", "code", *_HALVES)
    found = diagnoses.inner_join(listed, ["icd_version", "code"]).select(person, *_HALVES)
    return found.group_by(person).agg(**{half: bits_of_any(found[half]) for half in _HALVES})


def edited(people: ir.Table, edits: ir.Table, shape: Shape) -> ir.Table:
    """The people, whose `age` and `sex` say what the codes under an edit mean."""
    if not shape.edits:
        return people
    listed = _side_by_side(edits, "slot", shape.edits)
    both = people.cross_join(listed)
    low, high = both.low, bits_without(both.high, _any(both, "edit", shape.edits))
    for slot in range(shape.edits):
        of = {name: both[f"{name}_{slot}"] for name in edits.columns if name != "slot"}
        within = (both.age >= of["age_from"]) & (both.age <= of["age_to"])
        within &= of["sex"].isnull() | (both.sex == of["sex"])
        has = (both.high & of["edit"]) != 0
        low = low | _where(has, within, of["low"], of["else_low"])
        high = high | _where(has, within, of["high"], of["else_high"])
    columns = [name for name in people.columns if name not in _HALVES]
    return both.select(*columns, low=low, high=high)


def _where(has: ir.Value, within: ir.Value, then: ir.Value, otherwise: ir.Value) -> ir.Value:
    return ibis.cases((has & within, then), (has, otherwise), else_=0).cast("int64")


def _side_by_side(table: ir.Table, number: str, count: int) -> ir.Table:
    """The rows numbered from 0 on as the columns of one row: `needs` becomes `needs_0`, ..."""
    return table.agg(
        **{
            f"{name}_{row}": table[name].max(where=table[number] == row)
            for row in range(count)
            for name in table.columns
            if name != number
        }
    )


def _any(table: ir.Table, name: str, count: int) -> ir.Value:
    return reduce(or_, (table[f"{name}_{number}"] for number in range(count)))


def combined(people: ir.Table, interactions: ir.Table, shape: Shape) -> ir.Table:
    """The people with the interactions that their `traits` and `is_disabled` make hold."""
    rules = interactions.select("rule", "needs", "unless").distinct()
    both = people.cross_join(_side_by_side(rules, "rule", shape.rules))
    traits = both.traits | ibis.ifelse(both.is_disabled, _DISABLED, 0).cast("int64")
    held = [
        ibis.ifelse(_holds(traits, both[f"needs_{r}"], both[f"unless_{r}"]), 1 << r, 0)
        for r in range(shape.rules)
    ]
    return both.select(*people.columns, combined=reduce(add, held).cast("int64"))


def _holds(traits: ir.Value, needs: ir.Value, unless: ir.Value) -> ir.BooleanValue:
    """Whether the traits are all that a rule needs, and not all that bars it."""
    return ((traits & needs) == needs) & ((unless == 0) | ((traits & unless) != unless))


def of_conditions(people: ir.Table, sets: ir.Table, shape: Shape, *names: str) -> ir.Table:
    """The people with what their categories mean, from the set `first_set` on.

    Each named column of the sets comes back once: texts one after the other, whole numbers added
    up, bits of any.
    """
    chunks = [
        (chunk, people["low" if chunk < SETS_OF_HALF else "high"], chunk % SETS_OF_HALF)
        for chunk in range(shape.chunks)
    ]
    return _looked_up(people, sets, chunks, names)


def of_interactions(people: ir.Table, sets: ir.Table, shape: Shape, *names: str) -> ir.Table:
    """The people with what their interactions mean, likewise."""
    chunks = [(shape.chunks + chunk, people.combined, chunk) for chunk in range(shape.rule_chunks)]
    return _looked_up(people, sets, chunks, names)


def _looked_up(
    people: ir.Table,
    sets: ir.Table,
    chunks: list[tuple[int, ir.Value, int]],
    names: tuple[str, ...],
) -> ir.Table:
    found = people.mutate(
        **{
            f"set_{chunk}": people.first_set
            + chunk * VALUES
            + ((bits >> place * WIDTH) & (VALUES - 1))
            for chunk, bits, place in chunks
        }
    )
    # one chain of joins, and nothing between them: each step between would nest the query deeper
    for chunk, _bits, _place in chunks:
        columns = {f"{name}_{chunk}": sets[name] for name in names}
        renamed = sets.select(**{f"at_{chunk}": sets["set"]}, **columns)
        found = found.left_join(renamed, [(f"set_{chunk}", f"at_{chunk}")])
    return found.select(
        *people.columns,
        **{
            name: _together(name, [found[f"{name}_{chunk}"] for chunk, _b, _p in chunks])
            for name in names
        },
    )


def _together(name: str, values: list[ir.Value]) -> ir.Value:
    if name in ("hccs", "terms"):
        return values[0].concat(*values[1:]) if len(values) > 1 else values[0]
    return reduce(add if name == "thousandths" else or_, values)


def without_trail(text: ir.StringValue) -> ir.StringValue:
    """A text of parts that each end in a bar, without the last bar."""
    return text.substr(0, (text.length() - 1).clip(lower=0))


def after_hierarchy(people: ir.Table) -> ir.Table:
    """The people without the categories below one that they have.

    One pass is enough: what a category removes holds all that those removed would remove.
    """
    return people.mutate(
        **{half: bits_without(people[half], people[f"{half}_below"]) for half in _HALVES}
    ).drop("low_below", "high_below")
