"""Input files before they are read: what their header says, what makes them unusable."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from pathlib import Path
from typing import IO

import pyarrow as pa
from pyarrow import parquet

from openp4p.errors import Problem

HEAD_BYTES = 65536
LONGEST_LINE = 16 * 1024 * 1024
# what a packed file may hold: any of them this much, a larger one so many times its own size
LARGEST_UNPACKED, MOST_TIMES = 1 << 30, 200
_CHUNK = 1 << 20
_ENDINGS = (".csv", ".txt", ".psv", ".tsv", ".rif", ".ndjson", ".jsonl", ".json", ".parquet")
_GZIP = b"\x1f\x8b"
_FEWEST_COLUMNS = 3
_DELIMITERS = ",\t|;"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
ASK = "Check that the file is whole, is UTF-8 text, and has a header row."
_SAVE = "Save it as UTF-8."
_UNPACK = "Unpack it yourself and look at what it holds."


def is_data_file(path: Path) -> bool:
    """Whether a file's name says that it may hold rows."""
    return path.name.lower().removesuffix(".gz").endswith(_ENDINGS)


def is_packed(path: Path) -> bool:
    """Whether a file is packed with gzip, by its first bytes."""
    try:
        with path.open("rb") as file:
            return file.read(len(_GZIP)) == _GZIP
    except OSError:
        return False


def head_of(path: Path) -> bytes:
    """The first bytes of a text file, unpacked; none when they cannot be read."""
    try:
        with opened(path) as file:
            return file.read(HEAD_BYTES)
    except (OSError, EOFError, zlib.error):
        return b""


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
            names = parquet.read_schema(parquet_files(path)[0]).names
        except (pa.ArrowException, OSError, IndexError):
            return ()
        return tuple(name.strip().upper() for name in names)
    return tuple(name.upper() for name in text_header(path)[0])


def text_header(path: Path) -> tuple[tuple[str, ...], str]:
    """The names in the first record of a text file, and the character between them."""
    head = head_of(path).decode("utf-8-sig", errors="replace")
    first = head.splitlines()[0] if head.strip() else ""
    delimiter = max(_DELIMITERS, key=first.count)
    names = next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), [])
    return tuple(name.strip() for name in names), delimiter


def file_problems(path: Path, name: str, *, has_header: bool = True) -> list[Problem]:
    """What makes a file unusable as a whole: unreadable, empty, cut short, not UTF-8, no header.

    Without a header, a file of no rows is as good as any.
    """
    if is_parquet(path):
        return _parquet_problems(path, name)
    if not has_header and path.stat().st_size == 0:
        return []
    try:
        with opened(path) as file:
            most = max(LARGEST_UNPACKED, MOST_TIMES * path.stat().st_size)
            found = _encoding_problem(file, name, most if is_packed(path) else None)
    except (OSError, EOFError, zlib.error):
        return [Problem(name, "file", "is cut short or damaged", "a whole file", "Copy it again.")]
    if found:
        return [found]
    return _header_problems(path, name) if has_header else []


def opened(path: Path) -> IO[bytes]:
    """The bytes of a text file, unpacked if it is gzip."""
    return gzip.open(path, "rb") if is_packed(path) else path.open("rb")  # type: ignore[return-value]


def _parquet_problems(path: Path, name: str) -> list[Problem]:
    problems = []
    for part in parquet_files(path):
        if not header_of(part):
            shown = name if part == path else f"{name}/{part.name}"
            problems.append(
                Problem(shown, "file", "is not a whole Parquet file", "Parquet", "Copy it again.")
            )
    return problems


def _encoding_problem(file: IO[bytes], name: str, most: int | None) -> Problem | None:
    """What is wrong with the bytes of a text file, of which a packed one may hold so many."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    before, lines, line_began = 0, 1, 0
    chunk = file.read(_CHUNK)
    if not chunk.strip() or chunk.startswith(_UTF_16):
        found = "is UTF-16 text" if chunk.strip() else "is empty"
        return Problem(name, "file", found, "UTF-8 text with rows", _SAVE if chunk.strip() else ASK)
    while chunk:
        wrong = _not_text(chunk, decoder, before)
        if wrong:
            at, found = wrong
            line = lines + chunk.count(10, 0, max(at - before, 0))
            return Problem(name, f"line {line}, byte {at + 1}", found, "UTF-8 text", _SAVE)
        if 10 in chunk:
            line_began = before + chunk.rindex(10) + 1
        before += len(chunk)
        lines += chunk.count(10)
        if before - line_began > LONGEST_LINE:
            found = f"is longer than {LONGEST_LINE:,} bytes"
            return Problem(name, f"line {lines}", found, "lines of text", ASK)
        if most is not None and before > most:
            found = f"unpacks to more than {most:,} bytes"
            return Problem(name, "file", found, "files that are what they seem", _UNPACK)
        chunk = file.read(_CHUNK)
    if decoder.getstate()[0]:
        where = f"line {lines}, byte {before}"
        return Problem(name, where, "ends in the middle of a character", "UTF-8 text", ASK)
    return None


def _not_text(
    chunk: bytes, decoder: codecs.IncrementalDecoder, before: int
) -> tuple[int, str] | None:
    """The place in the file of the first byte that is not text, and what it is."""
    pending = len(decoder.getstate()[0])
    if b"\x00" in chunk:
        return before + chunk.index(b"\x00"), "holds a zero byte, as in UTF-16 or binary files"
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError as error:
        return before + error.start - pending, "is not UTF-8 text"
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
