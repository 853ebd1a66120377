"""`openp4p tables` and `openp4p show`: what a run stored."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated

import ibis
import ibis.expr.types as ir
import typer
from rich.table import Table

from openp4p.cli.options import RunFolder
from openp4p.cli.rows import show_rows, write_csv, write_json
from openp4p.cli.terminal import messages, open_run, output
from openp4p.errors import UsageError
from openp4p.program.mistakes import did_you_mean

_SHOWN = 20
_KINDS = {
    "boolean": "yes or no",
    "int32": "whole numbers",
    "int64": "whole numbers",
    "float64": "numbers",
    "decimal": "numbers",
    "date": "dates such as 2015-03-01",
}


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(tables)
    app.command()(show)


def tables(
    run: RunFolder,
    csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values.")] = False,
    json: Annotated[bool, typer.Option("--json", help="A JSON list of objects.")] = False,
) -> None:
    """The tables of a run: name, rows, and what a row is.

    Example:

        openp4p tables run-2017
    """
    opened = open_run(run)
    listed = [*opened.names(), *opened.manifest.get("unions", {})]
    rows = [_described(opened, name) for name in listed]
    columns = {"table": "string", "rows": "int64", "what_the_rows_are": "string"}
    if csv or json:
        _write(ibis.memtable(rows, schema=columns), csv=csv, json=json)
        return
    listed_lines = Table.grid(padding=(0, 2, 0, 0))
    listed_lines.add_column(no_wrap=True)
    listed_lines.add_column(justify="right", no_wrap=True)
    listed_lines.add_column()
    for row in rows:
        listed_lines.add_row(str(row["table"]), f"{row['rows']:,}", str(row["what_the_rows_are"]))
    output().print(listed_lines)


def _described(run: object, name: str) -> dict[str, object]:
    from openp4p.cli.meanings import meaning

    table = run.table(name)  # type: ignore[attr-defined]  # a Run
    return {
        "table": name,
        "rows": int(table.count().execute()),
        "what_the_rows_are": meaning(name),
    }


def show(
    run: RunFolder,
    table: Annotated[str, typer.Argument(metavar="TABLE", help="A name from `openp4p tables`.")],
    csv: Annotated[bool, typer.Option("--csv", help="Every row, comma-separated.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Every row, a JSON list.")] = False,
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Only rows with this value (no value: where it is missing). May be repeated.",
        ),
    ] = None,
    columns: Annotated[
        str | None, typer.Option(metavar="A,B,...", help="Only these columns, in this order.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=0, help=f"At most so many rows ({_SHOWN} on a terminal).")
    ] = None,
) -> None:
    """The rows of one table of a run, in the order of its key.

    Examples:

        openp4p show run-2017 payments

        openp4p show run-2017 scores --where tin=T000000012

        openp4p show run-2017 payments --csv > payments.csv
    """
    opened = open_run(run)
    found = _filtered(_ordered(opened.table(table), table), where or [])
    kept = found.select(_chosen(found, columns)) if columns else found
    if csv or json:
        _write(kept if limit is None else kept.limit(limit), csv=csv, json=json)
        return
    count, shown = int(kept.count().execute()), _SHOWN if limit is None else limit
    show_rows(output(), kept.limit(shown).to_pyarrow().to_pylist(), list(kept.columns))
    if count > shown:
        messages().print(f"{shown:,} of {count:,} rows. All of them: --csv or --json.", style="dim")
    elif not count:
        messages().print("No rows.", style="dim")


def _write(table: ir.Table, *, csv: bool, json: bool) -> None:
    if csv and json:
        raise UsageError(
            "--csv and --json do not go together.", remedy="Give one of them.", code="options"
        )
    (write_csv if csv else write_json)(table)


def _ordered(table: ir.Table, name: str) -> ir.Table:
    import openp4p.run  # noqa: F401  # declares every stage
    from openp4p.engine import stages

    declared = stages().get(name)
    key = [k for k in (declared.key if declared else ()) if k in table.columns]
    return table.order_by(key or table.columns)


def _filtered(table: ir.Table, where: list[str]) -> ir.Table:
    for condition in where:
        name, equals, text = condition.partition("=")
        if not equals:
            raise UsageError(
                f"'{condition}' is not a condition.",
                remedy="Write --where COLUMN=VALUE.",
                code="options",
            )
        column = table[_known(table, name)]
        table = table.filter(column == _typed(text, column) if text else column.isnull())
    return table


def _typed(text: str, column: ir.Value) -> object:
    """The text of a condition as a value of the column's type."""
    kind = column.type()
    try:
        if kind.is_boolean():
            return {"true": True, "yes": True, "false": False, "no": False}[text.lower()]
        if kind.is_integer():
            return int(text)
        if kind.is_decimal():
            return ibis.literal(Decimal(text), type=kind)
        if kind.is_floating():
            return float(text)
        return dt.date.fromisoformat(text) if kind.is_date() else text
    except (KeyError, ValueError, ArithmeticError, TypeError) as error:
        raise UsageError(
            f"The column '{column.get_name()}' cannot hold '{text}'.",
            remedy=f"It holds {_KINDS.get(str(kind).split('(')[0], str(kind))}.",
            code="options",
        ) from error


def _chosen(table: ir.Table, columns: str) -> list[str]:
    return [_known(table, name.strip()) for name in columns.split(",")]


def _known(table: ir.Table, name: str) -> str:
    if name not in table.columns:
        raise UsageError(
            f"The table has no column '{name}'.",
            remedy=f"{did_you_mean(name, table.columns)} "
            f"Its columns: {', '.join(table.columns)}.".lstrip(),
            code="no-such-column",
        )
    return name
