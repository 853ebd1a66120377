"""What a population came to, from the sums of its markets: the numbers beside the targets."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MINIMUM = 20  # cases of a practice, as in the program
Row = tuple[int, ...]
Sums = tuple[int | None, ...]  # none of a market without people who count


@dataclass(frozen=True)
class MarketFindings:
    """Sums of one market: practices, people, episodes, lines, features (sql/findings.sql)."""

    practices: Sequence[Row]
    people: Sums
    episodes: Sequence[Row]
    lines: Row
    features: Sequence[tuple[str, str, int]]
    quality: Sequence[tuple[str, float]] = ()  # what the market gave each practice, by TIN


@dataclass(frozen=True)
class Spread:
    """A rate over practices: the mean, the deviation as seen, and without what chance adds."""

    mean: float
    seen: float
    without_chance: float
    practices: int


@dataclass(frozen=True)
class Findings:
    """Every number of the page of targets that is computed from the population."""

    acute: Spread
    chronic: Spread
    readmission: Spread
    cost: tuple[float, float, float]
    cost_practices: int
    episode: tuple[float, float, float]
    episode_practices: int
    explained: float
    mean_cost: float
    professional_lines: float
    professional_lines_both: float
    lines: int
    costs: tuple[float, ...]
    features: tuple[tuple[str, str, int], ...]


def findings(markets: Iterable[MarketFindings], beneficiaries: int) -> Findings:
    """The findings of the whole population; every sum is of whole numbers in a fixed order."""
    markets = list(markets)
    practices = [row for market in markets for row in market.practices]
    episodes = [row for market in markets for row in market.episodes]
    n, x, y, xx, xy, yy = (
        sum(market.people[place] or 0 for market in markets) for place in range(6)
    )
    slope = _ratio(n * xy - x * y, n * xx - x * x)
    mean_cost = _ratio(y, n)
    start = mean_cost - slope * _ratio(x, n)
    costs = []
    for people, cost, risk, *_rest in practices:
        expected = start * people + slope * risk
        if people >= MINIMUM and expected > 0:
            costs.append((cost / expected * mean_cost, people))
    observed, stays = sum(row[1] for row in episodes), sum(row[0] for row in episodes)
    mean_episode = _ratio(observed, stays)
    ratios = [(row[1] / row[2] * mean_episode, row[0]) for row in episodes if row[0] >= MINIMUM]
    return Findings(
        acute=_spread([(row[4], 3 * row[0]) for row in practices], 1000),
        chronic=_spread([(row[5], row[3]) for row in practices], 1000),
        readmission=_spread([(row[7], row[6]) for row in practices], 100),
        cost=_percentiles(costs),
        cost_practices=len(costs),
        episode=_percentiles(ratios),
        episode_practices=len(ratios),
        explained=_ratio((n * xy - x * y) ** 2, (n * xx - x * x) * (n * yy - y * y)),
        mean_cost=mean_cost,
        professional_lines=sum(market.lines[0] for market in markets) / beneficiaries,
        professional_lines_both=sum(market.lines[1] for market in markets) / beneficiaries,
        lines=sum(market.lines[2] for market in markets),
        costs=tuple(cost for cost, _people in costs),
        features=tuple(
            (what, which, sum(market.features[place][2] for market in markets))
            for place, (what, which, _n) in enumerate(markets[0].features)
        ),
    )


def _spread(rates: Sequence[tuple[int, int]], scale: int) -> Spread:
    """The mean of all, and over practices at the minimum the case-weighted deviation from it."""
    mean = _ratio(sum(events for events, _ in rates), sum(cases for _, cases in rates))
    large = [(events, cases) for events, cases in rates if cases >= MINIMUM]
    weight = sum(cases for _, cases in large)
    variance = _ratio(
        math.fsum(cases * (events / cases - mean) ** 2 for events, cases in large), weight
    )
    chance = _ratio(len(large) * mean * (1 - mean), weight)
    between = math.sqrt(max(0.0, variance - chance))
    return Spread(mean * scale, math.sqrt(variance) * scale, between * scale, len(large))


def _percentiles(values: Sequence[tuple[float, int]]) -> tuple[float, float, float]:
    """The 10th, 50th and 90th percentile of the practices, each counted once."""
    ordered = sorted(value for value, _weight in values)
    if not ordered:
        return (0.0, 0.0, 0.0)
    last = len(ordered) - 1
    low, middle, high = (ordered[round(share * last)] for share in (0.10, 0.50, 0.90))
    return (low, middle, high)


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else 0.0
