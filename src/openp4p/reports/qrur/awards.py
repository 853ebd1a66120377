"""The result under a program of awards: the bonus, the measures, the months, and the pool."""

from __future__ import annotations

from typing import Any

from openp4p.reports import numbers
from openp4p.reports.meanings import in_english
from openp4p.reports.qrur.model import Answer, Column, Exhibit, ExhibitRule, exhibit
from openp4p.reports.qrur.practice import GREY, Practice, measure_name
from openp4p.reports.qrur.result import COVER, PART, cover
from openp4p.reports.qrur.shown import shown
from openp4p.reports.qrur.waterfall import domain_name

_MOST = 3  # measures named on the first page
_WHY = {
    "not_eligible": "you are not eligible",
    "did_not_enrol": "you have not enrolled; the program is voluntary",
    "enrolled_late": "you enrolled after the performance period began",
    "withdrawn": "you withdrew",
    "no_patients": "no patient was attributed to you in the year on which months are counted",
    "no_measure": "none of your measures could be scored",
}
AWARD = ExhibitRule(
    "AWARD",
    "Your award and your bonus",
    PART,
    "The bonus comes from a pool of its own, on top of what Medicare pays; nothing you do here can "
    "lower what you are paid. It is your award, from 0 to 1, times the most you could get.",
    (
        Column("participates", "You take part", "yes_no", "whether the practice has enrolled"),
        Column("award", "Your award", "share", "mean of the domains, from nothing to full"),
        Column("largest_bonus", "The most you could get", "cents",
               "complexity months times the rate, the bonus at a full award"),
        Column("offered_bonus", "Your award comes to", "cents",
               "the award times the most; paid to a practice that takes part"),
        Column("bonus", "Your bonus", "cents", "what is paid"),
        Column("paid_amount", "Medicare paid you", "cents",
               "physician fee schedule payments, which do not change"),
        Column("reason", "Why", "text", "what the bonus rests on"),
    ),
    is_facts=True,
)  # fmt: skip
MEASURES = ExhibitRule(
    "AWARD-MEASURES",
    "From your measures to your award",
    PART,
    "Each measure that is paid on. Few cases are drawn towards what practices share, since they "
    "say little: the reliability says how much of the estimate is your own. A measure earns the "
    "way from the low to the high target, or the way come since the benchmark year, whichever is "
    "more.",
    (
        Column("measure_name", "Measure", "text", "name of the measure"),
        Column("domain", "Domain", "text", "domain; domains weigh alike"),
        Column("your_cases", "Your cases", "count", "cases in the period paid on"),
        Column("your_rate", "Your rate", "rate", "rate as observed"),
        Column("shared_mean", "What practices share", "rate",
               "mean of true values that the rate is drawn towards"),
        Column("reliability", "Reliability", "share", "how much of the estimate is your own"),
        Column("estimate", "Estimate", "rate", "what is paid on"),
        Column("baseline", "Before", "rate", "the estimate of the benchmark year"),
        Column("low", "Low target", "rate", "where attainment begins"),
        Column("high", "High target", "rate", "where it is full"),
        Column("attainment", "Attained", "share", "way from the low to the high target"),
        Column("improvement", "Improved", "share", "credit for the way come since then"),
        Column("score", "Score", "share", "the better of the two"),
        Column("weight", "Weight", "share", "of the measure in the award"),
        Column("standing", "How it counts", "text", "whether it counts, and why not"),
    ),
)  # fmt: skip
MONTHS = ExhibitRule(
    "MONTHS",
    "The months you answer for",
    PART,
    "Counted before the period began, and then frozen: months of the patients attributed to you, "
    "more for patients who are harder to care for.",
    (
        Column("counted_year", "Counted in", "text", "year of the months"),
        Column("patients", "Patients", "count", "attributed patients"),
        Column("member_months", "Months", "count", "their months in Parts A and B"),
        Column("top_risk_patients", "At the top of risk", "count",
               "patients whose risk score is in the top part of all"),
        Column("dual_patients", "With Medicaid", "count", "patients with full Medicaid"),
        Column("months_of_history", "Months you had billed", "count",
               "months of that year from your first claim on; fewer than 12 are scaled up"),
        Column("complexity_months", "Complexity months", "two_digits",
               "months weighted by complexity"),
    ),
    is_facts=True,
)  # fmt: skip
FUND = ExhibitRule(
    "FUND",
    "The pool, and what a month is worth",
    PART,
    "Fixed before anybody enrolled, over the months of all eligible practices: your bonus does not "
    "depend on who else takes part, or on how others do.",
    (
        Column("pool", "Pool", "cents", "dollars fixed in advance"),
        Column("rate", "A month is worth", "cents", "pool over all complexity months, to the cent"),
        Column("eligible_practices", "Practices eligible", "count", "practices that could enrol"),
        Column("enrolled_practices", "Taking part", "count", "practices that did"),
        Column("awarded_dollars", "Paid out", "cents", "bonuses of all"),
        Column("unused_dollars", "Returned", "cents", "what goes back to the sponsor"),
    ),
    is_facts=True,
)  # fmt: skip
RULES = (COVER, AWARD, MEASURES, MONTHS, FUND)


def result(practice: Practice) -> list[Exhibit]:
    """The exhibits of the result."""
    months = practice.one("practice_complexity")
    return [
        exhibit(COVER, [cover(practice)]),
        exhibit(AWARD, [_award(practice)]),
        exhibit(MEASURES, _measures(practice)),
        exhibit(
            MONTHS,
            [{**months, "counted_year": str(months["counted_year"])}] if months else [],
            "" if months else "No patient was attributed to you in the year that is counted.",
        ),
        exhibit(FUND, [dict(practice.nation.fund)]),
    ]


def answers(practice: Practice) -> tuple[Answer, ...]:
    """What will I be paid, why, and what would change it."""
    row = practice.one("bonuses")
    headline = f"{numbers.cents(row['bonus'])} more" if row["bonus"] else "No bonus, and no loss"
    return (
        Answer(
            "paid",
            "What will I be paid?",
            headline,
            _paid(practice, row),
            "up" if row["bonus"] else "none",
        ),
        Answer("why", "Why?", _why_headline(row), _why(practice, row)),
        Answer("change", "What would change it?", _lever(practice, row), _change(practice, row)),
    )


def _award(practice: Practice) -> dict[str, Any]:
    row = practice.one("bonuses")
    reason = row["reason"]
    return {
        **row,
        "paid_amount": practice.one("payments").get("paid_amount"),
        "reason": in_english(reason) if reason else "your award",
    }


def _measures(practice: Practice) -> list[dict[str, Any]]:
    """Scored measures by domain with their weight, then those that are shown and not scored."""
    rates = {row["measure"]: row for row in practice.of("shrunken_rates")}
    rows = practice.of("award_measures")
    scored = [row for row in rows if row["score"] is not None]
    domains = {row["domain"] for row in scored}
    made = []
    for row in rows:
        rule, counts = practice.nation.rule(row["measure"]), row["score"] is not None
        beside = sum(other["domain"] == row["domain"] for other in scored)
        made.append(
            {
                **row,
                "measure_name": measure_name(rule, row["measure"]),
                "domain": domain_name(practice, row["domain"]),
                "unit": rule["unit"],
                "your_cases": row["cases"],
                "your_rate": rates[row["measure"]]["rate"],
                "shared_mean": rates[row["measure"]]["shared_mean"],
                "weight": 1 / beside / len(domains) if counts else None,
                "standing": "counts" if counts else f"not scored: {in_english(row['reason'])}",
                "tone": "" if counts else GREY,
            }
        )
    return sorted(made, key=lambda r: (r["score"] is None, str(r["domain"]), r["measure_name"]))


def _paid(practice: Practice, row: dict[str, Any]) -> tuple[str, ...]:
    year = practice.nation.program.payment_year
    pool = numbers.cents(practice.nation.fund["pool"])
    kept = f"What Medicare pays you for services of {year} stays as it is, whatever your award."
    if row["bonus"]:
        return (
            f"The bonus is paid on top, from a pool of {pool} that comes from nobody's fees.",
            kept,
        )
    offered = row["offered_bonus"]
    would = f"Had you taken part you would have been paid {numbers.cents(offered)}."
    return (kept, would) if offered and not row["participates"] else (kept,)


def _why_headline(row: dict[str, Any]) -> str:
    if row["reason"]:
        said = in_english(row["reason"])
        return f"{said[0].upper()}{said[1:]}"
    most = numbers.cents(row["largest_bonus"])
    return f"An award of {numbers.share(row['award'])} of the {most} you could get"


def _why(practice: Practice, row: dict[str, Any]) -> tuple[str, ...]:
    fund, months = practice.nation.fund, practice.one("practice_complexity")
    said = []
    if row["reason"]:
        said.append(f"No bonus is paid because {_WHY[row['reason']]}.")
    if months and fund["rate"] is not None:
        said.append(
            f"The most you could get is {numbers.cents(row['largest_bonus'])}: "
            f"{shown(months['complexity_months'], 'two_digits')} complexity months at "
            f"${fund['rate']:.4f} each."
        )
    scored = [r for r in practice.of("award_measures") if r["score"] is not None]
    if scored:
        domains = len({r["domain"] for r in scored})
        said.append(
            f"Your award is the mean of {domains} {'domain' if domains == 1 else 'domains'} with "
            f"{len(scored)} {'measure' if len(scored) == 1 else 'measures'} (AWARD-MEASURES)."
        )
    return tuple(said)


def _lever(practice: Practice, row: dict[str, Any]) -> str:
    if row["reason"] in ("did_not_enrol", "enrolled_late", "withdrawn"):
        return "Enrolling, which is yours to decide"
    if row["reason"]:
        return "Nothing in the measures"
    best = _gains(practice)
    if not best:
        return "Nothing: every measure is at its target"
    return f"{best[0][0]}: up to {numbers.cents(best[0][1])} more"


def _change(practice: Practice, row: dict[str, Any]) -> tuple[str, ...]:
    year = practice.nation.manifest["performance_year"]
    if row["reason"] in ("did_not_enrol", "enrolled_late", "withdrawn"):
        return (
            f"A practice that has enrolled by the first day of a period is paid its award for it; "
            f"for {year} that day has passed. Staying out costs nothing.",
        )
    gains = _gains(practice)[:_MOST]
    if row["reason"] or not gains:
        return ("Cost plays no part: nothing a patient needs can lower your bonus.",)
    named = "; ".join(f"{name} ({numbers.cents(amount)})" for name, amount in gains)
    return (
        f"What the high target of a measure would add to your bonus, most first: {named}.",
        "Cost plays no part: nothing a patient needs can lower your bonus.",
    )


def _gains(practice: Practice) -> list[tuple[str, float]]:
    """What each measure would add at its high target, in dollars of this practice's most."""
    most = float(practice.one("bonuses")["largest_bonus"])
    made = [
        (str(row["measure_name"]), (1 - row["score"]) * row["weight"] * most)
        for row in _measures(practice)
        if row["score"] is not None
    ]
    return sorted((g for g in made if g[1] > 0), key=lambda gain: -gain[1])
