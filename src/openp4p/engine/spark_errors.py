"""What Spark ran into, in words: too little memory, and a process that has ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openp4p.errors import UsageError

# what Java and Spark say when the memory of a process is full
_FULL = ("OutOfMemoryError", "Not enough memory to build and broadcast")
# what the connection to Java raises when it breaks
_BROKEN = "Py4JNetworkError"
# what a Spark Connect client says when its server answers no more
_UNAVAILABLE = "StatusCode.UNAVAILABLE"


@contextmanager
def in_words() -> Iterator[None]:
    """Raise `UsageError` where Spark had too little memory, or is no longer there."""
    try:
        yield
    except Exception as error:
        if any(said in str(error) for said in _FULL):
            raise UsageError(
                "The memory that Spark was allowed is too little for a step.",
                remedy="On this machine give the same command with a larger --memory-limit, such "
                "as twice as much; on a cluster set spark.executor.memory and "
                "spark.driver.memory. A run goes on where it stopped.",
                code="memory-limit",
            ) from error
        if is_lost(error):
            raise UsageError(
                "Spark has ended and answers no more.",
                remedy="Most often the machine had no memory left for it. Give the same command "
                "again, with a smaller --memory-limit where Spark runs on this machine. A run goes "
                "on where it stopped.",
                code="engine-lost",
            ) from error
        raise


def is_lost(error: BaseException | None) -> bool:
    """Whether an error is that of a connection to Spark that broke or was refused."""
    while error is not None:
        broke = isinstance(error, ConnectionError) or type(error).__name__ == _BROKEN
        if broke or _UNAVAILABLE in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
