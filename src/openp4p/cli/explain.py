"""`openp4p explain`: where a number comes from, down to its rows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from openp4p.cli.options import RunFolder, Tin
from openp4p.cli.terminal import open_run, output

if TYPE_CHECKING:
    from openp4p.explain import Explanation
    from openp4p.results import Run

group = typer.Typer(
    help="Why a number is what it is: a sentence, the rule and its source, and the rows.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Json = Annotated[bool, typer.Option("--json", help="Everything, with every row, as one object.")]
Rows = Annotated[
    int, typer.Option(min=0, help="How many rows to print below each step (--json has them all).")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="explain")


@group.command()
def attribution(
    run: RunFolder,
    beneficiary: Annotated[str, typer.Option(metavar="ID", help="The beneficiary.")],
    rows: Rows = 10,
    json: Json = False,
) -> None:
    """Why a beneficiary belongs to a practice, or to none.

    Example:

        openp4p explain attribution run-2017 --beneficiary B0000012
    """
    from openp4p.explain import why_attributed

    _print(why_attributed(open_run(run), beneficiary), rows, json=json)


@group.command()
def rate(
    run: RunFolder,
    tin: Tin,
    measure: Annotated[str, typer.Option(metavar="ID", help="The measure: acute_pqi.")],
    rows: Rows = 10,
    json: Json = False,
) -> None:
    """Why a practice has its rate on a measure.

    Example:

        openp4p explain rate run-2017 --tin T000000012 --measure acute_pqi
    """
    from openp4p.explain import why_rate

    _print(why_rate(open_run(run), tin, measure), rows, json=json)


@group.command()
def case(
    run: RunFolder,
    beneficiary: Annotated[str, typer.Option(metavar="ID", help="The beneficiary.")],
    measure: Annotated[str, typer.Option(metavar="ID", help="The measure: diabetes_cost.")],
    rows: Rows = 10,
    json: Json = False,
) -> None:
    """How a beneficiary counts in a measure of cost or of outcomes, or why it does not.

    Example:

        openp4p explain case run-2017 --beneficiary B0000012 --measure diabetes_cost
    """
    from openp4p.explain import why_case

    _print(why_case(open_run(run), beneficiary, measure), rows, json=json)


@group.command()
def tier(run: RunFolder, tin: Tin, rows: Rows = 10, json: Json = False) -> None:
    """Why a practice has its quality tier and its cost tier.

    Example:

        openp4p explain tier run-2017 --tin T000000012
    """
    from openp4p.explain import why_tier

    opened = open_run(run)
    _print(why_tier(opened, tin), rows, json=json, below=_how_sure(opened, tin))


@group.command()
def adjustment(run: RunFolder, tin: Tin, rows: Rows = 10, json: Json = False) -> None:
    """Why a practice is paid more, less or the same.

    Example:

        openp4p explain adjustment run-2017 --tin T000000012
    """
    from openp4p.explain import why_adjustment

    opened = open_run(run)
    _print(why_adjustment(opened, tin), rows, json=json, below=_how_sure(opened, tin))


def _how_sure(run: Run, tin: str) -> str:
    """What is said of the chance in a practice's tiers; a program of awards has none."""
    from openp4p.reports.tier_certainty import beside_explanation

    return "" if run.program.award is not None else beside_explanation(run, tin)


def _print(explanation: Explanation, rows: int, *, json: bool, below: str = "") -> None:
    if json:
        sys.stdout.write(explanation.to_json() + "\n")
    else:
        text = explanation.to_text(width=output().width, rows=rows)
        sys.stdout.write(text + "\n" + (f"\n{below}\n" if below else ""))
