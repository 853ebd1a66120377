"""What a practice's category, tiers and risk pay: a percent or a multiple of x, and the dollars."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import numpy as np

from openp4p.program.consistency import ALL_CLASSES
from openp4p.program.definition import GridCell
from openp4p.simulation.practice_tiers import Placed, significant
from openp4p.simulation.rates import Sheet

_FRACTION, _CENT = Decimal("0.000000001"), Decimal("0.01")


@dataclass(frozen=True)
class Pay:
    """What is paid and on what basis; `percent` and `multiple` exclude each other."""

    basis: str
    percent: Decimal | None
    multiple: Decimal | None
    high_risk_bonus: Decimal
    fraction: Decimal
    dollars: Decimal


def category(sheet: Sheet) -> tuple[int, str]:
    """Category 1 or 2 and its basis, as the reporting of the practice makes it."""
    told, rule = sheet.reporting, sheet.program.reporting
    if told.given is not None:
        return told.given
    if told.group_reported:
        return 1, "group"
    if rule.category_rule == "gpro_or_administrative_claims":
        elects = told.elects_administrative_claims
        return (1, "administrative_claims") if elects else (2, "not_reported")
    if rule.failed_group_with_share != "category_2" and has_share(sheet, told.satisfactory):
        return 1, "individual_share"
    return 2, "not_reported"


def has_share(sheet: Sheet, satisfactory: int) -> bool:
    """Whether so many of its professionals make the share that counts as reporting."""
    share = sheet.program.reporting.individual_share
    if share is None or not sheet.reporting.professionals:
        return False
    reached = significant(np.asarray(satisfactory / sheet.reporting.professionals))
    return bool(reached >= share)


def is_high_risk(sheet: Sheet) -> bool:
    """Whether the patients are sick enough, and were reported in a way that earns the bonus."""
    if sheet.risk is None:
        return False
    mean, threshold = (significant(np.asarray(value)) for value in sheet.risk)
    mechanisms = sheet.program.payment.high_risk.mechanisms
    return bool(mean >= threshold) and (not mechanisms or sheet.reporting.mechanism in mechanisms)


def untiered(sheet: Sheet, found: Placed) -> str | None:
    """Why the practice is in no tier; nothing when it is."""
    if not sheet.is_subject:
        return "not_subject"
    if category(sheet)[0] != 1:
        return "category_2"
    if sheet.settled is not None:
        return None
    program = sheet.program
    elects = sheet.reporting.elects_quality_tiering
    if program.reporting.quality_tiering == "elective" and not elects:
        return "not_elected"
    lacks = any(composite is None for composite in found.composites.values())
    return "no_measure" if lacks and program.composites.no_measure != "average" else None


def pay(sheet: Sheet, found: Placed, factor: Decimal | None = None) -> Pay:
    """What the practice is paid where it stands, at a factor x (the sheet's when not told)."""
    why = untiered(sheet, found)
    if why in ("not_subject", "not_elected", "no_measure"):
        return _pay(sheet, why, Decimal(0), None, Decimal(0), factor)
    if why == "category_2":
        percent = sheet.program.payment.automatic_percent[sheet.size_class or ""]
        return _pay(sheet, "automatic", _exact(percent), None, Decimal(0), factor)
    quality, cost = sheet.tiers or found.names()
    return cell_pay(sheet, quality, cost, factor, sheet.settled or "tiering")


def cell_pay(
    sheet: Sheet, quality: str, cost: str, factor: Decimal | None = None, basis: str = "tiering"
) -> Pay:
    """What a pair of tiers pays the practice."""
    cell = cell_of(sheet, quality, cost)
    if cell.multiple is None:
        return _pay(sheet, basis, _exact(cell.percent or 0.0), None, Decimal(0), factor)
    bonus = _exact(sheet.program.payment.high_risk.multiple) if is_high_risk(sheet) else Decimal(0)
    return _pay(sheet, basis, None, _exact(cell.multiple) + bonus, bonus, factor)


def cell_of(sheet: Sheet, quality: str, cost: str) -> GridCell:
    """The cell of the grid for a pair of tiers."""
    return next(
        cell
        for cell in sheet.program.payment.grid
        if cell.size_class in (sheet.size_class, ALL_CLASSES)
        and (cell.quality, cell.cost) == (quality, cost)
    )


def _pay(
    sheet: Sheet,
    basis: str,
    percent: Decimal | None,
    multiple: Decimal | None,
    bonus: Decimal,
    factor: Decimal | None,
) -> Pay:
    x = sheet.factor if factor is None else factor
    fraction = percent if multiple is None else multiple * x
    assert fraction is not None, "either a percent or a multiple is paid"
    fraction = fraction.quantize(_FRACTION, ROUND_HALF_EVEN)
    dollars = (sheet.paid_amount * fraction).quantize(_CENT, ROUND_HALF_UP)
    return Pay(basis, percent, multiple, bonus, fraction, dollars)


def _exact(number: float) -> Decimal:
    return Decimal(str(number))
