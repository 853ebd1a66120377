"""C13: does a practice lose money because one of its patients needs costly care?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from openp4p.audit.evidence.judging import worst
from openp4p.audit.evidence.record import (
    FAILS,
    MEETS,
    PARTLY,
    Evidence,
    Finding,
    Verdict,
)
from openp4p.audit.thresholds import count, threshold, thresholds


@dataclass(frozen=True)
class Paid:
    """What a practice gets: a cut of base payments (0 or less), a bonus (0 or more), a tier."""

    base: float
    bonus: float
    tier: str = ""


# the payment of a practice when this many dollars of care are added to one patient; benchmarks
# frozen, caps of the program in force, everything else of the patient unchanged
Pay = Callable[[str, str, float], Paid]


@dataclass(frozen=True)
class Shock:
    """One patient made costlier, and what the practice loses of base payments and of bonus."""

    practice: str
    dollars: float
    base_loss: float
    bonus_loss: float
    moved_tier: bool


def shock_test(
    patients: Mapping[str, Sequence[str]], pay: Pay, costliest: float, *, seed: int
) -> tuple[list[Shock], int]:
    """Shocks to patients at random, and how many practices had none to shock.

    At most 500 practices, 50 patients of each, each shocked with each amount: the stated dollars
    and the 99th percentile of annual cost.
    """
    random = np.random.default_rng(seed)
    held = sorted(practice for practice, people in patients.items() if people)
    most = count("shock.practices")
    if len(held) > most:
        held = sorted(random.choice(held, most, replace=False).tolist())
    amounts = (*thresholds()["shock.dollars"].values, costliest)
    made = []
    for practice in held:
        people = sorted(patients[practice])
        number = min(len(people), count("shock.patients"))
        for patient in random.choice(people, number, replace=False).tolist():
            before = pay(practice, patient, 0.0)
            made += [_shock(practice, one, before, pay(practice, patient, one)) for one in amounts]
    return made, sum(1 for people in patients.values() if not people)


def shock_finding(shocks: Sequence[Shock], skipped: int, subcheck: str = "P17.1") -> Finding:
    """P17.1 and P02.4: the largest loss; of base payments it fails, of a bonus alone partly.

    P02.4 asks of base payments alone.
    """
    bonus_counts = subcheck != "P02.4"
    verdict = worst(_verdict(one, bonus_counts) for one in shocks)
    largest = max(shocks, key=lambda one: one.base_loss + one.bonus_loss, default=None)
    practices = {one.practice for one in shocks}
    moved = {one.practice for one in shocks if one.moved_tier}
    losses = [one.base_loss + one.bonus_loss for one in shocks]
    per_dollar = sum(losses) / sum(one.dollars for one in shocks) if shocks else 0.0
    return Finding(
        Evidence(
            subcheck=subcheck,
            kind="a",
            verdict=verdict,
            statistic="largest loss of a practice from one patient's necessary care, dollars",
            value=max(losses, default=None),
            threshold="no loss meets; of a bonus only partly; of base payments fails"
            if bonus_counts
            else "no loss of base payments meets; else fails",
            n_units=len(practices),
            na_reason="" if shocks else "no practice has attributed patients",
            text=f"Mean loss ${np.mean(losses) if losses else 0:,.2f}, ${per_dollar:.4f} a dollar "
            f"of care; one patient moves {len(moved):,} of {len(practices):,} practices to another "
            f"tier; {skipped:,} practices without patients"
            + (f"; largest loss in practice {largest.practice}." if largest else "."),
        ),
        tuple(_row(practice, shocks) for practice in sorted(practices)),
    )


def _row(practice: str, shocks: Sequence[Shock]) -> dict[str, object]:
    own = [one for one in shocks if one.practice == practice]
    return {
        "practice": practice,
        "shocks": len(own),
        "largest_base_loss": max(one.base_loss for one in own),
        "largest_bonus_loss": max(one.bonus_loss for one in own),
        "moved_tier": any(one.moved_tier for one in own),
    }


def _shock(practice: str, dollars: float, before: Paid, after: Paid) -> Shock:
    return Shock(
        practice,
        dollars,
        _loss(before.base, after.base),
        _loss(before.bonus, after.bonus),
        before.tier != after.tier,
    )


def _loss(before: float, after: float) -> float:
    lost = before - after
    return lost if lost >= threshold("shock.least_loss") else 0.0


def _verdict(one: Shock, bonus_counts: bool) -> Verdict:
    if one.base_loss > 0:
        return FAILS
    return PARTLY if one.bonus_loss > 0 and bonus_counts else MEETS
