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
from openp4p.engine.parted import PartedTable, of_expression
from openp4p.engine.slices import Slice, between, evenly, of_slice
from openp4p.engine.sql_text import literal
from openp4p.engine.written import parquet

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
        self._parted: dict[str, PartedTable] = {}
        without_progress_bar(self.connection.raw_sql)
        # a file of many parts is opened once for each slice
        self.connection.raw_sql("LOAD parquet")
        self.connection.raw_sql("SET parquet_metadata_cache = true")
        # stages write the smaller table on the right, and guesses of what filters leave are often
        # wrong; slices are ranges, so a window needs no plan for each range of the whole
        self.connection.raw_sql(
            "SET disabled_optimizers = 'build_side_probe_side,partitioned_execution'"
        )

    def read_parquet(self, *paths: Path) -> ir.Table:
        """The rows of Parquet files of the same columns, or of the files of a folder."""
        files = [file for path in paths for file in _files(path)]
        if len(files) == 1:
            return self.connection.read_parquet(str(files[0]))
        table = PartedTable(ibis.util.gen_name("parted"), files)
        for statement in table.created():
            self._run(statement)
        self._parted[table.name] = table
        return self.connection.table(table.name)

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
        return between(column, evenly(keys, number))

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
        parted = of_expression(expression, slices[0].column, self._parted) if slices else []
        try:
            if not slices:
                self._copy(expression, view, folder / "part-0.parquet")
            for number, one in enumerate(slices):
                for statement in [*one.chosen(), *(table.part(one, self._run) for table in parted)]:
                    self._run(statement)
                self._copy(expression, view, folder / f"part-{number}.parquet")
        finally:
            for table in parted:
                self._run(table.whole())
            self.connection.drop_view(view)

    def _copy(self, expression: ir.Table, view: str, file: Path) -> None:
        with within_memory():
            self._run(
                f"COPY (SELECT {self._typed(expression)} FROM {view}) "  # noqa: S608  # our own names
                f"TO {literal(file)} ({parquet()})"
            )

    def _run(self, statement: str) -> list[tuple[object, ...]]:
        """The rows of a statement, fetched whole: what is left unread stays open."""
        found: list[tuple[object, ...]] = self.connection.raw_sql(statement).fetchall()
        return found

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


def _files(path: Path) -> list[Path]:
    """The files of a folder; of one without any the pattern, of which the engine says that."""
    return sorted(path.glob("*.parquet")) or [path / "*.parquet"] if path.is_dir() else [path]


def arrow_table(rows: Iterable[Row], columns: Mapping[str, str]) -> pa.Table:
    """An Arrow table of Python rows with the declared columns; missing values are null."""
    schema = ibis.schema(dict(columns)).to_pyarrow()
    listed = [{name: row.get(name) for name in columns} for row in rows]
    return pa.Table.from_pylist(listed, schema=schema)
