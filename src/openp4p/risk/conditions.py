"""From diagnoses to condition categories: codes, age and sex edits, hierarchy."""

from __future__ import annotations

from functools import reduce

import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import bits_of_any, bits_without
from openp4p.program.hcc_sets import SETS_OF_HALF, VALUES, WIDTH

_HALVES = ("low", "high")


def conditions(
    diagnoses: ir.Table, codes: ir.Table, person: str, *, edits: ir.Table, people: ir.Table | None
) -> ir.Table:
    """One person with the categories of its diagnoses, before the hierarchy: `low`, `high`.

    A code of two categories gives both; a code of none, and a person without any, have no row.
    With `people` (person, age, sex) the edits hold: at an age or for a sex a code means another
    category, or nothing. Few codes are edited, so the others never meet the people.
    """
    plain = codes if people is None else codes.filter(~codes.is_edited)
    found = diagnoses.inner_join(plain, ["icd_version", "code"]).select(person, *_HALVES)
    if people is not None:
        found = found.union(_edited(diagnoses, codes, person, edits, people))
    return found.group_by(person).agg(**{half: bits_of_any(found[half]) for half in _HALVES})


def _edited(
    diagnoses: ir.Table, codes: ir.Table, person: str, edits: ir.Table, people: ir.Table
) -> ir.Table:
    """The categories of the codes that an edit may change, for the age and sex they stand with."""
    listed = codes.filter(codes.is_edited)
    coded = diagnoses.inner_join(listed, ["icd_version", "code"]).select(
        person, "icd_version", "code", *_HALVES
    )
    known = coded.inner_join(people.select(person, "age", "sex"), person)
    new = edits.select(
        "icd_version",
        "code",
        new_low=_.low,
        new_high=_.high,
        only=edits.sex.fill_null(""),
        age_from=_.age_from,
        age_to=_.age_to,
    )
    both = known.left_join(
        new,
        [
            known.icd_version == new.icd_version,
            known.code == new.code,
            (new.only == "") | (new.only == known.sex),
            known.age >= new.age_from,
            known.age <= new.age_to,
        ],
    )
    # an edit that drops the code has no bits; no edit at all leaves the code what it is
    return both.select(
        person, **{half: both[f"new_{half}"].fill_null(both[half]) for half in _HALVES}
    )


def looked_up(people: ir.Table, sets: ir.Table, chunks: int) -> ir.Table:
    """What the categories `low`, `high` mean, seven at a time, from the set `first_set` on.

    Every column of a set comes back once: texts one after the other, whole numbers added up,
    bits of any.
    """
    found = people
    for chunk in range(chunks):
        half = people["low" if chunk < SETS_OF_HALF else "high"]
        value = (half >> (chunk % SETS_OF_HALF * WIDTH)) & (VALUES - 1)
        found = found.mutate(
            **{f"set_{chunk}": (people.first_set + value + chunk * VALUES).cast("int64")}
        )
    for chunk in range(chunks):
        renamed = sets.select(**{f"{c}_{chunk}": sets[c] for c in sets.columns})
        found = found.left_join(renamed, f"set_{chunk}").drop(f"set_{chunk}_right")
    return found.select(
        *people.columns,
        hccs=_texts(found, "hccs", chunks),
        terms=_texts(found, "terms", chunks),
        thousandths=reduce(lambda a, b: a + b, _each(found, "thousandths", chunks)),
        **{
            name: reduce(lambda a, b: a | b, _each(found, name, chunks))
            for name in ("low_below", "high_below", "traits")
        },
    )


def _each(found: ir.Table, name: str, chunks: int) -> list[ir.Value]:
    return [found[f"{name}_{chunk}"] for chunk in range(chunks)]


def _texts(found: ir.Table, name: str, chunks: int) -> ir.StringValue:
    first, *others = _each(found, name, chunks)
    return first.concat(*others) if others else first


def without_trail(text: ir.StringValue) -> ir.StringValue:
    """A text of parts that each end in a bar, without the last bar."""
    return text.substr(0, (text.length() - 1).clip(lower=0))


def after_hierarchy(people: ir.Table) -> dict[str, ir.Value]:
    """`low` and `high` without the categories below one that the person has.

    One pass is enough: what a category removes holds all that those removed would remove.
    """
    return {half: bits_without(people[half], people[f"{half}_below"]) for half in _HALVES}
