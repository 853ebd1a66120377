"""The first page: what will I be paid, why, and what would change it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from openp4p.reports import numbers
from openp4p.reports.meanings import in_english
from openp4p.reports.numbers import adjustment_name
from openp4p.reports.qrur import chances
from openp4p.reports.qrur.model import Answer
from openp4p.reports.qrur.practice import Practice
from openp4p.reports.qrur.result import cells, result_line
from openp4p.reports.qrur.shown import shown
from openp4p.reports.qrur.waterfall import contributions
from openp4p.reports.tier_certainty import stays

_MOST = 3  # measures named on the first page
_KINDS = ("quality", "cost")
_BETTER = {"quality": "high", "cost": "low"}
_WORSE = {"quality": "low", "cost": "high"}
_SIGN = {"quality": 1, "cost": -1}  # of the composite, toward the better tier


def answers(practice: Practice) -> tuple[Answer, ...]:
    """The three answers."""
    paid = practice.one("payments")
    fraction = paid.get("adjustment_fraction") or 0
    tone = "up" if fraction > 0 else "down" if fraction < 0 else "none"
    return (
        Answer("paid", "What will I be paid?", _headline(practice), _paid(practice), tone),
        Answer("why", "Why?", result_line(practice), tuple(_why(practice))),
        Answer("change", "What would change it?", _lever(practice), tuple(_change(practice))),
    )


def _headline(practice: Practice) -> str:
    paid = practice.one("payments")
    fraction = paid.get("adjustment_fraction")
    if not fraction:
        return "No change"
    amount = paid["adjustment_amount"]
    way = "more" if fraction > 0 else "less"
    return f"{numbers.cents(abs(amount))} {way} ({numbers.adjustment(fraction)})"


def _paid(practice: Practice) -> tuple[str, ...]:
    paid = practice.one("payments")
    year = practice.nation.program.payment_year
    if not practice.one("practices").get("is_subject"):
        return (f"The program leaves your payments of {year} as they are.",)
    base = numbers.cents(paid["paid_amount"])
    said = [
        f"Medicare multiplies what it pays you for physician fee schedule services of {year}. The "
        f"dollars above are for the {base} it paid for such services in the claims of this run; "
        "yours will follow what you bill."
    ]
    if paid["multiple"] is not None:
        said.append(
            f"You earn {numbers.multiple(paid['multiple'])}, where the factor x is "
            f"{numbers.factor(paid['adjustment_factor'])}: what is taken from some practices is "
            "spread over those that earn a multiple of x."
        )
    said.append("What patients pay you does not change.")
    return tuple(said)


def _why(practice: Practice) -> list[str]:
    row, paid = practice.one("practices"), practice.one("payments")
    if not row.get("is_subject"):
        return [f"The program does not apply to you: {in_english(row.get('reason'))}."]
    size = f"You are in size class {row['size_class']} with {row['size']:,} eligible "
    size += "professional." if row["size"] == 1 else "professionals."
    if paid["basis"] == "automatic":
        percent = numbers.adjustment(paid["percent"])
        return [
            size,
            "You did not report quality measures as the program asks, nor did enough of your "
            f"clinicians (Category 2). Every such practice of your size class gets {percent}, "
            "whatever its quality and cost.",
        ]
    if paid["quality_tier"] is None:
        return [size, f"You are not in a tier: {in_english(paid['basis'])}."]
    tiers = [_tier(practice, kind) for kind in _KINDS]
    return [size, *tiers, chances.said(practice), *_bonus(practice)]


def _tier(practice: Practice, kind: str) -> str:
    tier, reason = practice.one("tiers")[f"{kind}_tier"], practice.one("tiers").get("reason")
    name = f"{tier.capitalize()} {kind}"
    found = practice.composite(kind)
    if reason == "average_by_model":
        return f"{name}: practices in your payment model count as average."
    if not found or found["composite"] is None:
        why = " Costs of practices in an ACO are not measured." if _in_aco(practice, kind) else ""
        return f"{name}: you have no {kind} composite, which counts as average.{why}"
    at = f"your {kind} composite is {shown(found['composite'], 'score')}"
    if found["entity_id"]:
        at = f"the {kind} composite of your ACO is {shown(found['composite'], 'score')}"
    if reason == "informal_review" and _measured(practice, kind) != tier:
        return f"{name}: {at}; an accepted correction of an informal review made the tier {tier}."
    drawn = next((r for r in practice.of("tier_uncertainty") if r["kind"] == kind), {})
    return f"{name}: {at}, {_placed(practice, kind, tier)}.{stays(drawn)}"


def _in_aco(practice: Practice, kind: str) -> bool:
    return kind == "cost" and practice.one("practices").get("handling") == "aco"


def _placed(practice: Practice, kind: str, tier: str) -> str:
    found, rule = practice.composite(kind), practice.nation.program.tiering
    error = found["standard_error"]
    far = f"{rule.standard_deviations:g} standard deviation"
    if tier != "average":
        sure = "" if error is None else f" and more than chance (standard error {error:.2f})"
        side = "above" if found["composite"] > 0 else "below"
        return f"at least {far} {side} practices of your size{sure}"
    if abs(found["composite"]) < rule.standard_deviations:
        return f"within {far} of practices of your size"
    return (
        f"more than {far} from practices of your size, but by no more than chance could "
        f"(standard error {shown(error, 'two_digits')})"
    )


def _measured(practice: Practice, kind: str) -> str:
    """The tier that the composite alone would give."""
    found, limit = practice.composite(kind), practice.limit(kind)
    if limit is None or abs(found["composite"]) < limit:
        return "average"
    return "high" if found["composite"] > 0 else "low"


def _bonus(practice: Practice) -> list[str]:
    paid = practice.one("payments")
    if not paid["high_risk_bonus"]:
        return []
    extra = numbers.multiple(paid["high_risk_bonus"])
    return [f"Your patients are sicker than most, which adds {extra}."]


def _lever(practice: Practice) -> str:
    paid = practice.one("payments")
    if not practice.one("practices").get("is_subject"):
        return "Nothing you do changes it"
    if paid["basis"] == "automatic":
        return "Reporting quality"
    steps = [step for kind in _KINDS for step in _steps(practice, kind)]
    worth = [step for step in steps if step.adjustment > paid["adjustment_fraction"]]
    if not worth:
        return "No tier next to yours pays more"
    nearest = min(worth, key=lambda step: step.gap)
    return f"{nearest.to.capitalize()} {nearest.kind} is {nearest.gap:.2f} SD away"


@dataclass(frozen=True)
class Step:
    """A tier beside the present one: how far its limit is, and what it would pay."""

    kind: str
    to: str
    is_better: bool
    gap: float
    adjustment: Decimal
    pays: str


def _steps(practice: Practice, kind: str) -> list[Step]:
    """The tiers beside the practice's, the better one first; none where scores decide nothing."""
    found, limit = practice.composite(kind), practice.limit(kind)
    tier = practice.one("tiers").get(f"{kind}_tier")
    given = practice.one("tiers").get("reason") in ("average_by_model", "informal_review")
    if limit is None or given or tier is None:
        return []
    beside = (_BETTER[kind], _WORSE[kind]) if tier == "average" else ("average",)
    grid = {(row["quality_tier"], row["cost_tier"]): row for row in cells(practice)}
    paid = practice.one("payments")
    made = []
    for to in beside:
        upward = _SIGN[kind] * found["composite"]
        gap = abs(found["composite"]) - limit
        if tier == "average":
            gap = limit - upward if to == _BETTER[kind] else limit + upward
        cell = {"quality": paid["quality_tier"], "cost": paid["cost_tier"], kind: to}
        row = grid[cell["quality"], cell["cost"]]
        is_better = to == _BETTER[kind] or tier == _WORSE[kind]
        pays = f"{adjustment_name(row['adjustment'], row['multiple'])}, "
        pays += numbers.cents(row["dollars"])
        made.append(Step(kind, to, is_better, max(gap, 0.0), row["adjustment"], pays))
    return made


def _change(practice: Practice) -> list[str]:
    paid = practice.one("payments")
    if not practice.one("practices").get("is_subject"):
        return ["The program would apply if what keeps you out of it changed."]
    if paid["basis"] == "automatic":
        return [*_reporting(cells(practice)), *_pulls(practice)]
    if paid["quality_tier"] is None:
        return ["You would be paid by your tiers if you were in them: see Exhibit E1."]
    steps = [step for kind in _KINDS for step in _steps(practice, kind)]
    steps.sort(key=lambda step: not step.is_better)
    said = [_limit(practice, step) for step in steps]
    if said:
        said.insert(0, "An SD is one standard deviation: the usual spread among practices.")
    return [*said, *_pulls(practice)] or ["Your tiers do not come from scores of your own."]


def _reporting(grid: list[dict[str, Any]]) -> list[str]:
    low = min(grid, key=lambda row: row["adjustment"])
    high = max(grid, key=lambda row: row["adjustment"])
    ends = [f"{numbers.adjustment(r['adjustment'])} ({r['cell']})" for r in (low, high)]
    return [
        "A practice of your size class that reports is paid by its tiers instead: from "
        f"{ends[0]} to {ends[1]} at this year's factor x. Average quality and average cost change "
        "nothing.",
    ]


def _limit(practice: Practice, step: Step) -> str:
    """How far the limit of a tier is, and what lies beyond it."""
    now = practice.one("payments")["adjustment_fraction"]
    pays = "it pays the same" if step.adjustment == now else f"it would pay {step.pays}"
    if step.is_better:
        return f"{step.to.capitalize()} {step.kind} is {step.gap:.2f} SD away; {pays}."
    return f"{step.to.capitalize()} {step.kind} would be {step.gap:.2f} SD the other way; {pays}."


def _pulls(practice: Practice) -> list[str]:
    """The measures that pull each composite most the wrong way."""
    said = []
    for kind in _KINDS:
        if not practice.composite(kind):
            continue
        pull = [r for r in contributions(practice, kind) if r["adds"] * _SIGN[kind] < 0]
        pull = sorted(pull, key=lambda r: r["adds"] * _SIGN[kind])[:_MOST]
        if pull:
            named = "; ".join(
                f"{r['step']} ({shown(r['adds'], 'score')}"
                + ("" if r["is_sure"] else ", too uncertain to say it alone")
                + ")"
                for r in pull
            )
            way = "down" if kind == "quality" else "up, which is costlier"
            said.append(f"What pulls your {kind} composite {way}, most first: {named}.")
    return said
