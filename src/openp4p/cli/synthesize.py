"""`openp4p synthesize`: claims of people who do not exist."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from openp4p.cli.options import Threads
from openp4p.cli.terminal import output, parts_shown


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(synthesize)


def synthesize(
    beneficiaries: Annotated[
        int, typer.Option(min=1, help="How many people. 20,000 take a minute or so.")
    ],
    out: Annotated[Path, typer.Option(help="The folder to write; it must be new or empty.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    part: Annotated[
        str, typer.Option(metavar="K/N", help="The K-th of N parts alone: 3/33 is the third of 33.")
    ] = "1/1",
    services: Annotated[
        float,
        typer.Option(
            help="Services outside primary care for each of the usual; files get lighter."
        ),
    ] = 1.0,
    threads: Threads = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress.")] = False,
) -> None:
    """Make a synthetic Medicare population: two years of claims, practices and reports.

    Nobody in it exists. It has the quarrels of real claims (two practices with the same charges,
    part-year enrolment, adjusted and cancelled claims) and believable costs and rates.

    Example:

        openp4p synthesize --beneficiaries 20000 --seed 1 --out population

    With --part a large population is made by parts, on several machines or as the disk allows. Each
    is a population of its own, and their files put together are those of the whole.
    """
    from openp4p import synthetic

    asked = synthetic.Part.named(part)
    with parts_shown(quiet=quiet) as progress:
        synthetic.synthesize(
            beneficiaries,
            seed,
            out,
            part=asked,
            services=services,
            threads=threads,
            progress=progress,
        )
    if not quiet:
        console = output()
        what = f"{beneficiaries:,} synthetic beneficiaries"
        said = f"{what} are in {out}" if asked.is_whole else f"Part {asked} of {what} is in {out}"
        console.print(said, soft_wrap=True)
        console.print(
            f"Next: openp4p run medicare_value_modifier/2017 --input {out} --out run-2017",
            soft_wrap=True,
        )
