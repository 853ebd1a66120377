"""`openp4p check`: can a program be used, and does a run still hold what it said?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openp4p.cli.programs import choices_of
from openp4p.cli.terminal import messages, open_run, output, steps_shown
from openp4p.explain.words import dollars

if TYPE_CHECKING:
    from openp4p.program.definition import Program
    from openp4p.reports.money_trail import Trail
    from openp4p.results import Run

_BENEFICIARIES, _SEED = 400, 1
_POOL = Decimal(100_000)  # of a program that pays awards


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)


def check(
    target: Annotated[
        str, typer.Argument(metavar="PROGRAM/YEAR|RUN", help="A program, or a run folder.")
    ],
    choice: Annotated[
        list[str] | None,
        typer.Option(metavar="ID=OPTION", help="A choice to make otherwise. May be repeated."),
    ] = None,
    beneficiaries: Annotated[
        int, typer.Option(min=1, help="How many synthetic people to check a program on.")
    ] = _BENEFICIARIES,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only the exit code.")] = False,
) -> None:
    """Check a program or a run.

    A program: its files are read, then a small synthetic population full of contests is paid under
    it twice, by the engine and by a plain-Python reading of the rules, and every stage is compared.

    A run: every stored table is read again and held against the manifest, rows and dollars against
    each other, and the money of the claims, by class and month, against each table that holds it.
    Ends with exit code 1 when something does not agree.

    Examples:

        openp4p check medicare_value_modifier/2017

        openp4p check mine.yaml

        openp4p check run-2017
    """
    from openp4p.folder import MANIFEST

    if (Path(target) / MANIFEST).is_file():
        findings = _of_run(Path(target))
    else:
        findings = _of_program(target, choices_of(choice), beneficiaries, quiet=quiet)
    failed = total = 0
    for what, agrees, detail in findings:
        total, failed = total + 1, failed + (not agrees)
        if not quiet:
            said = f"{'ok  ' if agrees else 'FAIL'}  {what:<28} {detail}"
            output().print(said, style="" if agrees else "bold red", soft_wrap=True)
    if not quiet:
        summary = f"All {total} agree." if not failed else f"{failed} of {total} do not agree."
        output().print(summary, style="bold", soft_wrap=True)
    if failed:
        raise typer.Exit(1)


def _of_program(
    reference: str, choices: dict[str, str], beneficiaries: int, *, quiet: bool
) -> Iterator[tuple[str, bool, str]]:
    """The comparison of each stage with the reference, on a small population."""
    from openp4p.cli.agreement import agreements
    from openp4p.program.library import load_program

    program = load_program(reference, choices=choices)
    yield "program", True, f"{program.id}: every value is there and fits"
    with tempfile.TemporaryDirectory(prefix="openp4p-check-") as folder:
        run = _small_run(program, Path(folder), beneficiaries, quiet=quiet)
        for stage in agreements(run):
            same = f"{stage.rows:,} rows, the same from rules and engine"
            yield (
                stage.stage,
                stage.agrees,
                same if stage.agrees else f"differs in: {', '.join(stage.differing)}",
            )


def _small_run(program: Program, folder: Path, beneficiaries: int, *, quiet: bool) -> Run:
    from openp4p import run as runs
    from openp4p import synthetic
    from openp4p.engine import stages
    from openp4p.program.tables import COLUMNS

    with steps_shown(len(stages()) + len(COLUMNS) + 2, quiet=quiet) as progress:
        progress("synthetic population")
        synthetic.synthesize(beneficiaries, _SEED, folder / "population")
        return runs.run(
            runs.Request(
                program=program,
                input_folder=folder / "population",
                out=folder / "run",
                performance_period=synthetic.PERFORMANCE_YEAR,
                pool=None if program.award is None else _POOL,
                progress=progress,
            )
        )


def _of_run(folder: Path) -> Iterator[tuple[str, bool, str]]:
    """Stored tables against the manifest, and sums that must hold."""
    from openp4p.engine.fingerprint import DIGEST_BY, fingerprint
    from openp4p.identity import code_version
    from openp4p.reports.money_trail import money_trails

    run = open_run(folder)
    comparable = run.manifest["digest_by"] == DIGEST_BY
    if not comparable:
        messages().print(
            f"Note: the digests of this run are {run.manifest['digest_by']}'s; {DIGEST_BY} makes "
            "others, so only the rows of its tables are counted.",
            soft_wrap=True,
        )
    for name, said in run.manifest["tables"].items():
        rows, digest = fingerprint(folder / "tables" / name)
        agrees = rows == said["rows"] and (not comparable or digest == said["fingerprint"])
        yield name, agrees, f"{rows:,} rows" if agrees else "is not what the run stored"
    for row in run.rows("accounting"):
        agrees = row["rows_read"] == row["rows_used"] + row["rows_set_aside"]
        yield row["file"], agrees, f"{row['rows_read']:,} rows read = used + set aside"
    for trail in money_trails(run):
        yield f"money of {trail.table}", trail.agrees, _trail(trail)
    yield "budget", *_budget(run)
    if run.manifest["code_version"] != code_version():
        messages().print(
            "Note: this run was computed by another version of the code "
            f"({run.manifest['code_version']}).",
            soft_wrap=True,
        )


def _trail(trail: Trail) -> str:
    """Where the dollars of the claims are, or the first class and month in which some are not."""
    if not trail.agrees:
        first = trail.astray[0]
        return (
            f"{first['claim_class']} {first['year_month']}: {dollars(first['dollars'])} in the "
            f"claims, {dollars(first['found'])} here; {first['lost']:,} rows lost, "
            f"{first['changed']:,} changed, {first['made']:,} of no claim; {len(trail.astray):,} "
            "classes and months in all"
        )
    why = sorted(trail.reasons.items(), key=lambda item: -item[1])
    aside = "".join(f", {dollars(amount)} {reason}" for reason, amount in why if amount)
    return f"{dollars(trail.dollars)} by class and month: {dollars(trail.found)} here{aside}"


def _budget(run: Run) -> tuple[bool, str]:
    """Whether the ledger adds up to the balance or the fund, to the cent."""
    if run.program.award is not None:
        return _fund(run)
    balance = run.rows("balance")[0]
    amounts = [row["adjustment_amount"] for row in run.rows("payments")]
    down = sum((amount for amount in amounts if amount < 0), Decimal(0))
    up = sum((amount for amount in amounts if amount > 0), Decimal(0))
    agrees = (
        down == balance["downward_dollars"]
        and up == balance["upward_dollars"]
        and down + up + balance["residual_dollars"] == 0
    )
    return agrees, "payments add up to the balance to the cent" if agrees else "does not add up"


def _fund(run: Run) -> tuple[bool, str]:
    """Whether the bonuses and what returns are the pool, and nobody is paid less."""
    (fund,) = run.rows("award_fund")
    amounts = [row["adjustment_amount"] for row in run.rows("payments")]
    paid = sum(amounts, Decimal(0))
    agrees = (
        all(amount >= 0 for amount in amounts)
        and paid == fund["awarded_dollars"]
        and paid + fund["unused_dollars"] == fund["pool"]
        and fund["largest_liability"] <= fund["pool"]
    )
    return agrees, "bonuses and what returns are the pool" if agrees else "does not add up"
