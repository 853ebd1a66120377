"""Category 1 or Category 2: did the practice report quality?"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import ratio, significant
from openp4p.engine.stage import stage
from openp4p.program.definition import Program

_COLUMNS = {
    "tin": "string",
    "group_reported": "boolean",
    "professionals": "int64",
    "professionals_satisfactory": "int64",
    "share": "float64",
    "category": "int32",
    "mechanism": "string",
    "basis": "string",
}


@stage(key=("tin",), columns=_COLUMNS)
def reporting_categories(
    practices: ir.Table,
    professionals: ir.Table,
    pqrs_success: ir.Table,
    practice_election: ir.Table,
    program: Program,
) -> ir.Table:
    """One practice with the share of its professionals who reported, and its category.

    Category 2 only if the group failed the PQRS criteria and fewer than the stated share of its
    professionals met them (42 CFR 414.1270). Counted: professionals of the TIN by D2. `basis`:
    group, administrative_claims, individual_share, aco_reported (Category 1), aco_not_reported,
    not_reported (Category 2).
    """
    success = pqrs_success.filter(pqrs_success.performance_year == program.performance_year)
    groups = (
        success.filter(success.npi.isnull())
        .group_by("tin")
        .agg(
            group_reported=_.is_satisfactory.max(),
            group_mechanism=_.mechanism.min(where=_.is_satisfactory),
        )
    )
    met = success.filter(success.npi.notnull(), success.is_satisfactory)
    met = met.group_by(["tin", "npi"]).agg(mechanism=_.mechanism.min())
    counted = _counted(professionals, met, program)
    elected = practice_election.filter(
        practice_election.performance_year == program.performance_year,
        practice_election.elects_administrative_claims,
    ).select("tin", elects_administrative_claims=_.elects_administrative_claims)
    found = practices.select("tin", "handling", "entity_reported")
    for table in (groups, counted, elected):
        found = found.left_join(table, "tin").drop("tin_right")
    found = found.mutate(
        group_reported=_.group_reported.fill_null(False),
        professionals=_.professionals.fill_null(0),
        professionals_satisfactory=_.professionals_satisfactory.fill_null(0),
        elects_administrative_claims=_.elects_administrative_claims.fill_null(False),
    )
    found = found.mutate(share=ratio(_.professionals_satisfactory, _.professionals))
    found = found.mutate(basis=_basis(found, program))
    passes = ["group", "administrative_claims", "individual_share", "aco_reported"]
    return found.select(
        "tin",
        "group_reported",
        professionals=_.professionals.cast("int64"),
        professionals_satisfactory=_.professionals_satisfactory.cast("int64"),
        share=_.share,
        category=ibis.ifelse(_.basis.isin(passes), 1, 2).cast("int32"),
        mechanism=ibis.ifelse(_.group_reported, _.group_mechanism, _.individual_mechanism),
        basis=_.basis,
    )


def _counted(professionals: ir.Table, met: ir.Table, program: Program) -> ir.Table:
    """Professionals of each TIN and how many of them met the criteria as individuals (D2)."""
    joined = professionals.left_join(met, ["tin", "npi"]).drop("tin_right")
    totals = joined.group_by("tin").agg(
        in_claims=_.in_claims.sum().cast("int64"),
        in_roster=_.in_roster.sum().cast("int64"),
        professionals_satisfactory=(_.npi_right.notnull() & _.in_claims).sum().cast("int64"),
        individual_mechanism=_.mechanism.min(where=_.in_claims),
    )
    denominator = {
        "claims": totals.in_claims,
        "roster": totals.in_roster,
        "lower": ibis.least(totals.in_claims, totals.in_roster),
    }[program.reporting.share_denominator]
    return totals.select(
        "tin",
        "professionals_satisfactory",
        "individual_mechanism",
        professionals=denominator,
    )


def _basis(found: ir.Table, program: Program) -> ir.StringValue:
    rule = program.reporting
    if rule.category_rule == "gpro_or_administrative_claims":
        return ibis.cases(
            (found.group_reported, "group"),
            (found.elects_administrative_claims, "administrative_claims"),
            else_="not_reported",
        )
    assert rule.individual_share is not None, "this rule needs a share"
    # exactly the share passes; the comparison is made on twelve significant digits
    enough = significant(found.share).fill_null(0.0) >= rule.individual_share
    if rule.failed_group_with_share == "category_2":
        enough = ibis.literal(False)
    is_aco = found.handling.fill_null("") == "aco"
    return ibis.cases(
        (is_aco & found.entity_reported.fill_null(False), "aco_reported"),
        (found.group_reported, "group"),
        (enough, "individual_share"),
        (is_aco, "aco_not_reported"),
        else_="not_reported",
    )
