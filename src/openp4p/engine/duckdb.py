"""The embedded engine: DuckDB in this process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from openp4p.engine.base import Row
from openp4p.engine.embedded import within_memory, without_progress_bar


class DuckDB:
    """DuckDB with a memory limit and a spill folder."""

    name = "duckdb"
    has_processes = False

    def __init__(
        self,
        threads: int | None = None,
        memory_limit: str | None = None,
        spill_folder: Path | None = None,
    ) -> None:
        settings: dict[str, object] = {"preserve_insertion_order": False}
        if threads is not None:
            settings["threads"] = threads
        if memory_limit is not None:
            settings["memory_limit"] = memory_limit
        if spill_folder is not None:
            settings["temp_directory"] = str(spill_folder)
        self.connection = ibis.duckdb.connect(**settings)
        without_progress_bar(self.connection.raw_sql)

    def read_parquet(self, path: Path) -> ir.Table:
        """The rows of a Parquet file, or of a folder of Parquet files."""
        return self.connection.read_parquet(str(path / "*.parquet") if path.is_dir() else str(path))

    def read_csv(self, path: Path) -> ir.Table:
        """The rows of a CSV file, every column as text, blank as null."""
        return self.connection.read_csv(str(path), all_varchar=True, header=True)

    def table(self, rows: Iterable[Row], columns: Mapping[str, str]) -> ir.Table:
        """A small table made from Python rows, with the declared columns."""
        return ibis.memtable(arrow_table(rows, columns))

    def store(self, expression: ir.Table, folder: Path, order_by: tuple[str, ...] = ()) -> None:
        """Compute the expression and write it as one Parquet file into a new folder."""
        folder.mkdir(parents=True)
        ordered = expression.order_by(list(order_by)) if order_by else expression
        view = ibis.util.gen_name("stored")
        self.connection.create_view(view, ordered)
        try:
            with within_memory():
                self.connection.raw_sql(
                    f"COPY (SELECT {self._typed(expression)} FROM {view}) "  # noqa: S608  # our own names
                    f"TO '{_quoted(folder / 'part-0.parquet')}' "
                    "(FORMAT parquet, COMPRESSION snappy)"
                )
        finally:
            self.connection.drop_view(view)

    def _typed(self, expression: ir.Table) -> str:
        """The columns in the types Ibis believes they have: here a sum of whole numbers is wider
        and a literal 1.0 a decimal, and they would be stored as that."""
        name_of = self.connection.compiler.type_mapper.to_string
        columns = expression.schema().items()
        return ", ".join(f'CAST("{c}" AS {name_of(kind)}) AS "{c}"' for c, kind in columns)

    def rows(self, expression: ir.Table) -> pa.Table:
        """The computed rows, for small results only."""
        with within_memory():
            return self.connection.to_pyarrow(expression)

    def sql(self, expression: ir.Table) -> str:
        """The SQL this engine runs for the expression."""
        return str(ibis.to_sql(expression, dialect="duckdb"))

    def close(self) -> None:
        """Give back memory and temporary files."""
        self.connection.disconnect()


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def arrow_table(rows: Iterable[Row], columns: Mapping[str, str]) -> pa.Table:
    """An Arrow table of Python rows with the declared columns; missing values are null."""
    schema = ibis.schema(dict(columns)).to_pyarrow()
    listed = [{name: row.get(name) for name in columns} for row in rows]
    return pa.Table.from_pylist(listed, schema=schema)
