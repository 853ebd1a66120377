"""A population beside itself as it was read back from another format, row by row and as payers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb

from openp4p.claims.tables import TABLES

# what tells people, claims and practices of one copy of a population from those of another
_NUMBERED = {
    "beneficiary_id": "'{0}-' || beneficiary_id",
    "claim_id": "'{0}-' || claim_id",
    "entity_id": "'{0}-' || entity_id",
    "tin": "'{0}' || tin[2:]",
    "npi": "'{0}' || npi[2:]",
    "billing_npi": "'{0}' || billing_npi[2:]",
}


def sql_type(declared: str) -> str:
    """The database's name of the declared type of a column."""
    return {"string": "VARCHAR", "float64": "DOUBLE"}.get(declared, declared)


def differing(base: Path, stored: Path, table: str, but: Iterable[str] = ()) -> list[tuple]:
    """The rows that only one of the two has, without the columns that are written anew."""
    left, right = f"'{base}/{table}.parquet'", f"'{stored}/{table}/*.parquet'"
    columns = f"* EXCLUDE ({', '.join(but)})" if but else "*"
    assert duckdb.sql(f"SELECT count(*) FROM {right}").fetchall()[0][0] > 100, table
    return duckdb.sql(
        f"(SELECT {columns} FROM {left} EXCEPT ALL SELECT {columns} FROM {right}) UNION ALL "
        f"(SELECT {columns} FROM {right} EXCEPT ALL SELECT {columns} FROM {left})"
    ).fetchall()


def together(copies: Mapping[str, Path], into: Path) -> Path:
    """One input of several copies of a population, each with people and practices of its own.

    A copy goes by one digit, the first of its TINs and NPIs.
    """
    into.mkdir(exist_ok=True)
    for name in TABLES:
        selects = [
            _numbered(name, n, path)
            for n, folder in copies.items()
            for path in (*folder.glob(f"{name}/*.parquet"), *folder.glob(f"{name}.parquet"))
        ]
        if selects:
            rows = " UNION ALL BY NAME ".join(selects)
            duckdb.execute(f"COPY ({rows}) TO '{into}/{name}.parquet'")
    return into


def _numbered(table: str, n: str, path: Path) -> str:
    held = duckdb.sql(f"FROM read_parquet('{path}')").columns
    columns = []
    for column, type_ in TABLES[table].types.items():
        if column in held:
            value = _NUMBERED.get(column, f'"{column}"').format(n)
            columns.append(f'CAST({value} AS {sql_type(type_)}) AS "{column}"')
    return f"SELECT {', '.join(columns)} FROM read_parquet('{path}')"


def of_copy(rows: Iterable[dict], n: str) -> list[dict]:
    """The rows of the practices of one copy, by names that they have in every copy."""
    return [{**row, "tin": row["tin"][1:]} for row in rows if row["tin"].startswith(n)]
