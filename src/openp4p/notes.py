"""What a reader of a run must know before trusting it: gaps in the input, overrides, fallbacks."""

from __future__ import annotations

from openp4p.program.definition import Program

_ABSENT = {
    "provider_enrollment": (
        "no_roster",
        "No roster of TINs and NPIs was supplied: practice size counts the professionals who bill.",
    ),
    "risk_score": (
        "no_risk_scores",
        "No risk scores were supplied: cost is not adjusted for risk, and no practice can earn the "
        "high-risk bonus.",
    ),
    "quality_result": (
        "no_quality_results",
        "No reported quality measures were supplied: no quality composite rests on them.",
    ),
    "pqrs_success": (
        "no_pqrs_success",
        "Nothing says which practices met the reporting criteria: all that are subject to the "
        "program fall into Category 2.",
    ),
}


def run_notes(
    program: Program,
    supplied: frozenset[str],
    override: int | None,
    standardization: frozenset[str],
) -> list[dict[str, str]]:
    """Code and sentence of each thing that stands between this run and the program as written."""
    notes = []
    if override is not None:
        notes.append(
            _note(
                "performance_period",
                f"The rules of payment year {program.payment_year} were applied to claims of "
                f"{override}, which is not that year's performance period.",
            )
        )
    from_claims = "claim_line" in supplied
    notes += [
        _note(*said) for name, said in _ABSENT.items() if from_claims and name not in supplied
    ]
    if standardization & {"none", "partial"}:
        notes.append(
            _note(
                "standardization_none",
                "Dollars are allowed amounts as paid, not price-standardised: practices in dear "
                "areas look costlier than they are.",
            )
        )
    return notes


def _note(code: str, text: str) -> dict[str, str]:
    return {"code": code, "text": text}
