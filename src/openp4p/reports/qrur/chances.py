"""How likely each pair of tiers is for one practice: in numbers, in words, and as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from openp4p.reports.charts import NONE
from openp4p.reports.qrur.charts import WIDTH, Picture, _text
from openp4p.reports.qrur.practice import Practice
from openp4p.reports.qrur.shown import shown
from openp4p.reports.tier_certainty import Pair, both_again

NOT_DRAWN = (
    "How likely each pair of tiers is with other patients is not known: nobody has drawn the "
    "patients of this run again. `openp4p uncertainty RUN` does, for all practices at once."
)
SETTLED = (
    "How likely each pair of tiers is with other patients is not told: your payment does not "
    "follow from tiers measured on your patients alone, so drawing them again says nothing of it."
)
_LEFT, _TOP, _WIDE, _HIGH, _BAR = 66.0, 42.0, 96.0, 56.0, 84.0
_SIDE = 3  # tiers of quality, and of cost


def chances(practice: Practice) -> dict[Pair, float]:
    """The nine pairs of tiers with the share of draws in each; empty where nothing was drawn."""
    rows = practice.of("tier_probabilities") if practice.nation.draws else []
    return {(row["quality_tier"], row["cost_tier"]): row["probability"] for row in rows}


def again(practice: Practice) -> float | None:
    """The share of draws that put the practice into the pair of tiers it is in."""
    tiers = practice.one("tiers")
    return chances(practice).get((str(tiers.get("quality_tier")), str(tiers.get("cost_tier"))))


def tier_again(practice: Practice, kind: str) -> float | None:
    """The share of draws that gave the practice its tier of quality, or of cost."""
    drawn = practice.of("tier_uncertainty") if practice.nation.draws else []
    return next((row["stays"] for row in drawn if row["kind"] == kind), None)


def why_none(practice: Practice) -> str:
    """Why nothing is said of draws; empty where it is."""
    if chances(practice):
        return ""
    return SETTLED if practice.nation.draws else NOT_DRAWN


def said(practice: Practice) -> str:
    """How sure the pair of tiers is, in words, or why that is not said."""
    found, tiers = chances(practice), practice.one("tiers")
    if not found or practice.nation.draws is None:
        return why_none(practice)
    return both_again((tiers["quality_tier"], tiers["cost_tier"]), found, practice.nation.draws)


def picture(rows: Sequence[Mapping[str, Any]]) -> Picture | None:
    """The grid of tiers with a bar in each cell as long as the cell is likely."""
    if len(rows) != _SIDE * _SIDE or rows[0].get("probability") is None:
        return None
    parts = []
    for place, row in enumerate(rows):
        across, down = place % _SIDE, place // _SIDE
        if down == 0:
            middle = _LEFT + (across + 0.5) * _WIDE
            parts.append(_text(middle, _TOP - 9, f"{row['cost_tier']} cost", "middle"))
        if across == 0:
            at = _TOP + (down + 0.5) * _HIGH
            parts.append(_text(0, at - 3, str(row["quality_tier"]), "start"))
            parts.append(_text(0, at + 12, "quality", "start"))
        parts.append(_cell(row, _LEFT + across * _WIDE, _TOP + down * _HIGH))
    parts.append(_text(_LEFT, 13, "Share of draws of other patients", "start"))
    told = "; ".join(f"{row['cell']} {shown(row['probability'], 'share')}" for row in rows)
    words = f"How often other patients would put you into each pair of tiers: {told}."
    title = "How likely each pair of tiers is with other patients"
    return Picture("chances", title, words, _TOP + _SIDE * _HIGH + 6, "".join(parts))


def _cell(row: Mapping[str, Any], x: float, y: float) -> str:
    is_mine = row["is_your_cell"]
    words = shown(row["probability"], "share") + (", you" if is_mine else "")
    bar = max(_BAR * row["probability"], 0.0)
    return (
        f'<rect x="{x + 2:.1f}" y="{y + 2:.1f}" width="{_WIDE - 4:.1f}" height="{_HIGH - 4:.1f}" '
        f'fill="none" stroke="currentColor" stroke-width="{3 if is_mine else 0.5}" />'
        f'<rect x="{x + 6:.1f}" y="{y + _HIGH - 20:.1f}" width="{bar:.1f}" height="12" '
        f'fill="{NONE}" />'
        + _text(x + 8, y + 25, words, "start", extra=' font-weight="700"' if is_mine else "")
    )


assert _LEFT + _SIDE * _WIDE <= WIDTH
