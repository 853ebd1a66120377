"""What a reader of a run must know before trusting it: gaps in the input, overrides, fallbacks."""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir

from openp4p.engine import Engine
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


_FROM_RATES = (
    "from_rates",
    "This run starts from the performance rates of a report: it has no claims, so nobody is "
    "attributed and no rate, risk score or size is computed; they are as the report states them.",
)
_LISTED = 8


def rate_notes(engine: Engine, tables: Mapping[str, ir.Table]) -> list[dict[str, str]]:
    """What of the supplied rates and benchmarks can count for nothing, and why."""
    rates, rules = tables["supplied_rate"], tables["measure_rules"]
    stated = tables["scores"].semi_join(rates, ["tin", "measure"])
    unscored = stated.filter(stated.reason == "no_benchmark")
    vague = stated.filter(stated.is_scored & stated.score_variance.isnull())
    found = {
        "rate_of_unknown_measure": rates.anti_join(rules, "measure").measure,
        "rate_of_unknown_practice": rates.anti_join(tables["practices"], "tin").tin,
        "rate_without_benchmark": unscored.measure,
        "rate_without_variance": vague.measure,
    }
    notes = []
    for code, column in found.items():
        rows = engine.rows(column.name("named").as_table().distinct().order_by("named"))
        named = [str(row["named"]) for row in rows.to_pylist()]
        if named:
            more = f" and {len(named) - _LISTED} more" if len(named) > _LISTED else ""
            notes.append(_note(code, f"{_RATES[code]} {', '.join(named[:_LISTED])}{more}."))
    return notes


_RATES = {
    "rate_of_unknown_measure": "Supplied rates that count for nothing, because this payment year "
    "has no such measure:",
    "rate_of_unknown_practice": "Supplied rates that count for nothing, because supplied_practice "
    "does not have the practice:",
    "rate_without_benchmark": "Supplied rates that are not scored, because no benchmark with a "
    "standard deviation above 0 was supplied or can be computed for:",
    "rate_without_variance": "Supplied rates without a variance, so that no composite with them "
    "can differ significantly from its mean:",
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
    if not from_claims:
        notes.append(_note(*_FROM_RATES))
    notes += [
        _note(*said)
        for name, said in _ABSENT.items()
        if name not in supplied and (from_claims or name == "pqrs_success")
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
