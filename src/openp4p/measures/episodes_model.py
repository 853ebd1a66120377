"""The model of episode costs: the sums it needs, and the least squares solved from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import ibis
import ibis.expr.types as ir
import numpy as np
from ibis import _

from openp4p.engine.portable import exact_sum
from openp4p.engine.stage import stage

COEFFICIENTS = {
    "stratum": "string",
    "term": "string",
    "coefficient": "float64",
    "is_dropped": "boolean",  # it could not be told apart from the terms before it
}
INTERCEPT = "intercept"
COST = "cost"
# a term whose part not explained by the earlier terms is smaller than this share of it is dropped:
# what is left of it then is the rounding of the arithmetic
_NOTHING_LEFT = 1e-9


@stage(
    key=("stratum", "term", "other"),
    columns={"stratum": "string", "term": "string", "other": "string", "value": "float64"},
)
def episode_model_sums(episode_risks: ir.Table, episode_terms: ir.Table) -> ir.Table:
    """What least squares needs of each diagnosis category: X'X, and X'y with `other` = cost.

    Every term is 0 or 1, so an entry of X'X counts the episodes that have both terms; each pair
    stands once, in alphabetical order.
    """
    counted = episode_risks.filter(episode_risks.reason.isnull())
    costs = counted.select("episode_id", cost=counted.cost_dollars.cast("float64"))
    long = episode_terms.inner_join(costs, "episode_id")
    products = long.group_by("stratum", "term").agg(value=exact_sum(_.cost))
    others = episode_terms.select(same_episode="episode_id", other="term")
    pairs = episode_terms.inner_join(others, episode_terms.episode_id == others.same_episode)
    pairs = pairs.filter(pairs.term <= pairs.other)
    counts = pairs.group_by("stratum", "term", "other").agg(value=_.count().cast("float64"))
    return counts.union(
        products.select("stratum", "term", other=ibis.literal(COST), value=products["value"])
    )


def solved(sums: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
    """Least-squares coefficients of each diagnosis category, the terms swept in a fixed order.

    The intercept comes first, the others by name. A term that those before it explain gets 0.
    """
    by_stratum: dict[str, dict[tuple[str, str], float]] = defaultdict(dict)
    for entry in sums:
        pair = (str(entry["term"]), str(entry["other"]))
        by_stratum[str(entry["stratum"])][pair] = float(str(entry["value"]))
    made: list[dict[str, object]] = []
    for stratum, entries in sorted(by_stratum.items()):
        terms = sorted({term for term, _ in entries}, key=lambda term: (term != INTERCEPT, term))
        solution, kept = _swept(_matrix(entries, terms))
        made += [
            {
                "stratum": stratum,
                "term": term,
                "coefficient": float(solution[place]) if kept[place] else 0.0,
                "is_dropped": not kept[place],
            }
            for place, term in enumerate(terms)
        ]
    return made


def _matrix(entries: Mapping[tuple[str, str], float], terms: list[str]) -> np.ndarray:
    """X'X with X'y as its last column."""
    place = {term: number for number, term in enumerate(terms)} | {COST: len(terms)}
    matrix = np.zeros((len(terms), len(terms) + 1))
    for (term, other), value in entries.items():
        matrix[place[term], place[other]] = value
        if other != COST:
            matrix[place[other], place[term]] = value
    return matrix


def _swept(matrix: np.ndarray) -> tuple[np.ndarray, list[bool]]:
    """The solution and which terms are in it, without any routine that may add in another order."""
    held = matrix.diagonal().copy()
    kept = []
    for term in range(len(matrix)):
        # what the diagonal still holds is the term's part that no earlier term explains
        kept.append(bool(matrix[term, term] > held[term] * _NOTHING_LEFT))
        if not kept[term]:
            continue
        row = matrix[term] / matrix[term, term]
        factors = matrix[:, term].copy()
        factors[term] = 0.0
        matrix = matrix - factors[:, None] * row[None, :]
        matrix[term] = row
    return matrix[:, -1], kept
