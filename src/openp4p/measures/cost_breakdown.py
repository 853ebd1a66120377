"""Where the dollars of a practice's patients went: by category, by kind of service, by who billed.

Dollars of the year as they are: neither annualised nor trimmed, so that every figure is a sum of
service costs.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import exact_mean, money_sum, ratio, significant
from openp4p.engine.stage import stage

_DOLLARS = "decimal(38, 2)"
_GROUP_CHARACTERS = 2
_NO_CODE = "none"
_HUNDRED = 100.0
OWN, OTHER, FACILITY = "own", "other", "facility"


@stage(
    key=("beneficiary_id", "category", "service_group", "billed_by"),
    each="beneficiary_id",
    columns={
        "beneficiary_id": "string",
        "category": "string",
        "service_group": "string",
        "billed_by": "string",
        "tin": "string",
        "services": "int64",
        "dollars": _DOLLARS,
    },
)
def beneficiary_cost_categories(
    service_costs: ir.Table, attributed_beneficiaries: ir.Table
) -> ir.Table:
    """The dollars of one attributed beneficiary in one category, by kind of service and biller.

    `service_group`: the first two characters of the BETOS group, none without a code. `billed_by`:
    own (the beneficiary's practice), other (another practice or supplier), facility (no TIN).
    """
    mine = attributed_beneficiaries.select("beneficiary_id", practice="tin")
    rows = service_costs.filter(service_costs.in_year).inner_join(mine, "beneficiary_id")
    biller = ibis.cases(
        (rows.tin.isnull(), FACILITY), (rows.tin == rows.practice, OWN), else_=OTHER
    )
    named = rows.select(
        "beneficiary_id",
        "category",
        "amount",
        service_group=rows.betos.substr(0, _GROUP_CHARACTERS).fill_null(_NO_CODE),
        billed_by=biller,
        tin="practice",
    )
    return named.group_by("beneficiary_id", "category", "service_group", "billed_by").agg(
        tin=_.tin.min(), services=_.count(), dollars=money_sum(_.amount)
    )


@stage(
    key=("tin", "category", "billed_by"),
    columns={
        "tin": "string",
        "category": "string",
        "billed_by": "string",
        "beneficiaries": "int64",
        "dollars": _DOLLARS,
        "share": "float64",
        "per_capita_dollars": "float64",
        "peers_per_capita_dollars": "float64",
        "class_per_capita_dollars": "float64",
        "difference": "float64",
    },
)
def practice_costs(
    beneficiary_cost_categories: ir.Table,
    attributed_beneficiaries: ir.Table,
    practices: ir.Table,
) -> ir.Table:
    """The dollars of one practice's beneficiaries in one category by who billed, beside the nation.

    Every pair of category and biller that occurs anywhere has its row. `share`: of all dollars of
    the practice. Per capita: dollars over attributed beneficiaries, with and without such dollars.
    Peers: the same over all attributed beneficiaries of the nation; class: over those of practices
    of the same size class. `difference` is from the peers.
    """
    cells = beneficiary_cost_categories.group_by("tin", "category", "billed_by").agg(
        dollars=money_sum(_.dollars)
    )
    sizes = practices.select(of="tin", size_class="size_class")
    listed = attributed_beneficiaries.group_by("tin").agg(beneficiaries=_.count())
    listed = listed.left_join(sizes, listed.tin == sizes.of).drop("of")
    places = cells.select("category", "billed_by").distinct()
    grid = listed.cross_join(places)
    found = grid.left_join(cells, ["tin", "category", "billed_by"])
    found = found.select(
        "tin",
        "category",
        "billed_by",
        "beneficiaries",
        "size_class",
        dollars=found.dollars.fill_null(0).cast(_DOLLARS),
    )
    return _beside_others(found)


def _beside_others(found: ir.Table) -> ir.Table:
    """The cells with the same cell over the nation, and over the practices of the size class."""
    cell = ["category", "billed_by"]
    nation = found.group_by(cell).agg(
        nation_dollars=money_sum(_.dollars), nation_beneficiaries=_.beneficiaries.sum()
    )
    classes = found.filter(found.size_class.notnull())
    classes = classes.group_by([*cell, "size_class"]).agg(
        class_dollars=money_sum(_.dollars), class_beneficiaries=_.beneficiaries.sum()
    )
    whole = found.group_by("tin").agg(practice_dollars=money_sum(_.dollars))
    beside = found.inner_join(nation, cell).inner_join(whole, "tin")
    beside = beside.left_join(classes, [*cell, "size_class"])
    mine = ratio(beside.dollars, beside.beneficiaries)
    peers = ratio(beside.nation_dollars, beside.nation_beneficiaries)
    return beside.select(
        "tin",
        *cell,
        "beneficiaries",
        "dollars",
        share=ratio(beside.dollars, beside.practice_dollars),
        per_capita_dollars=mine,
        peers_per_capita_dollars=peers,
        class_per_capita_dollars=ratio(beside.class_dollars, beside.class_beneficiaries),
        difference=mine - peers,
    )


@stage(
    key=("tin", "service_group", "billed_by"),
    columns={
        "tin": "string",
        "service_group": "string",
        "billed_by": "string",
        "services": "int64",
        "dollars": _DOLLARS,
        "share": "float64",
    },
)
def practice_cost_services(beneficiary_cost_categories: ir.Table) -> ir.Table:
    """The dollars of one practice's beneficiaries for one kind of service, by who billed it."""
    found = beneficiary_cost_categories.group_by("tin", "service_group", "billed_by").agg(
        services=_.services.sum(), dollars=money_sum(_.dollars)
    )
    whole = found.group_by("tin").agg(practice_dollars=money_sum(_.dollars))
    found = found.inner_join(whole, "tin")
    share = ratio(found.dollars, found.practice_dollars)
    return found.mutate(share=share).drop("practice_dollars")


@stage(
    key=("tin",),
    columns={
        "tin": "string",
        "beneficiaries": "int64",
        "dollars": _DOLLARS,
        "per_capita_dollars": "float64",
        "annualised_cost": "float64",
        "own_share": "float64",
        "other_share": "float64",
        "facility_share": "float64",
        "risk_score": "float64",
        "risk_percentile": "float64",
    },
)
def practice_cost_facts(
    beneficiary_cost_categories: ir.Table,
    attributed_beneficiaries: ir.Table,
    eligible_beneficiaries: ir.Table,
    beneficiary_costs: ir.Table,
) -> ir.Table:
    """One practice: what its beneficiaries cost before any adjustment, who billed it, their risk.

    `annualised_cost`: the mean of the beneficiaries' annualised costs, neither trimmed nor
    adjusted. Shares are of the practice's dollars. `risk_score` is the mean of the beneficiaries
    that have one; `risk_percentile` the percent of practices whose mean is at or below this one.
    """
    scores = eligible_beneficiaries.select("beneficiary_id", "risk_score")
    costs = beneficiary_costs.select("beneficiary_id", "annualised_cost")
    people = attributed_beneficiaries.select("beneficiary_id", "tin")
    people = people.left_join(scores, "beneficiary_id").drop("beneficiary_id_right")
    people = people.left_join(costs, "beneficiary_id").drop("beneficiary_id_right")
    listed = people.group_by("tin").agg(
        beneficiaries=_.count(),
        annualised_cost=exact_mean(_.annualised_cost),
        risk_score=exact_mean(_.risk_score),
    )
    cells = beneficiary_cost_categories
    billed = {name: cells.billed_by == name for name in (OWN, OTHER, FACILITY)}
    spent = cells.group_by(of="tin").agg(
        dollars=money_sum(cells.dollars),
        **{name: money_sum(cells.dollars, where=where) for name, where in billed.items()},
    )
    found = listed.left_join(spent, listed.tin == spent.of)
    ranked = _percentiles(listed)
    found = found.left_join(ranked, found.tin == ranked.ranked)
    dollars = found.dollars.fill_null(0).cast(_DOLLARS)
    return found.select(
        "tin",
        "beneficiaries",
        "annualised_cost",
        "risk_score",
        "risk_percentile",
        dollars=dollars,
        per_capita_dollars=ratio(dollars, found.beneficiaries),
        **{
            f"{name}_share": ratio(found[name].fill_null(0).cast(_DOLLARS), found.dollars)
            for name in billed
        },
    )


def _percentiles(listed: ir.Table) -> ir.Table:
    """The percent of practices with a mean risk score at or below each practice's."""
    scored = listed.filter(listed.risk_score.notnull())
    scored = scored.select(ranked="tin", score=significant(scored.risk_score))
    level = scored.group_by("score").agg(practices=_.count())
    upward = ibis.cumulative_window(order_by=level.score)
    level = level.mutate(
        reached=level.practices.sum().over(upward), all=level.practices.sum().over(ibis.window())
    )
    found = scored.inner_join(level, "score")
    return found.select("ranked", risk_percentile=ratio(found.reached, found["all"]) * _HUNDRED)
