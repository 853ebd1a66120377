"""The workbench of intake: an embedded database that reads the files of any format row by row.

Rows stay in the database; nothing here brings them into Python.
"""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from openp4p.errors import InputError, Problem

MEMORY_SHARE = "60%"
_HEAD_BYTES = 65536
_CSV_ENDINGS = (".csv", ".csv.gz", ".txt", ".txt.gz")
_ENDINGS = (*_CSV_ENDINGS, ".parquet")


@dataclass
class SourceFile:
    """One input file on the workbench: its view, its columns, how many rows it has."""

    name: str
    paths: tuple[Path, ...]
    view: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows_read: int
    malformed: int = 0

    def has(self, column: str) -> bool:
        """Whether the file has a column of that name."""
        return column in self.columns


@dataclass
class Workbench:
    """A database for one intake, with the files that were opened on it."""

    scratch: Path
    connection: duckdb.DuckDBPyConnection = field(init=False)
    files: list[SourceFile] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open the database with bounded memory, spilling into the scratch folder."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        self.connection = duckdb.connect(
            str(self.scratch / "intake.duckdb"),
            config={"temp_directory": str(self.scratch / "spill"), "memory_limit": MEMORY_SHARE},
        )
        self.connection.execute("SET enable_progress_bar = false")

    def run(self, sql: str) -> list[tuple[object, ...]]:
        """The rows of a statement, for small results only."""
        return self.connection.execute(sql).fetchall()

    def one(self, sql: str) -> int:
        """The single whole number a statement gives."""
        return int(str(self.run(sql)[0][0] or 0))

    def columns_of(self, relation: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names and types of the columns of a view, table or SELECT."""
        described = self.run(f"DESCRIBE SELECT * FROM {relation}")
        return tuple(str(row[0]) for row in described), tuple(str(row[1]) for row in described)

    def open(
        self, path: Path, name: str, problems: list[Problem], *, upper: bool
    ) -> SourceFile | None:
        """The file as a view with `source_row`; None, with the reason in the list, if it is
        unusable."""
        try:
            if path.is_dir() or path.suffix == ".parquet":
                made = self._parquet(path, name, upper)
            else:
                made = self._csv(path, name, upper)
        except duckdb.Error as error:
            reason = str(error).split("\n", 1)[0][:200]
            problems.append(
                Problem(name, "file", f"cannot be read: {_without_values(reason)}", _kinds(), _ASK)
            )
            return None
        self.files.append(made)
        return made

    def _csv(self, path: Path, name: str, upper: bool) -> SourceFile:
        number = len(self.files)
        raw, rejects = f"raw_{number}", f"rejects_{number}"
        self.connection.execute(
            f"CREATE TABLE {raw} AS SELECT row_number() OVER () AS source_row, * FROM "
            f"read_csv('{_quoted(path)}', all_varchar = true, header = true, delim = ',', "
            f"quote = '\"', escape = '\"', store_rejects = true, rejects_table = '{rejects}', "
            f"rejects_scan = '{rejects}_scan', null_padding = false, strict_mode = true)"
        )
        malformed = self.one(f"SELECT count(DISTINCT line) FROM {rejects}")
        return self._listed(name, (path,), raw, upper, malformed)

    def _parquet(self, path: Path, name: str, upper: bool) -> SourceFile:
        paths = tuple(sorted(path.glob("*.parquet"))) if path.is_dir() else (path,)
        listed = ", ".join(f"'{_quoted(p)}'" for p in paths)
        raw = f"raw_{len(self.files)}"
        self.connection.execute(
            f"CREATE VIEW {raw} AS SELECT file_row_number + 1 AS source_row, * EXCLUDE "
            f"(file_row_number) FROM read_parquet([{listed}], file_row_number = true)"
        )
        return self._listed(name, paths, raw, upper, 0)

    def _listed(
        self, name: str, paths: tuple[Path, ...], raw: str, upper: bool, malformed: int
    ) -> SourceFile:
        names, types = self.columns_of(raw)
        fold = str.upper if upper else str.lower
        renamed = [fold(n.strip().lstrip("\ufeff")) if n != "source_row" else n for n in names]
        view = f"file_{len(self.files)}"
        selected = ", ".join(
            f'"{n.replace(chr(34), chr(34) * 2)}" AS "{r.replace(chr(34), chr(34) * 2)}"'
            for n, r in zip(names, renamed, strict=True)
        )
        self.connection.execute(f"CREATE VIEW {view} AS SELECT {selected} FROM {raw}")
        rows = self.one(f"SELECT count(*) FROM {raw}") + malformed
        return SourceFile(name, paths, view, tuple(renamed), types, rows, malformed)

    def close(self) -> None:
        """Close the database."""
        self.connection.close()


_ASK = "Check that the file is whole, is UTF-8 text, and has a header row."


def is_data_file(path: Path) -> bool:
    """Whether a file's name says that it may hold rows."""
    return path.name.lower().endswith(_ENDINGS)


def header_of(path: Path) -> tuple[str, ...]:
    """The column names of a file, upper case; empty when they cannot be read."""
    if path.is_dir() or path.suffix == ".parquet":
        first = next(iter(sorted(path.glob("*.parquet"))), path) if path.is_dir() else path
        try:
            with duckdb.connect() as connection:
                found = connection.execute(
                    f"DESCRIBE SELECT * FROM read_parquet('{_quoted(first)}')"
                ).fetchall()
        except duckdb.Error:
            return ()
        return tuple(str(row[0]).upper() for row in found)
    text = head_text(path)
    line = text.split("\n", 1)[0].strip().lstrip("\ufeff")
    return tuple(cell.strip().strip('"').upper() for cell in line.split(","))


def head_text(path: Path) -> str:
    """The beginning of a text file, plain or gzip; unreadable bytes replaced."""
    try:
        if path.name.lower().endswith(".gz"):
            with gzip.open(path, "rb") as packed:
                head = packed.read(_HEAD_BYTES)
        else:
            with path.open("rb") as plain:
                head = plain.read(_HEAD_BYTES)
    except (OSError, EOFError, zlib.error):
        return ""
    return head.decode("utf-8", errors="replace")


def text_problems(path: Path, name: str) -> list[Problem]:
    """What makes a text file unusable as a whole: empty, not gzip, UTF-16, cut short."""
    try:
        with (
            gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb") as file
        ):
            head = file.read(4)
            if not head:
                return [Problem(name, "file", "is empty", "a header row and rows", _ASK)]
            if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in head:
                return [Problem(name, "file", "is UTF-16 or binary", "UTF-8 text", _ASK)]
            while file.read(1 << 20):
                pass
    except (OSError, EOFError, zlib.error) as error:
        what = "is cut short or damaged" if not isinstance(error, FileNotFoundError) else "is gone"
        return [Problem(name, "file", what, "a whole file", "Copy or unpack it again.")]
    return []


def _kinds() -> str:
    return "CSV with a header row (plain or gzip), or Parquet"


def _without_values(reason: str) -> str:
    """A database message up to the point where it quotes what was in the file."""
    for mark in ("Line:", "line:", "LINE", "Original Line", '"'):
        reason = reason.split(mark, 1)[0]
    return reason.strip().rstrip(":.") or "the file is damaged"


def _quoted(path: object) -> str:
    return str(path).replace("'", "''")


def stop_if(problems: list[Problem]) -> None:
    """Raise all the problems of the input together, if there are any."""
    if problems:
        raise InputError(problems, code="input-unusable")
