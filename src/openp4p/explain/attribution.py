"""Why a beneficiary belongs to a practice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openp4p.errors import UsageError
from openp4p.explain.model import Explanation, Row
from openp4p.explain.sources import sources
from openp4p.explain.words import dollars
from openp4p.results import Run

_NOT_ELIGIBLE = {
    "not_enrolled": "was not enrolled in Part A or Part B in the performance year",
    "part_c": "was in a Medicare Advantage plan in part of the performance year",
    "part_a_or_b_only": "had only Part A or only Part B in part of the performance year",
    "outside_us": "lived outside the United States",
    "short_year": "was enrolled for less than the whole year, without what keeps a part-year "
    "beneficiary in",
}
_GROUPS = {
    "primary_care_physician": "primary care physicians",
    "other_physician": "other physicians",
    "np_pa_cns": "nurse practitioners, physician assistants and clinical nurse specialists",
}
_TIE_BREAKS = {
    "latest_service": "the practice with the latest service wins, then the one with more services",
    "earliest_service": "the practice with the earliest service wins, then the one with more "
    "services",
    "seeded": "the practice whose digest with the beneficiary comes first wins",
}
_SERVICE = (
    "claim_id",
    "line_number",
    "npi",
    "provider_group",
    "is_physician",
    "service_date",
    "hcpcs_code",
    "charge",
)


def why_attributed(run: Run, beneficiary_id: str) -> Explanation:
    """The practice of a beneficiary, against every other that could have been it."""
    who = run.rows("eligible_beneficiaries", {"beneficiary_id": beneficiary_id})
    if not who:
        raise UsageError(
            "There is no such beneficiary in this run.",
            remedy="Give the identifier as it stands in the input (or after its cross-walk).",
            code="no-such-beneficiary",
        )
    if not who[0]["is_eligible"]:
        return _not_eligible(run, beneficiary_id, who[0])
    mine = {"beneficiary_id": beneficiary_id}
    candidates = sorted(run.rows("attribution_candidates", mine), key=lambda row: row["rank"])
    attributed = run.rows("attributed_beneficiaries", mine)
    services = run.rows("primary_care_services", mine)
    if not attributed and run.given("removed_patient") and _removed(run, beneficiary_id):
        return _taken(run, beneficiary_id)
    rule = run.program.attribution
    steps = tuple(_candidate(run, row, services) for row in candidates)
    won = attributed[0] if attributed else None
    return Explanation(
        name="tin",
        question=_question(beneficiary_id),
        answer=_answer(run, won, candidates) if won else _unattributed(candidates),
        value=won["tin"] if won else None,
        formula="plurality",
        rule=_rule(run),
        sources=_sources(run),
        inputs={
            "prestep": rule.prestep_physician_visit,
            "prestep_scope": rule.prestep_scope,
            "tie_break": rule.tie_break,
            "beneficiary_id": beneficiary_id,
        },
        table="attribution_candidates",
        rows=tuple(candidates),
        steps=steps,
    )


def _question(beneficiary_id: str) -> str:
    return f"To which practice does beneficiary {beneficiary_id} belong?"


def _not_eligible(run: Run, beneficiary_id: str, row: Row) -> Explanation:
    return Explanation(
        name="tin",
        question=_question(beneficiary_id),
        answer=f"To none: the beneficiary {_NOT_ELIGIBLE[row['reason']]}.",
        value=None,
        formula="none",
        rule="Only beneficiaries with both Part A and Part B, no Medicare Advantage month and a "
        "residence in the United States count; whether part of a year is enough depends on the "
        "year of the program.",
        sources=sources(run.program, "eligibility.part_year", "eligibility.short_year"),
        table="eligible_beneficiaries",
        rows=(row,),
    )


def _removed(run: Run, beneficiary_id: str) -> Sequence[Row]:
    year = run.program.performance_year
    return run.rows("removed_patient", {"beneficiary_id": beneficiary_id, "performance_year": year})


def _taken(run: Run, beneficiary_id: str) -> Explanation:
    return Explanation(
        name="tin",
        question=_question(beneficiary_id),
        answer="To none: an accepted correction took the beneficiary from the practice.",
        value=None,
        formula="none",
        rule="Whom an accepted correction takes from a practice is given to no other practice.",
        sources=(),
        table="removed_patient",
        rows=tuple(_removed(run, beneficiary_id)),
    )


def _rule(run: Run) -> str:
    rule = run.program.attribution
    listed = [
        f"in step {place} by {' and '.join(_GROUPS[group] for group in groups)}"
        for place, groups in enumerate(rule.steps, start=1)
    ]
    before = (
        "Only practices whose physicians saw the beneficiary compete. "
        if rule.prestep_physician_visit
        else ""
    )
    return (
        f"{before}The practice with the largest {rule.charge_field.replace('_', ' ')}s for primary "
        f"care services wins: those {'; else those '.join(listed)}. "
        f"In a tie {_TIE_BREAKS[rule.tie_break]}, then the smallest TIN."
    )


def _sources(run: Run) -> tuple[Any, ...]:
    paths = ["attribution.steps", "attribution.charge_field", "attribution.tie_break"]
    if run.program.attribution.prestep_physician_visit:
        paths += ["attribution.prestep_physician_visit", "attribution.prestep_scope"]
    return sources(run.program, *paths)


def _answer(run: Run, won: Row, candidates: list[dict[str, Any]]) -> str:
    groups = " and ".join(_GROUPS[g] for g in run.program.attribution.steps[won["step"] - 1])
    said = (
        f"To practice {won['tin']}: {dollars(won['charges'])} of primary care services by {groups} "
        f"(step {won['step']})"
    )
    if won["runner_up_tin"] is None:
        others = len({row["tin"] for row in candidates} - {won["tin"]})
        alone = "nobody else competed in that step" if others else "no other practice had any"
        return f"{said}; {alone}."
    if won["margin"]:
        return f"{said}, {dollars(won['margin'])} more than practice {won['runner_up_tin']}."
    tied = f"practice {won['runner_up_tin']} had the same charges"
    return f"{said}; {tied}, and the tie went to {won['tin']} by choice D3."


def _unattributed(candidates: list[dict[str, Any]]) -> str:
    if candidates:
        return (
            "To none: no physician of any practice that provided primary care services saw the "
            "beneficiary, and the rule asks for such a visit."
        )
    return (
        "To none: nobody whose services count for attribution provided a primary care service in "
        "the performance year."
    )


def _candidate(run: Run, candidate: Row, services: list[dict[str, Any]]) -> Explanation:
    groups = run.program.attribution.steps[candidate["step"] - 1]
    rows = tuple(
        {column: service[column] for column in _SERVICE}
        for service in services
        if service["tin"] == candidate["tin"] and service["provider_group"] in groups
    )
    return Explanation(
        name=f"charges of {candidate['tin']} in step {candidate['step']}",
        question=f"What did practice {candidate['tin']} provide in step {candidate['step']}?",
        answer=f"{candidate['services']} primary care services with {dollars(candidate['charges'])}"
        f" of charges, the last on {candidate['last_service']}.",
        value=candidate["charges"],
        formula="sum_of_rows",
        rule="Charges of the allowed lines for primary care services.",
        sources=sources(run.program, "attribution.primary_care_codes", "attribution.charge_field"),
        inputs={"column": "charge", "tin": candidate["tin"], "step": candidate["step"]},
        table="primary_care_services",
        rows=rows,
    )
