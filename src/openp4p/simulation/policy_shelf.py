"""Stored tables with what each was computed from, so that none is computed twice.

A table is that of a variant too if the rule values its stage read are the same there and so are
the rows of the tables it was made of: stages are pure, and read nothing else.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ibis.expr.types as ir

from openp4p.engine.base import Engine
from openp4p.engine.fingerprint import fingerprint
from openp4p.engine.slices import Slice
from openp4p.engine.stage import conform
from openp4p.folder import TABLES
from openp4p.results import Run
from openp4p.simulation.policy_changes import value_at

MOST_BYTES = 4_000_000_000  # of computed tables beside a run
_INPUT = "input"  # in place of a fingerprint: every variant has the input of the run


@dataclass(frozen=True)
class Kept:
    """One stored table: its rows, and the rule values and tables it came from."""

    name: str
    folder: Path
    rows: str  # their fingerprint
    rules: Mapping[str, str]  # path to value, as JSON
    tables: Mapping[str, str]  # name to fingerprint

    def fits(self, values: Mapping[str, Any], known: Mapping[str, str]) -> bool:
        """Whether it would be computed the same under these values, from the tables known."""
        return all(known.get(name, _INPUT) == rows for name, rows in self.tables.items()) and all(
            _json(value_at(values, path)) == value for path, value in self.rules.items()
        )


@dataclass
class Shelf:
    """The tables of a run and what was computed beside them, in a folder of their own."""

    run: Run
    engine: Engine
    scratch: Path
    kept: dict[str, list[Kept]] = field(default_factory=dict)
    _open: dict[Path, ir.Table] = field(default_factory=dict)
    _number: int = 0

    def __post_init__(self) -> None:
        """Put the tables of the run on the shelf."""
        records, values = self.run.manifest["tables"], self.run.manifest["program"]
        rows = {name: record["fingerprint"] for name, record in records.items()}
        for name, record in records.items():
            reads = record["reads"]
            self.kept[name] = [
                Kept(
                    name,
                    self.run.folder / TABLES / name,
                    rows[name],
                    {path: _json(value_at(values, path)) for path in reads["rules"]},
                    {table: rows.get(table, _INPUT) for table in reads["tables"]},
                )
            ]

    def of_run(self, name: str) -> Kept:
        """The table as the run has it."""
        return self.kept[name][0]

    def find(self, name: str, values: Mapping[str, Any], known: Mapping[str, str]) -> Kept | None:
        """The table as it is under these values, if it was computed already."""
        return next((k for k in self.kept[name] if k.fits(values, known)), None)

    def compute(
        self,
        name: str,
        make: Callable[[], ir.Table],
        columns: Mapping[str, str],
        came_from: Callable[[], tuple[Mapping[str, str], Mapping[str, str]]],
        slices: Sequence[Slice] = (),
    ) -> Kept:
        """The table computed and kept; `came_from` is asked once it is."""
        self._number += 1
        folder = self.scratch / f"{name}-{self._number}"
        self.engine.store(make(), folder, slices)
        conform(self.engine.read_parquet(folder), columns, f"stored table {name}")
        _, rows = fingerprint(folder)
        same = next((k for k in self.kept[name] if k.rows == rows), None)
        if same is not None:  # computed anew, and the rows are those we have
            shutil.rmtree(folder)
            folder = same.folder
        made = Kept(name, folder, rows, *came_from())
        self.kept[name].append(made)
        return made

    def trim(self) -> None:
        """Give back the computed tables once they take more of the disk than they may."""
        files = [file for file in self.scratch.rglob("*.parquet") if file.is_file()]
        if sum(file.stat().st_size for file in files) <= MOST_BYTES:
            return
        for name, listed in self.kept.items():
            self.kept[name] = listed[:1]
        for folder in {file.parent for file in files}:
            self._open.pop(folder, None)
            shutil.rmtree(folder)

    def table(self, kept: Kept) -> ir.Table:
        """The rows of a table."""
        if kept.folder not in self._open:
            self._open[kept.folder] = self.engine.read_parquet(kept.folder)
        return self._open[kept.folder]


def rules_read(paths: set[str], values: Mapping[str, Any]) -> dict[str, str]:
    """The values at the paths that were read, to be compared."""
    return {path: _json(value_at(values, path)) for path in sorted(paths)}


def tables_read(names: set[str], known: Mapping[str, str]) -> dict[str, str]:
    """The fingerprints of the tables that were read, to be compared."""
    return {name: known.get(name, _INPUT) for name in sorted(names)}


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True)
