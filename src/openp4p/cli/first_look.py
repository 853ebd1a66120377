"""The first look at a finished run, below its ledger: what a reader must know, on one screen."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from openp4p.explain.words import dollars, percent
from openp4p.results import Run

Rows = list[dict[str, Any]]


def print_first_look(console: Console, run: Run, page: Path) -> None:
    """Who is in, whose patients, the tiers with their dollars, and x."""
    manifest = run.manifest
    console.print(
        f"\n{manifest['title']}, payment year {manifest['payment_year']}",
        style="bold",
        soft_wrap=True,
    )
    console.print(
        f"care of {manifest['performance_year']} | {manifest['engine']} | run {manifest['run_id']}"
        f" | result {manifest['result_fingerprint']}",
        soft_wrap=True,
    )
    if run.stamp is not None:
        console.print(run.stamp, style="bold yellow", soft_wrap=True)
    else:
        _payments(console, manifest)
    for note in manifest["notes"]:
        console.print(f"! {note['text']}", style="yellow")
    paid = (_grids, _money) if run.program.award is None else (_awards,)
    for section in (_people, *paid):
        console.print()
        section(console, run)
    console.print(f"\nSummary page: {page}", style="bold", soft_wrap=True)
    console.print(f"Tables: openp4p tables {run.folder}", soft_wrap=True)


def _payments(console: Console, manifest: Mapping[str, Any]) -> None:
    """How far the payments of the claims reach."""
    reach = manifest.get("vintage") or {}
    days = reach.get("run_out_days")
    if days is not None:
        side = "after" if days >= 0 else "before"
        console.print(
            f"latest payment among the claims {reach['latest_paid']}, {abs(days):,} days {side} "
            f"the end of the year (customary: through {reach['customary_day']})",
            soft_wrap=True,
        )


def _people(console: Console, run: Run) -> None:
    """Practices by whether they are in, categories, beneficiaries by attribution step."""
    from openp4p.reports.facts import patients, people, total

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    practices = people(run)
    out = practices["practices"] - practices["subject"]
    table.add_row("Practices", f"{practices['practices']:,}", "")
    table.add_row("  subject to the program", f"{practices['subject']:,}", "")
    table.add_row("  not subject", f"{out:,}", _by(practices["reasons"], "reason"))
    for category, name in ((1, "reported quality"), (2, "did not report")):
        found = [row for row in practices["bases"] if row["category"] == category]
        table.add_row(f"  Category {category}, {name}", f"{total(found):,}", _by(found, "basis"))
    persons = patients(run)
    said = ", ".join(f"step {row['step']}: {row['n']:,}" for row in persons["steps"])
    table.add_row("Beneficiaries", f"{persons['beneficiaries']:,}", "")
    table.add_row("  eligible", f"{persons['eligible']:,}", "")
    table.add_row("  attributed to a practice", f"{persons['attributed']:,}", said)
    console.print(table)


def _by(rows: Rows, column: str) -> str:
    largest = sorted(rows, key=lambda row: (-row["n"], str(row[column])))
    return ", ".join(f"{str(row[column]).replace('_', ' ')}: {row['n']:,}" for row in largest)


def _grids(console: Console, run: Run) -> None:
    """For each size class, how many practices are in each cell and what the cell pays in all."""
    from openp4p.reports.facts import grids

    found = grids(run)
    if not found:
        console.print("No practice was tiered.")
    for place, grid in enumerate(found):
        if place:
            console.print()
        console.print(_grid(grid))


def _grid(grid: Mapping[str, Any]) -> Table:
    from openp4p.reports.facts import COST_TIERS

    table = Table(
        box=box.SIMPLE_HEAD,
        title=f"Tiered practices of {grid['size_class']} professionals",
        title_justify="left",
        title_style="bold",
        pad_edge=False,
        show_edge=False,
    )
    table.add_column("", no_wrap=True)
    for cost in COST_TIERS:
        table.add_column(f"{cost} cost", justify="right", no_wrap=True)
    for quality, cells in grid["rows"]:
        table.add_row(f"{quality} quality", *map(_cell, cells))
    return table


def _cell(cell: Mapping[str, Any]) -> str:
    if not cell["n"]:
        return "-"
    amount = cell["dollars"]
    return f"{cell['n']:,}  ({_signed(amount)})" if amount else f"{cell['n']:,}"


def _signed(amount: Decimal) -> str:
    return f"+{dollars(amount)}" if amount > 0 else dollars(amount)


def _awards(console: Console, run: Run) -> None:
    """Who takes part, and what of the pool is awarded."""
    fund = run.rows("award_fund")[0]
    console.print(
        f"Awarded {dollars(fund['awarded_dollars'])} to {fund['paid_practices']:,} practices",
        style="bold",
        soft_wrap=True,
    )
    console.print(
        f"  {fund['enrolled_practices']:,} of {fund['eligible_practices']:,} eligible practices "
        f"take part; of the pool of {dollars(fund['pool'])} {dollars(fund['unused_dollars'])} "
        "returns to the sponsor",
        soft_wrap=True,
    )


def _money(console: Console, run: Run) -> None:
    """The factor, and whether upward and downward dollars cancel."""
    balance = run.rows("balance")[0]
    source = str(balance["source"]).replace("_", " ")
    factor = balance["adjustment_factor"]
    said = "none" if factor is None else percent(factor)
    console.print(f"Adjustment factor x {said} ({source})", style="bold", soft_wrap=True)
    console.print(
        f"  taken {dollars(balance['downward_dollars'])}, paid {dollars(balance['upward_dollars'])}"
        f", left over by rounding {dollars(balance['residual_dollars'])}",
        soft_wrap=True,
    )
