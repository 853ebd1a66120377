"""The ledger of an intake: read = used + set aside, in rows by file and in dollars by month."""

from __future__ import annotations

from pathlib import Path

from openp4p.claims.checks import REMEDIES
from openp4p.claims.formats.workbench import Workbench
from openp4p.claims.settlement import Settled, write

_BY_LINE = "('PART_B', 'DME')"
_COUNTED = {"claim": f"claim_class NOT IN {_BY_LINE}", "claim_line": f"claim_class IN {_BY_LINE}"}


def keep_accounts(bench: Workbench, settled: dict[str, Settled], into: Path) -> None:
    """Store `accounting`, `accounting_reasons`, `accounting_money` and `quarantine`.

    The rows that are used are counted from the rows that were accepted, not from the difference; a
    ledger that does not balance is a mistake in openp4p and stops the run.
    """
    _rows_by_fate(bench, settled)
    _quarantine(bench, settled, into)
    write(bench, _ACCOUNTING, into / "accounting")
    lost = bench.run(
        f"SELECT file FROM ({_ACCOUNTING}) WHERE rows_read <> rows_used + rows_set_aside"
    )
    assert not lost, f"rows of {lost} are neither used nor set aside"
    money = _money(settled)
    write(bench, money, into / "accounting_money")
    off = bench.one(
        f"SELECT count(*) FROM ({money}) WHERE dollars_read <> dollars_used + dollars_set_aside"
    )
    assert not off, "dollars read are not dollars used plus dollars set aside"


_ACCOUNTING = """
    SELECT f.file, f.rows_read, count(u._row) AS rows_used,
           coalesce(any_value(s.rows), 0) AS rows_set_aside
    FROM files f LEFT JOIN used_rows u ON u._file = f.file
    LEFT JOIN (SELECT file, count(DISTINCT (row, malformed)) AS rows FROM fates GROUP BY file) s
      ON s.file = f.file
    GROUP BY f.file, f.rows_read ORDER BY f.file
"""


def _rows_by_fate(bench: Workbench, settled: dict[str, Settled]) -> None:
    """Tables `files`, `used_rows` and `fates` (source rows of which nothing is used)."""
    bench.connection.execute("CREATE TABLE files (file VARCHAR, rows_read BIGINT)")
    for file in bench.files:
        bench.connection.execute("INSERT INTO files VALUES (?, ?)", [file.name, file.rows_read])
    accepted = " UNION ALL ".join(f"SELECT _file, _row FROM {s.accepted}" for s in settled.values())
    bench.connection.execute(
        f"CREATE TABLE used_rows AS SELECT DISTINCT _file, _row FROM ({accepted})"
        if accepted
        else "CREATE TABLE used_rows (_file VARCHAR, _row BIGINT)"
    )
    aside = " UNION ALL ".join(f"SELECT _file, _row FROM {s.aside}" for s in settled.values())
    bench.connection.execute(
        "CREATE TABLE fates (file VARCHAR, row BIGINT, malformed BOOLEAN, silent BOOLEAN)"
    )
    if aside:
        bench.connection.execute(
            f"INSERT INTO fates SELECT DISTINCT _file, _row, false, false FROM ({aside}) "
            "ANTI JOIN used_rows USING (_file, _row)"
        )
    for number, file in enumerate(bench.files):
        name = file.name.replace("'", "''")
        bench.connection.execute(
            f"INSERT INTO fates SELECT '{name}', source_row, false, true FROM {file.view} r "
            f"WHERE NOT EXISTS (SELECT 1 FROM used_rows u WHERE u._file = '{name}' AND "
            f"u._row = r.source_row) AND NOT EXISTS (SELECT 1 FROM fates s WHERE "
            f"s.file = '{name}' AND s.row = r.source_row)"
        )
        if file.malformed:
            bench.connection.execute(
                f"INSERT INTO fates SELECT DISTINCT '{name}', line - 1, true, false "
                f"FROM rejects_{number}"
            )


def _quarantine(bench: Workbench, settled: dict[str, Settled], into: Path) -> None:
    remedies = " ".join(
        f"WHEN '{rule}' THEN '{remedy.replace(chr(39), chr(39) * 2)}'"
        for rule, remedy in REMEDIES.items()
    )
    selects = [
        f"SELECT _file AS file, _row AS row, '{name}' AS table_name, _column AS \"column\", "
        f"_rule AS rule, _found AS found FROM {one.aside}"
        for name, one in settled.items()
    ]
    selects.append(
        'SELECT file, row, NULL AS table_name, NULL AS "column", '
        "CASE WHEN malformed THEN 'malformed line' ELSE 'adds nothing' END AS rule, "
        "NULL AS found FROM fates WHERE malformed OR silent"
    )
    bench.connection.execute(
        "CREATE TABLE quarantine AS SELECT *, "
        f"coalesce(CASE rule {remedies} END, 'Nothing: the row is not needed.') AS remedy "
        f"FROM ({' UNION ALL '.join(selects)})"
    )
    write(bench, "SELECT * FROM quarantine ORDER BY ALL", into / "quarantine")
    write(bench, _reasons(settled), into / "accounting_reasons")


def _reasons(settled: dict[str, Settled]) -> str:
    """Rows and Medicare-paid dollars by file, table and reason."""
    dollars = [
        f"SELECT t._file AS file, '{name}' AS table_name, a._rule AS reason, "
        f"sum(t.paid_amount) AS dollars FROM {settled[name].typed} t JOIN {settled[name].aside} a "
        f"USING (_file, _row, _part) WHERE coalesce({which}, true) GROUP BY ALL"
        for name, which in _COUNTED.items()
        if name in settled
    ]
    none = "SELECT NULL AS file, NULL AS table_name, NULL AS reason, NULL AS dollars WHERE false"
    return (
        "SELECT file, table_name, reason, rows, CAST(coalesce(dollars, 0) AS DECIMAL(38, 2)) AS "
        "dollars FROM (SELECT file, table_name, rule AS reason, count(*) AS rows FROM quarantine "
        f"GROUP BY ALL) LEFT JOIN ({' UNION ALL '.join(dollars) or none}) "
        "USING (file, table_name, reason) ORDER BY ALL"
    )


def _money(settled: dict[str, Settled]) -> str:
    """Medicare-paid dollars by claim class and month: of claims, and of lines where lines are
    paid."""
    selects = []
    for name, which in _COUNTED.items():
        if name not in settled:
            continue
        one = settled[name]
        for column, rows in (
            ("dollars_read", one.typed),
            ("dollars_used", one.accepted),
            (
                "dollars_set_aside",
                f"(SELECT * FROM {one.typed} SEMI JOIN {one.aside} USING (_file, _row, _part))",
            ),
        ):
            others = {
                c: f"coalesce(sum(paid_amount), 0) AS {c}"
                if c == column
                else f"0::DECIMAL(38, 2) AS {c}"
                for c in ("dollars_read", "dollars_used", "dollars_set_aside")
            }
            selects.append(
                "SELECT claim_class, year(from_date) * 100 + month(from_date) AS year_month, "
                f"{', '.join(others.values())} FROM {rows} "
                f"WHERE coalesce({which}, true) GROUP BY ALL"
            )
    if not selects:
        return (
            "SELECT ''::VARCHAR AS claim_class, 0::BIGINT AS year_month, 0::DECIMAL(38, 2) AS "
            "dollars_read, 0::DECIMAL(38, 2) AS dollars_used, 0::DECIMAL(38, 2) AS "
            "dollars_set_aside WHERE false"
        )
    return (
        "SELECT claim_class, year_month, sum(dollars_read) AS dollars_read, "
        "sum(dollars_used) AS dollars_used, sum(dollars_set_aside) AS dollars_set_aside "
        f"FROM ({' UNION ALL '.join(selects)}) GROUP BY ALL ORDER BY ALL"
    )
