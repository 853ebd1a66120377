"""The result: who the practice is, what it is paid, which cell of the grid, its patients' risk."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from openp4p.reports.meanings import in_english
from openp4p.reports.numbers import adjustment_name
from openp4p.reports.qrur.chances import again, chances, why_none
from openp4p.reports.qrur.model import Column, Exhibit, ExhibitRule, exhibit
from openp4p.reports.qrur.practice import Practice

PART = "Your result"
TIERS = {"quality": ("high", "average", "low"), "cost": ("low", "average", "high")}
_CENT = Decimal("0.01")
_LAST = 4

COVER = ExhibitRule(
    "COVER",
    "Cover and about this report",
    PART,
    "Who you are to the program. A practice is everyone who bills under one tax number (TIN).",
    (
        Column("tin_last4", "TIN ends in", "text", "last four characters of the tax number"),
        Column("legal_name", "Name", "text", "name of the practice, where the input states one"),
        Column("performance_period", "Care given in", "text", "year whose care is measured"),
        Column("payment_year", "Payment year", "text", "year whose payments change"),
        Column("size_class", "Size class", "text", "size class, by eligible professionals"),
        Column("professionals", "Eligible professionals", "count",
               "professionals counted for the size: the lower of roster and claims"),
        Column("pqrs_reporting_mode", "How quality was reported", "text",
               "whether and how the practice reported quality to PQRS"),
        Column("category", "Category", "count",
               "1: reported quality or was reported for; 2: did not"),
        Column("program_participation", "Other programs", "text",
               "accountable care organisation (ACO) or payment model it takes part in"),
    ),
    is_facts=True,
)  # fmt: skip
VM = ExhibitRule(
    "VM",
    "Your TIN's Value Modifier",
    PART,
    "The Value Modifier changes what Medicare pays you for physician fee schedule services; what "
    "patients pay does not move. A tier says where you stand among practices of your size: "
    "quality high is good, cost low is good.",
    (
        Column("result", "Result", "text", "the result in words"),
        Column("eligible_tin", "Subject to the program", "yes_no",
               "whether the program adjusts payments of this practice"),
        Column("quality_tier", "Quality tier", "text", "high, average or low quality"),
        Column("cost_tier", "Cost tier", "text", "low, average or high cost, as measured"),
        Column("tiers_again", "The same with other patients", "share",
               "share of draws of other patients that gave both these tiers"),
        Column("units_of_x", "Multiple of x", "multiple",
               "how many times the factor x is paid, the high-risk bonus included"),
        Column("high_risk_bonus", "of which high-risk bonus", "multiple",
               "multiples of x for patients sicker than most"),
        Column("factor_x", "Factor x", "adjustment",
               "what one unit is worth: set so that increases spend what reductions bring"),
        Column("fixed_pct", "Fixed percent", "adjustment",
               "percent of the cell, or the automatic percent of those who did not report"),
        Column("adjustment", "Adjustment", "adjustment", "share by which payments change"),
        Column("paid_amount", "Medicare paid you", "cents",
               "what Medicare paid for the services that are adjusted"),
        Column("adjustment_amount", "Change in dollars", "cents",
               "the adjustment times what Medicare paid"),
        Column("reason", "Why", "text", "what the adjustment rests on"),
    ),
    is_facts=True,
)  # fmt: skip
E1 = ExhibitRule(
    "E1",
    "Payment adjustments under quality-tiering for the TIN's size class",
    PART,
    "What each pair of tiers pays in your size class, and what it would be in dollars for you at "
    "this year's factor x. x is the same for everyone.",
    (
        Column("cell", "Quality and cost", "text", "quality tier and cost tier"),
        Column("quality_tier", "Quality tier", "text", "high, average or low"),
        Column("cost_tier", "Cost tier", "text", "low, average or high"),
        Column("pays", "Pays", "text", "a percent, or a multiple of the factor x"),
        Column("adjustment", "Adjustment", "adjustment",
               "share by which your payments would change, high-risk bonus included"),
        Column("dollars", "For you", "cents", "the same in dollars of your payments"),
        Column("is_your_cell", "Your cell", "yes_no", "whether this is where you are"),
        Column("probability", "With other patients", "share",
               "share of draws of other patients that put you into this cell"),
    ),
    better="better is up and to the left of the grid: high quality, low cost",
)  # fmt: skip
RISK = ExhibitRule(
    "RISK",
    "High-risk bonus: average beneficiary risk and national percentile",
    PART,
    "A practice that earns a multiple of x gets more when its patients are sicker than most. The "
    "risk score says what a patient is expected to cost: 1 is the average of Medicare.",
    (
        Column("avg_risk_score", "Your mean risk score", "two_digits",
               "mean CMS-HCC risk score of the attributed patients who have one"),
        Column("threshold", "Bonus from", "two_digits",
               "risk score that the mean must reach"),
        Column("national_percentile", "Percentile among practices", "two_digits",
               "percent of practices whose mean is at or below yours"),
        Column("beneficiaries", "Patients counted", "count", "attributed patients with a score"),
        Column("is_high_risk", "Reaches it", "yes_no", "whether the mean reaches the threshold"),
        Column("bonus", "Bonus", "multiple", "multiples of x added to this practice's payment"),
    ),
    is_facts=True,
)  # fmt: skip
RULES = (COVER, VM, E1, RISK)


def result(practice: Practice) -> list[Exhibit]:
    """The exhibits of the result."""
    return [
        exhibit(COVER, [cover(practice)]),
        exhibit(VM, [_modifier(practice)]),
        exhibit(E1, cells(practice), why_none(practice) if cells(practice) else _NO_GRID),
        exhibit(RISK, _risk(practice)),
    ]


_NO_GRID = "The program does not adjust this practice, so no cell of the grid is its."


def cover(practice: Practice) -> dict[str, Any]:
    """Who the practice is to the program."""
    program, row = practice.nation.program, practice.one("practices")
    reported = practice.one("reporting_categories")
    how = in_english(reported.get("basis") or "not_reported")
    mechanism = reported.get("mechanism")
    model = f"{in_english(row['handling'])} ({row['entity_id']})" if row.get("entity_id") else ""
    return {
        "tin_last4": practice.tin[-_LAST:],
        "legal_name": practice.one("names").get("name"),
        "performance_period": str(practice.nation.manifest["performance_year"]),
        "payment_year": str(program.payment_year),
        "size_class": row.get("size_class"),
        "professionals": row.get("size"),
        "pqrs_reporting_mode": f"{how} ({in_english(mechanism)})" if mechanism else how,
        "category": reported.get("category"),
        "program_participation": model or "none",
    }


def _modifier(practice: Practice) -> dict[str, Any]:
    row, paid = practice.one("practices"), practice.one("payments")
    reason = in_english(paid.get("basis") or "not_subject")
    if not row.get("is_subject"):
        reason = f"{reason}: {in_english(row.get('reason'))}"
    return {
        "result": result_line(practice),
        "eligible_tin": row.get("is_subject"),
        "quality_tier": paid.get("quality_tier"),
        "cost_tier": paid.get("cost_tier"),
        "tiers_again": again(practice),
        "units_of_x": paid.get("multiple"),
        "high_risk_bonus": paid.get("high_risk_bonus") or None,
        "factor_x": paid.get("adjustment_factor"),
        "fixed_pct": paid.get("percent"),
        "adjustment": paid.get("adjustment_fraction"),
        "paid_amount": paid.get("paid_amount"),
        "adjustment_amount": paid.get("adjustment_amount"),
        "reason": reason,
    }


def result_line(practice: Practice) -> str:
    """The result in one line, such as High quality, average cost = upward adjustment (+2x)."""
    paid = practice.one("payments")
    if not practice.one("practices").get("is_subject"):
        return "Not subject to the program = no adjustment"
    fraction = paid["adjustment_fraction"]
    way = "upward" if fraction > 0 else "downward" if fraction < 0 else "neutral"
    said = adjustment_name(fraction, paid["multiple"])
    if paid["quality_tier"] is None:
        basis = in_english(paid["basis"])
        return f"{basis[0].upper()}{basis[1:]} = {way} adjustment ({said})"
    cell = f"{paid['quality_tier'].capitalize()} quality, {paid['cost_tier']} cost"
    return f"{cell} = {way} adjustment ({said})"


def cells(practice: Practice) -> list[dict[str, Any]]:
    """The nine cells of the practice's grid, best first; none for one that is not adjusted."""
    row, paid = practice.one("practices"), practice.one("payments")
    if not row.get("is_subject") or not paid:
        return []
    return [
        _cell(practice, quality, cost) for quality in TIERS["quality"] for cost in TIERS["cost"]
    ]


def _cell(practice: Practice, quality: str, cost: str) -> dict[str, Any]:
    paid = practice.one("payments")
    rule = practice.nation.grid[practice.one("practices")["size_class"], quality, cost]
    multiple = rule["multiple"]
    if multiple is not None:
        multiple += _bonus(practice)
    factor = practice.nation.balance["adjustment_factor"]
    fraction = rule["percent"] if multiple is None else _times(multiple, factor)
    is_mine = (quality, cost) == (paid["quality_tier"], paid["cost_tier"])
    return {
        "cell": f"{quality} quality, {cost} cost",
        "quality_tier": quality,
        "cost_tier": cost,
        "pays": _pays(rule["percent"], multiple),
        "multiple": multiple,
        "adjustment": fraction,
        "dollars": amount(fraction, paid["paid_amount"]),
        "is_your_cell": is_mine,
        "probability": chances(practice).get((quality, cost)),
        "tone": "mine" if is_mine else "",
    }


def _pays(percent: Decimal | None, multiple: Decimal | None) -> str:
    from openp4p.reports.numbers import adjustment
    from openp4p.reports.numbers import multiple as times

    return adjustment(percent) if multiple is None else times(multiple)


def _bonus(practice: Practice) -> Decimal:
    """The multiples of x that its patients' risk would add in a cell that pays a multiple."""
    rule = practice.nation.program.payment.high_risk
    mechanism = practice.one("reporting_categories").get("mechanism")
    asked = not rule.mechanisms or mechanism in rule.mechanisms
    has_it = practice.one("high_risk").get("is_high_risk") and asked
    return Decimal(str(rule.multiple)) if has_it else Decimal(0)


def _times(multiple: Decimal, factor: Decimal | None) -> Decimal:
    return Decimal(0) if factor is None else multiple * factor


def amount(fraction: Decimal | None, paid: Decimal | None) -> Decimal | None:
    """A fraction of what Medicare paid, to the cent."""
    if fraction is None or paid is None:
        return None
    return (fraction * paid).quantize(_CENT, ROUND_HALF_UP)


def _risk(practice: Practice) -> list[dict[str, Any]]:
    risk = practice.one("high_risk")
    if not risk:
        return []
    return [
        {
            "avg_risk_score": risk["mean_risk_score"],
            "threshold": risk["threshold"],
            "national_percentile": practice.one("practice_cost_facts").get("risk_percentile"),
            "beneficiaries": risk["beneficiaries"],
            "is_high_risk": risk["is_high_risk"],
            "bonus": practice.one("payments").get("high_risk_bonus") or None,
        }
    ]
