"""Per capita cost read a second time, in plain Python: dollars, trimming, the model, the cases."""

from __future__ import annotations

import calendar
import math
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row, is_allowed

MEASURE = "per_capita_cost"
TERMS = ("intercept", "risk_score", "risk_score_squared", "esrd")
_FACILITY = {"INPATIENT", "SNF", "OUTPATIENT", "HHA", "HOSPICE"}
_SUPPLIER = {"PART_B", "DME"}
_MANAGED_CARE = {"61", "62", "63", "64"}
_TWELVE_DIGITS = ".12g"


def beneficiary_costs(
    claim: list[Row], claim_line: list[Row], eligible_beneficiaries: list[Row], program: Program
) -> list[Row]:
    """The dollars of each eligible beneficiary, in the year and scaled to a whole year."""
    cost: dict[str, Decimal] = defaultdict(Decimal)
    kinds: dict[str, set[bool]] = defaultdict(set)
    for row in [*_facility(claim, program), *_supplier(claim, claim_line, program)]:
        standard = row["standardized_amount"]
        amount = row["allowed_amount"] if standard is None else standard
        if amount is not None:
            cost[row["beneficiary_id"]] += amount
            kinds[row["beneficiary_id"]].add(standard is not None)
    found = []
    for person in eligible_beneficiaries:
        if not person["is_eligible"]:
            continue
        id_ = person["beneficiary_id"]
        dollars = cost.get(id_, Decimal(0)).quantize(Decimal("0.01"))
        if program.cost.annualise == "months":
            yearly = float(dollars) * 12 / max(person["months"], 1)
        else:
            days = 366 if calendar.isleap(program.performance_year) else 365
            yearly = float(dollars) * days / max(person["days"], 1)
        found.append(
            {
                "beneficiary_id": id_,
                "months": person["months"],
                "cost_dollars": dollars,
                "annualised_cost": yearly,
                "standardization": _standardization(kinds[id_]),
            }
        )
    return found


def _standardization(kinds: set[bool]) -> str:
    if not kinds:
        return "no_claims"
    if len(kinds) == 2:
        return "partial"
    return "supplied" if True in kinds else "none"


def _facility(claim: list[Row], program: Program) -> list[Row]:
    found = []
    for row in claim:
        if row["claim_class"] not in _FACILITY or row["nonpayment_code"] is not None:
            continue
        day = row["from_date"]
        if row["claim_class"] == "INPATIENT" and row["admission_date"] is not None:
            day = row["admission_date"]
        if program.cost.claim_year == "thru_date":
            day = row["thru_date"]
        if day.year == program.performance_year and not _managed(row):
            found.append(row)
    return found


def _supplier(claim: list[Row], claim_line: list[Row], program: Program) -> list[Row]:
    out = {
        row["claim_id"]
        for row in claim
        if row["claim_class"] in _SUPPLIER and (row["nonpayment_code"] == "0" or _managed(row))
    }
    found = []
    for line in claim_line:
        day = line["from_date"]
        if program.cost.claim_year == "thru_date" and line["thru_date"] is not None:
            day = line["thru_date"]
        counts = line["claim_class"] in _SUPPLIER and line["claim_id"] not in out
        if counts and day.year == program.performance_year and is_allowed(line):
            found.append(line)
    return found


def _managed(row: Row) -> bool:
    return row["claim_type_code"] in _MANAGED_CARE or row["mco_paid"] == "1"


def per_capita_cost_trim_points(
    beneficiary_costs: list[Row],
    attributed_beneficiaries: list[Row],
    eligible_beneficiaries: list[Row],
    program: Program,
    scores_supplied: bool,
) -> list[Row]:
    """The costs at which the national attributed population is trimmed."""
    people = _people(
        beneficiary_costs, attributed_beneficiaries, eligible_beneficiaries, scores_supplied
    )
    costs = [person["cost"] for person in people if person["reason"] is None]
    low, high = min(costs, default=None), max(costs, default=None)
    if costs and program.cost.trim in ("drop_low_cap_high", "floor_and_cap"):
        low = quantile(costs, program.cost.trim_low)
    if costs and program.cost.trim != "none":
        high = quantile(costs, program.cost.trim_high)
    return [{"measure": MEASURE, "low": low, "high": high, "beneficiaries": len(costs)}]


def quantile(values: list[float], share: float) -> float:
    """The quantile by linear interpolation between order statistics (type 7)."""
    ordered = sorted(values)
    position = (len(ordered) - 1) * share
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def _people(
    costs: list[Row], attributed: list[Row], eligible: list[Row], scores_supplied: bool
) -> list[Row]:
    yearly = {row["beneficiary_id"]: row for row in costs}
    risk = {row["beneficiary_id"]: row for row in eligible}
    found = []
    for person in attributed:
        id_ = person["beneficiary_id"]
        if id_ not in yearly or id_ not in risk:
            continue
        score, esrd = risk[id_]["risk_score"], float(risk[id_]["is_esrd"])
        found.append(
            {
                "beneficiary_id": id_,
                "tin": person["tin"],
                "months": yearly[id_]["months"],
                "cost": yearly[id_]["annualised_cost"],
                # without any scores nothing is known of risk, and the model is a plain mean
                "score": (score or 0.0) if scores_supplied else 0.0,
                "esrd": esrd if scores_supplied else 0.0,
                "reason": "no_risk_score" if scores_supplied and score is None else None,
            }
        )
    return found


def _trimmed(people: list[Row], points: list[Row], program: Program) -> list[Row]:
    low, high = points[0]["low"], points[0]["high"]
    for person in people:
        if low is None:
            continue
        is_below = float(format(person["cost"], _TWELVE_DIGITS)) < float(
            format(low, _TWELVE_DIGITS)
        )
        if person["reason"] is None and is_below and program.cost.trim == "drop_low_cap_high":
            person["reason"] = "below_trim_point"
        person["cost"] = min(max(person["cost"], low), high)
    return people


def per_capita_cost_model_sums(
    beneficiary_costs: list[Row],
    attributed_beneficiaries: list[Row],
    eligible_beneficiaries: list[Row],
    per_capita_cost_trim_points: list[Row],
    program: Program,
    scores_supplied: bool,
) -> list[Row]:
    """X'X with X'y as its last column."""
    people = _people(
        beneficiary_costs, attributed_beneficiaries, eligible_beneficiaries, scores_supplied
    )
    counted = [
        person
        for person in _trimmed(people, per_capita_cost_trim_points, program)
        if person["reason"] is None
    ]
    found = []
    for row in range(len(TERMS)):
        for column in range(len(TERMS) + 1):
            products = [
                _weight(person, program) * _terms(person)[row] * _terms(person)[column]
                for person in counted
            ]
            value = math.fsum(products) if products else None
            found.append({"measure": MEASURE, "row": row, "column": column, "value": value})
    return found


def _weight(person: Row, program: Program) -> float:
    return float(person["months"]) if program.cost.model == "month_weighted_ols" else 1.0


def _terms(person: Row) -> tuple[float, ...]:
    score = person["score"]
    return (1.0, score, score * score, person["esrd"], person["cost"])


def per_capita_cost_model(sums: list[Row]) -> list[Row]:
    """The coefficients, found by taking out of each term what the terms before it explain.

    A term of which nothing then is left (but the rounding of the sums) is dropped.
    """
    product = {(row["row"], row["column"]): Fraction(row["value"] or 0) for row in sums}
    size = len(TERMS)
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
            "measure": MEASURE,
            "term": name,
            "coefficient": float(solution[number]),
            "is_dropped": number not in parts,
        }
        for number, name in enumerate(TERMS)
    ]


def per_capita_cost_cases(
    beneficiary_costs: list[Row],
    attributed_beneficiaries: list[Row],
    eligible_beneficiaries: list[Row],
    per_capita_cost_trim_points: list[Row],
    per_capita_cost_model: list[Row],
    program: Program,
    scores_supplied: bool,
) -> list[Row]:
    """The attributed beneficiaries with what they cost and what they were expected to cost."""
    people = _people(
        beneficiary_costs, attributed_beneficiaries, eligible_beneficiaries, scores_supplied
    )
    people = _trimmed(people, per_capita_cost_trim_points, program)
    by_term = {row["term"]: row["coefficient"] for row in per_capita_cost_model}
    coefficients = [by_term.get(term, 0.0) for term in TERMS]
    for person in people:
        person["expected"] = None
        if person["reason"] is None:
            terms = _terms(person)[: len(TERMS)]
            person["expected"] = sum(b * x for b, x in zip(coefficients, terms, strict=True))
    predictions = [person["expected"] for person in people if person["expected"] is not None]
    floor = {
        "one_dollar": 1.0,
        "none": -math.inf,
        "first_percentile": quantile(predictions, 0.01) if predictions else 0.0,
    }[program.cost.expected_floor]
    return [
        {
            "measure": MEASURE,
            "tin": person["tin"],
            "case_id": person["beneficiary_id"],
            "beneficiary_id": person["beneficiary_id"],
            "cases": 1,
            "numerator": person["cost"],
            "denominator": 1.0,
            "expected": None if person["expected"] is None else max(person["expected"], floor),
            "spread": None,
            "included": person["reason"] is None,
            "reason": person["reason"],
        }
        for person in people
    ]
