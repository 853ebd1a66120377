"""The second model: what a cost measure's beneficiaries would be expected to cost.

Written for any population of beneficiaries, so that each cost measure is one small file.
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

TERMS = ("intercept", "risk_score", "risk_score_squared", "esrd")
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


def population(
    beneficiary_costs: ir.Table,
    attributed_beneficiaries: ir.Table,
    eligible_beneficiaries: ir.Table,
    scores_supplied: bool,
) -> ir.Table:
    """Attributed beneficiaries with cost and risk; without a score they do not count (D19).

    When no scores were supplied at all everyone counts and the model keeps its intercept alone, so
    that a rate is a plain mean: the run says so in its notes.
    """
    risk = eligible_beneficiaries.select("beneficiary_id", "risk_score", "is_esrd")
    mine = attributed_beneficiaries.select("beneficiary_id", "tin")
    found = mine.inner_join(beneficiary_costs, "beneficiary_id").inner_join(risk, "beneficiary_id")
    is_scored = found.risk_score.notnull() if scores_supplied else ibis.literal(True)
    return found.select(
        "beneficiary_id",
        "tin",
        "months",
        "annualised_cost",
        risk_score=found.risk_score.fill_null(0.0) * float(scores_supplied),
        esrd=found.is_esrd.cast("int64").cast("float64") * float(scores_supplied),
        is_scored=is_scored,
    )


def trim_points(people: ir.Table, measure: str, program: Program) -> ir.Table:
    """The lowest and highest annualised cost that stand as they are, for one measure (D14)."""
    scored = people.filter(people.is_scored)
    low = quantile(scored, "annualised_cost", program.cost.trim_low)
    high = quantile(scored, "annualised_cost", program.cost.trim_high)
    if program.cost.trim == "none":
        low = scored.agg(quantile=scored.annualised_cost.min())
        high = scored.agg(quantile=scored.annualised_cost.max())
    elif program.cost.trim == "cap_only":
        low = scored.agg(quantile=scored.annualised_cost.min())
    counted = scored.agg(beneficiaries=scored.count().cast("int64"))
    both = low.select(low=_.quantile).cross_join(high.select(high=_.quantile))
    return both.cross_join(counted).mutate(measure=ibis.literal(measure))


def trimmed(people: ir.Table, points: ir.Table, program: Program) -> ir.Table:
    """The people with `cost` after trimming, and why one does not count."""
    found = people.cross_join(points.select("low", "high"))
    drops = program.cost.trim == "drop_low_cap_high"
    # twelve digits, so that a cost at the trim point is not below it for the rounding of either
    below = significant(found.annualised_cost) < significant(found.low)
    cost = ibis.least(ibis.greatest(found.annualised_cost, found.low), found.high)
    reason = ibis.cases(
        (~found.is_scored, "no_risk_score"),
        (below & ibis.literal(drops), "below_trim_point"),
        else_=ibis.null("string"),
    )
    return found.mutate(cost=cost, reason=reason).drop("low", "high")


def model_sums(people: ir.Table, measure: str, program: Program) -> ir.Table:
    """X'X, with X'y as its last column, of the people who count: all that least squares needs.

    Every beneficiary weighs the same (D15; the alternative weighs by months).
    """
    counted = people.filter(people.reason.isnull())
    weight = ibis.literal(1.0)
    if program.cost.model == "month_weighted_ols":
        weight = counted.months.cast("float64")
    counted = counted.mutate(
        weight=weight,
        intercept=ibis.literal(1.0),
        risk_score_squared=counted.risk_score * counted.risk_score,
    )
    places = [(row, column) for row in range(len(TERMS)) for column in range(len(TERMS) + 1)]
    names = [*TERMS, "cost"]
    sums = counted.agg(
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
        measure=ibis.literal(measure),
        row=ibis.cases(*[(long.number == n, row) for n, (row, _column) in numbered]).cast("int64"),
        column=ibis.cases(*[(long.number == n, c) for n, (_row, c) in numbered]).cast("int64"),
        value=ibis.cases(*[(long.number == n, long[f"place_{n}"]) for n, _place in numbered]),
    )


def solved(sums: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
    """Least-squares coefficients of each measure, solved exactly in rational arithmetic.

    A term that cannot be told apart from the others (nobody with ESRD, say) gets coefficient 0.
    """
    by_measure: dict[str, dict[tuple[int, int], Fraction]] = defaultdict(dict)
    for entry in sums:
        value, matrix = entry["value"], by_measure[str(entry["measure"])]
        if value is not None:  # the sums of nobody are missing
            place = (int(str(entry["row"])), int(str(entry["column"])))
            matrix[place] = Fraction(float(str(value)))
    made: list[dict[str, object]] = []
    for measure, matrix in sorted(by_measure.items()):
        solution = _eliminated(matrix, len(TERMS))
        made += [
            {
                "measure": measure,
                "term": term,
                "coefficient": float(coefficient or 0),
                "is_dropped": coefficient is None,
            }
            for term, coefficient in zip(TERMS, solution, strict=True)
        ]
    return made


def _eliminated(matrix: Mapping[tuple[int, int], Fraction], size: int) -> list[Fraction | None]:
    """The solution of the normal equations, term by term; nothing for a term that is dropped."""
    rows = [[matrix.get((r, c), Fraction(0)) for c in range(size + 1)] for r in range(size)]
    kept = []
    for term in range(size):
        # what the diagonal still holds is the term's part that no earlier term explains
        if rows[term][term] <= matrix.get((term, term), Fraction(0)) * _NOTHING_LEFT:
            continue
        kept.append(term)
        for r in range(size):
            if r != term and rows[r][term] != 0:
                factor = rows[r][term] / rows[term][term]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[term], strict=True)]
    return [rows[t][size] / rows[t][t] if t in kept else None for t in range(size)]


def expected_costs(people: ir.Table, coefficients: ir.Table, program: Program) -> ir.Table:
    """The people with `expected`: what the model predicts, not below the floor (D16)."""
    wide = coefficients.agg(
        **{
            f"b_{term}": coefficients.coefficient.max(where=coefficients.term == term).fill_null(
                0.0
            )
            for term in TERMS
        }
    )
    joined = people.cross_join(wide)
    predicted = (
        joined.b_intercept
        + joined.b_risk_score * joined.risk_score
        + joined.b_risk_score_squared * (joined.risk_score * joined.risk_score)
        + joined.b_esrd * joined.esrd
    )
    # nothing is expected of a beneficiary who does not count
    expected = ibis.ifelse(joined.reason.isnull(), predicted, ibis.null("float64"))
    joined = joined.mutate(expected=expected).drop(*[f"b_{term}" for term in TERMS])
    if program.cost.expected_floor == "one_dollar":
        return joined.mutate(expected=_at_least(joined.expected, ibis.literal(_ONE_DOLLAR)))
    if program.cost.expected_floor == "first_percentile":
        counted = joined.filter(joined.reason.isnull())
        floor = quantile(counted, "expected", _FIRST_PERCENTILE).select(floor=_.quantile)
        lifted = joined.cross_join(floor)
        return lifted.mutate(expected=_at_least(lifted.expected, lifted.floor)).drop("floor")
    return joined


def _at_least(value: ir.FloatingValue, least: ir.FloatingValue) -> ir.FloatingValue:
    """The larger of two; missing stays missing, which `greatest` does not promise everywhere."""
    return ibis.ifelse(value < least, least, value)


def cost_cases(people: ir.Table, measure: str) -> ir.Table:
    """The people as cases of a cost measure: trimmed annual dollars against those expected."""
    return people.select(
        "tin",
        "beneficiary_id",
        "reason",
        measure=ibis.literal(measure),
        case_id=people.beneficiary_id,
        cases=ibis.literal(1).cast("int64"),
        numerator=people.cost,
        denominator=ibis.literal(1.0),
        expected=people.expected,
    )
