"""The tiers of every practice when its beneficiaries are drawn again.

All cases of a beneficiary are in a draw together, as often as a Poisson(1) number of its hash says
(the bootstrap for data too large to resample by rank). Measures that no case of a beneficiary is
behind, reports of many patients, surveys, standardised ratios and rates from a report, are drawn
together as one normal deviate with the variance that their composite has from them (D12).
Benchmarks, models of what was expected, the specialty adjustment, the peers and the standard error
of the test are held fixed; which measures are scored is, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import exact_sum, ratio, whole
from openp4p.program.definition import Program
from openp4p.simulation.bootstrap_draws import cells, mixed_numbers, poisson_weights, seeds
from openp4p.tiers import tier_of

_PARTS = float(2**36)  # of the largest; times weights and people it stays below 2**63
BY_BENEFICIARY = ("observed_over_expected", "proportion")
PEOPLE = {"place": "int64", "seed": "int64", "numerator": "int64", "basis": "int64"}
CASES = {"tin": "string", "measure": "string", **PEOPLE}
LEVERS = {
    "place": "int64",
    "tin": "string",
    "measure": "string",
    "kind": "string",
    "rate": "float64",
    "scale": "float64",
    "lever": "float64",
}
UNITS = {"tin": "string", "kind": "string", "seed": "int64", "deviation": "float64"}
DRAWN = {"tin": "string", "kind": "string", "draw": "int64", "moved": "float64"}
COUNTED = {
    "tin": "string",
    "quality_tier": "string",
    "cost_tier": "string",
    "times": "int64",
}
SUMMED = {
    "tin": "string",
    "kind": "string",
    "times": "int64",
    "total": "float64",
    "squares": "float64",
}


@dataclass(frozen=True)
class Results:
    """The stored tables of a run that its draws rest on."""

    measure_cases: ir.Table
    measure_rules: ir.Table
    scores: ir.Table
    domain_scores: ir.Table
    raw_composites: ir.Table
    composites: ir.Table
    tiers: ir.Table


def cases_of_people(results: Results) -> ir.Table:
    """One beneficiary's cases of one scored measure of one practice, summed as whole numbers.

    `place` counts practices and measures. Numerators and bases are in parts of the largest of
    their place, so that draws are summed exactly and in whatever order; the parts cancel in
    `levers`.
    """
    rules = results.measure_rules.filter(_.form.isin(BY_BENEFICIARY)).select("measure", "form")
    scored = results.scores.filter(_.is_scored).select("tin", "measure")
    cases = results.measure_cases.filter(_.included & _.beneficiary_id.notnull())
    cases = cases.semi_join(scored, ["tin", "measure"]).inner_join(rules, "measure")
    is_ratio = cases.form == "observed_over_expected"
    cases = cases.mutate(basis=ibis.ifelse(is_ratio, cases.expected, cases.denominator))
    sums = cases.group_by("tin", "measure", "beneficiary_id").agg(
        numerator=exact_sum(_.numerator), basis=exact_sum(_.basis)
    )
    largest = sums.group_by("tin", "measure").agg(
        most=_.numerator.abs().max(), most_basis=_.basis.abs().max()
    )
    order = ibis.window(order_by=[largest.tin, largest.measure])
    largest = largest.mutate(place=ibis.row_number().over(order).cast("int64"))
    found = sums.inner_join(largest, ["tin", "measure"])
    return found.select(
        "place",
        "tin",
        "measure",
        numerator=_parts(found.numerator, found.most),
        basis=_parts(found.basis, found.most_basis),
        seed=seeds(found.beneficiary_id),
    )


def _parts(value: ir.FloatingValue, most: ir.FloatingValue) -> ir.IntegerValue:
    return whole(ratio(value, most).fill_null(0.0) * _PARTS)


def levers(results: Results, cases: ir.Table) -> ir.Table:
    """What a drawn rate of a measure moves: `lever` of the raw composite per unit of its rate.

    `scale` turns numerator over basis into the rate as it was compared; it has none where nothing
    was counted, and then no draw counts anything either.
    """
    signs = results.measure_rules.select("measure", "sign")
    counted = cases.group_by("place", "tin", "measure").agg(
        numerator=_.numerator.sum().cast("float64"), basis=_.basis.sum().cast("float64")
    )
    found = _shares(results).inner_join(counted, ["tin", "measure"]).inner_join(signs, "measure")
    return found.select(
        "place",
        "tin",
        "measure",
        "kind",
        "rate",
        scale=ratio(found["rate"], ratio(found.numerator, found.basis)),
        lever=ratio(found.share * found.sign, found.benchmark_sd),
    )


def units(results: Results, levers: ir.Table) -> ir.Table:
    """Each practice or ACO with the deviation that its raw composite has from all else."""
    own = levers.select("tin", "measure")
    rest = _shares(results).anti_join(own, ["tin", "measure"])
    spread = rest.mutate(part=_.share * _.share * _.score_variance.fill_null(0.0))
    sums = spread.group_by("tin", "kind").agg(variance=exact_sum(_.part))
    every = results.raw_composites.select("tin", "kind").left_join(sums, ["tin", "kind"])
    return every.select(
        "tin",
        "kind",
        seed=seeds(every.tin + "|" + every.kind),
        deviation=every.variance.fill_null(0.0).sqrt(),
    )


def _shares(results: Results) -> ir.Table:
    """Every scored measure with its share of the raw composite: 1 / (measures times domains)."""
    scored = results.scores.filter(_.is_scored).select(
        "tin", "measure", "kind", "domain", "rate", "benchmark_sd", "score_variance"
    )
    own = results.domain_scores.select("tin", "kind", "domain", "measures")
    whole = results.raw_composites.select("tin", "kind", "domains")
    found = scored.inner_join(own, ["tin", "kind", "domain"]).inner_join(whole, ["tin", "kind"])
    product = found.measures.cast("float64") * found.domains.cast("float64")
    return found.mutate(share=ratio(ibis.literal(1.0), product))


def drawn(
    people: ir.Table, levers: ir.Table, units: ir.Table, draws: ir.Table, deviates: ir.Table
) -> ir.Table:
    """How far each raw composite moves in each draw."""
    again = people.cross_join(draws)
    weight = poisson_weights(mixed_numbers(again.seed, again.factor, again.offset))
    again = again.mutate(weight=weight)
    rates = (
        again.group_by("place", "draw")
        .agg(
            numerator=(_.weight * _.numerator).sum().cast("int64"),
            basis=(_.weight * _.basis).sum().cast("int64"),
        )
        .inner_join(levers, "place")
    )
    # nobody in the draw, or nothing ever counted: the rate stays what it is
    move = rates.lever * (rates.scale * ratio(rates.numerator, rates.basis) - rates["rate"])
    moves = rates.mutate(move=move.fill_null(0.0)).group_by("tin", "kind", "draw")
    moved = moves.agg(of_people=exact_sum(_.move))
    every = units.cross_join(draws)
    every = every.mutate(cell=cells(mixed_numbers(every.seed, every.factor, every.offset)))
    every = every.inner_join(deviates, "cell")
    every = every.left_join(moved, ["tin", "kind", "draw"])
    return every.select(
        "tin",
        "kind",
        "draw",
        moved=every.of_people.fill_null(0.0) + every.deviation * every.deviate,
    )


def drawn_composites(results: Results, drawn: ir.Table) -> ir.Table:
    """The composites of practices in each draw; one of an ACO moves with its ACO."""
    held = results.composites.mutate(unit=ibis.coalesce(_.entity_id, _.tin))
    held = held.select("tin", "kind", "unit", "raw", "peer_mean", "peer_sd")
    again = drawn.select("kind", "draw", "moved", unit=_.tin)
    found = held.inner_join(again, ["unit", "kind"])
    distance = ratio(found.raw + found.moved - found.peer_mean, found.peer_sd)
    flat = found.peer_sd.fill_null(0.0) <= 0.0
    return found.select("tin", "kind", "draw", composite=ibis.ifelse(flat, 0.0, distance))


def counted(
    results: Results, drawn_composites: ir.Table, draws: ir.Table, program: Program
) -> ir.Table:
    """How often each practice that is tiered as measured falls into each pair of tiers."""
    measured = results.tiers.filter(_.is_tiered & _.reason.isnull())
    found = measured.select("tin", "quality_standard_error", "cost_standard_error")
    found = found.cross_join(draws.select("draw"))
    for kind in ("quality", "cost"):
        mine = drawn_composites.filter(_.kind == kind).select(
            "tin", "draw", **{f"{kind}_composite": _.composite}
        )
        found = found.left_join(mine, ["tin", "draw"]).drop("tin_right", "draw_right")
    no, yes = ibis.literal(False), ibis.literal(True)
    placed = found.select(
        "tin",
        quality_tier=tier_of(found, "quality", no, yes, program),
        cost_tier=tier_of(found, "cost", no, yes, program),
    )
    return placed.group_by("tin", "quality_tier", "cost_tier").agg(times=_.count().cast("int64"))


def summed(drawn_composites: ir.Table) -> ir.Table:
    """The composites of all draws of each practice, added up, and their squares."""
    return drawn_composites.group_by("tin", "kind").agg(
        times=_.count().cast("int64"),
        total=exact_sum(_.composite),
        squares=exact_sum(_.composite * _.composite),
    )
