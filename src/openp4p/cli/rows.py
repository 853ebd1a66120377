"""Rows as CSV, as JSON, or as a table on the terminal."""

from __future__ import annotations

import csv
import datetime as dt
import math
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from rich import box
from rich.console import Console
from rich.table import Table

from openp4p.explain.as_json import json_lines

_BATCH_ROWS = 50_000
_LEAST_WIDTH = 4
_BETWEEN = 2  # characters between two columns


def write_csv(table: ir.Table) -> None:
    """Every row as comma-separated values: missing is empty, dates ISO, yes/no true/false."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(table.columns)
    for batch in _batches(table):
        columns = [[_cell(value) for value in column.to_pylist()] for column in batch.columns]
        writer.writerows(zip(*columns, strict=True))
    sys.stdout.flush()


def write_json(table: ir.Table) -> None:
    """Every row as an object of one JSON list."""
    for line in json_lines(_rows(table)):
        sys.stdout.write(line)
    sys.stdout.flush()


def _rows(table: ir.Table) -> Iterator[dict[str, object]]:
    for batch in _batches(table):
        yield from batch.to_pylist()


def _batches(table: ir.Table) -> Iterator[pa.RecordBatch]:
    """The rows by parts, so that a long table is never in memory as a whole.

    Asked of DuckDB itself: Ibis 12 calls a method of its results that DuckDB 2 no longer has.
    """
    backend = ibis.get_backend(table)
    backend._run_pre_execute_hooks(table)  # tables made from rows in memory become known to it
    yield from backend.con.sql(backend.compile(table)).to_arrow_reader(_BATCH_ROWS)


def _cell(value: object) -> object:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, dt.date) else value


def for_a_person(value: object) -> str:
    """A value as a person reads it: money with thousands, floats short, missing as a dash."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        return f"{value:,f}" if exponent == -2 else f"{value.normalize():f}"
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) >= 1000 else f"{value:.6g}"
    return str(value)


def show_rows(console: Console, rows: list[Mapping[str, object]], columns: list[str]) -> None:
    """The rows as a table, or one below the other where they are too wide for the terminal.

    A table that is too wide by its headings alone has them over several lines.
    """
    texts = [[for_a_person(row[column]) for column in columns] for row in rows]
    for headings in (columns, [column.replace("_", "_\n") for column in columns]):
        if _width(headings, texts) <= console.width:
            console.print(_table(rows, columns, headings, texts))
            return
    _show_records(console, columns, texts)


def _width(headings: list[str], texts: list[list[str]]) -> int:
    """How wide the table is, with what stands between its columns."""
    widths = [
        max([*map(len, heading.split("\n")), *(len(line[place]) for line in texts), _LEAST_WIDTH])
        for place, heading in enumerate(headings)
    ]
    return sum(widths) + _BETWEEN * (len(widths) - 1)


def _table(
    rows: list[Mapping[str, object]],
    columns: list[str],
    headings: list[str],
    texts: list[list[str]],
) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    for column, heading in zip(columns, headings, strict=True):
        numbers = all(_is_number(row[column]) for row in rows)
        side: Literal["right", "left"] = "right" if numbers and rows else "left"
        table.add_column(heading, justify=side, no_wrap=True, vertical="bottom")
    for line in texts:
        table.add_row(*line)
    return table


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float | Decimal) and value is not True)


def _show_records(console: Console, columns: list[str], texts: list[list[str]]) -> None:
    width = max(map(len, columns))
    for number, line in enumerate(texts, start=1):
        console.print(f"row {number}", style="bold")
        for column, text in zip(columns, line, strict=True):
            console.print(f"  {column:<{width}}  {text}", soft_wrap=True)
