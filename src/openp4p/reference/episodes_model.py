"""What episodes should cost, read a second time: least squares, truncation, cases."""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row
from openp4p.reference.cost import quantile
from openp4p.reference.variances import with_variances

MEASURE = "spending_per_beneficiary"
_TWELVE_DIGITS = ".12g"


def episode_model_sums(episode_risks: list[Row], episode_terms: list[Row]) -> list[Row]:
    """For each stratum how many episodes have each two terms, and the dollars of each term."""
    cost = {
        row["episode_id"]: float(row["cost_dollars"])
        for row in episode_risks
        if row["reason"] is None
    }
    terms: dict[str, list[Row]] = defaultdict(list)
    for row in episode_terms:
        terms[row["episode_id"]].append(row)
    counts: dict[tuple[str, str, str], float] = defaultdict(float)
    dollars: dict[tuple[str, str], list[float]] = defaultdict(list)
    for id_, rows in terms.items():
        for row in rows:
            dollars[row["stratum"], row["term"]].append(cost[id_])
            for other in rows:
                if row["term"] <= other["term"]:
                    counts[row["stratum"], row["term"], other["term"]] += 1
    return [
        {"stratum": stratum, "term": term, "other": other, "value": value}
        for (stratum, term, other), value in counts.items()
    ] + [
        {"stratum": stratum, "term": term, "other": "cost", "value": math.fsum(values)}
        for (stratum, term), values in dollars.items()
    ]


def episode_model(sums: list[Row]) -> list[Row]:
    """The coefficients, by taking out of each term what the terms before it explain.

    Exact, in fractions. The intercept comes first, the others by name.
    """
    found = []
    for stratum in sorted({row["stratum"] for row in sums}):
        product: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        for row in sums:
            if row["stratum"] == stratum:
                value = Fraction(row["value"])
                product[row["term"], row["other"]] = product[row["other"], row["term"]] = value
        names = sorted({term for term, _other in product} - {"cost", "intercept"})
        found += _fitted(stratum, ["intercept", *names], product)
    return found


def _fitted(stratum: str, names: list[str], product: dict[tuple[str, str], Fraction]) -> list[Row]:
    # parts[name]: what is left of the term, as a mixture of the terms
    parts: dict[str, dict[str, Fraction]] = {}

    def inner(one: dict[str, Fraction], other: str) -> Fraction:
        return sum((a * product[name, other] for name, a in one.items()), Fraction(0))

    lengths: dict[str, Fraction] = {}
    for name in names:
        left = {name: Fraction(1)}
        for earlier, part in parts.items():
            share = inner(part, name) / lengths[earlier]
            for term, a in part.items():
                left[term] = left.get(term, Fraction(0)) - share * a
        length = sum((a * inner(left, term) for term, a in left.items()), Fraction(0))
        if length > product[name, name] / 10**9:
            parts[name], lengths[name] = left, length
    solution = dict.fromkeys(names, Fraction(0))
    for name, part in parts.items():
        explained = inner(part, "cost") / lengths[name]
        for term, a in part.items():
            solution[term] += explained * a
    return [
        {
            "stratum": stratum,
            "term": name,
            "coefficient": float(solution[name]),
            "is_dropped": name not in parts,
        }
        for name in names
    ]


def expected_episodes(
    episode_risks: list[Row], episode_terms: list[Row], episode_model: list[Row], program: Program
) -> list[Row]:
    """Every episode with what it was expected to cost."""
    coefficient = {(row["stratum"], row["term"]): row["coefficient"] for row in episode_model}
    terms: dict[str, list[float]] = defaultdict(list)
    for row in episode_terms:
        if (row["stratum"], row["term"]) in coefficient:
            terms[row["episode_id"]].append(coefficient[row["stratum"], row["term"]])
    found = []
    for row in episode_risks:
        counts = row["reason"] is None and row["episode_id"] in terms
        found.append(
            {
                **{c: row[c] for c in ("episode_id", "beneficiary_id", "stratum", "reason")},
                "cost": float(row["cost_dollars"]),
                "predicted": math.fsum(terms[row["episode_id"]]) if counts else None,
                "raised": None,
                "residual": None,
                "expected": None,
            }
        )
    model = program.episodes.model
    counted = [row for row in found if row["reason"] is None]
    if model == "observed_over_expected_without_model":
        for row in counted:
            row["expected"] = math.fsum(r["cost"] for r in counted) / len(counted)
    elif model == "ols_per_mdc_untruncated":
        for row in counted:
            row["raised"] = row["expected"] = row["predicted"]
            row["residual"] = row["cost"] - row["predicted"]
    elif counted:
        _truncated(counted, program)
    return found


def _truncated(counted: list[Row], program: Program) -> None:
    """Steps 1 to 3: a floor under predictions, no residuals in the tails, rescaled each time."""
    rules = program.episodes
    strata: dict[str, list[Row]] = defaultdict(list)
    for row in counted:
        strata[row["stratum"]].append(row)
    for rows in strata.values():
        floor = quantile([row["predicted"] for row in rows], rules.prediction_floor)
        lifted = [max(row["predicted"], floor) for row in rows]
        before, after = math.fsum(row["predicted"] for row in rows), math.fsum(lifted)
        for row, value in zip(rows, lifted, strict=True):
            row["raised"] = value * (before / after)
            row["residual"] = row["cost"] - row["raised"]
    residuals = [row["residual"] for row in counted]
    low, high = quantile(residuals, rules.residual_low), quantile(residuals, rules.residual_high)
    for row in counted:
        if not _cut(low) <= _cut(row["residual"]) <= _cut(high):
            row["reason"] = "outlier"
    for rows in strata.values():
        kept = [row for row in rows if row["reason"] is None]
        actual, raised = math.fsum(r["cost"] for r in kept), math.fsum(r["raised"] for r in kept)
        for row in kept:
            row["expected"] = row["raised"] * (actual / raised)


def _cut(value: float) -> float:
    return float(format(value, _TWELVE_DIGITS))


def spending_per_beneficiary_cases(
    expected_episodes: list[Row],
    episode_candidates: list[Row],
    clinical_variance: list[Row],
    program: Program,
) -> list[Row]:
    """The episodes that a practice has, as cases of the measure."""
    tins = {row["episode_id"]: row["tin"] for row in episode_candidates if row["rank"] == 1}
    kept = [row["cost"] for row in expected_episodes if row["reason"] is None]
    mean = math.fsum(kept) / len(kept) if kept else None
    found = []
    for row in expected_episodes:
        if row["episode_id"] not in tins:
            continue
        numerator, expected = row["cost"], row["expected"]
        if program.episodes.ratio == "mean_of_ratios":
            numerator = None
            if expected is not None and mean is not None:
                numerator, expected = row["cost"] / expected * mean, mean
        found.append(
            {
                "measure": MEASURE,
                "tin": tins[row["episode_id"]],
                "case_id": row["episode_id"],
                "beneficiary_id": row["beneficiary_id"],
                "cases": 1,
                "numerator": numerator,
                "denominator": 1.0,
                "expected": expected,
                "spread": None,
                "national_mean": mean,
                "included": row["reason"] is None,
                "reason": row["reason"],
            }
        )
    return with_variances(found, clinical_variance, program)
