"""Programs, each loaded once for all tests of the audit, and a run of a handful of payments."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from openp4p.program.library import load_program as load
from openp4p.program.library import resolved

load_program = cache(load)
RUN_ID = "0123456789abcdef"
PAYMENTS = [
    ("T1", "1-9", "automatic", "100.00", "-20.00"),
    ("T2", "10+", "tiering", "1000.00", "-80.00"),
    ("T3", "10+", "tiering", "2000.01", "30.00"),
    ("T4", None, "not_subject", "500.00", "0.00"),
]


def paid_run(folder: Path) -> Path:
    """A finished run of the Value Modifier of 2017 that holds its payments and nothing else."""
    program = load_program("medicare_value_modifier/2017")
    manifest = {
        "finished": True,
        "run_id": RUN_ID,
        "program_id": program.id,
        "performance_year": program.performance_year,
        "performance_period_override": None,
        "choices": {choice.id: choice.chosen for choice in program.choices},
        "inputs": [{"name": "synthetic.csv", "bytes": 1, "sha256": "0" * 64}],
        "notes": [],
        "tables": {"payments": {}},
        "program": resolved(program),
    }
    columns = ("tin", "size_class", "basis", "paid_amount", "adjustment_amount")
    rows = [dict(zip(columns, row, strict=True)) for row in PAYMENTS]
    for row in rows:
        row["paid_amount"] = Decimal(row["paid_amount"])
        row["adjustment_amount"] = Decimal(row["adjustment_amount"])
    (folder / "tables" / "payments").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows), folder / "tables" / "payments" / "part.parquet")
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder
