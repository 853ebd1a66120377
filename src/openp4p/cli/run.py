"""`openp4p run`: from claims to payments."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openp4p.cli.options import Crosswalk, InputFormat, MemoryLimit, Threads
from openp4p.cli.programs import choices_of
from openp4p.cli.terminal import messages, output, steps_shown
from openp4p.errors import UsageError

if TYPE_CHECKING:
    from openp4p.claims.accounting import Ledger

_PUBLISHED = "published"
_LARGEST_POOL = Decimal(10) ** 12


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(run)


def run(
    program: Annotated[
        str,
        typer.Argument(
            metavar="PROGRAM/YEAR",
            help="Such as medicare_value_modifier/2017, or the path of your own YAML file.",
        ),
    ],
    input_folder: Annotated[
        Path,
        typer.Option(
            "--input", metavar="FOLDER", help="The folder with the claims, or a report's rates."
        ),
    ],
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", help="The run folder to fill (new, or cut short).")
    ],
    format: InputFormat = None,
    crosswalk: Crosswalk = None,
    performance_period: Annotated[
        int | None,
        typer.Option(
            metavar="YEAR",
            help="Apply the rules to claims of another calendar year; every page says so.",
        ),
    ] = None,
    engine: Annotated[
        str, typer.Option(metavar="NAME", help="What computes it: duckdb or spark.")
    ] = "duckdb",
    master: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="The Spark cluster, such as spark://host:7077 or sc://host:15002 (Spark Connect). "
            "Left out: the session that exists, or this machine.",
        ),
    ] = None,
    choice: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID=OPTION",
            help="Settle otherwise what the rules leave open, such as D3=earliest_service. "
            "May be repeated; `openp4p programs show` lists them.",
        ),
    ] = None,
    factor: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER|published",
            help="The factor x as given, such as 0.1592, or as CMS published it. "
            "Left out: computed so that the program is budget neutral.",
        ),
    ] = None,
    pool: Annotated[
        str | None,
        typer.Option(
            metavar="DOLLARS",
            help="The fund of a program that pays awards, fixed in advance: 1000000.",
        ),
    ] = None,
    prior_run: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN",
            help="A finished run of the year before, whose rates are the benchmarks of outcomes; "
            "of a program that pays awards, of the year that improvement is measured from.",
        ),
    ] = None,
    review_of: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN",
            help="The finished run that the corrections in the input are of: only the corrected "
            "practices change.",
        ),
    ] = None,
    paid_through: Annotated[
        dt.datetime | None,
        typer.Option(
            metavar="DATE",
            formats=["%Y-%m-%d"],
            help="Use only claims paid by this day, such as 2016-01-31: a provisional run, which "
            "every page calls that.",
        ),
    ] = None,
    threads: Threads = None,
    memory_limit: MemoryLimit = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress, no summary on the terminal.")
    ] = False,
) -> None:
    """Pay a year: who is in, whose patients, how good, how dear, what it pays.

    Fills the --out folder with a table for each stage and writes a summary page. A run that was
    cut short goes on where it stopped when the same command is given again.

    Examples:

        openp4p run medicare_value_modifier/2017 --input population --out run-2017

        openp4p run medicare_value_modifier/2016 --input synpuf --crosswalk groups.csv
        --performance-period 2009 --choice D3=earliest_service --factor published --out run-2016

        openp4p run medicare_value_modifier/2017 --input population --paid-through 2016-01-31
        --out run-2017-january

        openp4p run vms_model/2017 --input population --pool 1000000 --out run-model
    """
    from openp4p import run as runs
    from openp4p.cli.first_look import print_first_look
    from openp4p.cli.ledger import print_ledger
    from openp4p.engine import stages
    from openp4p.program.library import load_program
    from openp4p.program.tables import COLUMNS
    from openp4p.reports.facts import reconciled, reconciliation
    from openp4p.reports.summary import write_summary

    loaded = load_program(program, choices=choices_of(choice))
    published = _factor(factor, loaded.payment.published_factor)
    started = time.monotonic()
    seen: list[str] = []

    def arrived(ledger: Ledger) -> None:
        """Say at once what was read; the computing comes after it."""
        seen.append("ledger")
        if not quiet:
            progress.above(lambda: print_ledger(output(), reconciled(ledger)))

    with steps_shown(len(stages()) + len(COLUMNS) + 1, quiet=quiet) as progress:
        finished = runs.run(
            runs.Request(
                program=loaded,
                input_folder=input_folder,
                out=out,
                engine=engine,
                master=master,
                format=format,
                crosswalk=crosswalk,
                performance_period=performance_period,
                published_factor=published,
                pool=_pool(pool),
                prior_run=prior_run,
                review_of=review_of,
                paid_through=paid_through and paid_through.date(),
                threads=threads,
                memory_limit=memory_limit,
                progress=progress,
                arrived=arrived,
            )
        )
        progress("summary page")
        page = write_summary(finished)
    if not quiet:
        if not seen:
            print_ledger(output(), reconciliation(finished))
        print_first_look(output(), finished, page)
        messages().print(f"{time.monotonic() - started:.1f} seconds in all.", style="dim")


def _pool(said: str | None) -> Decimal | None:
    """The dollars of a fund, exact to the cent."""
    if said is None:
        return None
    try:
        dollars = Decimal(said.replace(",", "").removeprefix("$"))
    except InvalidOperation:
        dollars = Decimal("NaN")
    if not dollars.is_finite() or not 0 <= dollars < _LARGEST_POOL or dollars != round(dollars, 2):
        raise UsageError(
            f"'{said}' is not a pool.",
            remedy="Give dollars and cents from 0 on, such as --pool 1000000 or --pool 2500.50.",
            code="options",
        )
    return dollars


def _factor(said: str | None, published: float | None) -> float | None:
    """The factor that was asked for; None when it is to be computed."""
    if said is None:
        return None
    if said == _PUBLISHED:
        if published is None:
            raise UsageError(
                "This program has no published factor.",
                remedy="Give a number, such as --factor 0.1592, or leave --factor out.",
                code="no-published-factor",
            )
        return published
    try:
        given = float(said)
    except ValueError:
        given = -1.0
    if not 0 < given < 10:
        raise UsageError(
            f"'{said}' is not a factor.",
            remedy="Give a number above 0 such as 0.1592 (15.92%), or the word 'published'.",
            code="options",
        )
    return given
