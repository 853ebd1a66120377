"""P11.5, P12.3 and X11 from the log of reporting: what the work cost, and what was paid for it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from openp4p.audit.evidence.judging import at_least, holds
from openp4p.audit.evidence.record import (
    MEETS,
    NOT_ASSESSABLE,
    Evidence,
    Finding,
    Rows,
    Verdict,
)
from openp4p.audit.records.folder import Records
from openp4p.audit.thresholds import threshold

PHYSICIAN = "physician"
NOTHING_COLLECTED = "nothing_collected"
_MINUTES = Decimal(60)
_CENT = Decimal("0.01")


@dataclass
class Cost:
    """What reporting cost one practice, and what was paid for it, in dollars."""

    cost: Decimal = Decimal(0)
    reimbursed: Decimal = Decimal(0)
    bonus: Decimal = Decimal(0)


def administration(records: Records, policy: object) -> list[Finding]:
    """Reimbursement against the documented cost; `policy` is what the definition says it is."""
    if not records.has("reporting_log", "practices"):
        return []
    costs = _costs(records)
    return [_covered(costs, policy), _hours(records), _worth_it(costs, records.has("funds"))]


def _costs(records: Records) -> dict[str, Cost]:
    """By practice that logged; an entry that the audit refused leaves both sides."""
    found: dict[str, Cost] = defaultdict(Cost)
    for row in records.rows["reporting_log"]:
        if row["refused"]:
            continue
        one = found[row["practice"]]
        one.cost += (row["minutes"] or 0) / _MINUTES * (row["dollars_per_hour"] or Decimal(0))
        one.cost += row["invoice_dollars"] or 0
        one.reimbursed += row["reimbursed_dollars"] or 0
    for row in records.rows.get("funds", ()):
        if row["entry"] == "bonus" and row["practice"] in found:
            found[row["practice"]].bonus += row["dollars"]
    return dict(found)


def _covered(costs: dict[str, Cost], policy: object) -> Finding:
    cost = sum((one.cost for one in costs.values()), Decimal(0))
    paid = sum((one.reimbursed for one in costs.values()), Decimal(0))
    meets, partly = (
        threshold("administration.coverage_meets"),
        threshold("administration.coverage_partly"),
    )
    verdict: Verdict = NOT_ASSESSABLE
    ratio, reason, text = None, "", ""
    if cost > 0:
        ratio = float(paid / cost)
        verdict = at_least(ratio, meets, partly)
        text = f"${paid:,.2f} was paid for work and invoices of ${cost:,.2f}."
    elif policy == NOTHING_COLLECTED:
        verdict, text = MEETS, "Nothing extra is collected, and the log holds no cost."
    else:
        reason = "the log holds no cost, and the definition does not say that nothing is collected"
    return Finding(
        Evidence(
            subcheck="P11.5",
            kind="a",
            verdict=verdict,
            statistic="reimbursement over the documented cost of reporting",
            value=ratio,
            threshold=f"at least {meets:g} meets; at least {partly:g} partly; less fails; nothing "
            "collected and no cost logged meets",
            n_units=len(costs),
            na_reason=reason,
            text=text,
        ),
        _rows(costs),
    )


def _hours(records: Records) -> Finding:
    """P12.3 is shown and has no verdict of its own: hours a physician a year, all work together."""
    log = [row for row in records.rows["reporting_log"] if not row["refused"]]
    physicians = {one: row["physicians"] for one, row in records.practices().items()}
    logging = {row["practice"] for row in log if physicians[row["practice"]]}
    number = sum(physicians[one] for one in logging)
    years = {row["date"].year for row in log}
    minutes = sum(
        (row["minutes"] or Decimal(0) for row in log
         if row["practice"] in logging and row["role"].lower() == PHYSICIAN),
        Decimal(0),
    )  # fmt: skip
    hours = float(minutes / _MINUTES) / (number * len(years)) if number and years else None
    usual = threshold("administration.physician_hours")
    reason = "it is shown and has no verdict of its own"
    if hours is None:
        reason = "no practice that logged work says how many physicians it has"
    return Finding(
        Evidence(
            subcheck="P12.3",
            kind="a",
            verdict=NOT_ASSESSABLE,
            statistic="logged hours a physician a year",
            value=hours,
            threshold=f"shown beside {usual:g} hours; no verdict of its own",
            n_units=number or None,
            na_reason=reason,
        )
    )


def _worth_it(costs: dict[str, Cost], has_funds: bool) -> Finding:
    """X11: the mean of bonus and reimbursement against the mean documented cost."""
    cost = sum((one.cost for one in costs.values()), Decimal(0))
    gained = sum((one.bonus + one.reimbursed for one in costs.values()), Decimal(0))
    ratio = float(gained / cost) if cost > 0 else None
    reason = "the log holds no cost" if ratio is None else ""
    if ratio is not None and gained < cost and not has_funds:
        reason = "reimbursement alone does not cover it, and funds.csv with bonuses is not there"
    return Finding(
        Evidence(
            subcheck="X11",
            kind="a",
            verdict=NOT_ASSESSABLE if reason else holds(gained >= cost),
            statistic="mean bonus and reimbursement over the mean documented cost",
            value=ratio,
            threshold="1 or more meets; else fails",
            n_units=len(costs),
            na_reason=reason,
        ),
        _rows(costs),
    )


def _rows(costs: dict[str, Cost]) -> Rows:
    return tuple(
        {
            "practice": name,
            "documented_cost": one.cost.quantize(_CENT),
            "reimbursed": one.reimbursed,
            "bonus": one.bonus,
        }
        for name, one in sorted(costs.items())
    )
