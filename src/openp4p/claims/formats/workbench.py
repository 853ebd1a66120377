"""The workbench of intake: an embedded database that reads the files of any format row by row.

Rows stay in the database; nothing here brings them into Python.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from openp4p.claims.formats.sources import ASK, is_parquet, opened, parquet_files, text_header
from openp4p.errors import InputError, Problem

MEMORY_SHARE = "60%"
_LONGEST_LINE = 16 * 1024 * 1024
_NEVER_CLOSED = "UNQUOTED VALUE"


@dataclass
class SourceFile:
    """One input file on the workbench: its view, its columns, how many rows it has."""

    name: str
    paths: tuple[Path, ...]
    view: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows_read: int
    rejects: str = ""

    def has(self, column: str) -> bool:
        """Whether the file has a column of that name."""
        return column in self.columns


@dataclass
class Workbench:
    """A database for one intake, with the files that were opened on it."""

    scratch: Path
    threads: int | None = None
    memory_limit: str | None = None
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
        self.connection.execute("SET enable_progress_bar = false")

    def run(self, sql: str) -> list[tuple[object, ...]]:
        """The rows of a statement, for small results only."""
        found: list[tuple[object, ...]] = self.connection.execute(sql).fetchall()
        return found

    def one(self, sql: str) -> int:
        """The single whole number a statement gives."""
        return int(str(self.run(sql)[0][0] or 0))

    def open(
        self,
        path: Path,
        name: str,
        problems: list[Problem],
        *,
        upper: bool = False,
        expected: Iterable[str] | None = None,
    ) -> SourceFile | None:
        """The file as a view with `source_row`; None, with the reason in the list, if it is
        unusable.

        With `expected`, every column is text with blanks as null, and expected columns that the
        file lacks are there as nulls.
        """
        try:
            if is_parquet(path):
                raw, rejects = self._parquet(path), ""
            else:
                raw, rejects = self._csv(path, name, problems)
            made = self._listed(path, name, raw, rejects, upper, expected)
        except duckdb.Error as error:
            reason = _without_values(str(error).split("\n", 1)[0])
            problems.append(Problem(name, "file", f"cannot be read: {reason}", _KINDS, ASK))
            return None
        self.files.append(made)
        return made

    def _csv(self, path: Path, name: str, problems: list[Problem]) -> tuple[str, str]:
        """Tables of the records with their place in the file, and of those that are malformed."""
        number = len(self.files)
        names, delimiter = text_header(path)
        columns = ", ".join(
            f"{_literal(column or f'column_{place}')}: 'VARCHAR'"
            for place, column in enumerate(names, 1)
        )
        records, rejects = f"records_{number}", f"rejects_{number}"
        self.connection.execute(
            f"CREATE TABLE {records} AS SELECT row_number() OVER () AS place, * FROM "
            f"read_csv({_literal(path)}, auto_detect = false, columns = {{{columns}}}, "
            f"header = true, delim = {_literal(delimiter)}, quote = '\"', escape = '\"', "
            f"store_rejects = true, rejects_table = '{rejects}_all', rejects_scan = "
            f"'{rejects}_scan', rejects_limit = 0, null_padding = false, strict_mode = true, "
            f"max_line_size = {_LONGEST_LINE})"
        )
        # the first record is the header, so that record n + 1 is row n
        self.connection.execute(
            f"CREATE TABLE {rejects} AS SELECT line - 1 AS source_row FROM {rejects}_all GROUP BY 1"
        )
        self._unclosed_quote(path, name, records, rejects, problems)
        shifted = f"raw_{number}"
        self.connection.execute(
            f"CREATE VIEW {shifted} AS SELECT r.place + coalesce(s.before, 0) AS source_row, "
            f"r.* EXCLUDE (place) FROM {records} r ASOF LEFT JOIN (SELECT first, max(n) AS before "
            "FROM (SELECT source_row - row_number() OVER (ORDER BY source_row) + 1 AS first, "
            f"row_number() OVER (ORDER BY source_row) AS n FROM {rejects}) GROUP BY 1) s "
            "ON r.place >= s.first"
            if self.one(f"SELECT count(*) FROM {rejects}")
            else f"CREATE VIEW {shifted} AS SELECT place AS source_row, * EXCLUDE (place) "
            f"FROM {records}"
        )
        return shifted, rejects

    def _unclosed_quote(
        self, path: Path, name: str, records: str, rejects: str, problems: list[Problem]
    ) -> None:
        """A quotation mark that is never closed swallows all rows after it: say so."""
        last = self.run(
            f"SELECT line, min(line_byte_position) FROM {rejects}_all "
            f"WHERE error_type = '{_NEVER_CLOSED}' GROUP BY line ORDER BY line DESC LIMIT 1"
        )
        total = self.one(
            f"SELECT (SELECT count(*) FROM {records}) + (SELECT count(*) FROM {rejects}) + 1"
        )
        if not last or int(str(last[0][0])) != total:
            return
        with opened(path) as file:
            file.seek(max(int(str(last[0][1])) - 1, 0))
            rest = file.read(_LONGEST_LINE).strip()
        if b"\n" in rest:
            found = (
                "a quotation mark is opened and never closed, so later rows cannot be told apart"
            )
            problems.append(
                Problem(name, f"record {total}", found, "quotation marks in pairs", "Close it.")
            )

    def _parquet(self, path: Path) -> str:
        paths = parquet_files(path)
        listed = ", ".join(_literal(p) for p in paths)
        raw = f"raw_{len(self.files)}"
        counts = [self.one(f"SELECT count(*) FROM read_parquet({_literal(p)})") for p in paths]
        before = [sum(counts[:place]) for place in range(len(counts))]
        offset = "" if len(paths) == 1 else f" + {before}[CAST(file_index AS BIGINT) + 1]"
        self.connection.execute(
            f"CREATE VIEW {raw} AS SELECT file_row_number + 1{offset} AS source_row, * EXCLUDE "
            f"(file_row_number) FROM read_parquet([{listed}], file_row_number = true)"
        )
        return raw

    def _listed(
        self,
        path: Path,
        name: str,
        raw: str,
        rejects: str,
        upper: bool,
        expected: Iterable[str] | None,
    ) -> SourceFile:
        described = self.run(f"DESCRIBE SELECT * FROM {raw}")
        fold = str.upper if upper else str.lower
        names = [str(row[0]) for row in described]
        renamed = [fold(n.strip()) if n != "source_row" else n for n in names]
        plain = [_quoted(n) for n in names]
        if expected is not None:
            plain = [
                sql if n == "source_row" else f"nullif(trim(CAST({sql} AS VARCHAR)), '')"
                for n, sql in zip(names, plain, strict=True)
            ]
        selected = [f"{sql} AS {_quoted(r)}" for sql, r in zip(plain, renamed, strict=True)]
        selected += [
            f"CAST(NULL AS VARCHAR) AS {_quoted(n)}" for n in expected or () if n not in renamed
        ]
        view = f"file_{len(self.files)}"
        # a reader takes a wide file apart many times: what it reads is tidied once
        kind = "VIEW" if expected is None else "TABLE"
        self.connection.execute(f"CREATE {kind} {view} AS SELECT {', '.join(selected)} FROM {raw}")
        rows = self.one(f"SELECT count(*) FROM {raw}")
        if rejects:
            rows += self.one(f"SELECT count(*) FROM {rejects}")
        types = tuple("VARCHAR" if expected is not None else str(row[1]) for row in described)
        return SourceFile(name, parquet_files(path), view, tuple(renamed), types, rows, rejects)

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


_KINDS = "CSV with a header row (plain or gzip), or Parquet"


def _without_values(reason: str) -> str:
    """A database message up to the point where it quotes what was in the file."""
    for mark in ("Line:", "line:", "LINE", "Original Line", '"'):
        reason = reason.split(mark, 1)[0]
    return reason[:200].strip().rstrip(":.") or "the file is damaged"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def stop_if(problems: list[Problem]) -> None:
    """Raise all the problems of the input together, if there are any."""
    if problems:
        raise InputError(problems, code="input-unusable")
