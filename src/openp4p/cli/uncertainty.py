"""`openp4p uncertainty`: how sure the tiers of a run are when its patients are drawn again."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from openp4p.cli.options import AsJson, RunFolder
from openp4p.cli.terminal import open_run, output, parts_shown


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(uncertainty)


def uncertainty(
    run: RunFolder,
    draws: Annotated[
        int, typer.Option(min=2, help="How often the patients of each practice are drawn again.")
    ] = 200,
    as_json: AsJson = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing on the way.")] = False,
) -> None:
    """How sure the tiers of a run are: what another draw of each practice's patients would give.

    Kept in the run's folder as the tables tier_probabilities, tier_uncertainty and
    uncertainty_by_size, and shown from then on wherever the run's tiers are.

    Example:

        openp4p uncertainty run-2017 --draws 200
    """
    from openp4p.explain.as_json import json_indented
    from openp4p.reports.summary import write_summary
    from openp4p.simulation.bootstrap_run import record
    from openp4p.simulation.bootstrap_run import uncertainty as computed

    opened = open_run(run)
    with parts_shown(quiet=quiet) as progress:
        rows = computed(opened, draws, progress)
    write_summary(opened)
    if as_json:
        typer.echo(json_indented({"draws": draws, "by_size": rows}))
        return
    if not rows:
        output().print("No practice of this run is tiered as measured.")
        return
    _print(rows, (record(opened) or {})["draws"])


def _print(rows: list[dict[str, Any]], draws: int) -> None:
    from openp4p.cli.cost import ranked_table
    from openp4p.reports.numbers import share

    table = ranked_table(
        f"Tiers on {draws:,} draws of the patients of each practice",
        "composite, size class", "practices", "change tier", "wrong", "of high", "of low",
        "reliability",
    )  # fmt: skip
    for row in rows:
        shares = (row[name] for name in ("changes", "wrong", "wrong_of_high", "wrong_of_low"))
        sure = "-" if row["reliability"] is None else f"{row['reliability']:.2f}"
        name = f"{row['kind']}, {row['size_class']}"
        table.add_row(name, f"{row['practices']:,}", *(share(value) for value in shares), sure)
    console = output()
    console.print(table)
    console.print(
        "change tier: expected share of practices that another draw would place elsewhere. wrong: "
        "expected share whose tier is not that of their true composite, of all, of those called "
        "high, of those called low. reliability: share of the variance of composites that is "
        "between practices; neither is known where there are too few of them.",
        soft_wrap=True,
        style="dim",
    )
