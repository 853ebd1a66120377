"""Quality measures that practices reported: which reports count, and how they merge."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import ratio, significant
from openp4p.engine.stage import stage
from openp4p.measures.cases import CASES, CASES_KEY, as_cases
from openp4p.program.definition import Program

_ELECTRONIC = "ehr"
_ADMINISTRATIVE_CLAIMS = "administrative_claims"


@stage(key=CASES_KEY, columns=CASES)
def reported_cases(
    quality_reports: ir.Table,
    reporting_categories: ir.Table,
    pqrs_success: ir.Table,
    measure_rules: ir.Table,
    program: Program,
    performance_year: int,
) -> ir.Table:
    """One report of one measure by one practice, professional or ACO and mechanism.

    A practice that reported as a group, or elected administrative claims, is scored on the group's
    reports, otherwise on those of its professionals (D32, D33), pooled over mechanisms (D7):
    numerator met, denominator eligible less exclusions and exceptions (42 CFR 414.1225). A group's
    reports also count where its professionals sent none: then they are all there is. In the year
    before the performance year every report counts. The TIN of an ACO's report is the ACO.
    `reason`, in this order: unknown_measure, nothing_eligible, more_met_than_eligible,
    group_reported_instead, professionals_reported_instead, not_satisfactory,
    other_mechanism_was_better.
    """
    reports = quality_reports.filter(quality_reports.performance_year == performance_year)
    measure = reports.measure
    if program.quality.separate_ecqm:
        measure = ibis.ifelse(
            reports.mechanism == _ELECTRONIC, reports.measure + ":" + _ELECTRONIC, measure
        )
    left_out = reports.exclusions.fill_null(0) + reports.exceptions.fill_null(0)
    reports = reports.select(
        "npi",
        "mechanism",
        measure=measure,
        tin=ibis.coalesce(reports.entity_id, reports.tin),
        stratum=reports.stratum.fill_null(""),
        of_entity=reports.entity_id.notnull(),
        met=reports.met,
        denominator=reports.eligible - left_out,
    )
    rules = measure_rules.filter(measure_rules.source == "reported")
    reports = reports.left_join(rules.select("measure", known=_.measure), "measure")
    reports = reports.drop("measure_right")
    reports = _with_route(reports, reporting_categories)
    reports = _with_success(reports, pqrs_success, performance_year)
    decides = ibis.literal(performance_year == program.performance_year) & ~reports.of_entity
    individual = reports.npi.notnull()
    unsatisfactory = individual & ~reports.is_satisfactory.fill_null(False)
    if program.reporting.individual_data == "all_professionals":
        unsatisfactory = ibis.literal(False)
    reason = ibis.cases(
        (reports.known.isnull(), "unknown_measure"),
        (reports.denominator <= 0, "nothing_eligible"),
        (reports.met > reports.denominator, "more_met_than_eligible"),
        (decides & reports.is_group_route & individual, "group_reported_instead"),
        (decides & ~reports.is_group_route & ~individual, "professionals_reported_instead"),
        (decides & unsatisfactory, "not_satisfactory"),
        else_=ibis.null("string"),
    )
    reports = reports.mutate(reason=reason)
    if program.quality.merge_mechanisms == "best_mechanism":
        reports = _best_mechanism(reports, measure_rules)
    reporter = reports.npi.fill_null("group")
    return as_cases(
        reports.select(
            "measure",
            "tin",
            "reason",
            case_id=reporter + "|" + reports.mechanism + "|" + reports.stratum,
            cases=reports.denominator.cast("int64"),
            numerator=reports.met.cast("float64"),
            denominator=reports.denominator.cast("float64"),
        )
    )


def _with_route(reports: ir.Table, reporting_categories: ir.Table) -> ir.Table:
    """Each report with whether its practice is scored on the group's reports."""
    categories = reporting_categories.select(
        "tin",
        by_group=_.group_reported | (_.basis == _ADMINISTRATIVE_CLAIMS),
    )
    found = reports.left_join(categories, "tin").drop("tin_right")
    of_practice = ibis.window(group_by="tin")
    sent = found.npi.count().over(of_practice)
    return found.mutate(is_group_route=found.by_group.fill_null(False) | (sent == 0))


def _with_success(reports: ir.Table, pqrs_success: ir.Table, year: int) -> ir.Table:
    """Each professional's report with whether that professional met the PQRS criteria."""
    met = pqrs_success.filter(
        pqrs_success.performance_year == year,
        pqrs_success.npi.notnull(),
        pqrs_success.is_satisfactory,
    )
    met = met.select("tin", "npi").distinct().mutate(is_satisfactory=ibis.literal(True))
    return reports.left_join(met, ["tin", "npi"]).drop("tin_right", "npi_right")


def _best_mechanism(reports: ir.Table, measure_rules: ir.Table) -> ir.Table:
    """The reports with those of a practice's worse mechanisms left out (D7, alternative)."""
    counted = reports.filter(reports.reason.isnull())
    totals = counted.group_by(["tin", "measure", "mechanism"]).agg(
        met=_.met.sum().cast("int64"), eligible=_.denominator.sum().cast("int64")
    )
    signs = measure_rules.select("measure", "sign")
    totals = totals.inner_join(signs, "measure")
    performance = significant(ratio(totals.met, totals.eligible) * totals.sign)
    best = ibis.window(
        group_by=["tin", "measure"],
        order_by=[performance.desc(), totals.eligible.desc(), totals.mechanism],
    )
    totals = totals.mutate(place=ibis.row_number().over(best))
    chosen = totals.filter(totals.place == 0).select("tin", "measure", best=_.mechanism)
    joined = reports.left_join(chosen, ["tin", "measure"]).drop("tin_right", "measure_right")
    worse = joined.reason.isnull() & (joined.mechanism != joined.best)
    return joined.mutate(
        reason=ibis.ifelse(worse, "other_mechanism_was_better", joined.reason)
    ).drop("best")
