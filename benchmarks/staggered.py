"""How often an audit finds an effect of practices that entered one after the other, and none.

    python benchmarks/staggered.py --trials 600

Practices are made at random: a third enters in the fourth of six periods, a third in the fifth, a
third never; 20 to 400 patients each. Everything is seeded; the table goes to staggered.md.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np

from openp4p.audit.evidence.improvement import Effect
from openp4p.audit.evidence.improvement_findings import Judged, improvement_finding
from openp4p.audit.evidence.staggered import NEVER, group_time_effects

PAGE = Path(__file__).with_suffix(".md")
PERIODS, IMPORTANT = 6, 1.0
VERDICTS = ("meets", "partly", "fails", "not_assessable")


def drawn(practices: int, effect: float, drift: float, seed: int) -> Effect:
    """One evaluation: an effect of so many points, and a drift a period before and after entry."""
    random = np.random.default_rng(seed)
    practice = np.repeat(np.arange(practices), PERIODS)
    period = np.tile(np.arange(PERIODS), practices)
    third = practices // 3
    entered = np.array([3] * third + [4] * third + [NEVER] * (practices - 2 * third))
    weight = np.repeat(random.integers(20, 400, practices), PERIODS).astype(float)
    joins = entered[practice] != NEVER
    outcome = 70.0 + random.normal(0, 5, practices)[practice] + 0.5 * period
    outcome += random.normal(0, 2, len(practice)) + drift * period * joins
    outcome += effect * (period >= entered[practice])
    return group_time_effects(
        practice, period, outcome, weight, entered, "outcome", important=IMPORTANT
    )


def row(practices: int, effect: float, drift: float, trials: int) -> str:
    """A row of the table: how often trends are called different, an effect found, each verdict."""
    found = [drawn(practices, effect, drift, seed) for seed in range(trials)]
    verdicts = Counter(
        improvement_finding([Judged(one, IMPORTANT, 1)]).evidence.verdict for one in found
    )
    trends = sum(one.trends_hold is False for one in found) / trials
    real = sum(one.p_value < 0.05 for one in found) / trials
    shares = " / ".join(f"{verdicts[verdict] / trials:.2f}" for verdict in VERDICTS)
    return f"| {practices} | {effect:g} | {drift:g} | {trends:.2f} | {real:.2f} | {shares} |"


def main() -> None:
    """Write the table."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--trials", type=int, default=600)
    trials = asked.parse_args().trials
    lines = [
        "# Practices that entered one after the other",
        "",
        f"`python benchmarks/staggered.py --trials {trials}`: {trials} trials a row, seeds 0 to "
        f"{trials - 1}; smallest important difference {IMPORTANT:g} point. Drift: points a period "
        "by which practices that enter differ, before and after.",
        "",
        "| practices | effect | drift | earlier trends differ | p < 0.05 | "
        "meets / partly / fails / not assessable |",
        "|---|---|---|---|---|---|",
    ]
    for practices in (36, 120, 300):
        for effect, drift in ((0.0, 0.0), (2.0, 0.0), (0.0, 0.5)):
            lines.append(row(practices, effect, drift, trials))
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
