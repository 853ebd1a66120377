"""Merely scanning: the columns a stage reads, and the seconds it takes to read them all."""

from __future__ import annotations

import inspect
import json
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import ibis

import openp4p.run  # noqa: F401  # declares every stage
from openp4p.claims.tables import TABLES
from openp4p.engine import stages
from openp4p.errors import UsageError
from openp4p.results import Run

SAMPLE = 20_000
TIMES = 3
# tables that a stage makes under another name, from these tables
ALSO = {
    "prior_reported_cases": ("reported_cases", {}),
    "prior_survey_cases": ("survey_cases", {}),
    "prior_rates": ("unadjusted_rates", {"measure_cases": "prior_cases"}),
}


def scanned_columns(run: Run, name: str) -> dict[str, list[str]]:
    """The columns of each stored table that the plan of a stage reads, by table."""
    stage_name, renamed = ALSO.get(name, (name, {}))
    stage = stages().get(stage_name)
    if stage is None:
        return {}
    facts = {
        "program": run.program,
        "roster_supplied": _has_rows(run, "provider_enrollment"),
        "scores_supplied": _has_rows(run, "risk_score"),
        "performance_year": run.program.performance_year,
        "published_factor": run.manifest["published_factor"],
    }
    connection = ibis.duckdb.connect()
    # a plan for any rows: what a sample happens to hold must not leave a table out of it
    connection.raw_sql("SET disabled_optimizers = 'statistics_propagation, empty_result_pullup'")
    arguments = {}
    for parameter in inspect.signature(stage.function).parameters:
        if parameter in facts:
            arguments[parameter] = facts[parameter]
        else:
            table = renamed.get(parameter, parameter)
            arguments[parameter] = connection.create_table(table, **_sample(run, table))
    sql = ibis.to_sql(stage(**arguments), dialect="duckdb")
    plan = json.loads(connection.raw_sql(f"EXPLAIN (FORMAT JSON) {sql}").fetchall()[0][1])
    connection.disconnect()
    found: dict[str, set[str]] = defaultdict(set)
    for table, columns in _scans(plan):
        found[table] |= columns
    return {table: sorted(columns) for table, columns in found.items() if _has_rows(run, table)}


def _sample(run: Run, table: str) -> dict:
    """Rows of a stored table; the columns alone of one that was not supplied."""
    try:
        return {"obj": run.engine.rows(run.table(table).limit(SAMPLE))}
    except UsageError:
        return {"schema": ibis.schema(TABLES[table].types)}


def _scans(nodes: list[Mapping]) -> Iterator[tuple[str, set[str]]]:
    for node in nodes:
        extra = node.get("extra_info", {})
        if "Table" in extra and "Projections" in extra:
            said = extra["Projections"]
            columns = {said} if isinstance(said, str) else set(said)
            yield extra["Table"].rpartition(".")[2], {c.strip('"') for c in columns if c}
        yield from _scans(node["children"])


def _has_rows(run: Run, table: str) -> bool:
    try:
        return bool(run.engine.rows(run.table(table).limit(1)).num_rows)
    except UsageError:
        return False


def seconds_to_scan(run: Run, columns: Mapping[str, list[str]]) -> float:
    """The best of a few times it takes to read every value of these columns."""
    queries = [
        _reading(ibis.to_sql(run.table(table).select(names), dialect="duckdb"), names)
        for table, names in columns.items()
        if names
    ]
    return _best(run.engine.connection, queries)


def seconds_to_scan_files(connection: object, files: list[Path]) -> float:
    """The same for input files, whatever their kind."""
    queries = []
    for path in files:
        reader = "read_parquet" if path.suffix == ".parquet" else "read_csv"
        said = f"'{path}'" + ("" if path.suffix == ".parquet" else ", all_varchar = true")
        source = f"SELECT * FROM {reader}({said})"
        described = connection.raw_sql(f"DESCRIBE {source}").fetchall()
        queries.append(_reading(source, [row[0] for row in described]))
    return _best(connection, queries)


def _reading(source: str, names: list[str]) -> str:
    # a hash of every value is needed, so that none is skipped or answered from statistics
    hashes = ", ".join(f'max(hash("{name}"))' for name in names)
    return f"SELECT {hashes} FROM ({source})"


def _best(connection: object, queries: list[str]) -> float:
    if not queries:
        return 0.0
    times = []
    for _ in range(TIMES):
        started = time.perf_counter()
        for query in queries:
            connection.raw_sql(query).fetchall()
        times.append(time.perf_counter() - started)
    return round(min(times), 4)
