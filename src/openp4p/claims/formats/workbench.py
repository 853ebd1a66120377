"""The workbench of intake: an embedded database that reads the files of any format row by row.

Rows stay in the database; nothing here brings them into Python.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from openp4p.engine.embedded import without_progress_bar
from openp4p.errors import InputError, Problem

MEMORY_SHARE = "60%"


@dataclass
class SourceFile:
    """One input file on the workbench: its view, its columns, how many rows it has.

    `kind` is what the reader of its format takes it for; `rejects` a table with the `source_row` of
    what could not be read as a row; `consulted` whether its rows were used to read other files.
    """

    name: str
    paths: tuple[Path, ...]
    view: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows_read: int
    rejects: str = ""
    kind: str = ""
    consulted: bool = False

    def has(self, column: str) -> bool:
        """Whether the file has a column of that name."""
        return column in self.columns


@dataclass
class Workbench:
    """A database for one intake, with the files that were opened on it.

    `mark` is what those say of being synthetic, and goes with what is written of them.
    """

    scratch: Path
    threads: int | None = None
    memory_limit: str | None = None
    mark: str | None = None
    connection: duckdb.DuckDBPyConnection = field(init=False)
    files: list[SourceFile] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open the database with bounded memory, spilling into the scratch folder."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        config: dict[str, str | bool | int | float | list[str]] = {
            "temp_directory": str(self.scratch / "spill"),
            "memory_limit": self.memory_limit or MEMORY_SHARE,
        }
        if self.threads is not None:
            config["threads"] = self.threads
        self.connection = duckdb.connect(str(self.scratch / "intake.duckdb"), config=config)
        without_progress_bar(self.connection.execute)

    def run(self, sql: str) -> list[tuple[object, ...]]:
        """The rows of a statement, for small results only."""
        found: list[tuple[object, ...]] = self.connection.execute(sql).fetchall()
        return found

    def one(self, sql: str) -> int:
        """The single whole number a statement gives."""
        return int(str(self.run(sql)[0][0] or 0))

    def damaged(self) -> list[Problem]:
        """The files of which the header can be read and not every row."""
        problems = []
        for file in self.files:
            try:
                self.run(f"SELECT max(hash(rows)) FROM {file.view} rows")
            except duckdb.Error:
                problems.append(
                    Problem(
                        file.name, "file", "is damaged inside", "a whole file", "Copy it again."
                    )
                )
        return problems

    def close(self) -> None:
        """Close the database."""
        self.connection.close()


def stop_if(problems: list[Problem]) -> None:
    """Raise all the problems of the input together, if there are any."""
    if problems:
        raise InputError(problems, code="input-unusable")
