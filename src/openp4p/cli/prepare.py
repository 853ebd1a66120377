"""`openp4p prepare`: where a practice stands, how sure that is, what moves it, what is at stake."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openp4p.cli.options import AsJson
from openp4p.cli.programs import choices_of
from openp4p.cli.terminal import open_run, output
from openp4p.errors import UsageError

if TYPE_CHECKING:
    from openp4p.simulation.practice import Prepared

_MOST_MOVES = 8  # of each direction, on the terminal


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(prepare)


def prepare(
    target: Annotated[
        str, typer.Argument(metavar="PROGRAM/YEAR|RUN", help="A program's year, or a run folder.")
    ],
    rates: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The filled-in rates of a practice.")
    ] = None,
    template: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write an example of that file to edit.")
    ] = None,
    benchmarks: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Take the template's benchmarks from a run.")
    ] = None,
    tin: Annotated[str | None, typer.Option(metavar="TIN", help="The practice, of a run.")] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="PAGE", help="Also write a page with sliders that works offline."),
    ] = None,
    choice: Annotated[
        list[str] | None,
        typer.Option(metavar="ID=OPTION", help="A choice to make otherwise. May be repeated."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Prepare a practice: its tier, how likely each is, what would change it, what is at stake.

    From a file that the practice fills in, for which --template writes an example, or from a
    finished run.

    Examples:

        openp4p prepare medicare_value_modifier/2017 --template rates.csv

        openp4p prepare medicare_value_modifier/2017 --rates rates.csv --html prepare.html

        openp4p prepare run-2017 --tin TIN
    """
    from openp4p.folder import MANIFEST

    if (Path(target) / MANIFEST).is_file():
        _refuse_for_run(rates, template, choice, tin)
        from openp4p.simulation.practice import prepare_from_run

        found = prepare_from_run(open_run(Path(target)), tin or "")
    else:
        if (rates is None) == (template is None) or tin is not None:
            raise UsageError(
                "A program is prepared for with a file of rates.",
                remedy="Give --template FILE to get one to edit, or --rates FILE to read it; "
                "--tin goes with a run.",
                code="options",
            )
        program = _program(target, choice)
        if template is not None:
            _template(template, program, benchmarks)
            return
        from openp4p.simulation.practice import prepare as of_file

        assert rates is not None, "one of the two was given"
        found = of_file(program, rates)
    if html is not None:
        from openp4p.reports.prepare import write_page

        write_page(found, html)
    if as_json:
        from openp4p.explain.as_json import json_indented

        typer.echo(json_indented(found.said))
        return
    _print(found)
    if html is not None:
        output().print(f"\nThe page: {html}", soft_wrap=True)


def _refuse_for_run(
    rates: Path | None, template: Path | None, choice: list[str] | None, tin: str | None
) -> None:
    if tin is None or rates or template or choice:
        raise UsageError(
            "Of a run one practice is prepared, under the run's own rules.",
            remedy="Give --tin TIN, without --rates, --template and --choice.",
            code="options",
        )


def _program(target: str, choice: list[str] | None) -> Any:  # noqa: ANN401  # a Program
    from openp4p.program.library import load_program
    from openp4p.simulation.practice import check_tiers

    program = load_program(target, choices=choices_of(choice))
    check_tiers(program)
    return program


def _template(path: Path, program: Any, benchmarks: Path | None) -> None:  # noqa: ANN401  # as above
    from openp4p.simulation.rates_template import benchmarks_of_run, write_template

    known = None if benchmarks is None else benchmarks_of_run(open_run(benchmarks))
    number = write_template(path, program, known)
    output().print(
        f"{path}: an example practice and all {number:,} measures of the year. Put your own "
        f"numbers in their place, then: openp4p prepare {program.id} --rates {path}",
        soft_wrap=True,
    )


def _print(found: Prepared) -> None:
    from openp4p.reports import numbers

    said, console = found.said, output()
    who = f"practice {said['tin']}" if said["tin"] else "the practice of the rates file"
    console.print(f"Payment year {said['payment_year']}: {who}", style="bold")
    for note in said["notes"]:
        console.print(note, style="yellow", soft_wrap=True)
    tier, paid = said["tier"], said["adjustment"]
    console.print(f"Tier: {tier['quality']} quality, {tier['cost']} cost", soft_wrap=True)
    for kind in ("quality", "cost"):
        console.print(f"  {_composite(kind, tier[f'{kind}_composite'])}", soft_wrap=True)
    name = numbers.adjustment_name(paid["fraction"], paid["multiple"])
    console.print(
        f"Pays: {name} of {numbers.cents(said['paid_amount'])}: {numbers.cents(paid['dollars'])} "
        f"(basis: {paid['basis'].replace('_', ' ')}; x = {numbers.factor(paid['factor'])})",
        soft_wrap=True,
    )
    console.print()
    console.print(_grid(said))
    console.print(f"{_draws(said['redraw'])}\n", style="dim", soft_wrap=True)
    _print_moves(said["moves"])
    console.print(_stakes(said["stakes"]) if said["stakes"] else "Nothing is at stake.")
    _print_reporting(said["reporting"])


def _composite(kind: str, found: dict[str, Any] | None) -> str:
    if found is None:
        return f"no {kind} composite: no measure is scored, which counts as average"
    error = found["standard_error"]
    sure = "not known" if error is None else f"{error:.2f}"
    return f"{kind} composite {found['value']:+.2f} (standard error {sure})"


def _draws(redraw: dict[str, Any]) -> str:
    if redraw["of"] == "beneficiaries":
        return f"Of {redraw['draws']:,} draws of the practice's beneficiaries, stored in the run."
    if redraw["of"] == "measures":
        return f"Of {redraw['draws']:,} draws of patients, measure by measure."
    return "The tiers are settled and follow no draw."


def _grid(said: Mapping[str, Any]) -> Any:  # noqa: ANN401  # a table
    from openp4p.cli.cost import ranked_table
    from openp4p.reports.numbers import share

    chances = {(c["quality"], c["cost"]): c["probability"] for c in said["tier_probabilities"]}
    table = ranked_table(
        "Probability of each tier on another draw", "quality", "low cost", "average", "high"
    )
    for quality in ("high", "average", "low"):
        table.add_row(
            quality, *(share(chances[quality, cost]) for cost in ("low", "average", "high"))
        )
    return table


def _print_moves(rows: list[dict[str, Any]]) -> None:
    from openp4p.reports.numbers import cents

    for direction, title in (("better", "For the better"), ("worse", "For the worse")):
        mine = [row for row in rows if row["direction"] == direction and row["count"] is not None]
        if mine:
            output().print(title, style="bold")
        for row in mine[:_MOST_MOVES]:
            output().print(
                f"  {row['words']} It would pay {cents(row['dollars'])}.", soft_wrap=True
            )
        if len(mine) > _MOST_MOVES:
            output().print(f"  and {len(mine) - _MOST_MOVES} more (--json, --html)", style="dim")
    never = len([row for row in rows if row["count"] is None])
    if never:
        output().print(f"{never} more changes of one measure alone move no tier.", style="dim")
    output().print()


def _stakes(rows: list[dict[str, Any]]) -> Any:  # noqa: ANN401  # a table
    from openp4p.cli.cost import ranked_table
    from openp4p.reports.numbers import cents, factor

    table = ranked_table("At stake", "factor x", "now", "expected", "worst tier", "best tier")
    names = ("dollars", "expected_dollars", "lowest_dollars", "highest_dollars")
    for row in rows:
        table.add_row(factor(row["factor"]), *(cents(row[name]) for name in names))
    return table


def _print_reporting(found: dict[str, Any] | None) -> None:
    from openp4p.cli.cost import ranked_table
    from openp4p.reports.numbers import cents

    if found is None:
        return
    console, share = output(), found["share"]
    console.print()
    table = ranked_table("Ways to report", "way", "category", "bonus", "pays")
    for row in found["choices"]:
        bonus = f"+{Decimal(row['high_risk_bonus']):g}x" if row["high_risk_bonus"] else "-"
        table.add_row(row["way"], str(row["category"]), bonus, cents(row["dollars"]))
    console.print(table)
    if share["needed"] is not None:
        console.print(
            f"{share['satisfactory']:,} of {share['professionals']:,} professionals report as "
            f"individuals; {share['needed']:,} are needed when the group does not report.",
            soft_wrap=True,
        )
    for row in found["minimum_cases"]:
        if row["short_by"]:
            other = row["otherwise"]
            console.print(
                f"{row['name']} ({row['measure']}) lacks {row['short_by']:,} of "
                f"{row['minimum_cases']:,} cases; scored as it is, quality would be "
                f"{other['quality']} and cost {other['cost']}.",
                soft_wrap=True,
            )
