"""`openp4p simulate`: what another rule would do to whom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openp4p.cli.options import AsJson, MemoryLimit, RunFolder, Threads
from openp4p.cli.terminal import open_run, output, parts_shown
from openp4p.errors import UsageError

if TYPE_CHECKING:
    from openp4p.results import Run
    from openp4p.simulation.policy_report import Compared, Comparison
    from openp4p.simulation.variants import Variant


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(simulate)


def simulate(
    run: RunFolder,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="RULE=VALUE",
            help="A rule value or a choice changed, such as tiering.standard_deviations=0.5, "
            "payment.grid.10+.low.high=-0.06 or D3=earliest_service. All of them are one variant.",
        ),
    ] = None,
    from_: Annotated[
        int | None,
        typer.Option("--from", metavar="YEAR", help="The first payment year --set holds in."),
    ] = None,
    variants: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="YAML of variants; docs/simulate.md shows one."),
    ] = None,
    choices: Annotated[
        bool,
        typer.Option("--choices", help="Every alternative of the register, a variant each."),
    ] = False,
    decompose: Annotated[
        str | None,
        typer.Option(
            metavar="shapley|stated",
            help="Divide the result among the changes of a variant: by their mean part over all "
            "orders, or in the order given.",
        ),
    ] = None,
    practices: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="CSV with tin and kinds to compare by, such as rurality."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where a page, JSON and CSV files go."),
    ] = None,
    as_json: AsJson = False,
    threads: Threads = None,
    memory_limit: MemoryLimit = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing on the way.")] = False,
) -> None:
    """What if: variants of a run's program on its stored tables, and who moves under each.

    Only the stages that a change touches are computed again. The run is not changed.

    Examples:

        openp4p simulate run-2017 --set tiering.standard_deviations=0.5 --out what-if

        openp4p simulate run-2017 --choices
    """
    from openp4p.explain.as_json import json_indented
    from openp4p.reports.policy import plain, write_comparison
    from openp4p.simulation.policy_report import simulate as compared

    opened = open_run(run)
    asked = _asked(opened, set_, from_, variants, choices=choices)
    with parts_shown(quiet=quiet) as progress:
        found = compared(
            opened,
            asked,
            decompose=decompose,
            practices=practices,
            threads=threads,
            memory_limit=memory_limit,
            progress=progress,
            listed_only=choices,
        )
    page = write_comparison(found, out) if out is not None else None
    if as_json:
        typer.echo(json_indented(plain(found)))
        return
    _print(found)
    if page is not None:
        output().print(f"Written: {page}", soft_wrap=True)


def _asked(
    run: Run, set_: list[str] | None, from_: int | None, file: Path | None, *, choices: bool
) -> list[Variant]:
    from openp4p.simulation.variants import of_register, read_variants, stated

    if from_ is not None and not set_:
        raise UsageError(
            "--from says when --set begins, and there is no --set.",
            remedy="Variants in a file have a `from` of their own.",
            code="options",
        )
    found = [stated(set_, from_)] if set_ else []
    found += read_variants(file) if file is not None else []
    return found + (of_register(run.program) if choices else [])


def _print(found: Comparison) -> None:
    from openp4p.cli.cost import ranked_table
    from openp4p.reports.numbers import count, dollars

    table = ranked_table(
        "Practices that change, each variant beside the run",
        "variant", "quality tier", "cost tier", "adjustment", "dollars", "computed",
    )  # fmt: skip
    for one in found.variants:
        moved = one.changed
        table.add_row(
            one.name,
            *(count(moved[name]) for name in ("quality_tier", "cost_tier", "adjustment")),
            dollars(moved["dollars"]),
            f"{len(one.computed)} in {one.seconds:.1f} s",
        )
    console = output()
    console.print(table)
    if len(found.variants) == 1:
        _print_one(found.variants[0])
    for kind, why in found.lacking.items():
        console.print(f"Not compared by {kind}: {why}.", soft_wrap=True, style="dim")
    if found.not_computed:
        listed = ", ".join(found.not_computed)
        console.print(f"Listed, not computed by this version: {listed}.", soft_wrap=True)
    console.print(
        "dollars: every practice's difference, without its sign. computed: tables that had to be "
        "made anew.",
        soft_wrap=True,
        style="dim",
    )


def _print_one(one: Compared) -> None:
    """The variant in more detail: who moves, whose dollars, whose part."""
    from openp4p.cli.cost import ranked_table
    from openp4p.reports.numbers import count, dollars, moved
    from openp4p.reports.policy import written_outcome, written_part

    console = output()
    if one.note:
        console.print(one.note)
        return
    table = ranked_table("Who moves", "from, to", "practices")
    for kind, rows in one.movements.items():
        for row in rows:
            if row["from"] != row["to"]:
                named = f"{kind}: {row['from'] or 'not tiered'} to {row['to'] or 'not tiered'}"
                table.add_row(named, count(row["practices"]))
    console.print(table)
    table = ranked_table("Dollars by kind of practice", "kind", "practices", "run", "here", "more")
    for kind, rows in one.groups.items():
        for row in rows:
            if row["difference"]:
                sides = (dollars(row[f"dollars_{side}"]) for side in ("run", "variant"))
                name = f"{kind}: {row['group']}"
                table.add_row(name, count(row["practices"]), *sides, moved(row["difference"]))
    console.print(table)
    if one.parts:
        labels = [change.label for change in one.changes]
        numbers = [f"({number})" for number in range(1, len(labels) + 1)]
        table = ranked_table(f"Whose part it is ({one.method})", "", "all", *numbers)
        for row in one.parts:
            if row["difference"]:
                parts = [row["difference"], *(row["parts"][label] for label in labels)]
                said = (written_part(part, row["outcome"]) for part in parts)
                table.add_row(written_outcome(row["outcome"]), *said)
        console.print(table)
        for number, label in zip(numbers, labels, strict=True):
            console.print(f"{number} {label}", soft_wrap=True, style="dim")
