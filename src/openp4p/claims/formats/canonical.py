"""Our own layout: one file or folder per canonical table, CSV or Parquet, named after the table."""

from __future__ import annotations

from pathlib import PurePosixPath

from openp4p.claims.formats.parts import Part, Reading
from openp4p.claims.formats.workbench import SourceFile
from openp4p.claims.tables import TABLES

NAME = "canonical"
FILES = {table: f"{table}.csv (plain or gzip) or {table}.parquet" for table in TABLES}


def table_of(path: PurePosixPath | str) -> str | None:
    """The canonical table a file or folder holds, by its name."""
    name = PurePosixPath(path).name.lower()
    for ending in (".gz", ".csv", ".txt", ".parquet"):
        name = name.removesuffix(ending)
    return name if name in TABLES else None


def parts_of(file: SourceFile, table: str, reading: Reading) -> None:
    """The part that one canonical file is; columns it does not declare are noted."""
    declared = TABLES[table].columns
    known = {name: f'"{name}"' for name in declared if file.has(name)}
    reading.parts.append(Part(table, file, known))
    unknown = [c for c in file.columns if c not in declared and c != "source_row"]
    if unknown:
        reading.note(
            "unknown_columns",
            f"{file.name}: columns that are not read: {', '.join(sorted(unknown))}.",
        )
