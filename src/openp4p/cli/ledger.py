"""The ledger of a run's input on the terminal: what was read, what is used, what is set aside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from openp4p.explain.words import dollars

_FILES_SHOWN = 14
_REASONS_SHOWN = 12
Rows = list[dict[str, Any]]


def print_ledger(console: Console, accounts: Mapping[str, Any]) -> None:
    """Files, rows and dollars read = used + set aside, with the reasons."""
    rows = accounts["rows"]
    files = len(accounts["files"])
    agree = rows["rows_read"] == rows["rows_used"] + rows["rows_set_aside"]
    console.print("\nWhat was read", style="bold")
    console.print(
        f"Rows read {'=' if agree else 'DIFFER FROM'} rows used + set aside: "
        f"{rows['rows_read']:,} of {files:,} file{'s' * (files != 1)} "
        f"{'=' if agree else '<>'} {rows['rows_used']:,} + {rows['rows_set_aside']:,}.",
        soft_wrap=True,
    )
    if accounts["classes"]:
        console.print(f"{_cents(accounts['money'])}.", soft_wrap=True)
    console.print()
    console.print(_files(accounts))
    if accounts["classes"]:
        console.print()
        console.print(_classes(accounts))
    _print_reasons(console, accounts["why"])


def _files(accounts: Mapping[str, Any]) -> Table:
    from openp4p.reports.facts import COUNTED

    table = _table("file", ("rows read", "used", "set aside"))
    files = accounts["files"]
    largest = sorted(files, key=lambda row: (-row["rows_set_aside"], -row["rows_read"]))
    shown = largest if len(files) <= _FILES_SHOWN else largest[: _FILES_SHOWN - 1]
    for row in shown:
        table.add_row(row["file"], *(f"{row[column]:,}" for column in COUNTED))
    if len(files) > len(shown):
        table.add_row(f"and {len(files) - len(shown)} more files", "", "", "")
    table.add_section()
    table.add_row("all", *(f"{accounts['rows'][column]:,}" for column in COUNTED))
    return table


def _classes(accounts: Mapping[str, Any]) -> Table:
    from openp4p.reports.facts import MONEY

    table = _table("paid by Medicare", ("read", "used", "set aside"))
    for row in accounts["classes"]:
        table.add_row(str(row["claim_class"]), *(dollars(row[column]) for column in MONEY))
    return table


def _table(first: str, headings: tuple[str, ...]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(first, overflow="fold")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _print_reasons(console: Console, why: Rows) -> None:
    if not why:
        console.print("Nothing was set aside.")
        return
    console.print("\nSet aside, because:")
    for row in why[:_REASONS_SHOWN]:
        money = f", {dollars(row['dollars'])}" if row["dollars"] else ""
        console.print(f"  {row['rows']:>11,}  {row['reason']}{money}", soft_wrap=True)
    if len(why) > _REASONS_SHOWN:
        more = sum(row["rows"] for row in why[_REASONS_SHOWN:])
        console.print(f"  {more:>11,}  {len(why) - _REASONS_SHOWN} more reasons")
    console.print("Each row with its place is in the table quarantine.", style="dim")


def _cents(money: Mapping[str, Any]) -> str:
    read, used, aside = (money[f"dollars_{what}"] for what in ("read", "used", "set_aside"))
    sign = "=" if read == used + aside else "DIFFER FROM"
    return f"Dollars {dollars(read)} {sign} {dollars(used)} + {dollars(aside)}"
