"""Scores of measures and awards of practices, read a second time in plain Python."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from openp4p.program.definition import Program
from openp4p.reference import awards

Row = dict[str, Any]
_TAKEN = ("tin", "measure", "cases", "reliability", "estimate", "baseline", "low", "high")


def award_measures(
    shrunken_rates: list[Row], measure_rules: list[Row], practices: list[Row], program: Program
) -> list[Row]:
    """Each measure of each practice with attainment, improvement and the better of them."""
    award = program.award
    assert award is not None, "only a program that pays awards scores measures so"
    domains = {row["measure"]: row["domain"] for row in measure_rules}
    here = {row["tin"] for row in practices}
    found = []
    for row in shrunken_rates:
        if row["tin"] not in here or row["measure"] not in domains:
            continue
        scored = {name: row[name] for name in _TAKEN} | {"domain": domains[row["measure"]]}
        theta, low, high = row["estimate"], row["low"], row["high"]
        reason = row["reason"]
        if reason is None and (low is None or low == high):
            reason = "no_differences"
        attained = better = score = None
        if reason is None:
            attained = awards.attainment(theta, low, high)
            better = awards.improvement(award, theta, high, row["baseline"], lower=high < low)
            score = awards.measure_score(award, theta, low, high, row["baseline"])
        found.append(
            {
                **scored,
                "attainment": attained,
                "improvement": better,
                "score": score,
                "reason": reason,
            }
        )
    return found


def practice_awards(award_measures: list[Row]) -> list[Row]:
    """Each practice's award: the mean of its domains, each the mean of its measures."""
    practices: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in award_measures:
        if row["score"] is not None:
            practices[row["tin"]][row["domain"]].append(row["score"])
    return [
        {
            "tin": tin,
            "domains": len(domains),
            "measures": sum(len(scores) for scores in domains.values()),
            "award": awards.practice_award(domains),
        }
        for tin, domains in practices.items()
    ]
