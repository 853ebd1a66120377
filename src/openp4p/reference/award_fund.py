"""Participation, complexity, the rate of the pool and bonuses, read a second time."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import Any

from openp4p.program.award import Award
from openp4p.program.definition import Program
from openp4p.reference import awards
from openp4p.reference.awards import Patients
from openp4p.reference.carrier_lines import professional_lines
from openp4p.reference.corrections import as_reviewed

Row = dict[str, Any]
_NOTHING = Decimal("0.00")
_NONE = Decimal("0.000000000")
_DECEMBER = 12


def participants(practices: list[Row], participation: list[Row], program: Program) -> list[Row]:
    """Who takes part: enrolled before the period began, and not withdrawn before it ended."""
    first = dt.date(program.performance_year, 1, 1)
    last = dt.date(program.performance_year, 12, 31)
    found = []
    for practice in practices:
        mine = [row for row in participation if row["tin"] == practice["tin"]]
        mine.sort(key=lambda row: row["participates_from"])
        whole = [r for r in mine if r["participates_from"] <= first and _lasts(r, last)]
        chosen = next(reversed(whole or mine), None)
        reason = None
        if not practice["is_subject"]:
            reason = "not_eligible"
        elif chosen is None:
            reason = "did_not_enrol"
        elif not _lasts(chosen, last):
            reason = "withdrawn"
        elif chosen["participates_from"] > first:
            reason = "enrolled_late"
        found.append(
            {
                "tin": practice["tin"],
                "is_eligible": practice["is_subject"],
                "participates_from": chosen and chosen["participates_from"],
                "participates_to": chosen and chosen["participates_to"],
                "participates": reason is None,
                "reason": reason,
            }
        )
    return found


def _lasts(stretch: Row, last: dt.date) -> bool:
    return stretch["participates_to"] is None or stretch["participates_to"] >= last


def practice_complexity(
    history_eligible: list[Row],
    history_attributed: list[Row],
    eligible_beneficiaries: list[Row],
    attributed_beneficiaries: list[Row],
    enrollment_month: list[Row],
    claim_line: list[Row],
    program: Program,
) -> list[Row]:
    """Each practice's complexity months, of the year before or, without it, of the period."""
    award, year = program.award, program.performance_year
    assert award is not None, "only a program that pays awards weighs months by complexity"
    eligible, attributed = history_eligible, history_attributed
    if history_attributed:
        year -= 1
    else:
        eligible, attributed = eligible_beneficiaries, attributed_beneficiaries
    people = {row["beneficiary_id"]: row for row in eligible if row["is_eligible"]}
    top = _at_the_top(award, people)
    months: dict[str, list[int]] = defaultdict(list)
    for row in enrollment_month:
        if row["year_month"] // 100 == year and row["part_a"] and row["part_b"]:
            months[row["beneficiary_id"]].append(row["year_month"] % 100)
    begun: dict[str, int] = {}
    for line in professional_lines(claim_line, year):
        if line["tin"] is not None:
            month = line["from_date"].month
            begun[line["tin"]] = min(month, begun.get(line["tin"], month))
    patients: dict[str, list[str]] = defaultdict(list)
    for row in attributed:
        if row["beneficiary_id"] in people and row["tin"] in begun:
            patients[row["tin"]].append(row["beneficiary_id"])
    return [
        _complexity(award, tin, mine, people, top, months, begun[tin], year)
        for tin, mine in patients.items()
    ]


def _at_the_top(award: Award, people: dict[str, Row]) -> set[str]:
    scores = sorted(r["risk_score"] for r in people.values() if r["risk_score"] is not None)
    below = {score: place for place, score in reversed(list(enumerate(scores)))}
    return {
        id_
        for id_, row in people.items()
        if row["risk_score"] is not None
        and awards.is_complex(award, below[row["risk_score"]] / len(scores))
    }


def _complexity(
    award: Award,
    tin: str,
    mine: list[str],
    people: dict[str, Row],
    top: set[str],
    months: dict[str, list[int]],
    begun: int,
    year: int,
) -> Row:
    member_months = sum(
        min(sum(month >= begun for month in months[id_]), people[id_]["months"])
        for id_ in mine
        if months[id_]
    )
    at_top = sum(id_ in top for id_ in mine)
    dual = sum(bool(people[id_]["is_dual"]) for id_ in mine)
    history = _DECEMBER + 1 - begun
    of_practice = Patients(member_months, at_top / len(mine), dual / len(mine), history)
    return {
        "tin": tin,
        "counted_year": year,
        "patients": len(mine),
        "member_months": member_months,
        "top_risk_patients": at_top,
        "dual_patients": dual,
        "months_of_history": history,
        "complexity_months": awards.complexity_months(award, of_practice),
    }


def award_rate(
    practice_complexity: list[Row], participants: list[Row], program: Program, pool: Decimal
) -> list[Row]:
    """The pool over the complexity months of all eligible practices."""
    months = {row["tin"]: row["complexity_months"] for row in practice_complexity}
    eligible = [row for row in participants if row["is_eligible"]]
    counted = [months.get(row["tin"]) or _NONE for row in eligible]
    return [
        {
            "payment_year": program.payment_year,
            "pool": pool.quantize(_NOTHING),
            "eligible_practices": len(eligible),
            "enrolled_practices": sum(row["participates"] for row in eligible),
            "complexity_months": sum(counted, _NONE),
            "rate": awards.rate(pool, counted),
        }
    ]


def bonuses(
    participants: list[Row],
    practice_awards: list[Row],
    practice_complexity: list[Row],
    award_rate: list[Row],
    practice_corrections: list[Row],
    reviewed_bonuses: list[Row],
) -> list[Row]:
    """What each practice could get at most, is offered, and is paid."""
    scores = {row["tin"]: row["award"] for row in practice_awards}
    months = {row["tin"]: row["complexity_months"] for row in practice_complexity}
    (known,) = award_rate
    found = []
    for row in participants:
        score, mine = scores.get(row["tin"]), months.get(row["tin"])
        award = None if score is None else awards.nine_decimals(score)
        most = _NOTHING
        if row["is_eligible"] and mine is not None and known["rate"] is not None:
            most = awards.largest_bonus(mine, known["rate"])
        offered = awards.bonus(award or _NONE, most)
        reason = row["reason"]
        if row["participates"] and not mine:
            reason = "no_patients"
        elif row["participates"] and award is None:
            reason = "no_measure"
        found.append(
            {
                "tin": row["tin"],
                "participates": row["participates"],
                "award": award,
                "complexity_months": mine,
                "largest_bonus": most,
                "offered_bonus": offered,
                "bonus": offered if row["participates"] else _NOTHING,
                "reason": reason,
            }
        )
    return as_reviewed(found, reviewed_bonuses, practice_corrections)


def award_fund(award_rate: list[Row], bonuses: list[Row]) -> list[Row]:
    """What of the pool is paid and what returns."""
    (known,) = award_rate
    paid = sum((row["bonus"] for row in bonuses), _NOTHING)
    most = sum((row["largest_bonus"] for row in bonuses if row["participates"]), _NOTHING)
    taken = ("payment_year", "pool", "rate", "eligible_practices", "enrolled_practices")
    return [
        {
            **{name: known[name] for name in taken},
            "paid_practices": sum(row["bonus"] > 0 for row in bonuses),
            "largest_liability": most,
            "awarded_dollars": paid,
            "unused_dollars": known["pool"] - paid,
        }
    ]


def award_payments(
    bonuses: list[Row],
    practices: list[Row],
    reporting_categories: list[Row],
    paid_amounts: list[Row],
) -> list[Row]:
    """Each practice's bonus beside the dollars that do not change."""
    paid = {row["tin"]: row["paid_amount"] for row in paid_amounts}
    categories = {row["tin"]: row["category"] for row in reporting_categories}
    sizes = {row["tin"]: row["size_class"] for row in practices}
    found = []
    for row in bonuses:
        dollars = paid.get(row["tin"]) or _NOTHING
        fraction = awards.nine_decimals(float(row["bonus"]) / float(dollars)) if dollars else _NONE
        basis = "not_subject" if row["reason"] == "not_eligible" else row["reason"] or "award"
        found.append(
            {
                "tin": row["tin"],
                "size_class": sizes[row["tin"]],
                "category": categories.get(row["tin"]),
                "quality_tier": None,
                "cost_tier": None,
                "percent": _NONE,
                "multiple": None,
                "high_risk_bonus": _NONE,
                "adjustment_factor": None,
                "adjustment_fraction": fraction,
                "paid_amount": dollars,
                "adjustment_amount": row["bonus"],
                "basis": basis,
            }
        )
    return found
