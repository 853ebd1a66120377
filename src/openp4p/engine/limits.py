"""How much memory an engine may take, as people write it: 8GB, 512MiB, 60%."""

from __future__ import annotations

import re

import psutil

from openp4p.errors import UsageError

_SIZE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(?:([KMGT])(I?)B?|(%))\s*", re.IGNORECASE)
_UNITS = "KMGT"


def machine_memory() -> int:
    """Bytes of memory that this machine has."""
    return int(psutil.virtual_memory().total)


def size_in_bytes(text: str) -> int:
    """The bytes that a size names: KB are thousands, KiB 1,024, % a share of the machine's memory.

    Raises `UsageError` for anything else, and for nothing.
    """
    found = _SIZE.fullmatch(text)
    amount = float(found[1]) if found else 0.0
    if found is None or amount == 0.0:
        raise UsageError(
            f"'{text}' is not an amount of memory.",
            remedy="Give a size such as 8GB or 512MB, or a share such as 60%.",
            code="options",
        )
    if found[4]:
        return int(machine_memory() * amount / 100)
    base = 1024 if found[3] else 1000
    return int(amount * base ** (1 + _UNITS.index(found[2].upper())))
