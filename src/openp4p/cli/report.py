"""`openp4p report`: the report a practice opens, in every form, for one practice or all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from openp4p.cli.options import RunFolder
from openp4p.cli.terminal import open_run, output, parts_shown


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(report)


def report(
    run: RunFolder,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the reports go.")],
    form: Annotated[
        str, typer.Option(metavar="FORM,...", help="Some of html, csv, xlsx, pdf and fhir.")
    ] = "html",
    tin: Annotated[
        list[str] | None,
        typer.Option(metavar="TIN", help="Only this practice. May be repeated."),
    ] = None,
    with_patients: Annotated[
        bool,
        typer.Option(
            "--with-patients", help="Lists of each practice's own patients too: confidential."
        ),
    ] = False,
    name_others: Annotated[
        bool,
        typer.Option("--name-others", help="Name the practice that came second for a patient."),
    ] = False,
    public: Annotated[
        bool,
        typer.Option(
            "--public", help="Copies for others than the practice: small counts withheld."
        ),
    ] = False,
    mid_year: Annotated[
        bool,
        typer.Option("--mid-year", help="Measures from claims so far, before any result."),
    ] = False,
    draws: Annotated[
        int | None,
        typer.Option(
            min=2, help="First draw everybody's patients again, as often: how sure tiers are."
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes at once (as many as processors).")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing on the way.")] = False,
) -> None:
    """The report of a practice, or of all of a run: what it is paid, why, what would change it.

    A report that is there already and unchanged is not made again. index.html lists them all,
    deliveries.csv has the digest of every file, dictionary.csv what each column means.

    Examples:

        openp4p report run-2017 --tin T000000012 --form html,pdf --out reports

        openp4p report run-2017 --form html,csv,xlsx,pdf --out reports
    """
    from openp4p.reports.qrur.delivery import Order, deliver

    order = Order(
        run=run,
        out=out,
        forms=tuple(dict.fromkeys(name.strip() for name in form.split(",") if name.strip())),
        tins=tuple(tin or ()),
        kind="mid_year" if mid_year else "annual",
        audience="public" if public else "practice",
        with_patients=with_patients,
        name_others=name_others,
        workers=workers,
    )
    with parts_shown(quiet=quiet) as progress:
        if draws is not None:
            _draw(run, draws, progress)
        found = deliver(order, progress)
    kept = f", {found.kept:,} were there already" if found.kept else ""
    output().print(
        f"{found.made:,} files{kept}; practices: {found.practices:,}; {found.out / 'index.html'}",
        soft_wrap=True,
    )


def _draw(run: Path, draws: int, progress: Callable[[str, int, int], None]) -> None:
    """The draws of all practices, and the first page of the run with them."""
    from openp4p.reports.summary import write_summary
    from openp4p.simulation.bootstrap_run import uncertainty

    opened = open_run(run)
    uncertainty(opened, draws, progress)
    write_summary(opened)
