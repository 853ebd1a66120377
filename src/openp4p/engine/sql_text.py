"""Values and names as SQL, where a statement is written by hand."""

from __future__ import annotations


def literal(value: object) -> str:
    """A text in SQL."""
    return "'" + str(value).replace("'", "''") + "'"


def quoted_name(name: str) -> str:
    """A column's or a table's name in SQL."""
    return '"' + name.replace('"', '""') + '"'
