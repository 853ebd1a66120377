"""P08.4 to P08.6 and P14.3 of a run: the six attributes tested together."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from openp4p.audit.evidence.covariates import Covariates
from openp4p.audit.evidence.fairness import (
    Attribute,
    FairnessTest,
    fairness_finding,
    fairness_tests,
)
from openp4p.audit.evidence.judging import worst
from openp4p.audit.evidence.numbers import Vector
from openp4p.audit.evidence.record import Finding
from openp4p.audit.thresholds import threshold
from openp4p.practice_facts import QUARTILES, SIZE_BANDS, PracticeFacts

POINTS = "points of base payments"
_AGES = frozenset({"mean_age", "under_65", "over_84"})
NO_RURALITY = "Rurality is not tested: a run holds no rural codes of practices."


@dataclass(frozen=True)
class Payment:
    """What is compared between practices, in which unit, what gap matters, and among whom."""

    outcome: Vector
    unit: str
    margin: float
    among: Vector


def points(facts: PracticeFacts) -> Payment:
    """The adjustment in points of base payments, of every practice subject to the program."""
    everybody = np.ones(len(facts.percent), dtype=bool)
    return Payment(facts.percent, POINTS, threshold("fairness.margin_points"), everybody)


def fairness_findings(
    facts: PracticeFacts, payment: Payment | None = None, *, seed: int
) -> list[Finding]:
    """Size, submission route, specialty, and quarters of patients' risk and dual share."""
    paid = payment or points(facts)
    tests = compared(facts, paid, seed=seed)
    return [
        _said(fairness_finding(tests["size"], "P08.4", paid.unit), facts.note),
        _said(fairness_finding(tests["route"], "P08.5", paid.unit), facts.note),
        _said(
            fairness_finding(tests["specialty"], "P08.6", paid.unit), f"{NO_RURALITY} {facts.note}"
        ),
        _said(_worse(tests["patients' risk"], tests["dual patients"], paid.unit), facts.note),
    ]


def compared(
    facts: PracticeFacts, payment: Payment, *, seed: int, draws: int | None = None
) -> dict[str, FairnessTest]:
    """Each attribute tested. Among those who reported alone for the route: silence is for P15."""
    return fairness_tests(
        payment.outcome,
        _attributes(facts, payment.among),
        _covariates(facts),
        margin=payment.margin,
        seed=seed,
        draws=draws,
    )


def _attributes(facts: PracticeFacts, among: Vector) -> list[Attribute]:
    return [
        Attribute("size", facts.size_band, SIZE_BANDS, among=among),
        Attribute("route", facts.route, among=among & facts.reported),
        Attribute("specialty", facts.specialty, proxies=frozenset({"specialty"}), among=among),
        Attribute(
            "patients' risk",
            facts.quartile("mean_risk"),
            QUARTILES,
            _AGES | {"mean_risk", "esrd_share"},
            among,
        ),
        Attribute(
            "dual patients",
            facts.quartile("dual_share"),
            QUARTILES,
            frozenset({"dual_share"}),
            among,
        ),
    ]


def _covariates(facts: PracticeFacts) -> Covariates:
    names = ("mean_risk", "dual_share", "esrd_share", *sorted(_AGES))
    return Covariates(
        {name: facts.table[name] for name in names},
        {"state": facts.state, "specialty": facts.specialty},
    )


def _worse(first: FairnessTest, second: FairnessTest, unit: str) -> Finding:
    """P14.3: of the two, the worse that could be judged; both tests' rows."""
    findings = [fairness_finding(one, "P14.3", unit) for one in (first, second)]
    verdict = worst(one.evidence.verdict for one in findings)
    chosen = next(one for one in findings if one.evidence.verdict == verdict)
    other = next(one for one in findings if one is not chosen)
    text = f"{chosen.evidence.text} {other.evidence.text}"
    return Finding(
        replace(chosen.evidence, text=text, na_reason=chosen.evidence.na_reason),
        (*chosen.rows, *other.rows),
    )


def _said(finding: Finding, note: str) -> Finding:
    text = f"{finding.evidence.text} {note}".strip()
    return Finding(replace(finding.evidence, text=text), finding.rows)
