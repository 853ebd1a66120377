"""P03.2 and P03.3: is care better because of the program, and no less safe?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from scipy import stats

from openp4p.audit.evidence.improvement import Effect
from openp4p.audit.evidence.interrupted_series import METHOD as SERIES
from openp4p.audit.evidence.multiplicity import holm
from openp4p.audit.evidence.numbers import rounded
from openp4p.audit.evidence.record import (
    FAILS,
    MEETS,
    NOT_ASSESSABLE,
    PARTLY,
    Evidence,
    Finding,
    Rows,
    Verdict,
)
from openp4p.audit.thresholds import count, threshold


@dataclass(frozen=True)
class Judged:
    """An effect, and what counts as important in the outcome's own unit."""

    effect: Effect
    important: float
    better: int  # 1: higher is better; -1: lower is better

    @property
    def improvement(self) -> float:
        """The effect, positive where care became better."""
        return self.better * self.effect.value

    @property
    def greatest(self) -> float:
        """The greatest improvement the interval allows."""
        return self.effect.high if self.better > 0 else -self.effect.low


def improvement_finding(outcomes: Sequence[Judged]) -> Finding:
    """P03.2, from up to three primary outcomes."""
    most = count("improvement.most_primary_outcomes")
    assert len(outcomes) <= most, f"a plan names up to {most} primary outcomes"
    usable = [one for one in outcomes if not one.effect.reason]
    adjusted = holm({one.effect.outcome: one.effect.p_value for one in usable})
    verdict = _verdict(usable, adjusted)
    reasons = "; ".join(
        f"{o.effect.outcome}: {o.effect.reason}" for o in outcomes if o.effect.reason
    )
    first = max(usable, key=lambda one: one.improvement / one.important, default=None)
    na = "" if verdict != NOT_ASSESSABLE else reasons or "too few or too varied to tell"
    return Finding(
        Evidence(
            subcheck="P03.2",
            kind="a",
            verdict=verdict,
            statistic=f"effect on {first.effect.outcome} ({first.effect.method})"
            if first
            else "effect of the program on its primary outcomes",
            value=first.effect.value if first else None,
            ci_low=first.effect.low if first else None,
            ci_high=first.effect.high if first else None,
            threshold="an outcome improves (Holm p < "
            f"{threshold('statistics.significance'):g}) by its smallest important difference or "
            "more and none worsens so, against a comparison whose earlier trends hold: meets; "
            "improves otherwise: partly; two years, trends hold, none improves, and one worsens or "
            "every upper bound is below the difference: fails",
            n_units=first.effect.units if first else None,
            na_reason=na,
        ),
        _rows(outcomes, adjusted),
    )


def _verdict(usable: Sequence[Judged], adjusted: dict[str, float]) -> Verdict:
    level = threshold("statistics.significance")

    def real(one: Judged) -> bool:
        return rounded(adjusted[one.effect.outcome]) < level

    improves = [one for one in usable if real(one) and one.improvement > 0]
    enough = [one for one in improves if rounded(one.improvement) >= rounded(one.important)]
    worsens = [o for o in usable if real(o) and rounded(-o.improvement) >= rounded(o.important)]
    compared = [one for one in usable if one.effect.method != SERIES]
    sound = bool(compared) and all(one.effect.trends_hold is True for one in compared)
    if sound and not worsens and any(one in compared for one in enough):
        return MEETS
    if improves:
        return PARTLY
    long_enough = all(one.effect.periods_after >= 2 for one in compared)
    none_could = all(rounded(one.greatest) < rounded(one.important) for one in usable)
    if sound and long_enough and len(compared) == len(usable) and (worsens or none_could):
        return FAILS
    return NOT_ASSESSABLE


def safety_finding(outcomes: Sequence[Judged]) -> Finding:
    """P03.3: harm of every safety outcome within its margin, which stands as `important`."""
    harms = [_harm(one) for one in outcomes]
    verdict = _safety_of_all([one.verdict for one in harms])
    known = [one for one in harms if not one.reason]
    worst = max(known, key=lambda one: one.upper / one.margin, default=None)
    return Finding(
        Evidence(
            subcheck="P03.3",
            kind="a",
            verdict=verdict,
            statistic=f"harm to {worst.outcome}" if worst else "harm to safety outcomes",
            value=worst.value if worst else None,
            ci_high=worst.upper if worst else None,
            threshold="an estimate beyond its margin and significant fails; "
            f"{threshold('improvement.safety_one_sided'):g} upper bound of every harm within its "
            "margin meets; half-width above the margin not assessable; else partly",
            n_units=max((one.effect.units for one in outcomes), default=None),
            na_reason="" if verdict != NOT_ASSESSABLE else "no data, or an interval too wide",
        ),
        tuple(asdict(one) for one in harms),
    )


@dataclass(frozen=True)
class _Harm:
    outcome: str
    value: float
    upper: float
    margin: float
    verdict: Verdict
    reason: str


def _harm(one: Judged) -> _Harm:
    """The harm of one outcome. A wild bootstrap's interval counts where it is the wider one."""
    effect, level = one.effect, threshold("improvement.safety_one_sided")
    reach = float(stats.t.ppf(level, max(effect.degrees, 1))) * effect.standard_error
    reach = max(reach, effect.high - effect.value)
    value = -one.improvement
    verdict = _safety(effect.reason, value, reach, one.important)
    return _Harm(effect.outcome, value, value + reach, one.important, verdict, effect.reason)


def _safety(reason: str, harm: float, reach: float, margin: float) -> Verdict:
    if reason:
        return NOT_ASSESSABLE
    margin = rounded(margin)
    if rounded(harm) > margin and harm - reach > 0:
        return FAILS
    if rounded(harm + reach) <= margin:
        return MEETS
    return NOT_ASSESSABLE if rounded(reach) > margin else PARTLY


def _safety_of_all(verdicts: Sequence[Verdict]) -> Verdict:
    if FAILS in verdicts:
        return FAILS
    if not verdicts or NOT_ASSESSABLE in verdicts:
        return NOT_ASSESSABLE
    return MEETS if set(verdicts) == {MEETS} else PARTLY


def _rows(outcomes: Sequence[Judged], adjusted: dict[str, float]) -> Rows:
    return tuple(
        {
            "outcome": one.effect.outcome,
            "method": one.effect.method,
            "effect": one.effect.value,
            "low": one.effect.low,
            "high": one.effect.high,
            "holm_p": adjusted.get(one.effect.outcome),
            "important_difference": one.important,
            "detectable": one.effect.detectable,
            "earlier_trends_hold": one.effect.trends_hold,
            "without_earlier_trend": one.effect.without_trend,
            "left_early": one.effect.left_early,
            "reason": one.effect.reason,
        }
        for one in outcomes
    )
