"""C9.4, C9.6: how often a tier is wrong, and labels that say only what is likely."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import integrate, stats

from openp4p.audit.evidence.numbers import Vector, rounded
from openp4p.audit.evidence.ratio_reliability import Spread
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

LOW, AVERAGE, HIGH = -1, 0, 1


@dataclass(frozen=True)
class Wrong:
    """Shares of practices in a wrong tier: of all, of those called high, of those called low."""

    overall: float
    of_high: float | None
    of_low: float | None

    @property
    def verdict(self) -> Verdict:
        """Few wrong in all and few of those singled out, or at least not too many in all."""
        labelled = [one for one in (self.of_high, self.of_low) if one is not None]
        if not labelled:
            return NOT_ASSESSABLE
        few = rounded(self.overall) <= threshold("reliability.misclassified_meets")
        right = rounded(max(labelled)) <= threshold("reliability.mislabelled_meets")
        if few and right:
            return MEETS
        partly = rounded(self.overall) <= threshold("reliability.misclassified_partly")
        return PARTLY if partly else FAILS


def tiers_of(values: Vector, low: float, high: float) -> Vector:
    """-1, 0 or 1: beyond the low cut, between, beyond the high cut."""
    return np.where(values > high, HIGH, np.where(values < low, LOW, AVERAGE))


def wrong_tiers(
    spread: Spread, values: Vector, assigned: Vector, cuts: tuple[float, float], *, seed: int
) -> Wrong:
    """Tiers against true values drawn from what each result says of its practice.

    `cuts` are where the same rule cuts the true values: relative cuts at the same number of
    deviations, or the same percentile, of their own distribution; absolute cuts as they are.
    """
    draws = count("reliability.draws")
    random = np.random.default_rng(seed)
    centre, deviation = spread.posterior_mean(values), spread.posterior_deviation
    wrong = np.zeros(len(values))
    for _ in range(draws):
        true = centre + deviation * random.standard_normal(len(values))
        wrong += tiers_of(true, *cuts) != assigned
    wrong /= draws
    return Wrong(
        float(wrong.mean()),
        float(wrong[assigned == HIGH].mean()) if (assigned == HIGH).any() else None,
        float(wrong[assigned == LOW].mean()) if (assigned == LOW).any() else None,
    )


def true_cuts_at_deviations(spread: Spread, deviations: float) -> tuple[float, float]:
    """Cuts at so many deviations of the true values on either side of their mean."""
    reach = deviations * float(np.sqrt(spread.between))
    return spread.mean - reach, spread.mean + reach


def uncertain_labels(spread: Spread, values: Vector, cuts: tuple[float, float]) -> Vector:
    """-1 or 1 only where the true value lies beyond the cut with the probability asked, else 0."""
    enough = threshold("reliability.label_probability")
    centre, deviation = spread.posterior_mean(values), spread.posterior_deviation
    tiny = np.finfo(float).tiny
    beyond = stats.norm.sf(cuts[1], centre, np.maximum(deviation, tiny)) >= enough
    under = stats.norm.cdf(cuts[0], centre, np.maximum(deviation, tiny)) >= enough
    return np.where(beyond, HIGH, np.where(under, LOW, AVERAGE))


def misclassification_finding(wrong: dict[str, Wrong], units: int) -> Finding:
    """P11.3 over the tiers of a program (quality, cost): the worst of them counts."""
    order: tuple[Verdict, ...] = (FAILS, PARTLY, MEETS, NOT_ASSESSABLE)
    judged = sorted(wrong, key=lambda n: (order.index(wrong[n].verdict), -wrong[n].overall))
    first = wrong[judged[0]] if judged else None
    verdict = first.verdict if first else NOT_ASSESSABLE
    return Finding(
        Evidence(
            subcheck="P11.3",
            kind="a",
            verdict=verdict,
            statistic="expected share of practices in a wrong tier"
            + (f" ({judged[0]})" if judged else ""),
            value=first.overall if first else None,
            threshold=f"at most {threshold('reliability.misclassified_meets'):g} of all and "
            f"{threshold('reliability.mislabelled_meets'):g} of those called high or low meets; at "
            f"most {threshold('reliability.misclassified_partly'):g} of all partly; else fails",
            n_units=units,
            na_reason="" if verdict != NOT_ASSESSABLE else "no practice carries a label",
        ),
        tuple(
            {"tier": name, "wrong": one.overall, "wrong_of_high": one.of_high,
             "wrong_of_low": one.of_low, "verdict": one.verdict}
            for name, one in wrong.items()
        ),
    )  # fmt: skip


def expected_two_tiers(reliability: float, share: float) -> Wrong:
    """Two tiers cut at the lowest `share` of normal results; those flagged are the low ones."""
    cut = float(stats.norm.ppf(share))
    both = _both_below(cut, cut, reliability)
    return Wrong(2.0 * (share - both), None, (share - both) / share)


def expected_three_tiers(reliability: float, deviations: float) -> Wrong:
    """Three tiers cut so many deviations from the mean of normal results."""
    tail = float(stats.norm.sf(deviations))
    same = _both_below(-deviations, -deviations, reliability)
    crossed = _both_below(deviations, -deviations, reliability)  # observed low, true not high
    middle = 1.0 - 4.0 * tail + 2.0 * same + 2.0 * (tail - crossed)
    overall = 1.0 - 2.0 * same - middle
    return Wrong(overall, (tail - same) / tail, (tail - same) / tail)


@dataclass(frozen=True)
class Labelled:
    """The share of practices called high, and the share of those that truly are."""

    share: float
    right: float


def expected_labels(reliability: float, probability: float, cut: float = 1.0) -> Labelled:
    """Called high where the true value, N(0, 1), is above the cut with this probability."""
    deviation = np.sqrt(1.0 - reliability)
    centre = cut + float(stats.norm.ppf(probability)) * deviation
    return _labelled_above(centre, reliability, cut)


def expected_labels_by_test(reliability: float, cut: float = 1.0) -> Labelled:
    """Called high above one observed deviation, and by a two-sided test against the mean."""
    noise = np.sqrt((1.0 - reliability) / reliability)
    level = 1.0 - threshold("statistics.significance") / 2.0
    observed = max(1.0 / np.sqrt(reliability), float(stats.norm.ppf(level)) * noise)
    return _labelled_above(observed * reliability, reliability, cut)


def _labelled_above(centre: float, reliability: float, cut: float) -> Labelled:
    """Of practices whose posterior mean, N(0, R), is above `centre`, those truly above the cut."""
    of_means, deviation = np.sqrt(reliability), np.sqrt(1.0 - reliability)
    share = float(stats.norm.sf(centre, scale=of_means))

    def density(mean: float) -> float:
        above = stats.norm.sf(cut, mean, deviation)
        return float(stats.norm.pdf(mean, scale=of_means) * above)

    right, _ = integrate.quad(density, centre, np.inf, epsabs=1e-13)
    return Labelled(share, right / share)


def _both_below(observed: float, true: float, reliability: float) -> float:
    """P(observed < a, true < b) under a bivariate normal with correlation sqrt(R)."""
    correlation = np.sqrt(reliability)

    def density(at: float) -> float:
        below = stats.norm.cdf((true - correlation * at) / np.sqrt(1.0 - reliability))
        return float(stats.norm.pdf(at) * below)

    value, _ = integrate.quad(density, -np.inf, observed, epsabs=1e-13)
    return float(value)
