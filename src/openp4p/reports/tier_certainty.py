"""How sure tiers are, as reports and pages say it beside a tier; nothing without stored draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openp4p.reports import numbers
from openp4p.results import Run
from openp4p.simulation.bootstrap_run import record

NEARLY = 0.9995  # shown to a tenth of a percent, it would read as certain


def by_size(run: Run) -> dict[str, Any] | None:
    """How sure the tiers of each size class are, and of how many draws that is known."""
    made = record(run)
    if made is None:
        return None
    return {"draws": made["draws"], "rows": run.rows("uncertainty_by_size")}


def stays(row: Mapping[str, Any]) -> str:
    """How often a practice's tier comes up again, as a sentence; empty where nothing was drawn."""
    if not row:
        return ""
    if row["stays"] >= NEARLY:
        again = "it came up almost always"
    else:
        again = f"it came up in {numbers.share(row['stays'])} of draws"
    return f" When your patients are drawn again, {again}."
