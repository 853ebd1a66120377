"""Whether an input says of itself that it is made up: in the metadata of its Parquet files.

A folder or a file can be given any name; what is written inside a file goes with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from openp4p.claims.formats.sources import is_parquet

KEY = "synthetic"  # of the key-value metadata


def synthetic_mark(files: Iterable[Path]) -> str | None:
    """What the first marked file says of being synthetic; none when no Parquet file is marked.

    One marked file among others is enough. A file that cannot be read says nothing here: intake
    reports it.
    """
    return next((mark for path in files if (mark := _mark(path)) is not None), None)


def _mark(path: Path) -> str | None:
    if not is_parquet(path):
        return None
    try:
        said = parquet.read_metadata(path).metadata or {}
    except (OSError, pa.ArrowException):
        return None
    mark = said.get(KEY.encode())
    return None if mark is None else mark.decode("utf-8", "replace")
