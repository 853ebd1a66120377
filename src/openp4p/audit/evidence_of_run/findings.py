"""Every computed sub-check of a finished run."""

from __future__ import annotations

from openp4p.audit.evidence.record import Finding
from openp4p.audit.evidence_of_run.adjustment import adjustment_findings
from openp4p.audit.evidence_of_run.costs import cost_findings
from openp4p.audit.evidence_of_run.fairness import fairness_findings
from openp4p.audit.evidence_of_run.not_from_a_run import not_from_a_run
from openp4p.audit.evidence_of_run.payments import payment_findings
from openp4p.audit.evidence_of_run.practices import practice_facts
from openp4p.audit.evidence_of_run.reliability import reliability_findings
from openp4p.audit.evidence_of_run.shocks import shock_findings
from openp4p.results import Run

SEED = 20231108  # the day the principles were last amended


def findings_of(run: Run, *, seed: int = SEED) -> dict[str, Finding]:
    """The findings by sub-check: what the run answers, and what it cannot with what that needs.

    Draws are seeded, so that the same run always gives the same audit.
    """
    facts = practice_facts(run)
    tins = facts.table["tin"]
    specialty = dict(zip(tins, facts.specialty, strict=True))
    state = dict(zip(tins, facts.state, strict=True))
    found = [
        *payment_findings(run),
        *fairness_findings(facts, seed=seed),
        *adjustment_findings(run, seed=seed),
        *reliability_findings(run, specialty, seed=seed),
        *cost_findings(run, state),
        *shock_findings(run, seed=seed),
        *not_from_a_run(),
    ]
    return {one.evidence.subcheck: one for one in sorted(found, key=_place)}


def _place(finding: Finding) -> str:
    return finding.evidence.subcheck
