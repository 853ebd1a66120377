"""Benchmarks: the mean of all peers for each measure, and the spread around it."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import exact_sum, ratio
from openp4p.engine.stage import stage
from openp4p.program.definition import Program

PRIOR_YEAR, PERFORMANCE_YEAR = "prior_year", "performance_year"


@stage(
    key=("measure",),
    columns={
        "measure": "string",
        "mean": "float64",
        "standard_deviation": "float64",
        "practices": "int64",
        "cases": "int64",
        "source": "string",
        "is_usable": "boolean",
        "reason": "string",
    },
)
def benchmarks(
    performance_rates: ir.Table,
    prior_rates: ir.Table,
    prior_outcome_rates: ir.Table,
    supplied_benchmark: ir.Table,
    quality_result: ir.Table,
    cahps_result: ir.Table,
    model_participation: ir.Table,
    measure_rules: ir.Table,
    practices: ir.Table,
    program: Program,
) -> ir.Table:
    """One measure with the case-weighted mean of its peers and the standard deviation around it.

    `source`: supplied (a published file), prior_year (quality: all who reported in the year before,
    42 CFR 414.1250) or performance_year (cost: 42 CFR 414.1255). Rates of measures from claims are
    those of an earlier run; without one, the program says whether the present year stands in for
    it. Practices below the minimum are in the mean of quality measures but not in the deviation
    (D10). `reason` of one that is not usable: fewer_than_minimum_practices (D9), no_spread. ACO
    rates are not peers of practices.
    """
    rules = measure_rules.select("measure", "kind", "minimum_cases")
    if program.quality.benchmark_period == PRIOR_YEAR:
        # a practice of the year before may be gone by now: every reporter but an ACO counts
        entities = _entities(quality_result, cahps_result, model_participation)
        quality = _peers(prior_rates.union(prior_outcome_rates), rules, "quality")
        quality = quality.anti_join(entities, "tin").mutate(source=ibis.literal(PRIOR_YEAR))
        if program.quality.outcome_benchmark_without_prior == PERFORMANCE_YEAR:
            outcomes = measure_rules.filter(measure_rules.source == "claims").select("measure")
            present = _peers(performance_rates, rules, "quality").semi_join(practices, "tin")
            present = present.semi_join(outcomes, "measure").anti_join(quality, "measure")
            quality = quality.union(present.mutate(source=ibis.literal(PERFORMANCE_YEAR)))
    else:
        quality = _peers(performance_rates, rules, "quality").semi_join(practices, "tin")
        quality = quality.mutate(source=ibis.literal(PERFORMANCE_YEAR))
    cost = _peers(performance_rates, rules, "cost")
    if program.cost.benchmark_population == "subject_practices":
        cost = cost.semi_join(practices.filter(practices.is_subject), "tin")
    else:
        cost = cost.filter(cost.cases >= cost.minimum_cases)
    quality = quality.mutate(in_spread=_in_spread(quality, program))
    cost = cost.mutate(source=ibis.literal(PERFORMANCE_YEAR), in_spread=ibis.literal(True))
    computed = _moments(quality.union(cost), program)
    supplied = _supplied(supplied_benchmark)
    every = supplied.union(computed.anti_join(supplied, "measure").select(*supplied.columns))
    few = (every.kind == "quality") & (every.practices < program.quality.minimum_benchmark_tins)
    reason = ibis.cases(
        (few, "fewer_than_minimum_practices"),
        (every.standard_deviation.fill_null(0.0) <= 0.0, "no_spread"),
        else_=ibis.null("string"),
    )
    return every.mutate(is_usable=reason.isnull(), reason=reason).drop("kind")


def _peers(rates: ir.Table, rules: ir.Table, kind: str) -> ir.Table:
    of_kind = rules.filter(rules.kind == kind)
    peers = rates.select("tin", "measure", "cases", "rate").inner_join(of_kind, "measure")
    return peers.filter(peers["rate"].notnull(), peers.cases > 0)


def _entities(*naming: ir.Table) -> ir.Table:
    """The ACOs and model entities that tables name, as their rates name them."""
    sent = [table.filter(_.entity_id.notnull()).select(tin="entity_id") for table in naming]
    return ibis.union(*sent, distinct=True)


def _supplied(supplied_benchmark: ir.Table) -> ir.Table:
    """Published benchmarks, those of electronic versions under the version's own name."""
    version = ibis.ifelse(
        supplied_benchmark.mechanism.isnull(), "", ":" + supplied_benchmark.mechanism
    )
    return supplied_benchmark.select(
        "mean",
        "standard_deviation",
        measure=supplied_benchmark.measure + version,
        practices=ibis.null("int64"),
        cases=ibis.null("int64"),
        source=ibis.literal("supplied"),
        kind=ibis.literal("supplied"),
    )


def _in_spread(peers: ir.Table, program: Program) -> ir.BooleanValue:
    """Which quality reporters the standard deviation is taken over (D10)."""
    if program.benchmarks.standard_deviation == "case_weighted_all":
        return ibis.literal(True)
    return peers.cases >= peers.minimum_cases


def _moments(peers: ir.Table, program: Program) -> ir.Table:
    """Case-weighted mean B, and the deviation about the same B: sqrt(sum n (r - B)^2 / sum n).

    Peers that are all alike have none: what rounding leaves of a square is cut from its sum.
    """
    weighted = peers.mutate(weight=_.cases.cast("float64"))
    weighted = weighted.mutate(product=_.weight * _["rate"])
    means = weighted.group_by("measure").agg(
        mean=ratio(exact_sum(_["product"]), exact_sum(_.weight)),
        practices=_.count().cast("int64"),
        cases=_.cases.sum().cast("int64"),
        source=_.source.min(),
        kind=_.kind.min(),
    )
    centred = weighted.inner_join(means.select("measure", "mean"), "measure")
    centred = centred.filter(centred.in_spread).mutate(off=_["rate"] - _["mean"])
    even = program.benchmarks.standard_deviation in ("unweighted", "ddof_1")
    centred = centred.mutate(share=ibis.literal(1.0) if even else _.weight)
    centred = centred.mutate(square=_.share * _.off * _.off)
    lost = 1.0 if program.benchmarks.standard_deviation == "ddof_1" else 0.0
    spread = centred.group_by("measure").agg(
        standard_deviation=ratio(exact_sum(_.square), exact_sum(_.share) - lost).sqrt(),
    )
    return means.left_join(spread, "measure").drop("measure_right")
