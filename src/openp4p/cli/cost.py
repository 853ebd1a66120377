"""`openp4p cost`: what a practice's patients cost, by measure and by service."""

from __future__ import annotations

import csv as csv_files
import sys
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from openp4p.cli.options import AsJson, RunFolder, Tin
from openp4p.cli.terminal import open_run, output

_SERVICES = ("own", "other", "facility", "per_capita_dollars", "peers_per_capita_dollars")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(cost)


def cost(
    run: RunFolder,
    tin: Tin,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="The services as CSV.")] = False,
) -> None:
    """What the patients of a practice cost: its measures, its services, who billed, its peers.

    Example:

        openp4p cost run-2017 --tin T000000012
    """
    from openp4p.explain.as_json import json_indented
    from openp4p.reports.practice_cost import practice_cost

    found = practice_cost(open_run(run), tin)
    if as_json:
        typer.echo(json_indented(found))
    elif as_csv:
        writer = csv_files.writer(sys.stdout, lineterminator="\n")
        writer.writerow(["category", "section", "name", *_SERVICES])
        for row in found["services"]:
            amounts = (f"{row[column]:.2f}" for column in _SERVICES)
            writer.writerow([row["category"], row["section"], row["name"], *amounts])
    else:
        _print(found)


def _print(found: dict[str, Any]) -> None:
    from openp4p.reports.practice_cost import STANDARDIZATION

    console = output()
    console.print(f"Cost of care of the patients of practice {found['tin']}", style="bold")
    kind = found["standardization"]
    warn = "yellow" if kind == "none" else None
    console.print(f"Price standardization: {STANDARDIZATION[kind]}.", style=warn, soft_wrap=True)
    console.print()
    console.print(_measures(found["measures"]))
    if found["services"]:
        console.print()
        console.print(_services(found["services"]))
        console.print(
            "own, others: billed by the practice itself and by other practices. Peers: all "
            "practices' attributed beneficiaries. Dollars a year as observed, before trimming and "
            "risk adjustment.",
            soft_wrap=True,
            style="dim",
        )


def _measures(rows: list[dict[str, Any]]) -> Table:
    table = ranked_table(
        "Measures", "measure", "cases", "observed", "expected", "rate", "peers", "score"
    )
    for row in rows:
        few = row["cases"] < row["minimum_cases"]
        cases = f"{row['cases']:,}" + (f" (of {row['minimum_cases']})" if few else "")
        score = "not scored" if not row["is_scored"] else f"{row['score']:+.2f}"
        amounts = ("observed_dollars", "expected_dollars", "rate", "benchmark")
        table.add_row(row["name"], cases, *(_whole(row[name]) for name in amounts), score)
    return table


def _services(rows: list[dict[str, Any]]) -> Table:
    table = ranked_table(
        "Dollars a beneficiary by service", "service", "own", "others", "facilities", "all", "peers"
    )
    section = None
    for row in rows:
        if row["section"] != section:
            section = row["section"]
            table.add_row(section, style="bold")
        table.add_row(f"  {row['name']}", *(_whole(row[column]) for column in _SERVICES))
    whole = [sum(row[column] for row in rows) for column in _SERVICES]
    table.add_section()
    table.add_row("all services", *map(_whole, whole))
    return table


def ranked_table(title: str, first: str, *others: str) -> Table:
    """An empty table with a title: a column of words, then columns of numbers."""
    table = Table(
        box=box.SIMPLE_HEAD,
        title=title,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
        show_edge=False,
    )
    table.add_column(first, overflow="fold")
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _whole(amount: float | None) -> str:
    return "-" if amount is None else f"${amount:,.0f}"
