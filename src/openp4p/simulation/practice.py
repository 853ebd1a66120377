"""Where a practice stands, how sure that is, what moves it, and what is at stake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from openp4p.errors import UsageError
from openp4p.program.definition import Program
from openp4p.program.library import load_program
from openp4p.results import Run
from openp4p.simulation.moves import moves
from openp4p.simulation.practice_draws import DRAWS, tier_probabilities
from openp4p.simulation.practice_pay import Pay, cell_pay, pay, untiered
from openp4p.simulation.practice_reporting import reporting_choice
from openp4p.simulation.practice_run import drawn_before, sheet_of_run
from openp4p.simulation.practice_tiers import Composite, placed, rate_at, score
from openp4p.simulation.rates import KINDS, TIERS, Line, Sheet
from openp4p.simulation.rates_file import read_rates

_SHARES_OF_X = (Decimal("0.5"), Decimal("1"), Decimal("1.5"), Decimal("2"))


@dataclass(frozen=True)
class Prepared:
    """A practice's sheet with everything that is said of it, as plain values."""

    sheet: Sheet
    said: Mapping[str, Any]


def prepare(program: str | Program, rates: Path, draws: int = DRAWS) -> Prepared:
    """What a rates file says of a practice under a program; `RatesError` lists its mistakes."""
    known = load_program(program) if isinstance(program, str) else program
    check_tiers(known)
    return prepared(read_rates(rates, known), draws=draws)


def prepare_from_run(run: Run, tin: str, draws: int = DRAWS) -> Prepared:
    """The same of a practice of a finished run; by its beneficiaries' draws where there are any."""
    check_tiers(run.program)
    return prepared(sheet_of_run(run, tin), drawn_before(run, tin), draws)


def check_tiers(program: Program) -> None:
    """Refuse a program that pays awards: there is no tier to move."""
    if program.award is not None:
        raise UsageError(
            f"'{program.id}' pays awards and has no tiers to prepare for.",
            remedy=f"`openp4p audit {program.id}`; or name a program that pays by tiers.",
            code="no-tiers",
        )


def prepared(
    sheet: Sheet, before: tuple[list[dict[str, Any]], int] | None = None, draws: int = DRAWS
) -> Prepared:
    """Everything said of a practice; `before`: probabilities and draws that a run has stored."""
    now = placed(sheet)
    program, why = sheet.program, untiered(sheet, now)
    quality, cost = sheet.tiers or now.names()
    chances, times, how = _chances(sheet, before, draws)
    said: dict[str, Any] = {
        "program": program.id,
        "payment_year": program.payment_year,
        "performance_year": program.performance_year,
        "tin": sheet.tin,
        "size": sheet.size,
        "size_class": sheet.size_class,
        "paid_amount": sheet.paid_amount,
        "tier": {
            "quality": quality,
            "cost": cost,
            "is_tiered": why is None,
            "reason": why or sheet.settled,
            **{f"{kind}_composite": _composite(now.composites[kind]) for kind in KINDS},
        },
        "adjustment": plain(pay(sheet, now), sheet.factor),
        "tier_probabilities": chances,
        "redraw": {"draws": times, "of": how},
        "measures": [measure(line) for line in sheet.lines],
        "moves": [move.as_plain() for move in moves(sheet)],
        "stakes": stakes(sheet, chances, tiered=why is None),
        "reporting": reporting_choice(sheet) if sheet.is_subject else None,
        "notes": [*sheet.notes, *_notes(sheet, why)],
    }
    return Prepared(sheet, said)


def _chances(
    sheet: Sheet, before: tuple[list[dict[str, Any]], int] | None, draws: int
) -> tuple[list[dict[str, Any]], int, str]:
    if before is not None:
        return before[0], before[1], "beneficiaries"
    if sheet.tiers is not None:
        cells = [(quality, cost) for quality in TIERS for cost in TIERS]
        settled = [
            {"quality": q, "cost": c, "probability": float((q, c) == sheet.tiers)} for q, c in cells
        ]
        return settled, 0, "nothing: the tiers are settled"
    return tier_probabilities(sheet, draws), draws, "measures"


def _composite(found: Composite | None) -> dict[str, float | None] | None:
    if found is None:
        return None
    error = float(found.error)
    return {
        "raw": float(found.raw),
        "value": float(found.value),
        "standard_error": None if np.isnan(error) else error,
    }


def plain(paid: Pay, factor: Decimal) -> dict[str, Any]:
    """An adjustment as values for JSON."""
    return {"factor": factor, **{name: getattr(paid, name) for name in Pay.__dataclass_fields__}}


def measure(line: Line) -> dict[str, Any]:
    """One measure as it stands, with its benchmark and score."""
    rate, variance = rate_at(line, np.asarray(line.amount, float))
    found = None
    if line.mean is not None and line.deviation:
        found = float(score(line, np.asarray(line.amount, float))[0])
    return {
        "measure": line.measure,
        "name": line.rule.name,
        "kind": line.rule.kind,
        "domain": line.rule.domain,
        "better": line.rule.better,
        "unit": line.rule.unit,
        "cases": line.cases,
        "minimum_cases": line.rule.minimum_cases,
        "rate": float(rate),
        "standard_error": None if np.isnan(variance) else float(np.sqrt(variance)),
        "benchmark_mean": line.mean,
        "benchmark_sd": line.deviation,
        "benchmark_source": line.source,
        "score": found,
        "is_scored": line.is_scored,
        "reason": line.reason,
    }


def stakes(sheet: Sheet, chances: list[dict[str, Any]], *, tiered: bool) -> list[dict[str, Any]]:
    """For a range of factors x: what is paid now, in each cell, and on average over the draws."""
    if not sheet.is_subject:
        return []
    now, made = placed(sheet), []
    for share in _SHARES_OF_X:
        factor = (sheet.factor * share).quantize(Decimal("0.000001")).normalize()
        cells = []
        for chance in chances:
            paid = cell_pay(sheet, chance["quality"], chance["cost"], factor)
            cells.append(
                {
                    "quality": chance["quality"],
                    "cost": chance["cost"],
                    "multiple": paid.multiple,
                    "fraction": paid.fraction,
                    "dollars": paid.dollars,
                }
            )
        mean = sum(
            c["probability"] * float(x["dollars"]) for c, x in zip(chances, cells, strict=True)
        )
        here = pay(sheet, now, factor)
        made.append(
            {
                "factor": factor,
                "fraction": here.fraction,
                "dollars": here.dollars,
                "expected_dollars": Decimal(f"{mean:.2f}") if tiered else here.dollars,
                "lowest_dollars": min(cell["dollars"] for cell in cells),
                "highest_dollars": max(cell["dollars"] for cell in cells),
                "cells": cells,
            }
        )
    return made


def _notes(sheet: Sheet, why: str | None) -> list[str]:
    said = []
    if why == "not_subject":
        said.append("The program does not adjust a practice like this one in this year.")
    elif why is not None:
        said.append(
            "The practice is in no tier as things stand; tiers, their probabilities and what moves "
            "them are those it would have if it were."
        )
    for kind in KINDS:
        lacking = [
            line.measure
            for line in sheet.scored(kind)
            if np.isnan(rate_at(line, np.asarray(line.amount, float))[1])
        ]
        if lacking and sheet.program.composites.standard_error != "none":
            said.append(
                f"No standard error is known for {', '.join(lacking)}, so the {kind} composite "
                "cannot be significant and its tier stays average."
            )
    return said
