"""Runs stages in order: hands each the tables its parameters name, stores what it makes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from openp4p.engine.base import Engine, Row
from openp4p.engine.stage import Stage
from openp4p.folder import RunFolder
from openp4p.program.definition import Program


@dataclass
class Steps:
    """The tables and facts known so far in a run, by name."""

    folder: RunFolder
    engine: Engine
    program: Program
    tables: dict[str, ir.Table]
    facts: Mapping[str, object]
    # tables of an earlier run that take the place of what would be computed, by name
    frozen: Mapping[str, Path] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    unions: dict[str, list[str]] = field(default_factory=dict)

    def __call__(self, stage: Stage, name: str | None = None, **given: object) -> ir.Table:
        """The stored table of a stage, computed from what its parameters name, unless frozen."""
        if stage.name in self.frozen and name is None:
            return self.taken(stage.name, self.frozen[stage.name], stage.columns)
        wanted = inspect.signature(stage.function).parameters
        arguments = {p: given[p] if p in given else self._known(p, stage) for p in wanted}
        return self._keep(
            name or stage.name,
            self.folder.store(name or stage.name, lambda: stage(**arguments), stage.columns),
        )

    def rows(
        self, name: str, make: Callable[[], Iterable[Row]], columns: Mapping[str, str]
    ) -> ir.Table:
        """The stored table of a few rows that are made in Python."""
        return self.made(name, lambda: self.engine.table(make(), columns), columns)

    def taken(self, name: str, folder: Path, columns: Mapping[str, str]) -> ir.Table:
        """The stored table of an earlier run, stored again in this one."""
        return self.made(name, lambda: self.engine.read_parquet(folder), columns)

    def made(self, name: str, make: Callable[[], ir.Table], columns: Mapping[str, str]) -> ir.Table:
        """The stored table that a function makes."""
        return self._keep(name, self.folder.store(name, make, columns))

    def read(self, name: str) -> pa.Table:
        """A stored table by columns, brought into Python to be computed with."""
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

    def _keep(self, name: str, table: ir.Table) -> ir.Table:
        self.tables[name] = table
        self.order.append(name)
        return table

    def _known(self, parameter: str, stage: Stage) -> object:
        if parameter == "program":
            return self.program
        if parameter in self.facts:
            return self.facts[parameter]
        assert parameter in self.tables, f"{stage.name} needs {parameter}, which is not made yet"
        return self.tables[parameter]
