"""Input files before they are read: what their header says, what makes them unusable."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from pathlib import Path
from typing import IO

import duckdb

from openp4p.errors import Problem

_HEAD_BYTES = 65536
_CHUNK = 1 << 20
_TEXT_ENDINGS = (".csv", ".csv.gz", ".txt", ".txt.gz")
_ENDINGS = (*_TEXT_ENDINGS, ".parquet")
_FEWEST_COLUMNS = 3
_DELIMITERS = ",\t|;"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
ASK = "Check that the file is whole, is UTF-8 text, and has a header row."
_SAVE = "Save it as UTF-8."


def is_data_file(path: Path) -> bool:
    """Whether a file's name says that it may hold rows."""
    return path.name.lower().endswith(_ENDINGS)


def is_parquet(path: Path) -> bool:
    """Whether a path is a Parquet file or a folder of them."""
    return path.is_dir() or path.name.lower().endswith(".parquet")


def is_prose(path: Path) -> bool:
    """Whether a text file that no reader knows is something to read, not a table."""
    if not path.name.lower().endswith((".txt", ".txt.gz")):
        return False
    return len(text_header(path)[0]) < _FEWEST_COLUMNS


def parquet_files(path: Path) -> tuple[Path, ...]:
    """The files of a Parquet folder in the order of their names, or the file itself."""
    return tuple(sorted(path.glob("*.parquet"))) if path.is_dir() else (path,)


def header_of(path: Path) -> tuple[str, ...]:
    """The column names of a file, upper case; empty when they cannot be read."""
    if is_parquet(path):
        try:
            with duckdb.connect() as connection:
                found = connection.execute(
                    "DESCRIBE SELECT * FROM read_parquet($path)",
                    {"path": str(parquet_files(path)[0])},
                ).fetchall()
        except (duckdb.Error, IndexError):
            return ()
        return tuple(str(row[0]).strip().upper() for row in found)
    return tuple(name.upper() for name in text_header(path)[0])


def text_header(path: Path) -> tuple[tuple[str, ...], str]:
    """The names in the first record of a text file, and the character between them."""
    try:
        with opened(path) as file:
            head = file.read(_HEAD_BYTES).decode("utf-8-sig", errors="replace")
    except (OSError, EOFError, zlib.error):
        return (), ","
    first = head.splitlines()[0] if head.strip() else ""
    delimiter = max(_DELIMITERS, key=first.count)
    names = next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), [])
    return tuple(name.strip() for name in names), delimiter


def file_problems(path: Path, name: str) -> list[Problem]:
    """What makes a file unusable as a whole: unreadable, empty, cut short, not UTF-8, no header."""
    if is_parquet(path):
        return _parquet_problems(path, name)
    try:
        with opened(path) as file:
            found = _encoding_problem(file, name)
    except (OSError, EOFError, zlib.error):
        return [Problem(name, "file", "is cut short or damaged", "a whole file", "Copy it again.")]
    return [found] if found else _header_problems(path, name)


def opened(path: Path) -> IO[bytes]:
    """The bytes of a text file, unpacked if it is gzip."""
    packed = path.name.lower().endswith(".gz")
    return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]


def _parquet_problems(path: Path, name: str) -> list[Problem]:
    problems = []
    for part in parquet_files(path):
        if not header_of(part):
            shown = name if part == path else f"{name}/{part.name}"
            problems.append(
                Problem(shown, "file", "is not a whole Parquet file", "Parquet", "Copy it again.")
            )
    return problems


def _encoding_problem(file: IO[bytes], name: str) -> Problem | None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    before, lines = 0, 1
    chunk = file.read(_CHUNK)
    if not chunk.strip():
        return Problem(name, "file", "is empty", "a header row and rows", ASK)
    if chunk.startswith(_UTF_16):
        return Problem(name, "file", "is UTF-16 text", "UTF-8 text", _SAVE)
    while chunk:
        pending = len(decoder.getstate()[0])
        if b"\x00" in chunk:
            at = chunk.index(b"\x00")
            where = f"line {lines + chunk.count(10, 0, at)}, byte {before + at + 1}"
            return Problem(
                name, where, "holds a zero byte, as in UTF-16 or binary files", "UTF-8 text", _SAVE
            )
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            at = max(error.start - pending, 0)
            where = (
                f"line {lines + chunk.count(10, 0, at)}, byte {before + error.start - pending + 1}"
            )
            return Problem(name, where, "is not UTF-8 text", "UTF-8 text", _SAVE)
        before += len(chunk)
        lines += chunk.count(10)
        chunk = file.read(_CHUNK)
    if decoder.getstate()[0]:
        where = f"line {lines}, byte {before}"
        return Problem(name, where, "ends in the middle of a character", "UTF-8 text", ASK)
    return None


def _header_problems(path: Path, name: str) -> list[Problem]:
    names = [column.lower() for column in text_header(path)[0]]
    if not any(any(map(str.isalpha, column)) for column in names):
        return [Problem(name, "line 1", "is not a header row", "names of columns", ASK)]
    twice = sorted({column for column in names if column and names.count(column) > 1})
    if twice:
        found = f"names columns twice: {', '.join(twice)}"
        return [Problem(name, "line 1", found, "each name once", "Drop or rename one of them.")]
    return []
