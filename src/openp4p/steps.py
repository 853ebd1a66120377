"""Runs stages in order: hands each the tables its parameters name, stores what it makes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from openp4p.engine.base import Engine, Row
from openp4p.engine.slices import Slice
from openp4p.engine.stage import Stage
from openp4p.program.definition import Program
from openp4p.program.watched import watched


@dataclass
class Reads:
    """What a table was computed from: dotted paths of rule values, and names of stored tables."""

    rules: set[str] = field(default_factory=set)
    tables: set[str] = field(default_factory=set)

    def begin(self, tables: Iterable[str] = ()) -> None:
        """Forget what the last table was computed from."""
        self.rules.clear()
        self.tables.clear()
        self.tables.update(tables)

    @property
    def as_plain(self) -> dict[str, list[str]]:
        """For the record of the table."""
        return {"rules": sorted(self.rules), "tables": sorted(self.tables)}


class Store(Protocol):
    """Where the tables of a run are kept; `RunFolder` is the usual one."""

    def store(
        self,
        name: str,
        make: Callable[[], ir.Table],
        columns: Mapping[str, str],
        reads: Reads,
        slices: Sequence[Slice] = (),
    ) -> ir.Table:
        """The table of that name, computed unless it is there."""


@dataclass
class Steps:
    """The tables and facts known so far in a run, by name.

    What each table is computed from is noted beside it: the rule values that its stage reads of
    the program, and the tables it is handed.
    """

    folder: Store
    engine: Engine
    program: Program
    tables: dict[str, ir.Table]
    facts: Mapping[str, object]
    # tables of an earlier run that take the place of what would be computed, by name
    frozen: Mapping[str, Path] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    unions: dict[str, list[str]] = field(default_factory=dict)
    reads: Reads = field(default_factory=Reads)
    _slices: tuple[Slice, ...] | None = None

    def __post_init__(self) -> None:
        """Have the program note what is read of it."""
        self.program = watched(self.program, self.reads.rules)

    def __call__(self, stage: Stage, name: str | None = None, **given: object) -> ir.Table:
        """The stored table of a stage, computed from what its parameters name, unless frozen."""
        if stage.name in self.frozen and name is None:
            return self.taken(stage.name, self.frozen[stage.name], stage.columns)
        wanted = inspect.signature(stage.function).parameters
        arguments = {p: given[p] if p in given else self._known(p, stage) for p in wanted}
        tables = [name_ for p in wanted for name_ in self._names(p, arguments[p])]
        slices = self._slices_of(stage)
        if slices:
            arguments = {p: self._of_slice(held, stage.each) for p, held in arguments.items()}
        name = name or stage.name
        return self.made(name, lambda: stage(**arguments), stage.columns, tables, slices)

    def rows(
        self, name: str, make: Callable[[], Iterable[Row]], columns: Mapping[str, str]
    ) -> ir.Table:
        """The stored table of a few rows that are made in Python, unless frozen."""
        if name in self.frozen:
            return self.taken(name, self.frozen[name], columns)
        return self.made(name, lambda: self.engine.table(make(), columns), columns)

    def taken(self, name: str, folder: Path, columns: Mapping[str, str]) -> ir.Table:
        """The stored table of an earlier run, stored again in this one."""
        return self.made(name, lambda: self.engine.read_parquet(folder), columns)

    def made(
        self,
        name: str,
        make: Callable[[], ir.Table],
        columns: Mapping[str, str],
        tables: Iterable[str] = (),
        slices: Sequence[Slice] = (),
    ) -> ir.Table:
        """The stored table that a function makes of the named tables."""
        self.reads.begin(tables)
        self.tables[name] = self.folder.store(name, make, columns, self.reads, slices)
        self.order.append(name)
        return self.tables[name]

    def read(self, name: str) -> pa.Table:
        """A stored table by columns, brought into Python to be computed with."""
        self.reads.tables.update(self.unions.get(name, [name]))
        return self.engine.rows(self.tables[name])

    def together(self, name: str, parts: list[str]) -> ir.Table:
        """Several stored tables with the same columns, read as one."""
        listed = [self.tables[part] for part in parts]
        self.tables[name] = listed[0] if len(listed) == 1 else ibis.union(*listed)
        self.unions[name] = parts
        return self.tables[name]

    def none(self, name: str) -> ir.Table:
        """The table of that name without its rows."""
        return self.tables[name].limit(0)

    def _slices_of(self, stage: Stage) -> tuple[Slice, ...]:
        """The ranges of people one after the other, for a stage that looks at each alone."""
        if stage.each is None:
            return ()
        if self._slices is None:
            self._slices = self.engine.slices(self.tables["beneficiary"], stage.each)
        return self._slices

    def _of_slice(self, given: object, column: str | None) -> object:
        if column is None or not isinstance(given, ir.Table) or column not in given.columns:
            return given
        return self.engine.of_slice(given, column)

    def _names(self, parameter: str, given: object) -> list[str]:
        """The stored tables behind what a stage is handed: none for facts and empty tables."""
        if not isinstance(given, ir.Table):
            return []
        same = [name for name, table in self.tables.items() if table is given]
        name = parameter if parameter in same else next(iter(same), None)
        return [] if name is None else self.unions.get(name, [name])

    def _known(self, parameter: str, stage: Stage) -> object:
        if parameter == "program":
            return self.program
        if parameter in self.facts:
            return self.facts[parameter]
        assert parameter in self.tables, f"{stage.name} needs {parameter}, which is not made yet"
        return self.tables[parameter]
