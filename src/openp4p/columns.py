"""Columns of a run's tables as arrays."""

from __future__ import annotations

from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from openp4p.errors import RunFolderError
from openp4p.results import Run

Columns = dict[str, Any]
Vector = np.ndarray


def columns(run: Run, table: ir.Table) -> Columns:
    """Numbers as float64 (NaN where missing), everything else as lists (None where missing)."""
    held = run.engine.rows(table)
    return {name: _array(held.column(name)) for name in held.column_names}


def numbered(names: list[str]) -> tuple[list[str], Vector]:
    """The distinct names in order, and the place of each."""
    distinct, place = np.unique(np.array(names, dtype=str), return_inverse=True)
    return distinct.tolist(), np.asarray(place)


def has_rows(run: Run, name: str) -> bool:
    """Whether the run stored this table and it holds anything."""
    stored = name in run.names() or name in run.manifest.get("unions", {})
    return stored and bool(run.engine.rows(run.table(name).limit(1)).num_rows)


def beneficiaries(run: Run) -> tuple[ir.Table | None, str]:
    """The beneficiary table, or why it is not at hand: it may have stayed in the input folder."""
    try:
        return run.table("beneficiary"), ""
    except RunFolderError as error:
        return None, str(error)


def _array(column: pa.ChunkedArray) -> Vector | list[object]:
    kind = column.type
    if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return np.array(
            [np.nan if value is None else float(value) for value in column.to_pylist()], dtype=float
        )
    held: list[object] = column.to_pylist()
    return held
