"""`openp4p quality-files` and `quality-benchmarks`: submissions and deciles as input tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from openp4p.cli.terminal import messages, output


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("quality-files")(quality_files)
    app.command("quality-benchmarks")(quality_benchmarks)


def quality_files(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="QPP submissions (.json), QRDA category III or PQRS registry files (.xml), .csv.",
        ),
    ],
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="The CSV to write: quality_result.csv.")
    ],
    measures: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="CSV with uuid and measure: numbers of electronic measures of other years.",
        ),
    ] = None,
) -> None:
    """Read quality submissions into the input table quality_result.

    Every measure is used or set aside with the reason; put the file that is written into the input
    folder of a run. Exit code 4 when something was set aside.

    Example:

        openp4p quality-files submission.json qrda.xml --out population/quality_result.csv
    """
    from openp4p.claims.submissions import read_submissions

    outcome = read_submissions(files, measures)
    outcome.write(out)
    aside: dict[str, int] = {}
    for problem in outcome.problems:
        aside[problem.file] = aside.get(problem.file, 0) + 1
    table = Table("file", "read", "used", "set aside", box=None, header_style="bold")
    for name, used in outcome.used.items():
        left = aside.get(name, 0)
        table.add_row(name, f"{used + left:,}", f"{used:,}", f"{left:,}")
    output().print(table)
    for each in (*outcome.problems, *outcome.differing):
        messages().print(f"- {each}", highlight=False)
    output().print(f"{len(outcome.reports):,} reports are in {out}.")
    if outcome.problems:
        raise typer.Exit(4)


def quality_benchmarks(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CMS's benchmarks/<year>.json, plain or gzip.")
    ],
    year: Annotated[
        int, typer.Option(metavar="YEAR", help="The year whose performance the deciles describe.")
    ],
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="The CSV to write: supplied_benchmark.csv.")
    ],
) -> None:
    """Turn published deciles of performance into the input table supplied_benchmark.

    Deciles say neither mean nor deviation: both are approximated, and the table says so. A measure
    in which most are at the top has none.

    Example:

        openp4p quality-benchmarks 2017.json --year 2015 --out population/supplied_benchmark.csv
    """
    from openp4p.claims.submissions.deciles import benchmarks_of

    found = benchmarks_of(file, year)
    found.write(out)
    for name, why in found.left_out:
        messages().print(f"- {name}: {why}.", highlight=False)
    output().print(
        f"{len(found.rows):,} benchmarks are in {out}; {len(found.left_out):,} left out."
    )
