"""How Parquet is written: by the environment, since it changes no row of what is stored."""

from __future__ import annotations

import os

from openp4p.errors import UsageError

SETTING = "OPENP4P_COMPRESSION"
# a level beyond the first takes longer for little
_WAYS = {"snappy": "COMPRESSION snappy", "zstd": "COMPRESSION zstd, COMPRESSION_LEVEL 1"}


def compression() -> str:
    """The codec that is asked for: snappy, or zstd for less disk and more time."""
    asked = os.environ.get(SETTING, "").strip().lower() or "snappy"
    if asked not in _WAYS:
        raise UsageError(
            f"{SETTING} is '{asked}'.",
            remedy=f"Set it to {' or '.join(_WAYS)}, or not at all.",
            code="options",
        )
    return asked


def parquet() -> str:
    """The same as DuckDB's words for a file that is copied out."""
    return f"FORMAT parquet, {_WAYS[compression()]}"
