"""How much memory an engine may take, as people write it: 8GB, 512MiB, 60%."""

from __future__ import annotations

import re

import psutil

from openp4p.errors import UsageError

_SIZE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(?:([KMGT])(?:(I)B|B?)|(%))\s*", re.IGNORECASE)
_UNITS = "KMGT"
_LEAST = 1_000_000  # bytes; DuckDB does not open with much less
_WHOLE = 100  # percent


def machine_memory() -> int:
    """Bytes of memory that this machine has."""
    return int(psutil.virtual_memory().total)


def size_in_bytes(text: str) -> int:
    """The bytes that a size names: KB are thousands, KiB 1,024, % a share of the machine's memory.

    Written as DuckDB reads it. Raises `UsageError` for anything else, for less than a megabyte and
    for more than the whole.
    """
    found = _SIZE.fullmatch(text)
    size = _bytes(found) if found else 0
    if size < _LEAST or (found and found[4] and float(found[1]) > _WHOLE):
        raise UsageError(
            f"'{text}' is not an amount of memory.",
            remedy="Give a size such as 8GB or 512MB, or a share such as 60%.",
            code="options",
        )
    return size


def _bytes(found: re.Match[str]) -> int:
    amount = float(found[1])
    if found[4]:
        return int(machine_memory() * amount / _WHOLE)
    base = 1024 if found[3] else 1000
    return int(amount * base ** (1 + _UNITS.index(found[2].upper())))
