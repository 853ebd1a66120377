"""`openp4p data-quality`: what is there, what fits, what is missing, and what that costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table

from openp4p.cli.options import Crosswalk, InputFormat, MemoryLimit, Threads
from openp4p.cli.terminal import messages, open_run, output
from openp4p.errors import InputError, Problem, UsageError

if TYPE_CHECKING:
    from openp4p.claims.data_quality.report import DataQuality

_ENDINGS = (".html", ".json")


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="data-quality")(data_quality)


def data_quality(
    target: Annotated[
        Path, typer.Argument(metavar="FOLDER|RUN", help="A folder with claims, or a run folder.")
    ],
    out: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A page (.html) or data (.json). May be repeated."),
    ] = None,
    format: InputFormat = None,
    crosswalk: Crosswalk = None,
    performance_period: Annotated[
        int | None,
        typer.Option(
            metavar="YEAR", help="The year that matters. Left out: the one with most claims."
        ),
    ] = None,
    threads: Threads = None,
    memory_limit: MemoryLimit = None,
) -> None:
    """Judge claims data: what is filled, valid, plausible, doubled, missing or yet to come.

    Of an input folder before a run, also one that holds only some of the tables; or of a finished
    run. Each finding says what follows from it. Where it is bad is told by thresholds of this
    project, not by rules of CMS.

    Examples:

        openp4p data-quality population

        openp4p data-quality run-2017 --out quality.html --out quality.json
    """
    from openp4p.claims.data_quality.report import as_plain
    from openp4p.explain.as_json import json_indented
    from openp4p.folder import MANIFEST
    from openp4p.reports.data_quality import data_quality_html, of_folder, of_run

    files = out or []
    _check(target, files)
    if (target / MANIFEST).is_file():
        _refuse(format=format, crosswalk=crosswalk, performance_period=performance_period)
        found = of_run(open_run(target))
    else:
        found = of_folder(
            target,
            format=format,
            crosswalk=crosswalk,
            year=performance_period,
            threads=threads,
            memory_limit=memory_limit,
        )
    for path in files:
        is_page = path.suffix == ".html"
        text = data_quality_html(found) if is_page else json_indented(as_plain(found)) + "\n"
        path.write_text(text, encoding="utf-8")
        messages().print(f"Written: {path}", soft_wrap=True)
    if not files:
        _print(found)


def _check(target: Path, files: list[Path]) -> None:
    if not target.is_dir():
        said = "is a file" if target.exists() else "does not exist"
        problem = Problem(str(target), "folder", said, "a folder with claims files, or a run")
        raise InputError([problem], code="input-unusable")
    for path in files:
        if path.suffix not in _ENDINGS or not path.parent.is_dir():
            raise UsageError(
                f"'{path}' cannot be written.",
                remedy="Name a file that ends in .html or .json, in a folder that is there.",
                code="options",
            )


def _refuse(**options: object) -> None:
    """A run has settled these already."""
    given = [f"--{name.replace('_', '-')}" for name, value in options.items() if value is not None]
    if given:
        raise UsageError(
            f"{', '.join(given)}: a finished run has settled that.",
            remedy="Leave it out, or name the input folder.",
            code="options",
        )


def _print(found: DataQuality) -> None:
    from openp4p.claims.data_quality.checks import BAD, LOOK
    from openp4p.reports.data_quality import LEVELS

    console = output()
    levels = found.levels
    console.print(f"Data quality of {found.of['name']}", style="bold", soft_wrap=True)
    stated = "" if found.period.is_stated else ", with most claims"
    year = f"performance year {found.period.year}{stated}" if found.period.year else "no claims"
    console.print(
        f"{year}; {levels[BAD]} bad, {levels[LOOK]} to look at, of {sum(levels.values())} checks",
        soft_wrap=True,
    )
    if found.found:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        table.add_column("", no_wrap=True)
        table.add_column("what", overflow="fold")
        table.add_column("claims", overflow="fold")
        table.add_column("share", justify="right", no_wrap=True)
        table.add_column("what follows", overflow="fold")
        for one in found.found:
            table.add_row(
                LEVELS[one.worst.level],
                one.worst.check.what,
                one.worst.claim_class + (f" and {len(one.others)} more" if one.others else ""),
                f"{one.worst.share:.1%}",
                one.worst.check.consequence,
            )
        console.print()
        console.print(table)
    if found.absent:
        console.print("\nNot there, and what that costs:", style="bold")
        for check in found.absent:
            console.print(f"  - {check.what}: {check.consequence}.", soft_wrap=True)
    _print_arrival(found)
    console.print(
        "\nThresholds are this project's own. Everything: --out FILE.html or FILE.json.",
        style="dim",
        soft_wrap=True,
    )


def _print_arrival(found: DataQuality) -> None:
    arrived = found.arrival
    if arrived.latest_paid is None:
        output().print("\nThe claims do not say when they were paid.", soft_wrap=True)
        return
    lacking = {month: share for month, share in arrived.complete.items() if share < _WHOLE}
    said = ", ".join(f"{month} {share:.0%}" for month, share in lacking.items())
    output().print(
        f"\nLatest payment {arrived.latest_paid}. "
        + (f"Probably there of the claims: {said}." if said else "Every month is probably whole."),
        soft_wrap=True,
    )


_WHOLE = 0.995
