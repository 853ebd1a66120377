"""Several runs side by side: the same figures of each, every one a sum of its stored tables."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from openp4p.reports import facts
from openp4p.results import Run

FIGURES: dict[str, str] = {
    "payment_year": "payment year",
    "performance_year": "care of",
    "paid_through": "claims paid through (provisional)",
    "practices": "practices",
    "subject": "practices subject to the program",
    "category_1": "Category 1, reported quality",
    "category_2": "Category 2, did not report",
    "beneficiaries": "beneficiaries",
    "eligible": "eligible beneficiaries",
    "attributed": "attributed beneficiaries",
    "step_1": "attributed in step 1",
    "step_2": "attributed in step 2",
    "enrolled": "practices that take part in a voluntary program",
    "tiered": "practices in tiers",
    "up": "practices paid more",
    "unchanged": "practices in the program paid the same",
    "down": "practices paid less",
    "adjustment_factor": "factor x",
    "downward_dollars": "dollars taken",
    "upward_dollars": "dollars paid",
    "residual_dollars": "left over by rounding x",
    "pool_dollars": "pool of awards",
    "unused_dollars": "left of the pool",
}


def compared(runs: Iterable[Run]) -> list[dict[str, Any]]:
    """One row per figure: its key, its name, and its value in each run, in the order given."""
    columns = [figures(run) for run in runs]
    return [
        {"figure": key, "name": name, "values": [column[key] for column in columns]}
        for key, name in FIGURES.items()
    ]


def figures(run: Run) -> dict[str, Any]:
    """The figures of one run by key; counts, exact dollars, and x as a fraction (None: no x)."""
    people, patients = facts.people(run), facts.patients(run)
    steps = {row["step"]: row["n"] for row in patients["steps"]}
    spread, categories = facts.spread(run), people["category_by_size"]
    money = _by_tiers(run) if run.program.award is None else _by_awards(run)
    return {
        "payment_year": run.manifest["payment_year"],
        "performance_year": run.manifest["performance_year"],
        "paid_through": (run.manifest.get("vintage") or {}).get("paid_through"),
        "practices": people["practices"],
        "subject": people["subject"],
        "category_1": facts.total(categories, "reported"),
        "category_2": facts.total(categories, "silent"),
        "beneficiaries": patients["beneficiaries"],
        "eligible": patients["eligible"],
        "attributed": patients["attributed"],
        "step_1": steps.get(1, 0),
        "step_2": steps.get(2, 0),
        "up": facts.total(row for row in spread if row["adjustment_fraction"] > 0),
        "unchanged": facts.total(row for row in spread if row["adjustment_fraction"] == 0),
        "down": facts.total(row for row in spread if row["adjustment_fraction"] < 0),
        **money,
    }


def _by_tiers(run: Run) -> dict[str, Any]:
    balance = facts.money(run)["balance"]
    taken = ("adjustment_factor", "downward_dollars", "upward_dollars", "residual_dollars")
    none = dict.fromkeys(("enrolled", "pool_dollars", "unused_dollars"))
    return {**none, "tiered": facts.total(facts.grids(run)), **{n: balance[n] for n in taken}}


def _by_awards(run: Run) -> dict[str, Any]:
    """A program of awards has no tiers and no factor, and takes nothing from anybody."""
    (fund,) = run.rows("award_fund")
    return {
        "enrolled": fund["enrolled_practices"],
        "tiered": 0,
        "adjustment_factor": None,
        "downward_dollars": Decimal("0.00"),
        "upward_dollars": fund["awarded_dollars"],
        "residual_dollars": None,
        "pool_dollars": fund["pool"],
        "unused_dollars": fund["unused_dollars"],
    }
