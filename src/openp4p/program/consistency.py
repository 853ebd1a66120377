"""What must hold between the values of a program, beyond each value for itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from openp4p.program.definition import Program, Tier
from openp4p.program.governance_rules import governance_mistakes

ALL_CLASSES = "all"
_OUTCOMES = ("met", "exclusion", "exception", "not_met")
_TIERS: tuple[Tier, ...] = ("low", "average", "high")
Mistake = tuple[str, str, str]


def inconsistencies(program: Program) -> Iterator[Mistake]:
    """Path, what was found, what is allowed: for every contradiction within the program."""
    yield from _size_classes(program)
    yield from _grid(program) if program.award is None else _awards(program)
    yield from governance_mistakes(program)
    yield from _measures(program)
    outcomes = program.reporting.quality_data_outcomes
    if sorted(outcomes) != sorted(_OUTCOMES):
        found = f"has {', '.join(outcomes) or 'none'}"
        yield "reporting.quality_data_outcomes", found, f"each once of {', '.join(_OUTCOMES)}"


def _size_classes(program: Program) -> Iterator[Mistake]:
    path = "applicability.size_classes"
    ranges = sorted(
        (c.minimum, c.maximum, c.id)
        for c in program.applicability.size_classes
        if c.composition == "any"
    )
    for (_, top, id_), (bottom, _, next_id) in pairwise(ranges):
        if top is None or top >= bottom:
            yield path, f"'{id_}' and '{next_id}' overlap", "ranges one after the other"
        elif top + 1 != bottom:
            yield path, f"no class between '{id_}' and '{next_id}'", "ranges without a gap"
    if ranges and ranges[-1][1] is not None:
        yield path, f"no class above {ranges[-1][1]}", "a last class without a maximum"
    if ranges and ranges[0][0] > program.applicability.minimum_group_size:
        yield path, "no class for the smallest practices that are subject", "from the minimum size"


def _grid(program: Program) -> Iterator[Mistake]:
    classes = [c.id for c in program.applicability.size_classes]
    seen = Counter((c.size_class, c.quality, c.cost) for c in program.payment.grid)
    named = {cell.size_class for cell in program.payment.grid}
    for name in sorted(named - {*classes, ALL_CLASSES}):
        yield "payment.grid", f"size class '{name}' is unknown", ", ".join([*classes, ALL_CLASSES])
    for name in classes:
        if name not in named and ALL_CLASSES not in named:
            yield "payment.grid", f"no cells for size class '{name}'", "nine cells a class"
    for name in sorted(named):
        lacking = [(q, c) for q in _TIERS for c in _TIERS if seen[(name, q, c)] != 1]
        for quality, cost in lacking:
            count = seen[(name, quality, cost)]
            what = f"{count} cells for {name}, quality {quality}, cost {cost}"
            yield "payment.grid", what, "exactly one"
    for cell in program.payment.grid:
        if (cell.percent is None) == (cell.multiple is None):
            what = f"{cell.size_class}, quality {cell.quality}, cost {cell.cost}"
            yield "payment.grid", f"{what}: percent and multiple", "exactly one of the two"
    for name in classes:
        if name not in program.payment.automatic_percent:
            yield "payment.automatic_percent", f"nothing for size class '{name}'", "every class"


def _awards(program: Program) -> Iterator[Mistake]:
    """A program that pays awards has no tiers and takes from nobody."""
    payment, award = program.payment, program.award
    if payment.grid:
        yield "payment.grid", "has cells beside an award", "an empty list"
    if payment.automatic_percent:
        yield "payment.automatic_percent", "takes from practices beside an award", "nothing"
    if award is not None and award.threshold_low >= award.threshold_high:
        yield "award.threshold_low", "is not below award.threshold_high", "a lower quantile"
    if award is not None and award.quality_weight != 1:
        yield "award.quality_weight", f"{award.quality_weight:g} pays for cost", "1: no award does"


def _measures(program: Program) -> Iterator[Mistake]:
    domains = {
        "quality": program.composites.quality_domains,
        "cost": program.composites.cost_domains,
    }
    for measure in program.measures:
        if measure.domain not in domains[measure.kind]:
            allowed = ", ".join(domains[measure.kind])
            yield f"measures.{measure.id}", f"domain '{measure.domain}' is unknown", allowed
    for id_, count in Counter(m.id for m in program.measures).items():
        if count > 1:
            yield f"measures.{id_}", f"is there {count} times", "once"
