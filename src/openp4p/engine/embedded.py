"""What every connection to DuckDB has here: no progress bar, and too little memory in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import duckdb

from openp4p.errors import UsageError


def without_progress_bar(execute: Callable[[str], object]) -> None:
    """Turn the bar off by the `execute` of a connection: commands show their own.

    In Jupyter without ipywidgets it can be neither set nor shown.
    """
    with suppress(duckdb.InvalidInputException):
        execute("SET enable_progress_bar = false")


@contextmanager
def within_memory() -> Iterator[None]:
    """Raise `UsageError` where the memory that was allowed is too little to go on."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise UsageError(
            "The memory that was allowed is too little for a step that cannot go to disk.",
            remedy="Give the same command with a larger --memory-limit, such as twice as much: a "
            "run goes on where it stopped.",
            code="memory-limit",
        ) from error
