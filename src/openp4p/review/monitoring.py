"""Who takes out unusually many patients for clinical reasons: looked at by a peer, never capped.

A limit on variances would defeat them (C5). So each practice's number is held against what is usual
in its specialty, at its own number of patients, and one far above is asked for some charts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from openp4p.audit.evidence.beta_binomial import BetaBinomial, can_be_fitted, fit_beta_binomial
from openp4p.audit.thresholds import threshold
from openp4p.review.policy import numbers

POOLED = "others"  # specialties of too few practices are one


@dataclass(frozen=True)
class Counted:
    """How many eligible cases of a measure a practice has, and how many variances took out.

    `kind`: clinical_override or clinical_exception, each of which is watched by itself.
    """

    practice: str
    specialty: str
    measure: str
    kind: str
    eligible: int
    taken_out: int


@dataclass(frozen=True)
class Watched:
    """A practice's number beside what is usual among its peers.

    `group`: the specialty, or others; `peers`: its practices with cases of the measure; `usual`:
    their share of cases taken out; `most`: the most that is no reason to look; both None where the
    peers are too few to tell.
    """

    counted: Counted
    group: str
    peers: int
    usual: float | None
    most: int | None

    @property
    def is_flagged(self) -> bool:
        """Whether a peer is to look at some charts."""
        return self.most is not None and self.counted.taken_out > self.most


def watched(counts: Iterable[Counted]) -> list[Watched]:
    """Every practice that took cases out, those to be looked at first, then by their number."""
    found: list[Watched] = []
    for group, rows in _groups(counts).items():
        fit = _fitted(rows)
        found += [
            Watched(
                row,
                group[-1],
                len(rows),
                None if fit is None else fit.pooled,
                None if fit is None else _most(fit, row.eligible),
            )
            for row in rows
            if row.taken_out
        ]
    return sorted(
        found,
        key=lambda one: (not one.is_flagged, -one.counted.taken_out, *_names(one.counted)),
    )


def _names(row: Counted) -> tuple[str, str, str]:
    return row.measure, row.kind, row.practice


def _groups(counts: Iterable[Counted]) -> dict[tuple[str, str, str], list[Counted]]:
    """The practices with cases by measure, kind and specialty; small specialties are pooled."""
    by_specialty: dict[tuple[str, str, str], list[Counted]] = defaultdict(list)
    for row in counts:
        if row.eligible:
            by_specialty[row.measure, row.kind, row.specialty].append(row)
    fewest = threshold("reliability.group_practices")
    groups: dict[tuple[str, str, str], list[Counted]] = defaultdict(list)
    for (measure, kind, specialty), rows in by_specialty.items():
        groups[measure, kind, specialty if len(rows) >= fewest else POOLED] += rows
    return groups


def _fitted(rows: Sequence[Counted]) -> BetaBinomial | None:
    taken_out = np.array([row.taken_out for row in rows], dtype=float)
    eligible = np.array([row.eligible for row in rows], dtype=float)
    return None if can_be_fitted(eligible) else fit_beta_binomial(taken_out, eligible)


def _most(fit: BetaBinomial, eligible: int) -> int:
    """The quantile of the number taken out of so many cases, were the practice like its peers."""
    above = float(numbers()["monitored_above"].value)
    if np.isfinite(fit.total):
        return int(stats.betabinom.ppf(above, eligible, fit.alpha, fit.beta))
    return int(stats.binom.ppf(above, eligible, fit.pooled))
