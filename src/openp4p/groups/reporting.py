"""Category 1 or Category 2: did the practice report quality?"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import ratio, significant
from openp4p.engine.stage import stage
from openp4p.program.definition import Program

_REPORTED, _DID_NOT_REPORT = 1, 2  # Category 1 and Category 2
CATEGORY_1 = (
    "group",
    "administrative_claims",
    "individual_share",
    "aco_reported",
    "informal_review",
)
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
    practice_corrections: ir.Table,
    program: Program,
    roster_supplied: bool,
) -> ir.Table:
    """One practice with the share of its professionals who reported, and its category.

    Category 2 only if the group failed the PQRS criteria and fewer than the stated share of its
    professionals met them (42 CFR 414.1270). Counted, on both sides of the share: professionals of
    the TIN by D2 (without a roster, those in claims; for a practice known from a report, the counts
    the report states). `basis`: group, administrative_claims, individual_share, aco_reported,
    informal_review (Category 1: an accepted correction), aco_not_reported, not_reported (Category
    2).
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
    counted = _counted(practices, professionals, met, program, roster_supplied)
    elected = practice_election.filter(
        practice_election.performance_year == program.performance_year,
        practice_election.elects_administrative_claims,
    ).select("tin", elects_administrative_claims=_.elects_administrative_claims)
    found = practices.select("tin", "handling", "entity_reported")
    reviewed = practice_corrections.select("tin", on_review=practice_corrections.category_1)
    for table in (groups, counted, elected, reviewed):
        found = found.left_join(table, "tin").drop("tin_right")
    found = found.mutate(
        group_reported=_.group_reported.fill_null(False),
        professionals=_.professionals.fill_null(0),
        professionals_satisfactory=_.professionals_satisfactory.fill_null(0),
        elects_administrative_claims=_.elects_administrative_claims.fill_null(False),
    )
    found = found.mutate(share=ratio(_.professionals_satisfactory, _.professionals))
    found = found.mutate(basis=_basis(found, program))
    return found.select(
        "tin",
        "group_reported",
        professionals=_.professionals.cast("int64"),
        professionals_satisfactory=_.professionals_satisfactory.cast("int64"),
        share=_.share,
        category=ibis.ifelse(_.basis.isin(CATEGORY_1), _REPORTED, _DID_NOT_REPORT).cast("int32"),
        mechanism=ibis.ifelse(_.group_reported, _.group_mechanism, _.individual_mechanism),
        basis=_.basis,
    )


def _counted(
    practices: ir.Table,
    professionals: ir.Table,
    met: ir.Table,
    program: Program,
    roster_supplied: bool,
) -> ir.Table:
    """Professionals of each TIN and how many of the same met the criteria as individuals (D2)."""
    base = program.reporting.share_denominator if roster_supplied else "claims"
    joined = professionals.left_join(met, ["tin", "npi"]).drop("tin_right")
    joined = joined.mutate(is_counted=_is_counted(joined, base), met=joined.npi_right.notnull())
    totals = joined.group_by("tin").agg(
        professionals=_.is_counted.sum().cast("int64"),
        professionals_satisfactory=(_.met & _.is_counted).sum().cast("int64"),
        individual_mechanism=_.mechanism.min(where=_.is_counted),
    )
    # a practice known from a report alone has counts but no professionals to look up
    reports = practices.anti_join(professionals, "tin")
    all_met = met.group_by("tin").agg(
        professionals_satisfactory=_.count(), individual_mechanism=_.mechanism.min()
    )
    reports = reports.left_join(all_met, "tin").drop("tin_right")
    in_claims, in_roster = reports.professionals_in_claims, reports.professionals_in_roster
    denominator = {
        "claims": in_claims,
        "roster": in_roster.fill_null(in_claims),
        "lower": reports.size,
    }[program.reporting.share_denominator]
    from_reports = reports.select(
        "tin",
        professionals=denominator,
        professionals_satisfactory=_.professionals_satisfactory.cast("int64"),
        individual_mechanism=_.individual_mechanism,
    )
    return totals.union(from_reports)


def _is_counted(professionals: ir.Table, base: str) -> ir.BooleanValue:
    """Whether a professional is counted, on both sides of the share."""
    of_tin = ibis.window(group_by="tin")
    on_roster = professionals.in_roster.cast("int64").sum().over(of_tin)
    in_claims = professionals.in_claims.cast("int64").sum().over(of_tin)
    return {
        "claims": professionals.in_claims,
        "roster": professionals.in_roster,
        "lower": ibis.ifelse(
            on_roster < in_claims, professionals.in_roster, professionals.in_claims
        ),
    }[base]


def _basis(found: ir.Table, program: Program) -> ir.StringValue:
    rule, on_review = program.reporting, found.on_review.fill_null(False)
    if rule.category_rule == "gpro_or_administrative_claims":
        return ibis.cases(
            (found.group_reported, "group"),
            (found.elects_administrative_claims, "administrative_claims"),
            (on_review, "informal_review"),
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
        (on_review, "informal_review"),
        (is_aco, "aco_not_reported"),
        else_="not_reported",
    )
