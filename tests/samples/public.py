"""The public samples: where they are, and what their files hold by the csv module alone."""

from __future__ import annotations

import csv
import gzip
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow.parquet as pq

SETTING = "OPENP4P_SAMPLES"


def sample(name: str) -> Path:
    """The folder of a sample; one that is missing is a failure, not a skipped test."""
    folder = Path(os.environ[SETTING]) / name
    assert folder.is_dir(), f"{SETTING} names a folder without '{name}'"
    return folder


def file_of(folder: Path, part_of_name: str) -> Path:
    """The one file of a folder whose name holds this."""
    (found,) = [path for path in folder.iterdir() if part_of_name in path.name]
    return found


def rows_of_file(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a gzip CSV file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def rows_in(path: Path) -> int:
    """How many rows a file holds."""
    if path.suffix == ".parquet":
        return int(pq.ParquetFile(path).metadata.num_rows)
    return sum(1 for _ in rows_of_file(path))


def practice_of(number: str, practices: int) -> str:
    """The practice that a billing number or professional is put into, always the same one."""
    digest = hashlib.sha256(number.encode("ascii")).digest()
    return f"{900_000_001 + int.from_bytes(digest[:8], 'big') % practices:09d}"


def write_crosswalk(path: Path, column: str, numbers: Iterable[str], practices: int) -> int:
    """A crosswalk of these numbers into so many practices; how many entries it has."""
    entries = sorted(set(numbers) - {""})
    with path.open("w", encoding="ascii", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column, "analysis_tin"])
        writer.writerows([number, practice_of(number, practices)] for number in entries)
    return len(entries)
