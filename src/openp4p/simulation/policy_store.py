"""Where the steps of a variant get their tables: from the shelf, or computed and put there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import ibis.expr.types as ir

from openp4p.engine.base import Row
from openp4p.engine.slices import Slice
from openp4p.program.definition import Program
from openp4p.program.library import resolved
from openp4p.program.tables import rule_tables
from openp4p.program.watched import watched
from openp4p.results import Run
from openp4p.simulation.policy_shelf import Kept, Shelf, rules_read, tables_read
from openp4p.steps import Reads


class VariantStore:
    """The tables of one variant. Those that are not `needed` are handed out as the run has them."""

    def __init__(
        self,
        shelf: Shelf,
        values: Mapping[str, Any],
        needed: Collection[str],
        progress: Callable[[str], None],
    ) -> None:
        self._shelf, self._values = shelf, values
        self._needed, self._progress = needed, progress
        self.tables: dict[str, Kept] = {}
        self.computed: list[str] = []

    def take(self, kept: Kept) -> ir.Table:
        """A table that is there."""
        self.tables[kept.name] = kept
        return self._shelf.table(kept)

    def store(
        self,
        name: str,
        make: Callable[[], ir.Table],
        columns: Mapping[str, str],
        reads: Reads,
        slices: Sequence[Slice] = (),
    ) -> ir.Table:
        """The table of that name under the rules of the variant."""
        if name not in self._needed:
            return self.take(self._shelf.of_run(name))
        known = {name: kept.rows for name, kept in self.tables.items()}
        found = self._shelf.find(name, self._values, known)
        if found is None:
            self._progress(name)
            self.computed.append(name)
            found = self._shelf.compute(
                name,
                make,
                columns,
                lambda: (rules_read(reads.rules, self._values), tables_read(reads.tables, known)),
                slices,
            )
        return self.take(found)


class RuleTables:
    """The rules as tables: those of the run, and made anew where their rows are not the same."""

    def __init__(self, run: Run, shelf: Shelf) -> None:
        self._shelf = shelf
        seen: set[str] = set()
        self._of_run = rule_tables(watched(run.program, seen))
        self._rules = rules_read(seen, run.manifest["program"])

    def under(self, program: Program) -> Iterator[Kept]:
        """Every rule table of a program."""
        same = rules_read(set(self._rules), resolved(program)) == self._rules
        for name, (columns, rows) in (self._of_run if same else rule_tables(program)).items():
            if rows == self._of_run[name][1]:
                yield self._shelf.of_run(name)
            else:
                make = self._maker(rows, columns)
                yield self._shelf.compute(name, make, columns, lambda: ({}, {}))

    def _maker(self, rows: Iterable[Row], columns: Mapping[str, str]) -> Callable[[], ir.Table]:
        return lambda: self._shelf.engine.table(rows, columns)
