"""C11: do practices keep and take in patients who are hard to treat?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from openp4p.audit.evidence.judging import worst
from openp4p.audit.evidence.numbers import Vector, normal_half_width, rounded, t_half_width
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

CORE_GROUPS = ("top_risk_quartile", "costliest_tenth")


@dataclass(frozen=True)
class Flow:
    """Patients of each practice, a row a practice, before and after.

    Columns for retention: complex staying, complex leaving, others staying, others leaving; for
    intake: complex newcomers, other newcomers.
    """

    before: Vector
    after: Vector


@dataclass(frozen=True)
class AccessRatio:
    """A ratio of odds ratios of one group, after against before, with its interval."""

    group: str
    kind: str  # retention or intake
    value: float
    low: float
    high: float
    log_error: float
    degrees: int | None  # of Student's t; nothing for the plain Wald interval
    fewest: int
    practices: int

    def upper_at(self, level: float) -> float:
        """The upper bound of an interval at a stricter level."""
        quantile = 1.0 - level / 2.0
        reach = stats.norm.ppf(quantile) if self.degrees is None else stats.t.ppf(
            quantile, self.degrees
        )  # fmt: skip
        return float(self.value * np.exp(reach * self.log_error))

    def verdict(self, tested: int) -> Verdict:
        """Tried in order, `tested` ratios being looked at together."""
        floor = threshold("access.fails_below")
        level = threshold("statistics.significance") / min(tested, count("access.most_ratios"))
        if rounded(self.value) < floor and rounded(self.upper_at(level)) < 1.0:
            return FAILS
        half = np.log(self.high / self.value)
        too_wide = rounded(half) > rounded(np.log(threshold("access.greatest_half_width")))
        if self.fewest < threshold("access.fewest_leavers") or too_wide:
            return NOT_ASSESSABLE
        return MEETS if rounded(self.low) >= floor else PARTLY


def access_ratio(
    group: str, program: Flow, comparison: Flow | None = None, kind: str = "retention"
) -> AccessRatio:
    """The odds of staying of complex patients against others, after against before.

    For intake: the odds of being complex among new patients, after against before.
    Divided by the same in comparison practices where there are any. The variance is clustered by
    practice with t quantiles; with fewer than 20 practices it is the plain Wald variance.
    """
    flows = [(program, 1.0)] + ([(comparison, -1.0)] if comparison else [])
    sign = np.array([1.0, -1.0, -1.0, 1.0] if kind == "retention" else [1.0, -1.0])
    blocks = [(part, way * when) for flow, way in flows
              for part, when in ((flow.after, 1.0), (flow.before, -1.0))]  # fmt: skip
    totals = [part.sum(axis=0).astype(float) for part, _ in blocks]
    if any((total == 0).any() for total in totals):
        totals = [total + threshold("access.added_to_empty") for total in totals]
    logs = sum(
        way * float(sign @ np.log(total)) for (_, way), total in zip(blocks, totals, strict=True)
    )
    influence = [
        (part * (way * sign / total)).sum(axis=1)
        for (part, way), total in zip(blocks, totals, strict=True)
    ]
    per_practice = np.concatenate(
        [influence[number] + influence[number + 1] for number in range(0, len(influence), 2)]
    )
    practices = len(per_practice)
    if practices >= count("statistics.clusters_for_clustered_intervals"):
        variance = practices / (practices - 1) * float(np.square(per_practice).sum())
        degrees: int | None = practices - 1
        half = t_half_width(np.sqrt(variance), practices - 1)
    else:
        variance = sum(float((1.0 / total).sum()) for total in totals)
        degrees, half = None, normal_half_width(np.sqrt(variance))
    column = 1 if kind == "retention" else 0
    return AccessRatio(
        group,
        kind,
        float(np.exp(logs)),
        float(np.exp(logs - half)),
        float(np.exp(logs + half)),
        float(np.sqrt(variance)),
        degrees,
        int(program.after[:, column].sum()),
        practices,
    )


def access_finding(ratios: Sequence[AccessRatio], subcheck: str = "P14.5") -> Finding:
    """P14.5, and P17.3 over its own groups: the worst ratio that could be judged."""
    tested = max(len(ratios), 1)
    verdicts = [one.verdict(tested) for one in ratios]
    verdict = worst(verdicts)
    core = [v for one, v in zip(ratios, verdicts, strict=True) if one.group in CORE_GROUPS]
    if subcheck == "P14.5" and all(one == NOT_ASSESSABLE for one in core):
        verdict = NOT_ASSESSABLE
    lowest = min(
        (one for one, v in zip(ratios, verdicts, strict=True) if v == verdict),
        key=lambda one: one.value,
        default=None,
    )
    floor = threshold("access.fails_below")
    return Finding(
        Evidence(
            subcheck=subcheck,
            kind="a",
            verdict=verdict,
            statistic="ratio of odds ratios"
            + (f", {lowest.kind} of {lowest.group}" if lowest else ""),
            value=lowest.value if lowest else None,
            ci_low=lowest.low if lowest else None,
            ci_high=lowest.high if lowest else None,
            threshold=f"below {floor:g} and below 1 at {threshold('statistics.significance'):g}/"
            f"{tested} fails; fewer than {threshold('access.fewest_leavers'):g} patients or a "
            f"half-width above log {threshold('access.greatest_half_width'):g} not assessable; "
            f"lower bound {floor:g} or more meets; else partly",
            n_units=lowest.practices if lowest else None,
            na_reason="" if verdict != NOT_ASSESSABLE else "no group was large enough to judge"
            if ratios else "no pair of years before the first payment or announcement",
        ),
        tuple(
            {"group": one.group, "kind": one.kind, "ratio": one.value, "low": one.low,
             "high": one.high, "fewest": _shown(one.fewest), "verdict": v}
            for one, v in zip(ratios, verdicts, strict=True)
        ),
    )  # fmt: skip


def _shown(patients: int) -> int | str:
    """A count of patients; one of 1 to 10 is not shown."""
    floor = count("access.fewest_leavers")
    return f"1 to {floor - 1}" if 0 < patients < floor else patients
