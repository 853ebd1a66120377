"""The first look at a finished run: what a reader must know, on one screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
from ibis import _
from rich import box
from rich.console import Console
from rich.table import Table

from openp4p.explain.words import dollars, percent
from openp4p.results import Run

_QUALITY = ("high", "average", "low")
_COST = ("low", "average", "high")
_FILES_SHOWN = 12
Rows = list[dict[str, Any]]


def print_first_look(console: Console, run: Run, page: Path) -> None:
    """Who is in, whose patients, the tiers with their dollars, x, and what was set aside."""
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
    for note in manifest["notes"]:
        console.print(f"! {note['text']}", style="yellow")
    for section in (_people, _grids, _money, _input):
        console.print()
        section(console, run)
    console.print(f"\nSummary page: {page}", style="bold", soft_wrap=True)
    console.print(f"Tables: openp4p tables {run.folder}", soft_wrap=True)


def _rows(expression: ir.Table) -> Rows:
    listed: Rows = expression.to_pyarrow().to_pylist()
    return listed


def _people(console: Console, run: Run) -> None:
    """Practices by whether they are in, categories, beneficiaries by attribution step."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    practices = _rows(run.table("practices").group_by("is_subject", "reason").agg(n=_.count()))
    subject = _total(row for row in practices if row["is_subject"])
    table.add_row("Practices", f"{_total(practices):,}", "")
    table.add_row("  subject to the program", f"{subject:,}", "")
    out = [row for row in practices if not row["is_subject"]]
    table.add_row("  not subject", f"{_total(out):,}", _by(out, "reason"))
    categories = _rows(
        run.table("reporting_categories")
        .inner_join(run.table("practices").filter(_.is_subject).select("tin"), "tin")
        .group_by("category", "basis")
        .agg(n=_.count())
    )
    for category, name in ((1, "reported quality"), (2, "did not report")):
        found = [row for row in categories if row["category"] == category]
        table.add_row(f"  Category {category}, {name}", f"{_total(found):,}", _by(found, "basis"))
    people = _rows(run.table("eligible_beneficiaries").group_by("is_eligible").agg(n=_.count()))
    steps = _rows(run.table("attributed_beneficiaries").group_by("step").agg(n=_.count()))
    table.add_row("Beneficiaries", f"{_total(people):,}", "")
    eligible = _total(row for row in people if row["is_eligible"])
    table.add_row("  eligible", f"{eligible:,}", "")
    said = ", ".join(f"step {row['step']}: {row['n']:,}" for row in sorted(steps, key=_step))
    table.add_row("  attributed to a practice", f"{_total(steps):,}", said)
    console.print(table)


def _step(row: Mapping[str, Any]) -> int:
    return int(row["step"])


def _total(rows: Iterable[Mapping[str, Any]]) -> int:
    return sum(row["n"] for row in rows)


def _by(rows: Rows, column: str) -> str:
    largest = sorted(rows, key=lambda row: (-row["n"], str(row[column])))
    return ", ".join(f"{str(row[column]).replace('_', ' ')}: {row['n']:,}" for row in largest)


def _grids(console: Console, run: Run) -> None:
    """For each size class, how many practices are in each cell and what the cell pays in all."""
    tiered = run.table("payments").filter(_.quality_tier.notnull() & _.cost_tier.notnull())
    cells = _rows(
        tiered.group_by("size_class", "quality_tier", "cost_tier").agg(
            n=_.count(), amount=_.adjustment_amount.sum()
        )
    )
    if not cells:
        console.print("No practice was tiered.")
    for place, size_class in enumerate(sorted({str(row["size_class"]) for row in cells})):
        if place:
            console.print()
        console.print(_grid([c for c in cells if str(c["size_class"]) == size_class], size_class))


def _grid(cells: Rows, size_class: str) -> Table:
    found = {(cell["quality_tier"], cell["cost_tier"]): cell for cell in cells}
    table = Table(
        box=box.SIMPLE_HEAD,
        title=f"Tiered practices of {size_class} professionals",
        title_justify="left",
        title_style="bold",
        pad_edge=False,
        show_edge=False,
    )
    table.add_column("", no_wrap=True)
    for cost in _COST:
        table.add_column(f"{cost} cost", justify="right", no_wrap=True)
    for quality in _QUALITY:
        table.add_row(f"{quality} quality", *(_cell(found.get((quality, cost))) for cost in _COST))
    return table


def _cell(cell: Mapping[str, Any] | None) -> str:
    if cell is None:
        return "-"
    amount = cell["amount"]
    return f"{cell['n']:,}  ({_signed(amount)})" if amount else f"{cell['n']:,}"


def _signed(amount: Decimal) -> str:
    return f"+{dollars(amount)}" if amount > 0 else dollars(amount)


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


def _input(console: Console, run: Run) -> None:
    """Every file: rows read = rows used + rows set aside; money to the cent."""
    files = run.rows("accounting")
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
        title_justify="left",
        title_style="bold",
    )
    table.title = "Input"
    table.add_column("file", overflow="fold")
    for heading in ("rows read", "used", "set aside"):
        table.add_column(heading, justify="right", no_wrap=True)
    largest = sorted(files, key=lambda row: (-row["rows_set_aside"], -row["rows_read"]))
    for row in largest[:_FILES_SHOWN]:
        table.add_row(row["file"], *(f"{row[column]:,}" for column in _COUNTS))
    if len(files) > _FILES_SHOWN:
        table.add_row(f"and {len(files) - _FILES_SHOWN} more files", "", "", "")
    sums = {column: sum(row[column] for row in files) for column in _COUNTS}
    table.add_section()
    table.add_row("all", *(f"{sums[column]:,}" for column in _COUNTS))
    console.print(table)
    for row in run.rows("accounting_reasons") if sums["rows_set_aside"] else []:
        console.print(f"  set aside: {_why(row)}", soft_wrap=True)
    rows_agree = sums["rows_read"] == sums["rows_used"] + sums["rows_set_aside"]
    console.print(
        f"Rows read {'=' if rows_agree else 'DIFFER FROM'} rows used + set aside; {_cents(run)}.",
        soft_wrap=True,
    )


_COUNTS = ("rows_read", "rows_used", "rows_set_aside")


def _why(row: Mapping[str, Any]) -> str:
    money = f", {dollars(row['dollars'])}" if row["dollars"] else ""
    return f"{row['rows']:,} of {row['file']} ({row['reason']}{money})"


def _cents(run: Run) -> str:
    money = run.rows("accounting_money")
    read, used, aside = (
        sum((row[column] or Decimal(0) for row in money), Decimal(0))
        for column in ("dollars_read", "dollars_used", "dollars_set_aside")
    )
    sign = "=" if read == used + aside else "DIFFER FROM"
    return f"dollars {dollars(read)} {sign} {dollars(used)} + {dollars(aside)}"
