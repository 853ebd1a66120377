"""The ledger of an intake: read = used + set aside, in rows by file and in dollars by month."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openp4p.claims.checks import REMEDIES
from openp4p.claims.formats.workbench import SourceFile, Workbench
from openp4p.claims.settlement import Settled, write
from openp4p.engine.base import Engine
from openp4p.engine.sql_text import literal

Ledger = Mapping[str, list[dict[str, Any]]]
LEDGER = ("accounting", "accounting_reasons", "accounting_money")
_DOLLARS = ("dollars_read", "dollars_used", "dollars_set_aside")
_KEEPS_DOLLARS = ("claim", "claim_line")
_FOLLOWS = ("claim set aside", "no such claim")
_NOT_NEEDED = "Nothing: the row is not needed."


def keep_accounts(bench: Workbench, settled: dict[str, Settled], into: Path) -> None:
    """Store `accounting`, `accounting_reasons`, `accounting_money` and `quarantine`.

    The rows that are used are counted from the rows that were accepted, not from the difference; a
    ledger that does not balance is a mistake in openp4p and stops the run.
    """
    _rows_by_fate(bench, settled)
    _quarantine(bench, settled)
    for name, select in (
        ("accounting_reasons", _reasons(settled)),
        ("accounting", _ACCOUNTING),
        ("accounting_money", _money(settled)),
    ):
        bench.connection.execute(f"CREATE TABLE {name} AS {select}")
        write(bench, [f"FROM {name} ORDER BY ALL"], into / name)
    write(bench, ["FROM quarantine ORDER BY ALL"], into / "quarantine")
    lost = bench.run("SELECT file FROM accounting WHERE rows_read <> rows_used + rows_set_aside")
    assert not lost, f"rows of {lost} are neither used nor set aside"
    unexplained = bench.run(
        "SELECT file FROM accounting a LEFT JOIN (SELECT file, sum(rows_set_aside) AS rows "
        "FROM accounting_reasons GROUP BY 1) r USING (file) "
        "WHERE a.rows_set_aside <> coalesce(r.rows, 0)"
    )
    assert not unexplained, f"the reasons of {unexplained} do not add up to the rows set aside"
    off = bench.one(
        "SELECT count(*) FROM accounting_money "
        "WHERE dollars_read <> dollars_used + dollars_set_aside"
    )
    assert not off, "dollars read are not dollars used plus dollars set aside"


def kept_ledger(engine: Engine, intake: Path) -> Ledger:
    """The rows of the ledger that an intake stored, by the name of the table."""
    stored = [name for name in LEDGER if any((intake / name).glob("*.parquet"))]
    return {name: engine.rows(engine.read_parquet(intake / name)).to_pylist() for name in stored}


_ACCOUNTING = """
    SELECT f.file, f.rows_read, f.rows_used, count(s.row) AS rows_set_aside
    FROM files f LEFT JOIN (SELECT DISTINCT file, row FROM fates) s ON s.file = f.file
    GROUP BY ALL ORDER BY f.file
"""


def _rows_by_fate(bench: Workbench, settled: dict[str, Settled]) -> None:
    """Tables `files`, and `fates`: source rows of which nothing is used, and by what they fell."""
    bench.connection.execute(
        "CREATE TABLE files (file VARCHAR, rows_read BIGINT, rows_used BIGINT)"
    )
    bench.connection.execute("CREATE TABLE fates (file VARCHAR, row BIGINT, kind VARCHAR)")
    for file in bench.files:
        tables = [one for one in settled.values() if any(p.file is file for p in one.parts)]
        parts = [part for one in tables for part in one.parts if part.file is file]
        name = literal(file.name)
        if file.consulted and not parts:
            used = bench.one(f"SELECT count(*) FROM {file.view}")
        # a file that is one table as it stands has one canonical row for each of its rows
        elif len(parts) == 1 and not parts[0].relation and not parts[0].where:
            used = bench.one(f"SELECT count(*) FROM {tables[0].accepted} WHERE _file = {name}")
            bench.connection.execute(
                f"INSERT INTO fates SELECT DISTINCT _file, _row, 'set aside' "
                f"FROM {tables[0].aside} WHERE _file = {name}"
            )
        else:
            used = _mixed_rows(bench, file, name, tables)
        if file.rejects:
            bench.connection.execute(
                f"INSERT INTO fates SELECT {name}, source_row, 'malformed line' FROM {file.rejects}"
            )
        bench.connection.execute(
            "INSERT INTO files VALUES (?, ?, ?)", [file.name, file.rows_read, used]
        )


def _mixed_rows(bench: Workbench, file: SourceFile, name: str, tables: list[Settled]) -> int:
    """How many rows of a file have at least one canonical row that is used; the others get a
    fate."""
    accepted = " UNION ALL ".join(
        f"SELECT _row FROM {one.accepted} WHERE _file = {name}" for one in tables
    )
    bench.connection.execute(
        "CREATE OR REPLACE TEMP TABLE used_rows AS "
        + (f"SELECT DISTINCT _row FROM ({accepted})" if accepted else "SELECT 0 AS _row LIMIT 0")
    )
    aside = "".join(f" UNION SELECT _row FROM {one.aside} WHERE _file = {name}" for one in tables)
    bench.connection.execute(
        f"INSERT INTO fates SELECT {name}, r.source_row, "
        "CASE WHEN s._row IS NULL THEN 'adds nothing' ELSE 'set aside' END "
        f"FROM (SELECT source_row FROM {file.view} WHERE source_row NOT IN (FROM used_rows)) r "
        f"LEFT JOIN (SELECT 0 AS _row{aside}) s ON s._row = r.source_row"
    )
    return bench.one("SELECT count(*) FROM used_rows")


def _quarantine(bench: Workbench, settled: dict[str, Settled]) -> None:
    remedies = " ".join(
        f"WHEN {literal(rule)} THEN {literal(remedy)}" for rule, remedy in REMEDIES.items()
    )
    selects = [
        f"SELECT _file AS file, _row AS row, '{name}' AS table_name, _column AS \"column\", "
        f"_rule AS rule, _found AS found FROM {one.aside}"
        for name, one in settled.items()
    ]
    selects.append(
        'SELECT file, row, NULL AS table_name, NULL AS "column", kind AS rule, NULL AS found '
        "FROM fates WHERE kind <> 'set aside'"
    )
    bench.connection.execute(
        "CREATE TABLE quarantine AS SELECT *, "
        f"coalesce(CASE rule {remedies} END, '{_NOT_NEEDED}') AS remedy "
        f"FROM ({' UNION ALL '.join(selects)})"
    )


def _reasons(settled: dict[str, Settled]) -> str:
    """Rows and Medicare-paid dollars by file, table and reason.

    A row of a file may become rows of several tables: `rows` counts those of the table. A row of
    the file of which nothing is used counts in `rows_set_aside` under one reason only, so that the
    reasons of a file add up to what `accounting` says was set aside.
    """
    dollars = [
        f"SELECT t._file AS file, '{name}' AS table_name, a._rule AS reason, "
        f"sum(t.paid_amount) AS dollars FROM {settled[name].typed} t JOIN {settled[name].aside} a "
        "USING (_file, _row, _part) WHERE t._counted GROUP BY ALL"
        for name in _KEEPS_DOLLARS
        if name in settled
    ]
    none = "SELECT NULL AS file, NULL AS table_name, NULL AS reason, NULL AS dollars WHERE false"
    followers = ", ".join(f"'{rule}'" for rule in _FOLLOWS)
    # what follows from another mistake of the row is not what it was set aside for
    marked = (
        "SELECT q.file, q.table_name, q.rule AS reason, f.row IS NOT NULL AND row_number() OVER "
        f"(PARTITION BY q.file, q.row ORDER BY q.rule IN ({followers}), q.table_name, "
        'q."column", q.rule) = 1 AS is_the_reason FROM quarantine q LEFT JOIN '
        "(SELECT DISTINCT file, row FROM fates) f ON f.file = q.file AND f.row = q.row"
    )
    return (
        "SELECT file, table_name, reason, rows, rows_set_aside, "
        "CAST(coalesce(dollars, 0) AS DECIMAL(38, 2)) AS dollars FROM "
        "(SELECT file, table_name, reason, count(*) AS rows, "
        f"CAST(count_if(is_the_reason) AS BIGINT) AS rows_set_aside FROM ({marked}) GROUP BY ALL) "
        f"LEFT JOIN ({' UNION ALL '.join(dollars) or none}) "
        "USING (file, table_name, reason) ORDER BY ALL"
    )


def _money(settled: dict[str, Settled]) -> str:
    """Medicare-paid dollars by claim class and month, read, used and set aside each on its own.

    `table_name` is the table whose rows hold them, so that a claim and its lines count once.
    """
    selects = [
        "SELECT NULL::VARCHAR AS table_name, NULL::VARCHAR AS claim_class, "
        "NULL::DATE AS from_date, "
        + ", ".join(f"0::DECIMAL(18, 2) AS {column}" for column in _DOLLARS)
        + " WHERE false"
    ]
    for name in _KEEPS_DOLLARS:
        if name not in settled:
            continue
        one = settled[name]
        aside = f"(SELECT * FROM {one.typed} SEMI JOIN {one.aside} USING (_file, _row, _part))"
        for column, rows in zip(_DOLLARS, (one.typed, one.accepted, aside), strict=True):
            amounts = ", ".join(
                f"{'paid_amount' if c == column else '0::DECIMAL(18, 2)'} AS {c}" for c in _DOLLARS
            )
            selects.append(
                f"SELECT '{name}' AS table_name, claim_class, from_date, {amounts} FROM {rows} "
                "WHERE _counted"
            )
    sums = ", ".join(
        f"CAST(coalesce(sum({column}), 0) AS DECIMAL(38, 2)) AS {column}" for column in _DOLLARS
    )
    return (
        "SELECT claim_class, year(from_date) * 100 + month(from_date) AS year_month, table_name, "
        f"{sums} FROM ({' UNION ALL '.join(selects)}) GROUP BY ALL ORDER BY ALL"
    )
