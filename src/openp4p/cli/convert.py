"""`openp4p convert`: claims of any format as tables of our own layout, with the ledger."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from openp4p.cli.options import Crosswalk, InputFormat, MemoryLimit, Threads
from openp4p.cli.terminal import messages, output
from openp4p.errors import UsageError

_DRAFT = ".draft"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(convert)


def convert(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder with the claims.")],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="The folder to make.")],
    format: InputFormat = None,
    crosswalk: Crosswalk = None,
    threads: Threads = None,
    memory_limit: MemoryLimit = None,
) -> None:
    """Write the claims of a folder as Parquet tables of our own layout, which a run reads as well.

    The ledger of what was read, used and set aside goes to a folder beside, FOLDER-ledger. Every
    row is checked once, and what is written is sealed: no run checks it again while its files stay
    as they are. A folder that exists already is left as it is.

    Example:

        openp4p convert cclf --out claims
    """
    from openp4p.claims.intake import read_claims
    from openp4p.engine import open_engine

    ledger = out.with_name(out.name + "-ledger")
    for made in (out, ledger):
        if made.exists():
            said = f"'{made}' exists already."
            raise UsageError(said, remedy="Name a folder that is not there.", code="options")
    draft = out.with_name(out.name + _DRAFT)
    shutil.rmtree(draft, ignore_errors=True)
    engine = open_engine("duckdb", threads=threads, memory_limit=memory_limit)
    messages().print(f"Reading {folder} ...", soft_wrap=True)
    try:
        claims = read_claims(
            folder,
            engine,
            draft / "intake",
            format=format,
            crosswalk=crosswalk,
            leave=False,
            threads=threads,
            memory_limit=memory_limit,
        )
        (draft / "tables").mkdir()
        for name in sorted(claims.supplied):
            (draft / "intake" / name).rename(draft / "tables" / name)
        (draft / "ledger").mkdir()
        for name in _LEDGER:
            rows = engine.read_parquet(draft / "intake" / name)
            rows.to_csv(draft / "ledger" / f"{name}.csv")
        _seal(draft / "tables", draft / "second", threads, memory_limit)
        (draft / "ledger").rename(ledger)
        (draft / "tables").rename(out)
    finally:
        engine.close()
        shutil.rmtree(draft, ignore_errors=True)
    _print(out, ledger)


def _seal(tables: Path, intake: Path, threads: int | None, memory_limit: str | None) -> None:
    """Count what was written as a run would, once, and keep in the folder what was found."""
    from openp4p.claims.intake import MARKER, input_files, read_claims
    from openp4p.claims.seal import put_seal
    from openp4p.engine import open_engine

    messages().print("Counting what was written ...", soft_wrap=True)
    engine = open_engine("duckdb", threads=threads, memory_limit=memory_limit)
    try:
        read_claims(
            tables,
            engine,
            intake,
            written_here=True,
            threads=threads,
            memory_limit=memory_limit,
        )
    finally:
        engine.close()
    if not put_seal(tables, intake, MARKER, input_files(tables)):
        messages().print("Not sealed: a run will check the rows again.", soft_wrap=True)


_LEDGER = (
    *("accounting", "accounting_reasons", "accounting_money"),
    *("quarantine", "intake_warnings", "intake_notes"),
)


def _print(out: Path, ledger: Path) -> None:
    import csv

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("file", overflow="fold")
    for heading in ("rows read", "used", "set aside"):
        table.add_column(heading, justify="right", no_wrap=True)
    with (ledger / "accounting.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            counts = (row["rows_read"], row["rows_used"], row["rows_set_aside"])
            table.add_row(row["file"], *(f"{int(count):,}" for count in counts))
    output().print(table)
    output().print(f"\nWritten: {out}, {ledger}", style="bold", soft_wrap=True)
