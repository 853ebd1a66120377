"""`openp4p remittance` and `openp4p reconcile`: what a payer is told, and what comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table

from openp4p.cli.options import RunFolder
from openp4p.cli.terminal import messages, output
from openp4p.errors import UsageError

if TYPE_CHECKING:
    from openp4p.reports.remittance import Reconciled

_MOST_SHOWN = 20
_DIFFERENCE = 1  # exit code of a check that fails


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(remittance)
    app.command()(reconcile)


def remittance(
    run: RunFolder,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The CSV to write.")],
) -> None:
    """Write the payer's file: each practice with the factor to apply, amounts and codes.

    Example:

        openp4p remittance run-2017 --out remittance.csv
    """
    from openp4p.explain.words import dollars
    from openp4p.reports.remittance import remittance as write
    from openp4p.results import Run

    opened = Run.open(run)
    with _writing(out):
        told = write(opened, out)
    if opened.stamp:
        messages().print(f"Provisional, not to be paid on: {opened.stamp}", soft_wrap=True)
    output().print(
        f"{told.practices:,} practices, {told.adjusted:,} of them adjusted: "
        f"{dollars(told.upward)} up, {dollars(told.downward)} down; {out}",
        soft_wrap=True,
    )


def reconcile(
    run: RunFolder,
    lines: Annotated[
        Path, typer.Option(metavar="FILE", help="CSV of the claim lines that were adjusted.")
    ],
    service_year: Annotated[
        int | None, typer.Option(metavar="YEAR", help="Of the services; left out: payment year.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="practices.csv, reasons.csv and differences.csv."),
    ] = None,
) -> None:
    """Hold the claim lines that a payer adjusted against the run, to the cent.

    Exit code 1 when anything differs, with the reasons by practice.

    Example:

        openp4p reconcile run-2017 --lines returned.csv --out reconciled
    """
    from openp4p.reports.remittance import reconciled
    from openp4p.reports.remittance.lines import returned_lines
    from openp4p.results import Run

    opened = Run.open(run)
    found = reconciled(opened, returned_lines(lines, opened.engine), service_year)
    _print(found)
    if out is not None:
        with _writing(out):
            _write(found, out)
    if not found.agrees:
        raise typer.Exit(_DIFFERENCE)


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"'{out}' cannot be written: {error.strerror}.",
            remedy="Name a place in a folder that exists.",
            code="cannot-write",
        ) from error


def _print(found: Reconciled) -> None:
    from openp4p.explain.words import dollars
    from openp4p.reports.remittance.reconciliation import REASONS

    console = output()
    lines = sum(row["lines_seen"] for row in found.practices)
    expected, seen = (
        sum(row[name] for row in found.practices) for name in ("expected_amount", "seen_amount")
    )
    cents = sum(row["difference_cents"] for row in found.practices)
    console.print(
        f"{lines:,} lines of {len(found.practices):,} practices, services of {found.year}: "
        f"expected {dollars(expected)}, seen {dollars(seen)}, difference {cents:,} cents.",
        soft_wrap=True,
    )
    if not found.knows_lines:
        console.print(
            f"The run holds no claims of {found.year}: a line that is missing cannot be known.",
            soft_wrap=True,
        )
    if found.agrees:
        console.print("Every line agrees.")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in ("practice", "reason"):
        table.add_column(heading)
    for heading in ("lines", "cents"):
        table.add_column(heading, justify="right", no_wrap=True)
    largest = sorted(found.reasons, key=lambda row: (-abs(row["difference_cents"]), row["tin"]))
    for row in largest[:_MOST_SHOWN]:
        table.add_row(row["tin"], REASONS[row["reason"]], f"{row['lines']:,}",
                      f"{row['difference_cents']:,}")  # fmt: skip
    console.print(table)
    if len(largest) > _MOST_SHOWN:
        console.print(f"and {len(largest) - _MOST_SHOWN:,} more; --out FOLDER writes all of them.")


def _write(found: Reconciled, out: Path) -> None:
    from openp4p.reports.qrur.as_csv import exact, written
    from openp4p.reports.remittance.reconciliation import COLUMNS

    out.mkdir(parents=True, exist_ok=True)
    for name, rows in (
        ("practices", found.practices), ("reasons", found.reasons), ("differences", found.lines),
    ):  # fmt: skip
        columns = COLUMNS[name]
        cells = [[exact(row[column]) for column in columns] for row in rows]
        (out / f"{name}.csv").write_text(written(columns, cells), encoding="utf-8")
    output().print(f"practices.csv, reasons.csv and differences.csv are in {out}.", soft_wrap=True)
