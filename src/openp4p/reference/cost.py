"""Per capita cost read a second time, in plain Python: trimming, the model, the cases."""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row
from openp4p.reference.variances import with_variances

MEASURE = "per_capita_cost"
TERMS = ("intercept", "risk_score", "risk_score_squared", "esrd", "new_enrollee")
_TWELVE_DIGITS = ".12g"


def cost_populations(
    beneficiary_costs: list[Row],
    attributed_beneficiaries: list[Row],
    eligible_beneficiaries: list[Row],
    beneficiary_conditions: list[Row],
    risk_scores: list[Row],
    measure_rules: list[Row],
    program: Program,
) -> list[Row]:
    """Who is in which per capita cost measure, and who of them cannot count."""
    spent = {row["beneficiary_id"]: row for row in beneficiary_costs}
    known = {row["beneficiary_id"]: row for row in eligible_beneficiaries}
    new = {row["beneficiary_id"] for row in risk_scores if row["is_new_enrollee"]}
    ill = {
        (row["beneficiary_id"], row["condition"])
        for row in beneficiary_conditions
        if row["has_condition"]
    }
    found = []
    for rule in measure_rules:
        if rule["kind"] != "cost":
            continue
        for person in attributed_beneficiaries:
            id_ = person["beneficiary_id"]
            belongs = rule["measure"] == MEASURE or (id_, rule["condition"]) in ill
            if not belongs or id_ not in spent or id_ not in known:
                continue
            reason = None
            if known[id_]["risk_score"] is None:
                reason = "no_risk_score"
            elif (
                program.cost.standardization == "never_fall_back"
                and not spent[id_]["is_standardized"]
            ):
                reason = "not_standardized"
            found.append(
                {
                    "measure": rule["measure"],
                    "beneficiary_id": id_,
                    "tin": person["tin"],
                    "months": spent[id_]["months"],
                    "annualised_cost": spent[id_]["annualised_cost"],
                    "risk_score": known[id_]["risk_score"],
                    "is_esrd": known[id_]["is_esrd"],
                    "is_new_enrollee": id_ in new,
                    "reason": reason,
                }
            )
    return found


def cost_trim_points(cost_populations: list[Row], program: Program) -> list[Row]:
    """The costs at which each measure's national population is trimmed."""
    found = []
    for measure in sorted({row["measure"] for row in cost_populations}):
        costs = [
            row["annualised_cost"]
            for row in cost_populations
            if row["measure"] == measure and row["reason"] is None
        ]
        low, high = min(costs, default=None), max(costs, default=None)
        if costs and program.cost.trim in ("drop_low_cap_high", "floor_and_cap"):
            low = quantile(costs, program.cost.trim_low)
        if costs and program.cost.trim != "none":
            high = quantile(costs, program.cost.trim_high)
        found.append({"measure": measure, "low": low, "high": high, "beneficiaries": len(costs)})
    return found


def quantile(values: list[float], share: float) -> float:
    """The quantile by linear interpolation between order statistics (type 7)."""
    ordered = sorted(values)
    position = (len(ordered) - 1) * share
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def _trimmed(people: list[Row], points: list[Row], program: Program) -> list[Row]:
    """The people with what they cost once it is trimmed; some of them now out."""
    ends = {row["measure"]: (row["low"], row["high"]) for row in points}
    found = []
    for person in people:
        low, high = ends[person["measure"]]
        cost, reason = person["annualised_cost"], person["reason"]
        if low is not None:
            is_below = float(format(cost, _TWELVE_DIGITS)) < float(format(low, _TWELVE_DIGITS))
            if reason is None and is_below and program.cost.trim == "drop_low_cap_high":
                reason = "below_trim_point"
            cost = min(max(cost, low), high)
        found.append({**person, "cost": cost, "reason": reason})
    return found


def cost_model_sums(
    cost_populations: list[Row], cost_trim_points: list[Row], program: Program
) -> list[Row]:
    """X'X with X'y as its last column, by measure."""
    counted = defaultdict(list)
    for person in _trimmed(cost_populations, cost_trim_points, program):
        if person["reason"] is None:
            counted[person["measure"]].append(person)
    found = []
    for measure, people in counted.items():
        weights = [_weight(person, program) for person in people]
        columns = [[*_terms(person, program), person["cost"]] for person in people]
        size = len(columns[0])
        for row in range(size - 1):
            for column in range(size):
                products = [
                    weight * values[row] * values[column]
                    for weight, values in zip(weights, columns, strict=True)
                ]
                value = math.fsum(products)
                found.append({"measure": measure, "row": row, "column": column, "value": value})
    return found


def _weight(person: Row, program: Program) -> float:
    return float(person["months"]) if program.cost.model == "month_weighted_ols" else 1.0


def _terms(person: Row, program: Program) -> list[float]:
    score = person["risk_score"]
    found = [1.0, score, score * score, float(person["is_esrd"])]
    if program.cost.model == "ols_with_new_enrollee":
        found.append(float(person["is_new_enrollee"]))
    return found


def cost_model(sums: list[Row]) -> list[Row]:
    """The coefficients of each measure's model."""
    found = []
    for measure in sorted({row["measure"] for row in sums}):
        found += _solved([row for row in sums if row["measure"] == measure])
    return found


def _solved(sums: list[Row]) -> list[Row]:
    """Found by taking out of each term what the terms before it explain.

    A term of which nothing then is left (but the rounding of the sums) is dropped.
    """
    product = {(row["row"], row["column"]): Fraction(row["value"]) for row in sums}
    size = 1 + max(row for row, _column in product)
    # parts[k]: what is left of term k, as a mixture of the terms
    parts: dict[int, list[Fraction]] = {}

    def inner(one: list[Fraction], other: int) -> Fraction:
        return sum((a * product[r, other] for r, a in enumerate(one)), Fraction(0))

    def both(one: list[Fraction], other: list[Fraction]) -> Fraction:
        return sum((b * inner(one, c) for c, b in enumerate(other)), Fraction(0))

    for term in range(size):
        left = [Fraction(int(k == term)) for k in range(size)]
        for part in parts.values():
            share = inner(part, term) / both(part, part)
            left = [a - share * b for a, b in zip(left, part, strict=True)]
        if both(left, left) > product[term, term] / 10**9:
            parts[term] = left
    solution = [Fraction(0)] * size
    for part in parts.values():
        explained = inner(part, size) / both(part, part)
        solution = [a + explained * b for a, b in zip(solution, part, strict=True)]
    return [
        {
            "measure": sums[0]["measure"],
            "term": TERMS[number],
            "coefficient": float(solution[number]),
            "is_dropped": number not in parts,
        }
        for number in range(size)
    ]


def per_capita_cost_cases(
    cost_populations: list[Row],
    cost_trim_points: list[Row],
    cost_model: list[Row],
    clinical_variance: list[Row],
    program: Program,
) -> list[Row]:
    """The people of each measure with what they cost and what they were expected to cost."""
    people = _trimmed(cost_populations, cost_trim_points, program)
    coefficients = {(row["measure"], row["term"]): row["coefficient"] for row in cost_model}
    predictions = defaultdict(list)
    for person in people:
        person["expected"] = None
        if person["reason"] is None:
            person["expected"] = sum(
                coefficients[person["measure"], name] * value
                for name, value in zip(TERMS, _terms(person, program), strict=False)
            )
            predictions[person["measure"]].append(person["expected"])
    floors = {measure: _floor(made, program) for measure, made in predictions.items()}
    for person in people:
        if person["expected"] is not None:
            person["expected"] = max(person["expected"], floors[person["measure"]])
    cases = [
        {
            "measure": person["measure"],
            "tin": person["tin"],
            "case_id": person["beneficiary_id"],
            "beneficiary_id": person["beneficiary_id"],
            "cases": 1,
            "numerator": person["cost"],
            "denominator": 1.0,
            "expected": person["expected"],
            "spread": None,
            "national_mean": None,
            "included": person["reason"] is None,
            "reason": person["reason"],
        }
        for person in people
    ]
    return with_variances(cases, clinical_variance, program)


def _floor(predictions: list[float], program: Program) -> float:
    if program.cost.expected_floor == "one_dollar":
        return 1.0
    if program.cost.expected_floor == "first_percentile":
        return quantile(predictions, 0.01)
    return -math.inf
