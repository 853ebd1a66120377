"""`openp4p inspect`: what an input folder holds, and what it lacks for a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.table import Table

from openp4p.cli.options import AsJson
from openp4p.cli.terminal import output
from openp4p.errors import InputError, Problem

if TYPE_CHECKING:
    from openp4p.claims.inspection import Inspection


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(inspect)


def inspect(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder with the claims.")],
    as_json: AsJson = False,
    threads: Annotated[int | None, typer.Option(min=1, help="Left out: all cores.")] = None,
    memory_limit: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Such as 8GB; what is over goes to disk.")
    ] = None,
) -> None:
    """Look at an input folder: its format, its files, and what is missing for a run.

    Every file is read, nothing is stored. Ends with exit code 4 when the folder holds no format
    that is known.

    Example:

        openp4p inspect population
    """
    from openp4p.claims.inspection import inspect as inspected
    from openp4p.explain.as_json import json_indented

    if not folder.is_dir():
        said = "is a file" if folder.exists() else "does not exist"
        problem = Problem(str(folder), "folder", said, "a folder with claims files")
        raise InputError([problem], code="input-unusable")
    found = inspected(folder, threads=threads, memory_limit=memory_limit)
    if as_json:
        typer.echo(json_indented(_as_plain(found)))
    else:
        _print(found)
    if found.format is None:
        raise typer.Exit(InputError.exit_code)


def _as_plain(found: Inspection) -> dict[str, Any]:
    """The inspection as objects of JSON."""
    days = [day for file in found.files for day in (file.first_day, file.last_day) if day]
    return {
        "folder": found.folder,
        "format": found.format,
        "can_run": found.can_run,
        "first_day": min(days, default=None),
        "last_day": max(days, default=None),
        "files": [vars(file) for file in found.files],
        "missing": [
            {
                "table": one.need.table,
                "column": one.need.column or None,
                "what": one.need.what,
                "share": one.share,
                "consequence": one.need.without,
            }
            for one in found.missing
        ],
        "present": [
            {"table": one.need.table, "column": one.need.column or None, "share": one.share}
            for one in found.needs
            if one.is_met
        ],
        "problems": [vars(problem) for problem in found.problems],
        "notes": found.notes,
    }


def _print(found: Inspection) -> None:
    console = output()
    console.print(f"{found.folder}: {found.format or 'no format that is known'}", style="bold")
    console.print(_files(found))
    if found.problems:
        console.print("\nA run would stop at:", style="bold red")
        for problem in found.problems:
            console.print(f"  - {problem}", soft_wrap=True)
    if found.format is None:
        console.print("\ndocs/input.md says what each format looks like.", soft_wrap=True)
        return
    if found.missing:
        console.print("\nMissing, and what that costs:", style="bold")
    for one in found.missing:
        some = f" ({one.share:.0%} have it)" if one.filled else ""
        console.print(f"  - {one.need.what}{some}: {one.need.without}.", soft_wrap=True)
    if found.notes:
        console.print("\nA run would say:", style="bold")
    for note in found.notes:
        console.print(f"  - {note['text']}", soft_wrap=True)
    verdict = "A run is possible." if found.can_run else "A run is not possible with this alone."
    console.print(f"\n{verdict}", style="bold")


def _files(found: Inspection) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("file", overflow="fold")
    table.add_column("is", overflow="fold")
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("first day", no_wrap=True)
    table.add_column("last day", no_wrap=True)
    for file in found.files:
        table.add_row(
            file.name,
            file.kind or "not read",
            "" if file.rows is None else f"{file.rows:,}",
            file.first_day or "",
            file.last_day or "",
        )
    return table
