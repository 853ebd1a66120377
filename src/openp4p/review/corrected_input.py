"""An input folder with overrides applied beside the old one, which nobody edits."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from openp4p.errors import Problem
from openp4p.review.corrections import Override

_CORRECTIONS = ("correction", "removed_patient", "clinical_variance")


def corrected_input(
    original: Path,
    into: Path,
    overrides: Sequence[Override],
    added: dict[str, list[dict[str, object]]],
) -> list[Problem]:
    """Make `into` the corrected input; untouched files are links to the originals.

    `added`: the rows of the tables of corrections. Problems name overrides that met no row, and
    tables that are there already.
    """
    into.mkdir(parents=True, exist_ok=True)
    met: set[int] = set()
    touched = {override.table for override in overrides}
    for path in sorted(p for p in original.rglob("*") if p.is_file()):
        inside = path.relative_to(original)
        table = inside.parts[0].split(".")[0]
        if table in _CORRECTIONS or inside.parts[0].startswith("."):
            continue  # given anew; or a seal, which the changed rows would break
        target = into / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        if table in touched and path.suffix in (".parquet", ".csv"):
            of_table = [(n, o) for n, o in enumerate(overrides) if o.table == table]
            met |= _rewritten(path, target, of_table)
        else:
            target.symlink_to(path.resolve())
    for name, rows in added.items():
        if rows:
            _written(into / f"{name}.csv", rows)
    return _unmet(overrides, met)


def _unmet(overrides: Sequence[Override], met: set[int]) -> list[Problem]:
    """Disputes of which no override met a row: a claim may well have no procedure."""
    applied = {overrides[n].dispute for n in met}
    lost = {o.dispute: o for o in overrides if o.dispute not in applied}
    return [
        Problem(
            file=override.table,
            where=f"dispute {dispute}",
            found="no row of the input is what the dispute names",
            remedy="Decide the dispute again with the row as it stands in the input.",
        )
        for dispute, override in sorted(lost.items())
    ]


def _rewritten(source: Path, target: Path, overrides: Iterable[tuple[int, Override]]) -> set[int]:
    """The file with the overrides of its table; which of them met a row."""
    is_parquet = source.suffix == ".parquet"
    table = pq.read_table(source) if is_parquet else _csv_as_text(source)
    met: set[int] = set()
    for number, override in overrides:
        mask = _rows(table, override)
        if not pc.any(mask).as_py():
            continue
        met.add(number)
        if override.field is None:
            table = table.filter(pc.invert(mask))
        else:
            kind = table.schema.field(override.field).type
            new = pa.scalar(override.new).cast(kind)
            column = pc.if_else(mask, new, table[override.field])
            place = table.schema.get_field_index(override.field)
            table = table.set_column(place, override.field, column)
    if is_parquet:
        pq.write_table(table, target)
    else:
        pa_csv.write_csv(table, target)
    return met


def _csv_as_text(path: Path) -> Any:  # noqa: ANN401  # a table of pyarrow
    with path.open(encoding="utf-8", newline="") as held:
        names = next(csv.reader(held))
    as_text = pa_csv.ConvertOptions(column_types={name: pa.string() for name in names})
    return pa_csv.read_csv(path, convert_options=as_text)


def _rows(table: Any, override: Override) -> Any:  # noqa: ANN401  # of pyarrow
    masks = [
        pc.fill_null(pc.equal(pc.cast(table[column], pa.string()), value), False)
        for column, value in override.key.items()
    ]
    found = masks[0]
    for mask in masks[1:]:
        found = pc.and_(found, mask)
    return found


def _written(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as held:
        writer = csv.DictWriter(held, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
