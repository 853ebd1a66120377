"""A stage asked many times over small tables: its query is made once, its rows are put in anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import ibis
import pyarrow as pa

from openp4p.engine.duckdb import arrow_table
from openp4p.engine.stage import Stage
from openp4p.program.definition import Program

GIVEN, RULE = "given", "rule"
_QUERIES: dict[tuple, tuple[str, pa.Schema]] = {}
_STANDING: set[tuple[str, str]] = set()
_PROGRAMS: dict[int, Program] = {}  # kept, so that no two of them ever have the same id


def prepared(
    engine: object,
    stage: Stage,
    program: Program,
    tables: Mapping[str, tuple[str, list[dict], Mapping[str, str]]],
    others: Mapping[str, object],
) -> list[dict]:
    """The rows of a stage from rows of its tables, each with where they are from and its columns.

    Rows of the rules stay in the engine as long as it lives, the others until the next question.
    """
    _PROGRAMS[id(program)] = program
    names = {}
    for table, (source, rows, columns) in tables.items():
        kept = source == RULE or not rows
        owner = f"{source}{id(program)}" if source == RULE else "none" if kept else source
        names[table] = f"{owner}_{table}"
        if (engine.name, names[table]) not in _STANDING:
            _put(engine, names[table], arrow_table(rows, columns))
        if kept:
            _STANDING.add((engine.name, names[table]))
    asked = (engine.name, stage.name, id(program), *sorted(names.values()), repr(others))
    if asked not in _QUERIES:
        sources = {t: ibis.table(dict(tables[t][2]), name=names[t]) for t in tables}
        expression = stage(**sources, **others)
        _QUERIES[asked] = (engine.sql(expression), expression.schema().to_pyarrow())
    text, schema = _QUERIES[asked]
    return _asked(engine, text).cast(schema).to_pylist()


def forget(engines: Iterable[object]) -> None:
    """Drop the rows of rules that stand in these engines, and the queries over them."""
    by_name = {engine.name: engine for engine in engines}
    for engine, table in _STANDING:
        if engine == "duckdb":
            by_name[engine].connection.con.unregister(table)
        else:
            by_name[engine].session.catalog.dropTempView(table)
    for kept in (_STANDING, _QUERIES, _PROGRAMS):
        kept.clear()


def _put(engine: object, name: str, rows: pa.Table) -> None:
    if engine.name == "duckdb":
        engine.connection.con.register(name, rows)
    else:
        engine.session.createDataFrame(rows).createOrReplaceTempView(name)


def _asked(engine: object, text: str) -> pa.Table:
    if engine.name == "duckdb":
        return engine.connection.con.sql(text).to_arrow_table()
    return engine.session.sql(text).toArrow()
