"""Why a practice is paid more, less or the same."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from openp4p.errors import UsageError
from openp4p.explain.awards import why_award
from openp4p.explain.model import Explanation, Row
from openp4p.explain.paid import factor, paid_amount
from openp4p.explain.risk import high_risk_bonus
from openp4p.explain.sources import sources
from openp4p.explain.tiers import category, size_class, tier_of
from openp4p.explain.words import dollars, number, percent
from openp4p.results import Run

_WHY_NOTHING = {
    "not_subject": "it is not subject to the program",
    "not_elected": "it reported quality and did not elect quality-tiering",
    "no_measure": "it has no quality or no cost composite to be tiered on",
}


def why_adjustment(run: Run, tin: str) -> Explanation:
    """The dollars by which the payments of a practice change, down to rows."""
    if run.program.award is not None:
        return why_award(run, tin)
    found = run.rows("payments", {"tin": tin})
    if not found:
        raise UsageError(
            f"There is no practice '{tin}' in this run.",
            remedy="`openp4p show RUN payments` lists the practices.",
            code="no-such-practice",
        )
    row = found[0]
    return Explanation(
        name="adjustment_amount",
        question=f"By how much do the payments of practice {tin} change?",
        answer=_answer(run, tin, row),
        value=row["adjustment_amount"],
        formula="amount_of_fraction",
        rule="The modifier multiplies what Medicare pays the practice for physician fee schedule "
        "services; what beneficiaries pay does not move.",
        sources=sources(run.program, "payment.base", "applicability.fee_schedule_line"),
        table="payments",
        rows=(row,),
        steps=(paid_amount(run, tin, row), _fraction(run, tin, row)),
    )


def _answer(run: Run, tin: str, row: Row) -> str:
    amount = row["adjustment_amount"]
    paid = f"the {dollars(row['paid_amount'])} that Medicare paid it"
    change = percent(row["adjustment_fraction"])
    if not row["adjustment_fraction"]:
        return f"By nothing: {_why_neutral(run, tin, row)}."
    verb = "gains" if amount > 0 else "loses"
    return f"Practice {tin} {verb} {dollars(abs(amount))}: {change} of {paid}, {_because(row)}."


def _because(row: Row) -> str:
    if row["basis"] == "automatic":
        return "because it did not report quality (Category 2)"
    cell = f"{row['quality_tier']} quality and {row['cost_tier']} cost"
    if row["multiple"] is None:
        return f"the percent for {cell}"
    bonus = ", high-risk bonus included" if row["high_risk_bonus"] else ""
    return f"{number(row['multiple'])} times the factor x for {cell}{bonus}"


def _why_neutral(run: Run, tin: str, row: Row) -> str:
    if row["basis"] in _WHY_NOTHING:
        why = _WHY_NOTHING[row["basis"]]
        if row["basis"] == "not_subject":
            reason = run.rows("practices", {"tin": tin})[0]["reason"]
            why += f" ({str(reason).replace('_', ' ')})"
        return why
    if row["multiple"] is not None:
        return "it has earned a multiple of the factor x, and there is no factor"
    return f"{row['quality_tier']} quality and {row['cost_tier']} cost pay 0% in its size class"


def _fraction(run: Run, tin: str, row: Row) -> Explanation:
    """The fraction of the paid amount: automatic, the cell's percent, or a multiple of x."""
    if row["basis"] in _WHY_NOTHING:
        return _no_adjustment(run, tin, row)
    if row["basis"] == "automatic":
        return _automatic(run, tin, row)
    if row["multiple"] is None:
        return _percent_of_cell(run, tin, row)
    return _multiple_of_factor(run, tin, row)


def _no_adjustment(run: Run, tin: str, row: Row) -> Explanation:
    return Explanation(
        name="adjustment_fraction",
        question="Which fraction of its payments is that?",
        answer=f"None: {_why_neutral(run, tin, row)}.",
        value=row["adjustment_fraction"],
        formula="no_adjustment",
        rule="Only practices subject to the program are adjusted; a program may leave those alone "
        "that did not elect quality-tiering or that have no composite.",
        sources=sources(
            run.program,
            "applicability.minimum_group_size",
            "applicability.model_handling",
            "reporting.quality_tiering",
            "composites.no_measure",
        ),
        inputs={"basis": row["basis"]},
        table="practices",
        rows=tuple(run.rows("practices", {"tin": tin})),
    )


def _automatic(run: Run, tin: str, row: Row) -> Explanation:
    return Explanation(
        name="adjustment_fraction",
        question="Which fraction of its payments is that?",
        answer=f"{percent(row['percent'])}, which every practice of its size class loses that did "
        "not report quality.",
        value=row["adjustment_fraction"],
        formula="automatic_percent",
        rule="A Category 2 practice gets the automatic adjustment of its size class.",
        sources=sources(run.program, "payment.automatic_percent"),
        table="automatic_adjustments",
        rows=tuple(run.rows("automatic_adjustments")),
        steps=(size_class(run, tin), category(run, tin)),
    )


def _cell_rows(run: Run, row: Row) -> tuple[dict[str, Any], ...]:
    return tuple(run.rows("payment_grid", {"size_class": row["size_class"]}))


def _placement(run: Run, tin: str) -> tuple[Explanation, ...]:
    return (
        size_class(run, tin),
        category(run, tin),
        tier_of(run, tin, "quality"),
        tier_of(run, tin, "cost"),
    )


def _percent_of_cell(run: Run, tin: str, row: Row) -> Explanation:
    return Explanation(
        name="adjustment_fraction",
        question="Which fraction of its payments is that?",
        answer=f"{percent(row['percent'])}, what {row['quality_tier']} quality and "
        f"{row['cost_tier']} cost pay in size class {row['size_class']}.",
        value=row["adjustment_fraction"],
        formula="percent_of_cell",
        rule="The cell of the tier grid that the practice's size class, quality tier and cost tier "
        "name.",
        sources=sources(run.program, "payment.grid"),
        table="payment_grid",
        rows=_cell_rows(run, row),
        steps=_placement(run, tin),
    )


def _multiple_of_factor(run: Run, tin: str, row: Row) -> Explanation:
    x = run.rows("balance")[0]["adjustment_factor"]
    said = "there is no factor x" if x is None else f"the factor x is {percent(x)}"
    return Explanation(
        name="adjustment_fraction",
        question="Which fraction of its payments is that?",
        answer=f"{percent(row['adjustment_fraction'])}: {number(row['multiple'])} times x, and "
        f"{said}.",
        value=row["adjustment_fraction"],
        formula="multiple_of_factor",
        rule="Upward adjustments are multiples of one factor x, set so that they spend what "
        "downward adjustments bring.",
        sources=sources(run.program, "payment.grid"),
        steps=(
            _cell_multiple(run, tin, row),
            high_risk_bonus(run, tin, row),
            factor(run),
        ),
    )


def _cell_multiple(run: Run, tin: str, row: Row) -> Explanation:
    units = Decimal(row["multiple"]) - Decimal(row["high_risk_bonus"])
    return Explanation(
        name="cell_multiple",
        question="How many times x does its cell pay?",
        answer=f"{number(units)} times x: {row['quality_tier']} quality and {row['cost_tier']} "
        f"cost in size class {row['size_class']}.",
        value=units,
        formula="multiple_of_cell",
        rule="The cell of the tier grid that the practice's size class, quality tier and cost tier "
        "name.",
        sources=sources(run.program, "payment.grid"),
        table="payment_grid",
        rows=_cell_rows(run, row),
        steps=_placement(run, tin),
    )
