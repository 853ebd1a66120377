"""Every computed sub-check of a finished run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from openp4p.audit.evidence.record import NOT_ASSESSABLE, Evidence, Finding
from openp4p.audit.evidence_of_run import award_reliability, awards
from openp4p.audit.evidence_of_run.adjustment import adjustment_findings
from openp4p.audit.evidence_of_run.costs import cost_findings
from openp4p.audit.evidence_of_run.fairness import fairness_findings
from openp4p.audit.evidence_of_run.not_from_a_run import not_from_a_run
from openp4p.audit.evidence_of_run.payments import payment_findings
from openp4p.audit.evidence_of_run.reliability import reliability_findings
from openp4p.audit.evidence_of_run.shocks import shock_findings
from openp4p.columns import has_rows
from openp4p.practice_facts import practice_facts
from openp4p.results import Run

SEED = 20231108  # the day the principles were last amended


@dataclass(frozen=True)
class _Part:
    """Sub-checks computed together, and the tables they cannot do without."""

    subchecks: tuple[str, ...]
    tables: tuple[str, ...]
    findings: Callable[[Run, int], list[Finding]]


def findings_of(run: Run, *, seed: int = SEED) -> dict[str, Finding]:
    """The findings by sub-check: what the run answers, and what it cannot with what that needs.

    Draws are seeded, so that the same run always gives the same audit.
    """
    found = [*not_from_a_run()]
    for part in _PARTS if run.program.award is None else _PARTS_OF_AWARDS:
        missing = [name for name in part.tables if not has_rows(run, name)]
        found += _without(part.subchecks, missing) if missing else part.findings(run, seed)
    return {one.evidence.subcheck: one for one in sorted(found, key=_place)}


def _without(subchecks: Iterable[str], tables: list[str]) -> list[Finding]:
    reason = f"the run holds no rows of {', '.join(tables)}"
    return [
        Finding(Evidence(subcheck=name, kind="a", verdict=NOT_ASSESSABLE, na_reason=reason))
        for name in subchecks
    ]


def _place(finding: Finding) -> str:
    return finding.evidence.subcheck


def _fairness(run: Run, seed: int) -> list[Finding]:
    return fairness_findings(practice_facts(run), seed=seed)


def _fairness_of_awards(run: Run, seed: int) -> list[Finding]:
    facts = practice_facts(run)
    return fairness_findings(facts, awards.award_a_patient_year(run, facts), seed=seed)


def _reliability(run: Run, seed: int) -> list[Finding]:
    facts = practice_facts(run)
    specialty = dict(zip(facts.table["tin"], facts.specialty, strict=True))
    return reliability_findings(run, specialty, seed=seed)


def _costs(run: Run, _seed: int) -> list[Finding]:
    facts = practice_facts(run)
    return cost_findings(run, dict(zip(facts.table["tin"], facts.state, strict=True)))


_PATIENTS = ("practices", "attributed_beneficiaries", "eligible_beneficiaries", "professionals")
_ADJUSTMENT = _Part(
    ("P04.4", "P04.5", "P04.6"),
    ("per_capita_cost_cases", "risk_scores", *_PATIENTS),
    lambda run, seed: adjustment_findings(run, seed=seed),
)
_COSTS = _Part(
    ("P14.2", "P16.2", "P16.3"),
    ("service_costs", "practice_cost_facts", "claim", *_PATIENTS),
    _costs,
)
_PARTS = (
    _Part(
        ("P01.4", "P07.4", "P07.5", "P10.2", "P15.2"),
        ("payments", "tiers", "practices"),
        lambda run, _seed: payment_findings(run),
    ),
    _Part(("P08.4", "P08.5", "P08.6", "P14.3"), ("payments", *_PATIENTS), _fairness),
    _ADJUSTMENT,
    _Part(("P11.2", "P11.3"), ("performance_rates", "tiers", *_PATIENTS), _reliability),
    _COSTS,
    _Part(
        ("P02.4", "P17.1"),
        ("payments", "composites", "scores", "per_capita_cost_cases", "attributed_beneficiaries"),
        lambda run, seed: shock_findings(run, seed=seed),
    ),
)
_PARTS_OF_AWARDS = (
    _Part(
        ("P01.4", "P07.4", "P07.5", "P10.2", "P10.5", "P15.2"),
        ("bonuses", "award_fund", "payments", "practices"),
        lambda run, _seed: awards.payment_findings(run),
    ),
    _Part(
        ("P08.4", "P08.5", "P08.6", "P14.3"),
        ("bonuses", "practice_complexity", *_PATIENTS),
        _fairness_of_awards,
    ),
    _ADJUSTMENT,
    _Part(
        ("P11.2", "P11.3"),
        ("award_measures", "practice_awards", *_PATIENTS),
        lambda run, seed: award_reliability.reliability_findings(
            run, practice_facts(run), seed=seed
        ),
    ),
    _COSTS,
    _Part(
        ("P02.4", "P17.1"),
        ("bonuses", "award_measures", "beneficiary_costs", "attributed_beneficiaries"),
        lambda run, seed: awards.shock_findings(run, seed=seed),
    ),
)
