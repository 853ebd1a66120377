"""From rates to composites: scores against benchmarks, domains, and the place among peers."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import exact_mean, exact_sum, ratio
from openp4p.engine.stage import stage
from openp4p.program.definition import Program

_ECQM = ":ehr"


@stage(
    key=("tin", "measure"),
    columns={
        "tin": "string",
        "measure": "string",
        "kind": "string",
        "domain": "string",
        "cases": "int64",
        "rate": "float64",
        "benchmark_mean": "float64",
        "benchmark_sd": "float64",
        "score": "float64",
        "score_variance": "float64",
        "is_scored": "boolean",
        "reason": "string",
    },
)
def scores(
    performance_rates: ir.Table,
    benchmarks: ir.Table,
    measure_rules: ir.Table,
    practices: ir.Table,
    program: Program,
) -> ir.Table:
    """One rate of one practice in standard deviations from its benchmark (42 CFR 414.1245).

    Quality: larger is better; cost: larger is costlier. `reason` of one that is not scored, in this
    order: not_for_scoring, below_minimum_group_size, below_minimum_cases, no_benchmark. An ACO has
    no group size.
    """
    sized = practices.select("tin", "size")
    found = performance_rates.select("tin", "measure", "cases", "rate", "variance")
    found = found.inner_join(measure_rules, "measure")
    found = found.left_join(sized, "tin").drop("tin_right")
    peers = benchmarks.select("measure", "mean", "standard_deviation", "is_usable")
    found = found.left_join(peers, "measure").drop("measure_right")
    reason = ibis.cases(
        (~found.is_scored, "not_for_scoring"),
        (
            found["size"].fill_null(found.minimum_group_size) < found.minimum_group_size,
            "below_minimum_group_size",
        ),
        (found.cases < found.minimum_cases, "below_minimum_cases"),
        (~found.is_usable.fill_null(False) | found["rate"].isnull(), "no_benchmark"),
        else_=ibis.null("string"),
    )
    spread = found.standard_deviation
    made = found.select(
        "tin",
        "measure",
        "kind",
        "domain",
        "cases",
        "rate",
        benchmark_mean=found["mean"],
        benchmark_sd=spread,
        score=found.sign * ratio(found["rate"] - found["mean"], spread),
        score_variance=ratio(found.variance, spread * spread),
        is_scored=reason.isnull(),
        reason=reason,
    )
    if program.quality.separate_ecqm and program.quality.ecqm_scores == "case_weighted_score":
        return _pooled_versions(made)
    return made


def _pooled_versions(made: ir.Table) -> ir.Table:
    """The scores of a measure's electronic and other versions weighted by cases (D8)."""
    pooled = made.mutate(base=_.measure.replace(_ECQM, ""))
    pooled = pooled.mutate(
        share=ibis.ifelse(_.is_scored, _.cases, 0).cast("float64"),
    )
    whole = ibis.window(group_by=["tin", "base"])
    pooled = pooled.mutate(total=_.share.sum().over(whole), versions=_.is_scored.sum().over(whole))
    both = pooled.filter(pooled.versions > 1)
    weight = ratio(both.share, both.total)
    both = both.mutate(
        part=weight * both.score, part_variance=weight * weight * both.score_variance
    )
    merged = both.group_by(["tin", "base"]).agg(
        kind=_.kind.min(),
        domain=_.domain.min(),
        cases=_.cases.sum().cast("int64"),
        score=exact_sum(_.part),
        score_variance=_whole_or_missing(_.part_variance, exact_sum(_.part_variance)),
    )
    merged = merged.select(
        "tin",
        "kind",
        "domain",
        "cases",
        "score",
        "score_variance",
        measure=_.base,
        rate=ibis.null("float64"),
        benchmark_mean=ibis.null("float64"),
        benchmark_sd=ibis.null("float64"),
        is_scored=ibis.literal(True),
        reason=ibis.null("string"),
    )
    alone = pooled.filter(pooled.versions <= 1).select(*made.columns)
    return alone.union(merged.select(*made.columns))


@stage(
    key=("tin", "kind", "domain"),
    columns={
        "tin": "string",
        "kind": "string",
        "domain": "string",
        "measures": "int64",
        "score": "float64",
        "variance": "float64",
    },
)
def domain_scores(scores: ir.Table) -> ir.Table:
    """The mean score of a practice's measures in one domain, each with equal weight (414.1260).

    Measures are taken as independent: the variance of the mean is the sum of variances over the
    square of their number (D12); it is missing when one of them is.
    """
    scored = scores.filter(scores.is_scored)
    return scored.group_by(["tin", "kind", "domain"]).agg(
        measures=_.count(),
        score=exact_mean(_.score),
        variance=_mean_variance(_.score_variance),
    )


@stage(
    key=("tin", "kind"),
    columns={
        "tin": "string",
        "kind": "string",
        "domains": "int64",
        "raw": "float64",
        "variance": "float64",
    },
)
def raw_composites(domain_scores: ir.Table) -> ir.Table:
    """The mean of a practice's quality (or cost) domains, each with equal weight (414.1260)."""
    return domain_scores.group_by(["tin", "kind"]).agg(
        domains=_.count(), raw=exact_mean(_.score), variance=_mean_variance(_.variance)
    )


@stage(
    key=("kind", "size_class"),
    columns={
        "kind": "string",
        "size_class": "string",
        "peers": "int64",
        "mean": "float64",
        "standard_deviation": "float64",
        "basis": "string",
    },
)
def peer_groups(
    raw_composites: ir.Table,
    practices: ir.Table,
    reporting_categories: ir.Table,
    supplied_peers: ir.Table,
    size_classes: ir.Table,
    program: Program,
) -> ir.Table:
    """Mean and standard deviation of raw composites among the peers of each size class (D11).

    Peers: practices subject to the modifier in the same size class, without ACO practices,
    unweighted. A class with fewer than the minimum of peers takes all subject practices (D34).
    `basis`: size_class, all_practices, supplied.
    """
    rule = program.composites
    known = practices.select("tin", "size_class", "is_subject", "handling")
    peers = raw_composites.inner_join(known, "tin")
    categories = reporting_categories.select("tin", "category")
    peers = peers.left_join(categories, "tin").drop("tin_right")
    peers = peers.filter(peers.handling.fill_null("") != "aco")
    if rule.peer_group != "all_practices":
        peers = peers.filter(peers.is_subject)
    if rule.peer_group == "subject_same_class_category_1":
        peers = peers.filter(peers.category == 1)
    kinds = peers.select("kind").distinct()
    everyone = _spread_of(peers.mutate(size_class=ibis.literal("all")))
    by_class = _spread_of(peers.filter(peers.size_class.notnull()))
    cells = size_classes.select("size_class").cross_join(kinds)
    joined = cells.left_join(by_class, ["size_class", "kind"])
    joined = joined.drop("size_class_right", "kind_right")
    wide = everyone.select("kind", all_peers=_.peers, all_mean=_["mean"], all_sd=_.sd)
    joined = joined.left_join(wide, "kind").drop("kind_right")
    same_class = rule.peer_group.startswith("subject_same_class")
    enough = ibis.literal(same_class) & (joined.peers.fill_null(0) >= rule.minimum_peers)
    computed = joined.select(
        "kind",
        "size_class",
        peers=ibis.ifelse(enough, joined.peers, joined.all_peers),
        mean=ibis.ifelse(enough, joined["mean"], joined.all_mean),
        standard_deviation=ibis.ifelse(enough, joined.sd, joined.all_sd),
        basis=ibis.ifelse(enough, "size_class", "all_practices"),
    )
    supplied = supplied_peers.select(
        "kind",
        "size_class",
        "mean",
        "standard_deviation",
        peers=ibis.null("int64"),
        basis=ibis.literal("supplied"),
    )
    rest = computed.anti_join(supplied, ["kind", "size_class"])
    return rest.union(supplied.select(*computed.columns))


def _spread_of(peers: ir.Table) -> ir.Table:
    """Number, mean and population standard deviation of raw composites by class and kind."""
    means = peers.group_by(["size_class", "kind"]).agg(
        peers=_.count().cast("int64"), mean=exact_mean(_.raw)
    )
    centred = peers.inner_join(means, ["size_class", "kind"]).mutate(off=_.raw - _["mean"])
    spread = centred.group_by(["size_class", "kind"]).agg(sd=exact_mean(_.off * _.off).sqrt())
    return means.inner_join(spread, ["size_class", "kind"])


@stage(
    key=("tin", "kind"),
    columns={
        "tin": "string",
        "kind": "string",
        "entity_id": "string",
        "raw": "float64",
        "peer_mean": "float64",
        "peer_sd": "float64",
        "composite": "float64",
        "standard_error": "float64",
    },
)
def composites(
    raw_composites: ir.Table,
    practices: ir.Table,
    model_participation: ir.Table,
    peer_groups: ir.Table,
    program: Program,
) -> ir.Table:
    """A practice's quality or cost composite in standard deviations from its peers.

    A practice in an ACO has the quality of its ACO, the highest of several that reported, and no
    cost composite. Peers that do not differ at all: composite 0. The standard error follows the
    delta method with benchmarks and peer moments as constants (D12; the alternative computes
    none); it is missing when a variance is.
    """
    known = practices.select("tin", "size_class", "handling")
    own = raw_composites.inner_join(known, "tin")
    own = own.filter(own.handling.fill_null("") != "aco").mutate(entity_id=ibis.null("string"))
    columns = ["tin", "kind", "entity_id", "size_class", "raw", "variance"]
    every = own.select(*columns).union(_of_aco(raw_composites, known, model_participation, program))
    joined = every.inner_join(peer_groups, ["kind", "size_class"])
    flat = joined.standard_deviation.fill_null(0.0) <= 0.0
    distance = ratio(joined.raw - joined["mean"], joined.standard_deviation)
    error = ratio(joined.variance.sqrt(), joined.standard_deviation)
    unknown = flat | ibis.literal(program.composites.standard_error == "none")
    return joined.select(
        "tin",
        "kind",
        "entity_id",
        "raw",
        peer_mean=joined["mean"],
        peer_sd=joined.standard_deviation,
        composite=ibis.ifelse(flat, 0.0, distance),
        standard_error=ibis.ifelse(unknown, ibis.null("float64"), error),
    )


def _of_aco(
    raw: ir.Table, known: ir.Table, model_participation: ir.Table, program: Program
) -> ir.Table:
    """The quality composite that each ACO practice takes from its best ACO."""
    of_acos = [m for m, what in program.applicability.model_handling.items() if what == "aco"]
    taking_part = (
        model_participation.filter(
            model_participation.performance_year == program.performance_year,
            model_participation.model.isin(of_acos),
            model_participation.entity_reported,
        )
        .select("tin", "entity_id")
        .distinct()
    )
    members = known.filter(known.handling == "aco").inner_join(taking_part, "tin")
    quality = raw.filter(raw.kind == "quality").select("kind", "raw", "variance", entity_id=_.tin)
    offered = members.inner_join(quality, "entity_id")
    best = ibis.window(group_by="tin", order_by=[offered.raw.desc(), offered.entity_id])
    offered = offered.mutate(place=ibis.row_number().over(best))
    return offered.filter(offered.place == 0).select(
        "tin", "kind", "entity_id", "size_class", "raw", "variance"
    )


def _mean_variance(variance: ir.Value) -> ir.Value:
    """The variance of a mean of independent values; missing when one of them is."""
    number = variance.isnull().count().cast("float64")
    return _whole_or_missing(variance, ratio(exact_sum(variance), number * number))


def _whole_or_missing(value: ir.Value, total: ir.Value) -> ir.Value:
    """The total, or missing when a value is missing."""
    return ibis.ifelse(value.isnull().sum() > 0, ibis.null("float64"), total)
