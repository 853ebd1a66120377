"""Why a practice is paid the bonus it is: its award, its months, the pool and who takes part."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from openp4p.errors import UsageError
from openp4p.explain.model import Explanation, Row
from openp4p.explain.sources import sources
from openp4p.explain.words import dollars, number
from openp4p.results import Run

WHY_NOTHING = {
    "not_eligible": "it is not eligible",
    "did_not_enrol": "it has not enrolled; the program is voluntary",
    "enrolled_late": "it enrolled after the performance period began",
    "withdrawn": "it withdrew",
    "no_patients": "no patient was attributed to it in the year on which months are counted",
    "no_measure": "none of its measures could be scored",
}


def why_award(run: Run, tin: str) -> Explanation:
    """The bonus of a practice, down to the estimates of its measures."""
    row = _only(run, "bonuses", tin)
    rate = run.rows("award_rate")[0]
    return Explanation(
        name="bonus",
        question=f"What bonus is practice {tin} paid?",
        answer=_answer(tin, row),
        value=row["bonus"],
        formula="part_of_largest_bonus",
        rule="A practice that takes part is paid its award's part of the most it could get, parts "
        "of a cent dropped. Nobody is paid less than without the program, and what is not awarded "
        "returns to the sponsor.",
        sources=sources(run.program, "award.estimate", "payment.automatic_percent"),
        table="bonuses",
        rows=(row,),
        steps=(_largest(run, tin, row, rate), _award(run, tin, row)),
    )


def _answer(tin: str, row: Row) -> str:
    if row["reason"]:
        offered = row["offered_bonus"]
        also = f" It would have been {dollars(offered)}." if offered else ""
        return f"None: {WHY_NOTHING[row['reason']]}. It loses nothing by that.{also}"
    return (
        f"{dollars(row['bonus'])}: {number(row['award'])} of the {dollars(row['largest_bonus'])} "
        f"that practice {tin} could get at most."
    )


def _largest(run: Run, tin: str, row: Row, rate: Row) -> Explanation:
    counted = run.rows("practice_complexity", {"tin": tin})
    award = run.program.award
    assert award is not None, "only a program that pays awards has bonuses"
    owed = row["reason"] != "not_eligible"
    months = Explanation(
        name="complexity_months",
        question="How many months of care does it answer for?",
        answer=_months(row, counted),
        value=row["complexity_months"],
        formula="complexity_months" if counted else "none",
        rule="Member-months of the patients attributed in the year before the period, more for "
        "those at the top of risk and with Medicaid, scaled to a whole year; then frozen.",
        sources=sources(
            run.program, "award.top_risk_weight", "award.dual_weight", "award.history_months"
        ),
        inputs={
            "top_risk_weight": award.top_risk_weight,
            "dual_weight": award.dual_weight,
            "history_months": award.history_months,
        },
        table="practice_complexity",
        rows=tuple(counted),
    )
    of_pool = Explanation(
        name="rate",
        question="What is a month worth?",
        answer=_rate(rate),
        value=rate["rate"],
        formula="rate_of_pool",
        rule="The pool, fixed in advance, over the months of all eligible practices, whoever takes "
        "part: so it is known before anybody enrols and the pool can never be exceeded.",
        sources=sources(run.program, "award.history_months"),
        table="award_rate",
        rows=(rate,),
    )
    return Explanation(
        name="largest_bonus",
        question="What is the most it could get?",
        answer=f"{dollars(row['largest_bonus'])}.",
        value=row["largest_bonus"],
        formula="months_times_rate",
        rule="Its complexity months times the rate, parts of a cent dropped.",
        sources=sources(run.program, "award.history_months"),
        inputs={"is_eligible": owed},
        steps=(months, of_pool),
    )


def _months(row: Row, counted: list[dict[str, Any]]) -> str:
    if not counted:
        return "None: no patient was attributed to it."
    (one,) = counted
    return (
        f"{number(row['complexity_months'])}: {one['member_months']:,} months of "
        f"{one['patients']:,} patients in {one['counted_year']}, {one['top_risk_patients']:,} of "
        f"them at the top of risk and {one['dual_patients']:,} with Medicaid."
    )


def _rate(rate: Row) -> str:
    if rate["rate"] is None:
        return "Nothing: no eligible practice has months."
    return (
        f"${number(rate['rate'])}: {dollars(rate['pool'])} over "
        f"{number(rate['complexity_months'])} months of {rate['eligible_practices']:,} practices."
    )


def _award(run: Run, tin: str, row: Row) -> Explanation:
    measures = run.rows("award_measures", {"tin": tin})
    scored = sorted((m for m in measures if m["score"] is not None), key=lambda m: str(m["domain"]))
    domains = tuple(
        _domain(run, tin, domain, list(rows))
        for domain, rows in groupby(scored, key=lambda m: str(m["domain"]))
    )
    if row["award"] is None:
        answer = "None: none of its measures could be scored."
    else:
        answer = f"{number(row['award'])}, from 0 to 1: the mean of {len(domains)} domains."
    return Explanation(
        name="award",
        question="What is its award?",
        answer=answer,
        value=row["award"],
        formula="award_of_domains" if domains else "none",
        rule="Domains weigh alike, and so do the measures of a domain; what has no score passes "
        "its weight on to the rest. Cost pays nothing.",
        sources=sources(run.program, "award.quality_weight"),
        table="award_measures",
        rows=() if domains else tuple(measures),
        steps=domains,
    )


def _domain(run: Run, tin: str, domain: str, rows: list[dict[str, Any]]) -> Explanation:
    name = run.program.composites.quality_domains.get(domain, domain)
    steps = tuple(_measure(run, tin, row) for row in rows)
    mean = sum(row["score"] for row in rows) / len(rows)
    return Explanation(
        name=domain,
        question=f"How does it score in {name}?",
        answer=f"{number(mean)}, the mean of {len(rows)} measures.",
        value=mean,
        formula="mean_of_steps",
        rule="The mean of its measures' scores.",
        sources=sources(run.program, "award.quality_weight"),
        steps=steps,
    )


def _measure(run: Run, tin: str, row: Row) -> Explanation:
    award = run.program.award
    assert award is not None, "only a program that pays awards scores measures so"
    (rate,) = run.rows("shrunken_rates", {"tin": tin, "measure": row["measure"]})
    name = run.program.measure(str(row["measure"]).partition(":")[0]).name
    seen = f"{number(rate['rate'])} over {rate['cases']:,} cases is {number(row['estimate'])}"
    since = "" if row["baseline"] is None else f" after {number(row['baseline'])} before"
    return Explanation(
        name=str(row["measure"]),
        question=f"How does it score on {name}?",
        answer=f"{number(row['score'])}: {seen} (reliability {number(row['reliability'])}), "
        f"between {number(row['low'])} and {number(row['high'])}{since}.",
        value=row["score"],
        formula="attainment_or_improvement",
        rule="The way of the estimate from the low to the high threshold, or the way come since "
        "the benchmark year times the most that improvement can earn, whichever is more. The "
        "estimate is the rate drawn towards what practices share, the more the fewer its cases.",
        sources=sources(
            run.program,
            "award.estimate",
            "award.threshold_low",
            "award.threshold_high",
            "award.improvement_share",
        ),
        inputs={"improvement_share": award.improvement_share},
        table="shrunken_rates",
        rows=(rate,),
    )


def _only(run: Run, table: str, tin: str) -> dict[str, Any]:
    found = run.rows(table, {"tin": tin})
    if not found:
        raise UsageError(
            f"There is no practice '{tin}' in this run.",
            remedy=f"`openp4p show RUN {table}` lists the practices.",
            code="no-such-practice",
        )
    return found[0]
