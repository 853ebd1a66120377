"""What the choice of reporting decides: mechanism, minimum cases, the share of clinicians."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from openp4p.simulation.practice_pay import category, has_share, pay
from openp4p.simulation.practice_tiers import placed
from openp4p.simulation.rates import Reporting, Sheet
from openp4p.simulation.rates_rows import MECHANISMS


def reporting_choice(sheet: Sheet) -> dict[str, Any]:
    """The category and what it rests on; each mechanism; each measure against its minimum."""
    told, (number, basis) = sheet.reporting, category(sheet)
    return {
        "category": number,
        "basis": basis,
        "group_reported": told.group_reported,
        "mechanism": told.mechanism,
        "share": {
            "professionals": told.professionals,
            "satisfactory": told.satisfactory,
            "required_share": sheet.program.reporting.individual_share,
            "needed": needed(sheet),
            "is_reached": has_share(sheet, told.satisfactory),
        },
        "choices": choices(sheet),
        "minimum_cases": minimums(sheet),
    }


def needed(sheet: Sheet) -> int | None:
    """The fewest professionals whose own reporting makes Category 1; none where that is no way."""
    people = range(sheet.reporting.professionals + 1)
    if sheet.program.reporting.failed_group_with_share == "category_2":
        return None
    return next((n for n in people if has_share(sheet, n)), None)


def choices(sheet: Sheet) -> list[dict[str, Any]]:
    """What each way to report, and not reporting, would pay where the practice stands now.

    Measures are taken as they are: another mechanism brings other measures, which nobody knows yet.
    """
    told, found = sheet.reporting, []
    enough = needed(sheet)
    ways: list[tuple[str, Reporting]] = [
        (f"group, {name}", replace(told, given=None, group_reported=True, mechanism=name))
        for name in MECHANISMS
        if name != "claims"  # individuals alone report on their claims
    ]
    none = replace(
        told, given=None, group_reported=False, mechanism=None, satisfactory=0,
        elects_administrative_claims=False,
    )  # fmt: skip
    if enough is not None:
        ways.append((f"individuals, {enough} of {told.professionals} or more",
                     replace(none, satisfactory=enough, mechanism=told.mechanism)))  # fmt: skip
    if sheet.program.reporting.category_rule == "gpro_or_administrative_claims":
        ways.append(("administrative claims", replace(none, elects_administrative_claims=True)))
    ways.append(("not reporting", none))
    for name, reporting in ways:
        so = replace(sheet, reporting=reporting)
        paid, (number, _basis) = pay(so, placed(so)), category(so)
        found.append(
            {
                "way": name,
                "category": number,
                "basis": paid.basis,
                "high_risk_bonus": paid.high_risk_bonus,
                "fraction": paid.fraction,
                "dollars": paid.dollars,
            }
        )
    return found


def minimums(sheet: Sheet) -> list[dict[str, Any]]:
    """Each measure against its minimum of cases, and the tiers without it or, if short, with it."""
    made = []
    for line in sheet.lines:
        if not line.rule.is_scored or line.reason == "below_minimum_group_size":
            continue
        short = max(0, line.rule.minimum_cases - line.cases)
        if line.is_scored:
            other = sheet.without(line.measure)
        else:
            added = replace(line, reason=None)
            can = line.mean is not None and line.deviation
            kept = tuple(added if x.measure == line.measure else x for x in sheet.lines)
            other = replace(sheet, lines=kept) if can else sheet
        quality, cost = placed(other).names()
        made.append(
            {
                "measure": line.measure,
                "name": line.rule.name,
                "cases": line.cases,
                "minimum_cases": line.rule.minimum_cases,
                "short_by": short,
                "is_scored": line.is_scored,
                "reason": line.reason,
                "otherwise": {"scored": not line.is_scored, "quality": quality, "cost": cost},
            }
        )
    return made
