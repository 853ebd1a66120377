"""The second model: what a cost measure's beneficiaries would be expected to cost.

Written for the populations of any number of measures, each trimmed and fitted on its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from fractions import Fraction

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import exact_sum, quantile, significant
from openp4p.program.definition import Program

# the terms of a model are the first of these, as many as its rule has
TERMS = ("intercept", "risk_score", "risk_score_squared", "esrd", "new_enrollee")
TRIM_POINTS = {"measure": "string", "low": "float64", "high": "float64", "beneficiaries": "int64"}
SUMS = {"measure": "string", "row": "int64", "column": "int64", "value": "float64"}
COEFFICIENTS = {
    "measure": "string",
    "term": "string",
    "coefficient": "float64",
    "is_dropped": "boolean",  # it could not be told apart from the other terms
}
_FIRST_PERCENTILE = 0.01
_ONE_DOLLAR = 1.0
# a term whose part not explained by the earlier terms is smaller than this share of it is dropped:
# what is left of it then is the rounding of the sums
_NOTHING_LEFT = Fraction(1, 10**9)


def terms(program: Program) -> tuple[str, ...]:
    """The terms of the model (D15; one alternative adds new enrollees, M25)."""
    return TERMS if program.cost.model == "ols_with_new_enrollee" else TERMS[:-1]


def trim_points(people: ir.Table, program: Program) -> ir.Table:
    """The lowest and highest annualised cost that stand as they are, by measure (D14)."""
    counted = people.filter(people.reason.isnull())
    ends = counted.group_by("measure").agg(
        least=_.annualised_cost.min(),
        most=_.annualised_cost.max(),
        beneficiaries=_.count().cast("int64"),
    )
    low = quantile(counted, "annualised_cost", program.cost.trim_low, by="measure")
    high = quantile(counted, "annualised_cost", program.cost.trim_high, by="measure")
    found = people.select("measure").distinct()
    for table in (ends, low.rename(p_low="quantile"), high.rename(p_high="quantile")):
        found = found.left_join(table, "measure").drop("measure_right")
    floors = program.cost.trim in ("drop_low_cap_high", "floor_and_cap")
    return found.select(
        "measure",
        low=found.p_low if floors else found.least,
        high=found.most if program.cost.trim == "none" else found.p_high,
        beneficiaries=found.beneficiaries.fill_null(0),
    )


def trimmed(people: ir.Table, points: ir.Table, program: Program) -> ir.Table:
    """The people with `cost` after trimming, and why one does not count."""
    found = people.left_join(points, "measure").drop("measure_right", "beneficiaries")
    drops = program.cost.trim == "drop_low_cap_high"
    # twelve digits, so that a cost at the trim point is not below it for the rounding of either
    below = (significant(found.annualised_cost) < significant(found.low)).fill_null(False)
    # a measure in which nobody counts has no trim points, and every cost stands as it is
    low, high = found.low.fill_null(found.annualised_cost), found.high
    cost = ibis.greatest(found.annualised_cost, low)
    cost = ibis.least(cost, high.fill_null(cost))
    is_dropped = found.reason.isnull() & below & ibis.literal(drops)
    reason = ibis.ifelse(is_dropped, "below_trim_point", found.reason)
    return found.mutate(cost=cost, reason=reason).drop("low", "high")


def model_sums(people: ir.Table, program: Program) -> ir.Table:
    """X'X, with X'y as its last column, of the people who count: all that least squares needs.

    Every beneficiary weighs the same (D15; an alternative weighs by months).
    """
    counted = _with_terms(people.filter(people.reason.isnull()))
    weight = ibis.literal(1.0)
    if program.cost.model == "month_weighted_ols":
        weight = counted.months.cast("float64")
    counted = counted.mutate(weight=weight)
    names = [*terms(program), "cost"]
    places = [(row, column) for row in range(len(names) - 1) for column in range(len(names))]
    sums = counted.group_by("measure").agg(
        **{
            f"place_{number}": exact_sum(
                counted.weight * counted[names[row]] * counted[names[column]]
            )
            for number, (row, column) in enumerate(places)
        }
    )
    long = sums.mutate(number=ibis.range(0, len(places)).unnest())
    numbered = list(enumerate(places))
    return long.select(
        "measure",
        row=ibis.cases(*[(long.number == n, row) for n, (row, _column) in numbered]).cast("int64"),
        column=ibis.cases(*[(long.number == n, c) for n, (_row, c) in numbered]).cast("int64"),
        value=ibis.cases(*[(long.number == n, long[f"place_{n}"]) for n, _place in numbered]),
    )


def _with_terms(people: ir.Table) -> ir.Table:
    return people.mutate(
        intercept=ibis.literal(1.0),
        risk_score_squared=people.risk_score * people.risk_score,
        esrd=people.is_esrd.cast("int64").cast("float64"),
        new_enrollee=people.is_new_enrollee.cast("int64").cast("float64"),
    )


def solved(sums: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
    """Least-squares coefficients of each measure, solved exactly in rational arithmetic.

    A term that cannot be told apart from the others (nobody with ESRD, say) gets coefficient 0. A
    measure in which nobody counts has no sums and no model.
    """
    by_measure: dict[str, dict[tuple[int, int], Fraction]] = defaultdict(dict)
    for entry in sums:
        place = (int(str(entry["row"])), int(str(entry["column"])))
        by_measure[str(entry["measure"])][place] = Fraction(float(str(entry["value"])))
    made: list[dict[str, object]] = []
    for measure, matrix in sorted(by_measure.items()):
        named = TERMS[: 1 + max(row for row, _column in matrix)]
        solution = _eliminated(matrix, len(named))
        made += [
            {
                "measure": measure,
                "term": term,
                "coefficient": float(coefficient or 0),
                "is_dropped": coefficient is None,
            }
            for term, coefficient in zip(named, solution, strict=True)
        ]
    return made


def _eliminated(matrix: Mapping[tuple[int, int], Fraction], size: int) -> list[Fraction | None]:
    """The solution of the normal equations, term by term; nothing for a term that is dropped."""
    rows = [[matrix[r, c] for c in range(size + 1)] for r in range(size)]
    kept = []
    for term in range(size):
        # what the diagonal still holds is the term's part that no earlier term explains
        if rows[term][term] <= matrix[term, term] * _NOTHING_LEFT:
            continue
        kept.append(term)
        for r in range(size):
            if r != term and rows[r][term] != 0:
                factor = rows[r][term] / rows[term][term]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[term], strict=True)]
    return [rows[t][size] / rows[t][t] if t in kept else None for t in range(size)]


def expected_costs(people: ir.Table, coefficients: ir.Table, program: Program) -> ir.Table:
    """The people with `expected`: what their measure's model predicts, not below the floor (D16).

    Nothing is expected of a beneficiary who does not count.
    """
    named = terms(program)
    wide = coefficients.group_by("measure").agg(
        **{f"b_{t}": coefficients.coefficient.max(where=coefficients.term == t) for t in named}
    )
    joined = _with_terms(people).left_join(wide, "measure").drop("measure_right")
    predicted = joined.b_intercept
    for term in named[1:]:
        predicted = predicted + joined[f"b_{term}"] * joined[term]
    expected = ibis.ifelse(joined.reason.isnull(), predicted, ibis.null("float64"))
    joined = joined.mutate(expected=expected)
    if program.cost.expected_floor == "one_dollar":
        return joined.mutate(expected=_at_least(joined.expected, ibis.literal(_ONE_DOLLAR)))
    if program.cost.expected_floor == "first_percentile":
        floors = quantile(joined, "expected", _FIRST_PERCENTILE, by="measure")
        lifted = joined.left_join(floors, "measure").drop("measure_right")
        return lifted.mutate(expected=_at_least(lifted.expected, lifted.quantile))
    return joined


def _at_least(value: ir.FloatingValue, least: ir.FloatingValue) -> ir.FloatingValue:
    """The larger of two; missing stays missing, which `greatest` does not promise everywhere."""
    return ibis.ifelse(value < least, least, value)
