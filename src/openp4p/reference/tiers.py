"""Quality-tiering read a second time, in plain Python (42 CFR 414.1275(b))."""

from __future__ import annotations

import math
from statistics import NormalDist

from openp4p.program.definition import Program
from openp4p.reference.carrier_lines import Row
from openp4p.reference.corrections import as_reviewed, corrected_tier
from openp4p.reference.standing import significant


def tiers(
    practices: list[Row],
    reporting_categories: list[Row],
    composites: list[Row],
    practice_corrections: list[Row],
    reviewed_tiers: list[Row],
    program: Program,
) -> list[Row]:
    """Where every practice stands on quality and on cost, or why it does not stand anywhere."""
    reported = {row["tin"]: row for row in reporting_categories}
    placed = {(row["tin"], row["kind"]): row for row in composites}
    effects = {row["tin"]: row for row in practice_corrections}
    found = []
    for practice in practices:
        tin = practice["tin"]
        quality, cost = placed.get((tin, "quality")), placed.get((tin, "cost"))
        reason = _why_not(practice, reported[tin], quality, cost, program)
        made = {
            "tin": tin,
            "size_class": practice["size_class"],
            "category": reported[tin]["category"],
            "is_tiered": reason is None,
        }
        if reason is None and practice["handling"] == "average":
            reason = "average_by_model"
        for kind, row in (("quality", quality), ("cost", cost)):
            tier = None
            if made["is_tiered"]:
                tier = "average" if reason else tier_of(row, program)
            made[f"{kind}_composite"] = row and row["composite"]
            made[f"{kind}_standard_error"] = row and row["standard_error"]
            made[f"{kind}_tier"] = tier
        effect = effects.get(tin, {"quality": "keep", "cost": "keep"})
        after = {
            f"{kind}_tier": corrected_tier(made[f"{kind}_tier"], effect[kind])
            for kind in ("quality", "cost")
        }
        if after.items() - made.items():
            reason = "informal_review"
        found.append({**made, **after, "reason": reason})
    return as_reviewed(found, reviewed_tiers, practice_corrections)


def _why_not(
    practice: Row, reported: Row, quality: Row | None, cost: Row | None, program: Program
) -> str | None:
    """The first reason not to tier, in the order in which the modifier is determined."""
    if not practice["is_subject"]:
        return "not_subject"
    if reported["category"] == 2:
        return "aco_not_reported" if reported["basis"] == "aco_not_reported" else "category_2"
    if practice["handling"] in ("aco", "average"):
        return None  # its tiers do not rest on its own election or composites
    elective = program.reporting.quality_tiering == "elective"
    if elective and not practice["elects_quality_tiering"]:
        return "not_elected"
    lacks_one = quality is None or cost is None
    return "no_measure" if lacks_one and program.composites.no_measure != "average" else None


def tier_of(row: Row | None, program: Program) -> str:
    """The tier of a composite with its standard error; average without one."""
    if row is None or row["composite"] is None:
        return "average"
    rule = program.tiering
    distance = significant(abs(row["composite"]))
    if distance < rule.standard_deviations:
        return "average"
    tested = rule.rule == "distance_and_significance"
    if tested and program.composites.standard_error != "none":
        error = row["standard_error"]
        if error is None:
            return "average"
        ratio = abs(row["composite"]) / error if error else math.inf
        if significant(ratio) < significant(NormalDist().inv_cdf(1 - rule.significance / 2)):
            return "average"
    return "high" if row["composite"] > 0 else "low"
