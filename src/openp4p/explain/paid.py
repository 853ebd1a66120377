"""The dollars an adjustment applies to, and the factor x."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import money_sum, share_of_money
from openp4p.explain.model import Explanation, Row
from openp4p.explain.sources import sources
from openp4p.explain.words import dollars, percent
from openp4p.results import Run


def paid_amount(run: Run, tin: str, payment: Row) -> Explanation:
    """What Medicare paid the practice's adjusted clinicians, clinician by clinician."""
    stored = run.rows("paid_amounts", {"tin": tin})
    question = "What did Medicare pay it for such services?"
    cited = sources(
        run.program,
        "payment.base",
        "applicability.fee_schedule_line",
        "applicability.adjusted_classes",
    )
    rule = (
        "Medicare-paid amounts of allowed physician fee schedule lines of the clinicians whose "
        "payments the program adjusts."
    )
    if stored and stored[0]["service_year"] is None:
        return Explanation(
            name="paid_amount",
            question=question,
            answer=f"{dollars(payment['paid_amount'])}, as its report states.",
            value=payment["paid_amount"],
            formula="stored",
            rule="A run that starts from a report takes the dollars the report states.",
            sources=cited,
            inputs={"column": "paid_amount"},
            table="paid_amounts",
            rows=tuple(stored),
        )
    rows = _by_clinician(run, tin)
    year = f" in {stored[0]['service_year']}" if stored else ""
    return Explanation(
        name="paid_amount",
        question=question,
        answer=f"{dollars(payment['paid_amount'])}{year} to {len(rows)} clinicians.",
        value=payment["paid_amount"],
        formula="sum_of_rows",
        rule=rule,
        sources=cited,
        inputs={"column": "paid_amount"},
        table="payable_clinicians (by clinician)",
        rows=rows,
    )


def _by_clinician(run: Run, tin: str) -> tuple[dict[str, Any], ...]:
    payable = run.table("payable_clinicians").filter(_.tin == tin)
    totals = payable.group_by("npi").agg(
        lines=_.lines.sum(),
        first_service=_.first_service.min(),
        last_service=_.last_service.max(),
        paid_amount=money_sum(_.paid_amount),
    )
    return tuple(_listed(run, totals.order_by("npi")))


def _listed(run: Run, table: ir.Table) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = run.engine.rows(table).to_pylist()
    return listed


def factor(run: Run) -> Explanation:
    """The factor x: given, or the pool over the dollars it is spread over."""
    row = run.rows("balance")[0]
    x = row["adjustment_factor"]
    if row["source"] == "published":
        return Explanation(
            name="adjustment_factor",
            question="Where does the factor x come from?",
            answer=f"{percent(x)} is that of the run under review."
            if run.manifest.get("review_of")
            else f"{percent(x)} was given to the run; it was not computed.",
            value=x,
            formula="stated",
            rule="A review leaves x as it was (D31)."
            if run.manifest.get("review_of")
            else "A published factor takes the place of the computed one.",
            sources=sources(run.program, "payment.published_factor", "corrections.scope"),
            inputs={"value": run.manifest["published_factor"]},
            table="balance",
            rows=(row,),
        )
    payment = run.program.payment
    if x is None:
        answer = "There is none: nobody is owed an upward adjustment."
    else:
        answer = (
            f"{percent(x)}: {dollars(-row['downward_dollars'])} taken, spread over "
            f"{dollars(row['unit_dollars'])} of paid amounts times multiples."
        )
    return Explanation(
        name="adjustment_factor",
        question="Where does the factor x come from?",
        answer=answer,
        value=x,
        formula="balance",
        rule="Upward adjustments spend exactly what downward adjustments bring.",
        sources=sources(run.program, "payment.actuarial_factor", "payment.factor_rounding"),
        inputs={
            "actuarial_factor": payment.actuarial_factor,
            "digits": payment.factor_digits,
            "rounding": payment.factor_rounding,
        },
        table="balance",
        rows=(row,),
        steps=_pool(run, row),
    )


def _pool(run: Run, row: Row) -> tuple[Explanation, ...]:
    """Downward and unit dollars, over all practices that pay the same percent or multiple."""
    found = run.table("adjustments").inner_join(
        run.table("paid_amounts").select("tin", "paid_amount"), "tin"
    )
    down = _grouped(run, found.filter(_.multiple.isnull() & (_.percent != 0)), "percent")
    up = _grouped(run, found.filter(_.multiple.notnull()), "multiple")
    common: dict[str, Any] = {
        "formula": "sum_of_rows",
        "inputs": {"column": "dollars"},
        "table": "payments (all practices, by what they are paid)",
        "sources": sources(run.program, "payment.base"),
    }
    return (
        Explanation(
            name="downward_dollars",
            question="What do downward adjustments come to?",
            answer=f"{dollars(row['downward_dollars'])} over "
            f"{sum(r['practices'] for r in down):,} practices.",
            value=row["downward_dollars"],
            rule="The percent of each practice times its paid amount, to the cent.",
            rows=down,
            **common,
        ),
        Explanation(
            name="unit_dollars",
            question="Over which dollars is that spread?",
            answer=f"{dollars(row['unit_dollars'])}: the paid amounts of "
            f"{sum(r['practices'] for r in up):,} practices times their multiples.",
            value=row["unit_dollars"],
            rule="The multiple of each practice times its paid amount, to the cent.",
            rows=up,
            **common,
        ),
    )


def _grouped(run: Run, found: ir.Table, column: str) -> tuple[dict[str, Any], ...]:
    moved = found.mutate(dollars=share_of_money(found.paid_amount, found[column]))
    totals = moved.group_by("basis", column).agg(
        practices=_.count(),
        paid_amount=money_sum(_.paid_amount),
        dollars=money_sum(_.dollars),
    )
    rows = _listed(run, totals.order_by("basis", column))
    return tuple({**row, "dollars": Decimal(row["dollars"])} for row in rows)
