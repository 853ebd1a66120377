"""A practice of a finished run as the sheet that it would have filled in."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from openp4p.errors import UsageError
from openp4p.results import Run
from openp4p.simulation.bootstrap_run import record
from openp4p.simulation.rates import Form, Line, Reporting, Sheet, rule_of

Row = dict[str, Any]
_SETTLED = ("average_by_model", "informal_review")


def sheet_of_run(run: Run, tin: str) -> Sheet:
    """What the run knows of the practice; one of an ACO has the quality of its ACO."""
    practice = _one(run, "practices", tin)
    if not practice:
        raise UsageError(
            f"There is no practice '{tin}' in this run.",
            remedy="`openp4p show RUN practices` lists the practices.",
            code="no-such-practice",
        )
    paid, tiers = _one(run, "payments", tin), _one(run, "tiers", tin)
    composites = {row["kind"]: row for row in run.rows("composites", {"tin": tin})}
    risk = _one(run, "high_risk", tin)
    scored = tiers.get("reason") in _SETTLED
    pair = (tiers["quality_tier"], tiers["cost_tier"]) if scored else None
    reported = _one(run, "reporting_categories", tin)
    (balance,) = run.rows("balance")
    return Sheet(
        program=run.program,
        size=practice["size"] or 0,
        physicians=practice["physicians_in_claims"],
        paid_amount=paid["paid_amount"],
        factor=balance["adjustment_factor"] or Decimal(0),
        lines=tuple(_lines(run, tin, composites)),
        peers={kind: (row["peer_mean"], row["peer_sd"] or 0.0) for kind, row in composites.items()},
        reporting=Reporting(
            group_reported=reported["group_reported"],
            professionals=reported["professionals"],
            satisfactory=reported["professionals_satisfactory"],
            mechanism=reported["mechanism"],
            elects_quality_tiering=practice["elects_quality_tiering"]
            or practice["handling"] == "aco",
            given=(reported["category"], reported["basis"]),
        ),
        risk=_risk(risk),
        tin=tin,
        is_subject=practice["is_subject"],
        size_class=practice["size_class"],
        settled=tiers["reason"] if scored else None,
        tiers=pair,
        notes=tuple(_notes(practice, run)),
    )


def drawn_before(run: Run, tin: str) -> tuple[list[Row], int] | None:
    """The probabilities of tiers that the run has stored of the practice, and of how many draws."""
    made = record(run)
    rows = run.rows("tier_probabilities", {"tin": tin}) if made else []
    if not rows or made is None:
        return None
    found = {(row["quality_tier"], row["cost_tier"]): row["probability"] for row in rows}
    tiers = ("low", "average", "high")
    listed = [
        {"quality": q, "cost": c, "probability": found.get((q, c), 0.0)}
        for q in tiers
        for c in tiers
    ]
    return listed, int(made["draws"])


def _one(run: Run, table: str, tin: str) -> Row:
    return next(iter(run.rows(table, {"tin": tin})), {})


def _lines(run: Run, tin: str, composites: dict[str, Row]) -> list[Line]:
    found = []
    for kind in ("quality", "cost"):
        unit = (composites.get(kind) or {}).get("entity_id") or tin
        rates = {row["measure"]: row for row in run.rows("performance_rates", {"tin": unit})}
        for row in run.rows("scores", {"tin": unit}):
            rule = rule_of(run.program, row["measure"])
            if row["kind"] == kind and rule is not None:
                found.append(_line(row, rates.get(row["measure"], {}), rule))
    return found


def _line(row: Row, rate: Row, rule: Any) -> Line:  # noqa: ANN401  # a MeasureRule
    if row["is_scored"] and row["benchmark_mean"] is None:
        return _merged(row, rule)
    form, amount, worth = _form(row, rate, rule)
    cases = row["cases"]
    if form == "share" and rate.get("denominator"):
        cases = int(rate["denominator"])
    return Line(
        measure=row["measure"], rule=rule, form=form, cases=cases, amount=amount, worth=worth,
        variance=rate.get("variance"), mean=row["benchmark_mean"], deviation=row["benchmark_sd"],
        reason=row["reason"], source="run",
    )  # fmt: skip


def _merged(row: Row, rule: Any) -> Line:  # noqa: ANN401  # as above
    """A score that stands for several versions of a measure (D8): a rate in deviations from 0."""
    sign = -1.0 if rule.better == "lower" else 1.0
    return Line(
        measure=row["measure"], rule=rule, form="value", cases=row["cases"],
        amount=sign * row["score"], variance=row["score_variance"], mean=0.0, deviation=1.0,
        reason=row["reason"], source="run",
    )  # fmt: skip


def _form(row: Row, rate: Row, rule: Any) -> tuple[Form, float, float]:  # noqa: ANN401  # as above
    """Patients and events where the run counted them; elsewhere the rate itself."""
    counted, value = rate.get("numerator"), row["rate"]
    if rule.unit == "proportion" and rule.form == "proportion" and value is not None:
        if counted is not None and rate["denominator"] == row["cases"]:
            return "share", counted, 1.0 / row["cases"]
        if counted is None and rate.get("variance") is not None:
            return "share", value * row["cases"], 1.0 / row["cases"]
    if rule.unit == "per_1000" and counted and value:
        return "events", counted, value / counted
    return "value", value if value is not None else 0.0, 1.0


def _risk(row: Row) -> tuple[float, float] | None:
    if not row or row["mean_risk_score"] is None or row["threshold"] is None:
        return None
    return row["mean_risk_score"], row["threshold"]


def _notes(practice: Row, run: Run) -> list[str]:
    said = [run.stamp] if run.stamp else []
    if practice["handling"] == "aco":
        said.append("The quality of the practice is that of its ACO; its cost counts as average.")
    return said
