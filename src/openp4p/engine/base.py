"""What the rest of the project asks of an engine, and the list of engines there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import ibis.expr.types as ir
import pyarrow as pa

from openp4p.engine.limits import size_in_bytes
from openp4p.engine.slices import Slice
from openp4p.errors import UsageError

Row = Mapping[str, object]


class Engine(Protocol):
    """A place where table expressions are computed and stored as Parquet folders."""

    name: str
    # whether it computes in processes of its own, which are children of this one
    has_processes: bool

    def read_parquet(self, *paths: Path) -> ir.Table:
        """The rows of Parquet files of the same columns, or of the files of a folder."""

    def read_csv(self, path: Path) -> ir.Table:
        """The rows of a CSV file (plain or gzip), every column as text, blank as null."""

    def table(self, rows: Iterable[Row], columns: Mapping[str, str]) -> ir.Table:
        """A small table made from Python rows, with the declared columns."""

    def slices(self, table: ir.Table, column: str) -> tuple[Slice, ...]:
        """Ranges of a key that fit the memory one by one; none where the whole may be computed."""

    def of_slice(self, table: ir.Table, column: str) -> ir.Table:
        """The rows of the slice that `store` is computing."""

    def store(self, expression: ir.Table, folder: Path, slices: Sequence[Slice] = ()) -> None:
        """Compute the expression and write it as Parquet files into a new folder.

        With slices, one after the other: the expression is then made of what `of_slice` gave.
        """

    def rows(self, expression: ir.Table) -> pa.Table:
        """The computed rows, for small results only."""

    def sql(self, expression: ir.Table) -> str:
        """The SQL this engine runs for the expression."""

    def close(self) -> None:
        """Give back memory, temporary files and processes."""


def open_engine(
    name: str = "duckdb",
    *,
    threads: int | None = None,
    memory_limit: str | None = None,
    spill_folder: Path | None = None,
    master: str | None = None,
) -> Engine:
    """The engine of that name (`duckdb`, or `spark` when its extra is installed).

    `memory_limit` is a size such as 8GB or a share such as 60%: of what DuckDB holds before it goes
    to disk, and of the Java machine of a Spark session that is started on this machine.
    """
    if memory_limit is not None:
        size_in_bytes(memory_limit)  # refused here, in words, before anything is opened
    if name == "duckdb":
        from openp4p.engine.duckdb import DuckDB

        return DuckDB(threads=threads, memory_limit=memory_limit, spill_folder=spill_folder)
    if name == "spark":
        from openp4p.engine.spark import Spark

        return Spark(threads=threads, master=master, memory_limit=memory_limit)
    raise UsageError(
        f"Unknown engine '{name}'.", remedy="Choose one of: duckdb, spark.", code="unknown-engine"
    )
