"""Why a practice has, or has not, the bonus for high-risk patients."""

from __future__ import annotations

from typing import Any

from ibis import _

from openp4p.explain.model import Explanation, Row
from openp4p.explain.sources import sources
from openp4p.explain.words import number
from openp4p.results import Run


def high_risk_bonus(run: Run, tin: str, adjustment: Row) -> Explanation:
    """The multiples of x that are added because the practice's patients are sicker than most."""
    rule = run.program.payment.high_risk
    risk = run.rows("high_risk", {"tin": tin})[0]
    reporter = run.rows("reporting_categories", {"tin": tin})[0]
    bonus = adjustment["high_risk_bonus"]
    mean, threshold = risk["mean_risk_score"], risk["threshold"]
    if mean is None or threshold is None:
        compared = "no risk score is known"
    else:
        side = "has reached" if risk["is_high_risk"] else "is below"
        compared = f"the mean risk score {number(mean)} {side} {number(threshold)}"
    if bonus:
        answer = f"Yes, {number(bonus)} more times x: {compared}."
    elif risk["is_high_risk"]:
        answer = f"No: {compared}, but it did not report by a mechanism the bonus asks for."
    else:
        answer = f"No: {compared}."
    return Explanation(
        name="high_risk_bonus",
        question="Does it get the bonus for high-risk patients?",
        answer=answer,
        value=bonus,
        formula="bonus_when_high_risk",
        rule=f"A practice that earns a multiple of x gets {rule.multiple:g} more when the mean "
        f"risk score of its beneficiaries is at or above percentile {100 * rule.percentile:g} of "
        "all beneficiaries' scores.",
        sources=sources(run.program, "payment.high_risk", "payment.high_risk.population"),
        inputs={
            "multiple": rule.multiple,
            "mechanisms": list(rule.mechanisms),
            "mechanism": reporter["mechanism"],
        },
        steps=(_mean(run, tin, risk), _threshold(run, risk)),
    )


def _mean(run: Run, tin: str, risk: Row) -> Explanation:
    practice = run.rows("practices", {"tin": tin})[0]
    stated = run.rows("supplied_practice", {"tin": tin}) if _has(run, "supplied_practice") else []
    common: dict[str, Any] = {
        "name": "mean_risk_score",
        "question": "How sick are its patients?",
        "value": risk["mean_risk_score"],
        "sources": sources(run.program, "payment.high_risk.population"),
    }
    if any(row["mean_risk_score"] is not None for row in stated):
        return Explanation(
            answer=f"Mean risk score {number(risk['mean_risk_score'])}, as its report states.",
            formula="stored",
            rule="A report may state the mean risk score.",
            inputs={"column": "mean_risk_score"},
            table="supplied_practice",
            rows=tuple(stated),
            **common,
        )
    of_aco = practice["handling"] == "aco"
    rows = _scores(run, tin, practice["entity_id"] if of_aco else None)
    who = "attributed to the practices of its ACO" if of_aco else "attributed to it"
    return Explanation(
        answer=f"Mean risk score {number(risk['mean_risk_score'])} over {len(rows):,} "
        f"beneficiaries {who}.",
        formula="mean_of_rows",
        rule="The mean over attributed beneficiaries who have a score, before cost trimming.",
        inputs={"column": "risk_score"},
        table="eligible_beneficiaries",
        rows=rows,
        **common,
    )


def _has(run: Run, table: str) -> bool:
    return table in run.names()


def _scores(run: Run, tin: str, entity_id: str | None) -> tuple[dict[str, Any], ...]:
    mine = run.table("attributed_beneficiaries").select("beneficiary_id", "tin")
    if entity_id is None:
        mine = mine.filter(_.tin == tin)
    else:
        members = run.table("model_participation").filter(
            _.performance_year == run.program.performance_year, _.entity_id == entity_id
        )
        mine = mine.semi_join(members, "tin")
    scored = run.table("eligible_beneficiaries").filter(_.risk_score.notnull())
    found = mine.inner_join(scored.select("beneficiary_id", "risk_score"), "beneficiary_id")
    listed: list[dict[str, Any]] = run.engine.rows(found.order_by("beneficiary_id")).to_pylist()
    return tuple(listed)


def _threshold(run: Run, risk: Row) -> Explanation:
    share = run.program.payment.high_risk.percentile
    return Explanation(
        name="threshold",
        question="From which mean on does the bonus begin?",
        answer=f"{number(risk['threshold'])}, percentile {100 * share:g} of all beneficiaries' "
        "risk scores.",
        value=risk["threshold"],
        formula="stored",
        rule="By linear interpolation between ordered scores (type 7).",
        sources=sources(run.program, "payment.high_risk", "payment.high_risk.population"),
        inputs={"column": "threshold"},
        table="high_risk",
        rows=(risk,),
    )
