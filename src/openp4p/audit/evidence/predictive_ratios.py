"""C8.1-3: does the risk adjustment expect what happened, group by group?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from openp4p.audit.evidence.judging import worst
from openp4p.audit.evidence.least_squares import summed_rows
from openp4p.audit.evidence.numbers import Vector, percentile_interval, rounded
from openp4p.audit.evidence.record import (
    FAILS,
    MEETS,
    NOT_ASSESSABLE,
    PARTLY,
    Evidence,
    Finding,
    Verdict,
)
from openp4p.audit.thresholds import count, threshold

CRITICAL = ("decile", "dual", "esrd", "disabled", "85+")


@dataclass(frozen=True)
class Persons:
    """What a model expected of each person and what happened, with the practice (from 0).

    `weights` are person-time. Expected values are out of sample, or a published model's.
    """

    predicted: Vector
    actual: Vector
    weights: Vector
    practice: Vector
    is_binary: bool = False


@dataclass(frozen=True)
class GroupRatio:
    """Predicted over actual of one group, with its interval."""

    group: str
    persons: int
    value: float
    low: float
    high: float
    reason: str = ""

    @property
    def verdict(self) -> Verdict:
        """Tried in order: outside the band, too wide to tell, inside it, else partly."""
        if self.reason:
            return NOT_ASSESSABLE
        low, high, value = rounded(self.low), rounded(self.high), rounded(self.value)
        lower, upper = threshold("adjustment.lower"), threshold("adjustment.upper")
        if high < lower or low > upper:
            return FAILS
        if rounded(self.high - self.low) > threshold("adjustment.greatest_width"):
            return NOT_ASSESSABLE
        near = threshold("adjustment.lower_point") <= value <= threshold("adjustment.upper_point")
        return MEETS if near and low >= lower and high <= upper else PARTLY


def scaled(persons: Persons) -> Persons:
    """A published model's predictions brought to the level of this population."""
    total = (persons.actual * persons.weights).sum() / (persons.predicted * persons.weights).sum()
    return Persons(
        persons.predicted * total,
        persons.actual,
        persons.weights,
        persons.practice,
        persons.is_binary,
    )


def deciles_of(predicted: Vector) -> dict[str, Vector]:
    """Ten groups of equal size by what was expected, smallest first, ties by position."""
    rank = np.argsort(np.argsort(predicted, kind="stable"), kind="stable")
    tenth = rank * 10 // max(len(predicted), 1)
    return {f"decile {number + 1}": tenth == number for number in range(10)}


def predictive_ratios(
    persons: Persons, groups: Mapping[str, Vector], *, seed: int
) -> list[GroupRatio]:
    """One row a group. Practices are drawn again, or persons where practices are too few."""
    sums = [_sums(persons, mask) for mask in groups.values()]
    predicted, actual = (np.column_stack(part) for part in zip(*sums, strict=True))
    units, drawn = _resampled(persons, seed)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = (drawn @ summed_rows(predicted, units, drawn.shape[1])) / (
            drawn @ summed_rows(actual, units, drawn.shape[1])
        )
    made = []
    for place, (name, mask) in enumerate(groups.items()):
        reason = _too_few(persons, mask)
        column = ratios[:, place][np.isfinite(ratios[:, place])]
        total = actual[:, place].sum()
        value = float(predicted[:, place].sum() / total) if total else float("nan")
        low, high = percentile_interval(column) if len(column) else (value, value)
        made.append(GroupRatio(name, int(mask.sum()), value, low, high, reason))
    return made


def adjustment_finding(ratios: list[GroupRatio], practices: int) -> Finding:
    """P04.4: the worst critical group that could be judged, all groups as rows."""
    critical = [one for one in ratios if one.group.startswith(CRITICAL)]
    verdict = worst(one.verdict for one in critical)
    judged = [one for one in critical if one.verdict != NOT_ASSESSABLE]
    farthest = max(judged, key=_badness, default=None)
    drawn = "practices"
    if practices < count("statistics.clusters_for_clustered_intervals"):
        drawn = "persons, the practices being too few,"
    lower, upper = threshold("adjustment.lower"), threshold("adjustment.upper")
    band = f"[{threshold('adjustment.lower_point'):g}, {threshold('adjustment.upper_point'):g}]"
    return Finding(
        Evidence(
            subcheck="P04.4",
            kind="a",
            verdict=verdict,
            statistic="predicted over actual of the critical group farthest off"
            + (f" ({farthest.group})" if farthest else ""),
            value=farthest.value if farthest else None,
            ci_low=farthest.low if farthest else None,
            ci_high=farthest.high if farthest else None,
            threshold=f"interval outside [{lower:g}, {upper:g}] fails; inside it and point inside "
            f"{band} meets; wider than {threshold('adjustment.greatest_width'):g} not assessable; "
            f"else partly; the worst critical group counts",
            n_units=sum(one.persons for one in ratios if one.group.startswith("decile")) or None,
            na_reason="" if judged else "every critical group is too small",
            text=f"Intervals from {drawn} drawn again. "
            f"{len(critical) - len(judged)} of {len(critical)} groups could not be judged.",
        ),
        tuple(
            {
                "group": one.group,
                "persons": one.persons,
                "predictive_ratio": one.value,
                "low": one.low,
                "high": one.high,
                "verdict": one.verdict,
                "reason": one.reason,
            }
            for one in ratios
        ),
    )


def _badness(one: GroupRatio) -> tuple[int, float]:
    order: tuple[Verdict, ...] = (NOT_ASSESSABLE, MEETS, PARTLY, FAILS)
    return order.index(one.verdict), abs(one.value - 1.0)


def _sums(persons: Persons, mask: Vector) -> tuple[Vector, Vector]:
    held = persons.weights * mask
    return persons.predicted * held, persons.actual * held


def _resampled(persons: Persons, seed: int) -> tuple[Vector, Vector]:
    """The unit of each person and, draw by draw, how often each unit was drawn."""
    practices = int(persons.practice.max()) + 1
    few = practices < count("statistics.clusters_for_clustered_intervals")
    units = np.arange(len(persons.practice)) if few else persons.practice
    number = len(units) if few else practices
    random = np.random.default_rng(seed)
    shares = np.full(number, 1.0 / number)
    return units, random.multinomial(number, shares, size=count("adjustment.draws")).astype(float)


def _too_few(persons: Persons, mask: Vector) -> str:
    if not (persons.actual[mask] != 0).any():
        return "no event" if persons.is_binary else "no cost"
    if persons.is_binary:
        least = threshold("adjustment.fewest_events")
        return "" if persons.actual[mask].sum() >= least else f"under {least:g} events"
    least = threshold("adjustment.fewest_persons")
    return "" if mask.sum() >= least else f"under {least:g} persons"
