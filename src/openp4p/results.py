"""A finished run, for whoever reads it: explanations, pages, commands, notebooks."""

from __future__ import annotations

import datetime as dt
import difflib
import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import ibis.expr.types as ir

from openp4p.claims.intake import MARKER, as_declared, from_files
from openp4p.claims.tables import TABLES
from openp4p.claims.vintage import stamp
from openp4p.engine import Engine, open_engine, stages
from openp4p.errors import RunFolderError, UsageError
from openp4p.folder import MANIFEST
from openp4p.program.definition import Program

UNCERTAINTY = "uncertainty"  # the folder of what is computed of a finished run by drawing again


class Run:
    """The stored tables, the manifest and the rules of one run."""

    def __init__(
        self, folder: Path, manifest: Mapping[str, Any], engine: Engine | None = None
    ) -> None:
        self.folder, self.manifest = folder, manifest
        if engine is not None:
            self.engine = engine

    @classmethod
    def open(cls, folder: Path) -> Run:
        """The finished run in a folder."""
        path = folder / MANIFEST
        if not path.is_file():
            raise RunFolderError(
                f"'{folder}' is not a run: it has no {MANIFEST}.",
                remedy="Name the folder that was given to `openp4p run` as --out.",
                code="not-a-run-folder",
            )
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if not manifest["finished"]:
            raise RunFolderError(
                f"The run in '{folder}' is not finished.",
                remedy="Give the same `openp4p run` command again: it goes on where it stopped.",
                code="run-not-finished",
            )
        return cls(folder, manifest)

    @cached_property
    def program(self) -> Program:
        """The rules the run was computed under."""
        return Program.model_validate(self.manifest["program"])

    @property
    def stamp(self) -> str | None:
        """What every page says of a provisional run; None for any other."""
        return stamp(self.manifest)

    @property
    def finished_on(self) -> dt.date:
        """The day (UTC) on which the run was finished: that of its manifest."""
        written = (self.folder / MANIFEST).stat().st_mtime
        return dt.datetime.fromtimestamp(written, dt.UTC).date()

    @cached_property
    def engine(self) -> Engine:
        """The embedded engine that reads the run."""
        return open_engine("duckdb")

    def names(self) -> list[str]:
        """The stored tables: what intake kept, the stages in order, what was added by draws."""
        stored = {p.name for p in (self.folder / "intake").glob("*") if _holds_rows(p)}
        added = sorted(p.name for p in (self.folder / UNCERTAINTY).glob("*") if _holds_rows(p))
        return [*sorted(stored | set(self._intake["left_there"])), *self.manifest["tables"], *added]

    def table(self, name: str) -> ir.Table:
        """A stored table."""
        if name in self.manifest.get("unions", {}):
            tables = [self.table(part) for part in self.manifest["unions"][name]]
            return tables[0].union(*tables[1:]) if len(tables) > 1 else tables[0]
        for place in ("tables", "intake", UNCERTAINTY):
            if _holds_rows(self.folder / place / name):
                return self.engine.read_parquet(self.folder / place / name)
        if name in self._intake["left_there"]:
            return self._left_there(name)
        raise UsageError(
            f"This run has no table '{name}'.",
            remedy=f"{self._near(name)}`openp4p tables RUN` lists the tables there are.",
            code="no-such-table",
        )

    def input(self, name: str) -> ir.Table:
        """An input table as the stages see it: without rows when it was not supplied."""
        types, stored = TABLES[name].types, self.folder / "intake" / name
        if name in self._intake["left_there"]:
            return self._left_there(name)
        if _holds_rows(stored):
            return as_declared(self.engine.read_parquet(stored), types)
        return self.engine.table([], types)

    def given(self, name: str) -> list[dict[str, Any]]:
        """The rows of an input table; none when it was not supplied."""
        return self.rows(name) if name in self._intake["supplied"] else []

    @property
    def given_names(self) -> frozenset[str]:
        """The input tables that were supplied."""
        return frozenset(self._intake["supplied"])

    @cached_property
    def _intake(self) -> dict[str, Any]:
        """What intake noted: which tables were supplied, and which stay in the input folder."""
        path = self.folder / "intake" / MARKER
        if not path.is_file():
            return {"supplied": [], "left_there": {}}
        noted: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return noted

    def _left_there(self, name: str) -> ir.Table:
        files = self._intake["left_there"][name]
        if not all(Path(file).is_file() for file in files):
            raise RunFolderError(
                f"The table '{name}' stays in the input folder of this run, and is not there.",
                remedy="Put the input folder back where it was, or run again.",
                code="input-moved",
            )
        return from_files(name, files, self.engine)

    def _near(self, name: str) -> str:
        known = [*self.names(), *self.manifest.get("unions", {})]
        near = difflib.get_close_matches(name, known, n=1)
        return f"Did you mean '{near[0]}'? " if near else ""

    def rows(self, name: str, where: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        """The rows of a table that match, as dictionaries, in the order of the key."""
        table = self.table(name)
        for column, value in (where or {}).items():
            table = table.filter(
                table[column].isnull() if value is None else table[column] == value
            )
        declared = stages().get(name)
        key = [k for k in (declared.key if declared else table.columns) if k in table.columns]
        listed: list[dict[str, Any]] = self.engine.rows(table.order_by(key)).to_pylist()
        return listed


def _holds_rows(folder: Path) -> bool:
    return any(folder.glob("*.parquet"))
