"""`openp4p quality`: how good a practice's care is, by measure and domain."""

from __future__ import annotations

import csv as csv_files
import sys
from typing import Annotated, Any

import typer
from rich.table import Table

from openp4p.cli.cost import ranked_table
from openp4p.cli.options import AsJson, RunFolder, Tin
from openp4p.cli.terminal import open_run, output

_COLUMNS = (
    "of", "measure", "name", "domain", "better", "unit", "cases", "minimum_cases", "rate",
    "benchmark", "standard_deviation", "benchmark_source", "score", "is_scored", "reason",
)  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(quality)


def quality(
    run: RunFolder,
    tin: Tin,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="The measures as CSV.")] = False,
) -> None:
    """How good the care of a practice is: its measures by domain, its peers, its composite.

    Scores are standard deviations from the benchmark; above 0 is better than the benchmark,
    whichever way the measure points.

    Example:

        openp4p quality run-2017 --tin T000000012
    """
    from openp4p.explain.as_json import json_indented
    from openp4p.reports.practice_quality import practice_quality

    found = practice_quality(open_run(run), tin)
    if as_json:
        typer.echo(json_indented(found))
    elif as_csv:
        writer = csv_files.writer(sys.stdout, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for row in found["measures"]:
            writer.writerow(["" if row[name] is None else row[name] for name in _COLUMNS])
    else:
        _print(found)


def _print(found: dict[str, Any]) -> None:
    console = output()
    console.print(f"Quality of care of practice {found['tin']}", style="bold")
    if found["entity_id"]:
        console.print(f"Scored with what its ACO {found['entity_id']} reported.", soft_wrap=True)
    console.print(_composite(found), soft_wrap=True)
    console.print()
    console.print(_measures(found))
    for rows, made in ((found["domains"], _domains), (found["readmission_cohorts"], _cohorts)):
        if rows:
            console.print()
            console.print(made(rows))
    if any(row["discharges"] for row in found["follow_up"]):
        console.print()
        console.print(_follow_up(found["follow_up"]), soft_wrap=True)
    console.print(
        "Score: standard deviations from the benchmark, above 0 is better. Each measure counts the "
        "same in its domain, each domain the same in the composite.",
        soft_wrap=True,
        style="dim",
    )


def _composite(found: dict[str, Any]) -> str:
    if found["composite"] is None:
        return "It has no quality composite: no measure could be scored."
    error = found["standard_error"]
    spread = "" if error is None else f" (standard error {error:.2f})"
    return f"Quality composite {found['composite']:+.2f} standard deviations from peers{spread}."


def _measures(found: dict[str, Any]) -> Table:
    from openp4p.reports.meanings import in_english
    from openp4p.reports.practice_quality import domain_name, in_unit

    table = ranked_table("Measures", "measure", "cases", "rate", "benchmark", "better", "score")
    domain = None
    for row in found["measures"]:
        if row["domain"] != domain:
            domain = row["domain"]
            table.add_row(domain_name(domain), style="bold")
        few = row["cases"] < row["minimum_cases"]
        cases = f"{row['cases']:,}" + (f" (of {row['minimum_cases']})" if few else "")
        score = f"{row['score']:+.2f}" if row["is_scored"] else in_english(row["reason"])
        table.add_row(
            f"  {row['name']}",
            cases,
            in_unit(row["rate"], row["unit"]),
            in_unit(row["benchmark"], row["unit"]),
            row["better"],
            score,
        )
    return table


def _cohorts(rows: list[dict[str, Any]]) -> Table:
    table = ranked_table(
        "Readmissions within 30 days", "cohort", "stays", "readmitted", "expected", "ratio"
    )
    for row in rows:
        table.add_row(
            row["cohort"].replace("_", " and "),
            f"{row['stays']:,}",
            f"{row['readmissions']:,}",
            f"{row['expected']:.1f}",
            f"{row['ratio']:.2f}",
        )
    return table


def _follow_up(rows: list[dict[str, Any]]) -> str:
    shares = [f"{100 * row['share']:.0f}% within {row['days']} days" for row in rows]
    discharges = rows[0]["discharges"]
    return f"Seen after its {discharges:,} discharges home: {', '.join(shares)}."


def _domains(rows: list[dict[str, Any]]) -> Table:
    table = ranked_table("Domains", "domain", "measures", "score")
    for row in rows:
        table.add_row(row["name"], f"{row['measures']:,}", f"{row['score']:+.2f}")
    return table
