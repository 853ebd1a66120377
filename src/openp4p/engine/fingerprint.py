"""A digest of stored rows that does not depend on engine, order, file split or threads."""

from __future__ import annotations

from pathlib import Path

import duckdb

_MODULUS = 2**64
_DIGITS_AFTER_POINT = 11  # '%.11e' prints 12 significant digits


def fingerprint(folder: Path, memory_limit: str | None = None) -> tuple[int, str]:
    """Row count and digest of a folder of Parquet files.

    The digest is the sum of the md5 numbers of the rows, so order does not matter. A row is
    written as text: money and counts exactly, floats to 12 significant digits, nulls apart from ''.
    """
    with duckdb.connect(
        config={"memory_limit": memory_limit} if memory_limit else {}
    ) as connection:
        source = f"read_parquet('{_quoted(folder)}/*.parquet')"
        columns = connection.sql(f"SELECT * FROM {source} LIMIT 0")  # noqa: S608  # our own folder
        texts = [_as_text(n, str(t)) for n, t in zip(columns.columns, columns.types, strict=True)]
        found = connection.sql(
            "SELECT count(*), coalesce(sum(md5_number_lower(concat_ws(chr(31), "  # noqa: S608
            f"{', '.join(sorted(texts))}))::HUGEINT), 0) % {_MODULUS}::HUGEINT FROM {source}"
        ).fetchall()[0]
    return int(found[0]), f"{int(found[1]):016x}"


def _as_text(column: str, type_: str) -> str:
    name = '"' + column.replace('"', '""') + '"'
    if type_ in ("DOUBLE", "FLOAT"):
        # adding 0.0 turns -0.0 into 0.0
        text = f"printf('%.{_DIGITS_AFTER_POINT}e', {name} + 0.0)"
    else:
        text = f"{name}::VARCHAR"
    return f"'{_quoted(column)}=' || coalesce({text}, chr(30))"


def _quoted(text: object) -> str:
    return str(text).replace("'", "''")
