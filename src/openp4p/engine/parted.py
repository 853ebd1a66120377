"""Tables of several files, of which a slice opens those that hold its keys.

To look into every file at each slice takes a time that grows with the square of the people: what a
file holds is asked once. DuckDB also takes a slice for as large as the files that are named to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import ibis.expr.operations as ops
import ibis.expr.types as ir

from openp4p.engine.slices import LAST, Slice
from openp4p.engine.sql_text import literal

Run = Callable[[str], list[tuple[object, ...]]]


@dataclass
class PartedTable:
    """A view over the files that a variable of the session names, at first all of them."""

    name: str
    files: Sequence[Path]
    _held: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)

    def created(self) -> list[str]:
        """The statements that make the view."""
        held = f"read_parquet(getvariable({literal(self.name)}))"
        return [self.whole(), f'CREATE TEMP VIEW "{self.name}" AS FROM {held}']

    def whole(self) -> str:
        """The statement that names all files."""
        return self._named(self.files)

    def part(self, one: Slice, run: Run) -> str:
        """The statement that names the files that hold keys of a slice, or one that holds none."""
        held, wanted = self._ends(one.column, run), []
        for file in self.files:
            low, high = held.get(str(file), ("", LAST))
            if low < one.below and high >= one.start:
                wanted.append(file)
        return self._named(wanted or self.files[:1])

    def _named(self, files: Sequence[Path]) -> str:
        return f'SET VARIABLE "{self.name}" = [{", ".join(literal(file) for file in files)}]'

    def _ends(self, column: str, run: Run) -> dict[str, tuple[str, str]]:
        """The first and the last key of the files, where they say them; others may hold any."""
        if column not in self._held:
            listed = ", ".join(literal(file) for file in self.files)
            last = f"coalesce(stats_max_value, {literal(LAST)})"
            rows = run(
                f"SELECT file_name, min(coalesce(stats_min_value, '')), max({last}) "  # noqa: S608  # our own names
                f"FROM parquet_metadata([{listed}]) "
                f"WHERE path_in_schema = {literal(column)} GROUP BY 1"
            )
            self._held[column] = {str(file): (str(low), str(high)) for file, low, high in rows}
        return self._held[column]


def of_expression(
    expression: ir.Table, column: str, known: dict[str, PartedTable]
) -> list[PartedTable]:
    """The tables of several files with that column of which an expression is made."""
    held = expression.op().find(ops.DatabaseTable)
    names = {table.name for table in held if column in table.schema}
    return [known[name] for name in sorted(names & known.keys())]
