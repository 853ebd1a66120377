"""`openp4p compare`: the main figures of several runs side by side."""

from __future__ import annotations

import csv
import sys
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from openp4p.cli.terminal import open_run, output


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(compare)


def compare(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Two or more run folders.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV.")] = False,
) -> None:
    """Set runs side by side: who is in, whose patients, who moves, x and the dollars.

    For the same people under the rules of several years, or under other choices.

    Example:

        openp4p compare run-2015 run-2016 run-2017 run-2018
    """
    from openp4p.explain.as_json import json_indented
    from openp4p.reports.comparison import compared

    rows = compared([open_run(folder) for folder in runs])
    names = [str(folder) for folder in runs]
    if as_json:
        listed = [
            {"figure": row["figure"], **dict(zip(names, row["values"], strict=True))}
            for row in rows
        ]
        typer.echo(json_indented(listed))
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(["figure", *names])
        writer.writerows([row["figure"], *map(_plain, row["values"])] for row in rows)
    else:
        output().print(_table(rows, names))


def _plain(value: Any) -> object:  # noqa: ANN401  # a count, money or a fraction
    if value is None:
        return ""
    return format(value, "f") if isinstance(value, Decimal) else value


def _table(rows: list[dict[str, Any]], names: list[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("", no_wrap=True)
    for name in names:
        table.add_column(name, justify="right", overflow="fold")
    for row in rows:
        table.add_row(row["name"], *(_said(row["figure"], value) for value in row["values"]))
    return table


def _said(figure: str, value: Any) -> str:  # noqa: ANN401  # as above
    from openp4p.explain.words import dollars, percent

    if value is None:
        return "none"
    if figure == "adjustment_factor":
        return percent(value)
    if isinstance(value, str):
        return value
    if figure.endswith("_dollars"):
        return dollars(value)
    return str(value) if figure.endswith("year") else f"{value:,}"
