"""A run with many times the practices of another, for benchmarks of what is made for each of them.

Every row that belongs to a practice, a beneficiary, a claim or a stay is repeated with identifiers
of its own; rules, benchmarks and peers stay as they are. The payment no longer balances and a
benchmark is that of the first copy: this is for speed, not for results.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from openp4p.folder import MANIFEST
from openp4p.results import Run

# columns that name whoever or whatever a copy must have for itself
NAMES = {
    "tin", "entity_id", "runner_up_tin", "beneficiary_id", "claim_id", "stay_id", "episode_id",
    "case_id",
}  # fmt: skip


def multiplied(run: Run, times: int, out: Path) -> Path:
    """The folder of a run with so many times the practices; what needs no copies is linked."""
    out.mkdir(parents=True)
    shutil.copy2(run.folder / MANIFEST, out / MANIFEST)
    (out / "intake").symlink_to((run.folder / "intake").resolve())
    with duckdb.connect() as connection:
        for table in sorted((run.folder / "tables").iterdir()):
            _repeat(connection, table, times, out / "tables" / table.name)
    return out


def _repeat(connection: duckdb.DuckDBPyConnection, table: Path, times: int, out: Path) -> None:
    files = f"read_parquet('{table}/*.parquet')"
    columns = [row[0] for row in connection.execute(f"DESCRIBE FROM {files}").fetchall()]
    named = [column for column in columns if column in NAMES]
    out.parent.mkdir(exist_ok=True)
    if not named:
        out.symlink_to(table.resolve())
        return
    out.mkdir()
    own = ", ".join(
        f'CASE WHEN copy = 0 THEN "{c}" ELSE "{c}" || \'~\' || copy END AS "{c}"' for c in named
    )
    connection.execute(
        f"COPY (SELECT * EXCLUDE (copy) REPLACE ({own}) "
        f"FROM {files}, range({times}) AS copies(copy)) "
        f"TO '{out}/part-0.parquet' (FORMAT parquet)"
    )
