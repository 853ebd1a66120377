"""`openp4p convert`: claims of any format as tables of our own layout, with the ledger."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table

from openp4p.cli.options import Crosswalk, InputFormat, MemoryLimit, Threads
from openp4p.cli.terminal import messages, output
from openp4p.errors import UsageError

if TYPE_CHECKING:
    from openp4p.engine import Engine

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

    A folder of folders that were converted one by one is put together without reading the claims
    again, unless a person or a claim is in two of them: its files are linked.

    Example:

        openp4p convert cclf --out claims
    """
    from openp4p.claims.formats.canonical import NAME
    from openp4p.claims.joining import LEDGER
    from openp4p.engine import open_engine

    ledger = out.with_name(out.name + LEDGER)
    for made in (out, ledger):
        if made.exists():
            said = f"'{made}' exists already."
            raise UsageError(said, remedy="Name a folder that is not there.", code="options")
    draft = out.with_name(out.name + _DRAFT)
    shutil.rmtree(draft, ignore_errors=True)
    engine = open_engine("duckdb", threads=threads, memory_limit=memory_limit)
    asked = _Asked(folder, draft, threads, memory_limit)
    try:
        as_it_lies = format in (None, NAME) and crosswalk is None
        if not (as_it_lies and _joined(asked)):
            _read(asked, engine, format, crosswalk)
            _seal(asked)
        (draft / "ledger").mkdir()
        for name in _LEDGER:
            rows = engine.read_parquet(draft / "intake" / name)
            rows.to_csv(draft / "ledger" / f"{name}.csv")
        (draft / "ledger").rename(ledger)
        (draft / "tables").rename(out)
    finally:
        engine.close()
        shutil.rmtree(draft, ignore_errors=True)
    _print(out, ledger)


@dataclass(frozen=True)
class _Asked:
    """What is converted, and where to until it is whole."""

    folder: Path
    draft: Path
    threads: int | None
    memory_limit: str | None


def _joined(asked: _Asked) -> bool:
    """Whether the folder consists of converted ones, which are put together as they are."""
    from openp4p.claims.formats.workbench import Workbench
    from openp4p.claims.joining import converted_parts, in_common, join
    from openp4p.engine.embedded import within_memory

    parts = converted_parts(asked.folder)
    if not parts:
        return False
    messages().print(f"Comparing {len(parts)} converted folders ...", soft_wrap=True)
    again = "every row is read and checked again."
    broken = [part.folder.name for part in parts if not part.holds]
    if broken:
        said = f"Since they were converted, files or checks have changed ({', '.join(broken)})"
        messages().print(f"{said}: {again}", soft_wrap=True)
        return False
    bench = Workbench(asked.draft / "bench", asked.threads, asked.memory_limit)
    try:
        with within_memory():
            common = in_common(parts, bench)
            if common:
                said = f"Rows are in two of them ({', '.join(common)}): {again}"
                messages().print(said, soft_wrap=True)
                return False
            join(parts, bench, asked.draft / "tables", asked.draft / "intake")
    finally:
        bench.close()
    return True


def _read(asked: _Asked, engine: Engine, format: str | None, crosswalk: Path | None) -> None:
    """Check every row and write those that are used."""
    from openp4p.claims.intake import read_claims

    messages().print(f"Reading {asked.folder} ...", soft_wrap=True)
    claims = read_claims(
        asked.folder,
        engine,
        asked.draft / "intake",
        format=format,
        crosswalk=crosswalk,
        leave=False,
        threads=asked.threads,
        memory_limit=asked.memory_limit,
    )
    (asked.draft / "tables").mkdir()
    for name in sorted(claims.supplied):
        (asked.draft / "intake" / name).rename(asked.draft / "tables" / name)


def _seal(asked: _Asked) -> None:
    """Count what was written as a run would, once, and keep in the folder what was found."""
    from openp4p.claims.intake import MARKER, input_files, read_claims
    from openp4p.claims.seal import put_seal
    from openp4p.engine import open_engine

    messages().print("Counting what was written ...", soft_wrap=True)
    tables, intake = asked.draft / "tables", asked.draft / "second"
    engine = open_engine("duckdb", threads=asked.threads, memory_limit=asked.memory_limit)
    try:
        read_claims(
            tables,
            engine,
            intake,
            written_here=True,
            threads=asked.threads,
            memory_limit=asked.memory_limit,
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
