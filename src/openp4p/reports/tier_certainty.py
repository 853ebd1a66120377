"""How sure tiers are, as reports and pages say it beside a tier; nothing without stored draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ibis import _

from openp4p.reports import numbers
from openp4p.reports.facts import COST_TIERS, QUALITY_TIERS
from openp4p.results import Run
from openp4p.simulation.bootstrap_run import record

NEARLY = 0.9995  # shown to a tenth of a percent, it would read as certain
Pair = tuple[str, str]  # a quality tier and a cost tier


def by_size(run: Run) -> dict[str, Any] | None:
    """How sure the tiers of each size class are, and of how many draws that is known."""
    made = record(run)
    if made is None:
        return None
    return {"draws": made["draws"], "rows": run.rows("uncertainty_by_size")}


def by_cell(run: Run) -> dict[tuple[str, str, str], dict[str, Any]]:
    """For each size class and pair of tiers: practices that were drawn, and how many of them, as
    a share, another draw would put into the same pair; empty without stored draws.
    """
    if record(run) is None:
        return {}
    tiers = run.table("tiers").select("tin", "size_class", "quality_tier", "cost_tier")
    chances = run.table("tier_probabilities")
    same = tiers.inner_join(chances, ["tin", "quality_tier", "cost_tier"])
    cells = same.group_by("size_class", "quality_tier", "cost_tier").agg(
        n=_.count(), again=_.probability.mean()
    )
    return {
        (row["size_class"], row["quality_tier"], row["cost_tier"]): row
        for row in run.engine.rows(cells).to_pylist()
    }


def by_pair(cells: Mapping[tuple[str, str, str], Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The same over all size classes, best pair first; only pairs that have practices."""
    found = []
    for quality in QUALITY_TIERS:
        for cost in COST_TIERS:
            mine = [row for (_size, *pair), row in cells.items() if pair == [quality, cost]]
            n = sum(row["n"] for row in mine)
            if n:
                again = sum(row["n"] * row["again"] for row in mine) / n
                found.append({"name": f"{quality} quality, {cost} cost", "n": n, "again": again})
    return found


def stays(row: Mapping[str, Any]) -> str:
    """How often a practice's tier comes up again, as a sentence; empty where nothing was drawn."""
    if not row:
        return ""
    if row["stays"] >= NEARLY:
        again = "it came up almost always"
    else:
        again = f"it came up in {numbers.share(row['stays'])} of draws"
    return f" When your patients are drawn again, {again}."


def both_again(pair: Pair, chances: Mapping[Pair, float], draws: int) -> str:
    """In how many of the draws a practice came out in its pair of tiers, and where it did
    otherwise, as sentences.
    """
    times = {cell: round(chance * draws) for cell, chance in chances.items()}
    said = (
        f"Your tier is {pair[0]} quality, {pair[1]} cost. Had other patients come, it would be the "
        f"same in {times[pair]:,} of {draws:,} draws"
    )
    others = [cell for cell in times if cell != pair and times[cell]]
    if not others:
        return f"{said}."
    next_ = max(others, key=lambda cell: (times[cell], cell))
    return f"{said}; next comes {next_[0]} quality, {next_[1]} cost, in {times[next_]:,}."


def beside_explanation(run: Run, tin: str) -> str:
    """How sure the tiers of a practice are, as the line below their explanation.

    Empty for a practice whose payment does not follow from tiers of its own patients.
    """
    mine = run.rows("tiers", {"tin": tin})
    if not mine or not mine[0]["is_tiered"]:
        return ""
    made = record(run)
    if made is None:
        return "How sure that is: not known; `openp4p uncertainty RUN` draws the patients again."
    pair = (mine[0]["quality_tier"], mine[0]["cost_tier"])
    rows = run.rows("tier_probabilities", {"tin": tin})
    found = {(row["quality_tier"], row["cost_tier"]): row["probability"] for row in rows}
    if pair not in found:
        return ""
    times = round(found[pair] * made["draws"])
    return f"With other patients the same tiers came up in {times:,} of {made['draws']:,} draws."
