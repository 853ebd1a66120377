"""Does expected cost meet actual cost, in all and in the groups where it tends not to?"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import exact_mean, exact_sum, ratio
from openp4p.engine.stage import stage
from openp4p.program.definition import Program

_DECILES = 10
# the first age of each band, oldest first
_BANDS = ((85, "85_and_over"), (75, "75_to_84"), (65, "65_to_74"), (0, "under_65"))


@stage(
    key=("measure", "grouping", "group"),
    columns={
        "measure": "string",
        "grouping": "string",
        "group": "string",
        "cases": "int64",
        "beneficiaries": "int64",
        "actual_dollars": "float64",
        "expected_dollars": "float64",
        "predictive_ratio": "float64",
    },
)
def cost_calibration(
    measure_cases: ir.Table,
    measure_rules: ir.Table,
    eligible_beneficiaries: ir.Table,
    risk_scores: ir.Table,
    program: Program,
) -> ir.Table:
    """One group of a cost measure's cases: what they cost on average and what was expected.

    `predictive_ratio` is expected over actual: below 1 the group costs more than is expected of it,
    and practices that care for it look dear. Groups: all; risk_decile 01 to 10 over the measure's
    cases that have a score, by score, then practice and case; dual (full Medicaid in any month of
    the year); esrd; age_band, on 31 December; new_enrollee. What is not known of a beneficiary is
    the group unknown.
    """
    counted = _described(
        _counted(measure_cases, measure_rules), eligible_beneficiaries, risk_scores, program
    )
    groupings = {
        "all": ibis.literal("all"),
        "risk_decile": _risk_decile(counted),
        "dual": _yes_no(counted.is_dual, "dual", "not_dual"),
        "esrd": _yes_no(counted.is_esrd, "esrd", "no_esrd"),
        "age_band": ibis.cases(
            *[(counted.age >= first, band) for first, band in _BANDS], else_="unknown"
        ),
        "new_enrollee": _yes_no(counted.is_new_enrollee, "new_enrollee", "continuing"),
    }
    placed = counted.mutate(**{f"group_{name}": group for name, group in groupings.items()})
    # one row for each grouping in which a case has a place
    long = placed.mutate(number=ibis.range(0, len(groupings)).unnest())
    numbered = list(enumerate(groupings))
    long = long.mutate(
        grouping=ibis.cases(*[(long.number == n, name) for n, name in numbered]),
        group=ibis.cases(*[(long.number == n, long[f"group_{name}"]) for n, name in numbered]),
    )
    return long.group_by(["measure", "grouping", "group"]).agg(
        cases=_.count().cast("int64"),
        beneficiaries=_.beneficiary_id.nunique().cast("int64"),
        actual_dollars=exact_mean(long.numerator),
        expected_dollars=exact_mean(long.expected),
        predictive_ratio=ratio(exact_sum(long.expected), exact_sum(long.numerator)),
    )


def _counted(measure_cases: ir.Table, measure_rules: ir.Table) -> ir.Table:
    """The cases that count of the cost measures for which something is expected."""
    costly = measure_rules.filter(measure_rules.kind == "cost").select("measure")
    counted = measure_cases.semi_join(costly, "measure")
    counted = counted.filter(counted.included, counted.expected.notnull())
    return counted.select("measure", "tin", "case_id", "beneficiary_id", "numerator", "expected")


def _described(cases: ir.Table, eligible: ir.Table, scores: ir.Table, program: Program) -> ir.Table:
    # on 31 December everyone has had the year's birthday
    people = eligible.select(
        "beneficiary_id",
        "risk_score",
        "is_dual",
        "is_esrd",
        age=program.performance_year - eligible.birth_date.year().cast("int64"),
    )
    found = cases.left_join(people, "beneficiary_id").drop("beneficiary_id_right")
    new = scores.select("beneficiary_id", "is_new_enrollee")
    return found.left_join(new, "beneficiary_id").drop("beneficiary_id_right")


def _risk_decile(counted: ir.Table) -> ir.StringValue:
    """The tenth of the measure's scored cases, in a complete order, into which a case falls."""
    unscored = counted.risk_score.isnull()
    scored = ibis.window(group_by=[counted.measure, unscored])
    place = ibis.row_number().over(
        ibis.window(
            group_by=[counted.measure, unscored],
            # an episode may belong to no practice
            order_by=[counted.risk_score, counted.tin.fill_null(""), counted.case_id],
        )
    )
    tenth = ratio(place * _DECILES, counted.case_id.count().over(scored)).floor()
    named = [(tenth == float(n), f"{n + 1:02}") for n in range(_DECILES)]
    return ibis.cases((unscored, "unknown"), *named, else_="unknown")


def _yes_no(value: ir.BooleanValue, yes: str, no: str) -> ir.StringValue:
    return ibis.cases((value, yes), (~value, no), else_="unknown")


@stage(
    key=("measure",),
    columns={
        "measure": "string",
        "cases": "int64",
        "mean_dollars": "float64",
        "r_squared": "float64",
    },
)
def cost_fit(measure_cases: ir.Table, measure_rules: ir.Table) -> ir.Table:
    """One cost measure: the share of the spread of its cases' cost that expected cost explains.

    R squared is 1 - SSE/SST over the cases that count, after trimming and flooring; missing when
    all cost the same.
    """
    counted = _counted(measure_cases, measure_rules)
    means = counted.group_by("measure").agg(
        cases=_.count().cast("int64"), mean_dollars=exact_mean(counted.numerator)
    )
    found = counted.inner_join(means, "measure")
    # in multiples of the mean, so that the sums of squares are of ordinary size
    error = ratio(found.numerator - found.expected, found.mean_dollars)
    spread = ratio(found.numerator - found.mean_dollars, found.mean_dollars)
    squares = found.mutate(error=error * error, spread=spread * spread)
    sums = squares.group_by("measure").agg(
        unexplained=exact_sum(_.error), in_all=exact_sum(_.spread)
    )
    joined = means.left_join(sums, "measure")
    return joined.select(
        "measure",
        "cases",
        "mean_dollars",
        r_squared=1.0 - ratio(joined.unexplained, joined.in_all),
    )
