"""The embedded engine: DuckDB in this process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from openp4p.engine.base import Row
from openp4p.engine.embedded import within_memory, without_progress_bar
from openp4p.engine.limits import size_in_bytes
from openp4p.engine.slices import Slice, between, of_slice

# claims of two years in the largest of the stages, with room for what is sorted
BYTES_A_PERSON = 24_000
# more at once are not faster: what is joined no longer lies near the processor
MOST_PEOPLE = 100_000
_SAMPLE = 4096  # keys of each slice that are looked at to part them


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
        # a file of many parts is opened once for each slice
        self.connection.raw_sql("LOAD parquet")
        self.connection.raw_sql("SET parquet_metadata_cache = true")
        # stages write the smaller table on the right, and guesses of what filters leave are often
        # wrong; slices are ranges, so a window needs no plan for each range of the whole
        self.connection.raw_sql(
            "SET disabled_optimizers = 'build_side_probe_side,partitioned_execution'"
        )

    def read_parquet(self, path: Path) -> ir.Table:
        """The rows of a Parquet file, or of a folder of Parquet files."""
        return self.connection.read_parquet(str(path / "*.parquet") if path.is_dir() else str(path))

    def read_csv(self, path: Path) -> ir.Table:
        """The rows of a CSV file, every column as text, blank as null."""
        return self.connection.read_csv(str(path), all_varchar=True, header=True)

    def table(self, rows: Iterable[Row], columns: Mapping[str, str]) -> ir.Table:
        """A small table made from Python rows, with the declared columns."""
        return ibis.memtable(arrow_table(rows, columns))

    def slices(self, table: ir.Table, column: str) -> tuple[Slice, ...]:
        """Ranges of a key of about as many rows as the memory holds people; none for fewer."""
        rows = self.rows(table.agg(n=table.count()))["n"][0].as_py()
        number = -(-rows // self.people_at_once())
        if number < 2:  # all at once
            return ()
        # the same keys every time, spread as all of them are
        one_in = max(1, rows // (number * _SAMPLE))
        key = table[column]
        some = self.rows(table.filter(key.hash() % one_in == 0).select(key))
        keys = sorted({str(value) for value in some[column].to_pylist() if value is not None})
        return between([keys[len(keys) * n // number] for n in range(1, number)] if keys else [])

    def people_at_once(self) -> int:
        """How many people's claims the memory holds."""
        asked = self.connection.raw_sql("SELECT current_setting('memory_limit')")
        held = size_in_bytes(str(asked.fetchall()[0][0])) // BYTES_A_PERSON
        return min(max(held, 1), MOST_PEOPLE)

    def of_slice(self, table: ir.Table, column: str) -> ir.Table:
        """The rows of the slice that is being computed."""
        return of_slice(table, column)

    def store(self, expression: ir.Table, folder: Path, slices: Sequence[Slice] = ()) -> None:
        """Compute the expression and write it into a new folder, a Parquet file for each slice."""
        folder.mkdir(parents=True)
        view = ibis.util.gen_name("stored")
        self.connection.create_view(view, expression)
        try:
            for number, one in enumerate(slices or between(())):
                with within_memory():
                    for statement in one.chosen():
                        self.connection.raw_sql(statement)
                    self.connection.raw_sql(
                        f"COPY (SELECT {self._typed(expression)} FROM {view}) "  # noqa: S608  # our own names
                        f"TO '{_quoted(folder / f'part-{number}.parquet')}' "
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
