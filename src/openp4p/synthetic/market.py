"""One market of the population: its SQL run in an embedded database, its tables written."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import duckdb

from openp4p.claims import columns as types
from openp4p.claims import tables as canonical
from openp4p.claims.marked import KEY
from openp4p.engine.embedded import without_progress_bar
from openp4p.engine.sql_text import literal
from openp4p.engine.written import parquet
from openp4p.synthetic.findings import MarketFindings

SYNTHETIC = "Synthetic: made by openp4p synthesize. Nobody in these rows exists."
PERFORMANCE_YEAR = 2015  # has the change from ICD-9 to ICD-10 in it
_SCRIPTS = (
    "random",
    "practices",
    "people",
    "stays",
    "services",
    "lines",
    "tables",
    "reports",
    "findings",
)
_FOUND = {
    "practice": "* EXCLUDE (tin)",
    "people": "*",
    "episode": "* EXCLUDE (tin)",
    "lines": "*",
    "feature": "what, which, n",
}
_QUALITY = "SELECT tin, round(quality_effect, 6) FROM practice ORDER BY tin"
_LISTS = {
    "condition": "conditions",
    "service": "services",
    "service_code": "service_codes",
    "stay_kind": "stays",
    "specialty": "specialties",
    "roster": "roster",
    "quality_measure": "quality_measures",
    "survey_measure": "survey_measures",
    "place": "places",
}
# columns of the code lists that are text even where they look like numbers
_TEXT = frozenset((
    "specialty", "pool", "drg", "dx9", "dx10", "px9", "px10", "codes9", "codes10", "measure",
    "hcpcs_code", "modifier", "state", "ssa", "place", "condition", "reason", "cause",
))  # fmt: skip
_SQL_TYPES = {
    types.TEXT: "VARCHAR",
    types.WHOLE: "BIGINT",
    types.DATE: "DATE",
    types.YES_NO: "BOOLEAN",
    types.MONEY: "DECIMAL(18, 2)",
    types.NUMBER: "DOUBLE",
}
# the order in which each table is stored: by person and date, for speed of what reads it
TABLES = {
    "beneficiary": "i",
    "enrollment_month": "i, year_month",
    "claim": "i, from_date, prefix, key, half, number",
    "claim_line": "i, from_date, key, number, line_number",
    "diagnosis": "i, from_date, prefix, key, half, number, seq",
    "procedure": "i, from_date, prefix, key, half, number, seq",
    "provider_enrollment": "tin, npi",
    "quality_result": "tin, npi, entity_id, performance_year, mechanism, measure",
    "cahps_result": "tin, entity_id, performance_year, measure",
    "pqrs_success": "tin, npi, performance_year",
    "practice_election": "tin, performance_year",
    "model_participation": "tin, model, performance_year",
    "participation": "tin, participates_from",
}


@dataclass(frozen=True)
class Market:
    """A part of the population that is made by itself: its number and its people.

    `services`: how many there are outside primary care for each of the usual.
    """

    number: int
    first_person: int
    people: int
    practices: int
    seed: int
    services: float = 1.0


@cache
def code_list(name: str) -> list[dict[str, str]]:
    """The rows of one of the package's code lists."""
    text = files("openp4p.synthetic").joinpath("codes", f"{name}.csv").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return list(csv.DictReader(io.StringIO("\n".join(lines))))


def make(market: Market, folder: Path) -> MarketFindings:
    """Write one market's part of every table; the sums of what is found in it.

    One thread, so that the bytes do not depend on how many are at work on other markets.
    """
    with duckdb.connect(config={"threads": 1}) as connection:
        _set_up(connection, market)
        for script in _SCRIPTS:
            connection.execute(sql(script))
        for table, order in TABLES.items():
            _write(connection, table, order, folder / table, market.number)
        practices, people, episodes, lines, features = (
            connection.execute(f"SELECT {columns} FROM found_{name}").fetchall()
            for name, columns in _FOUND.items()
        )
        quality = connection.execute(_QUALITY).fetchall()
        return MarketFindings(practices, people[0], episodes, lines[0], features, quality)


@cache
def sql(name: str) -> str:
    """The text of one of the package's SQL scripts."""
    return files("openp4p.synthetic").joinpath("sql", f"{name}.sql").read_text("utf-8")


def _set_up(connection: duckdb.DuckDBPyConnection, market: Market) -> None:
    """The settings as macros, the code lists as tables."""
    without_progress_bar(connection.execute)
    places = code_list("places")
    place = places[market.number % len(places)]
    settings: dict[str, object] = {
        "seed": market.seed,
        "market": market.number,
        "first_person": market.first_person,
        "people": market.people,
        "practices": market.practices,
        "performance_year": PERFORMANCE_YEAR,
        "state": f"'{place['state']}'",
        "state_number": f"'{place['ssa']}'",
        "price_level": place["price_level"],
        "services": f"{market.services!r}::DOUBLE",
    }
    settings |= {row["name"]: row["value"] for row in code_list("parameters")}
    for name, value in settings.items():
        connection.execute(f"CREATE MACRO {name}() AS {value}")
    for table, name in _LISTS.items():
        rows = code_list(name)
        columns = ", ".join(rows[0])
        values = ", ".join(
            "(" + ", ".join(_literal(column, row[column]) for column in row) + ")" for row in rows
        )
        select = f"SELECT * FROM (VALUES {values}) t({columns})"
        if table == "condition":
            select = (
                "SELECT *, least(len(codes9), len(codes10)) AS variants FROM (SELECT * REPLACE "
                f"(codes9.split(' ') AS codes9, codes10.split(' ') AS codes10) FROM ({select}))"
            )
        connection.execute(f"CREATE TABLE {table} AS {select}")


def _literal(column: str, value: str) -> str:
    """A cell as SQL: codes as text, all that is a number as a number."""
    if column not in _TEXT:
        try:
            return f"{float(value)!r}::DOUBLE" if "." in value else str(int(value))
        except ValueError:
            pass
    return literal(value)


def _write(
    connection: duckdb.DuckDBPyConnection, table: str, order: str, folder: Path, number: int
) -> None:
    """One part of a table as Parquet that says it is synthetic."""
    declared = canonical.TABLES[table].columns
    made = [str(row[0]) for row in connection.execute(f'DESCRIBE "{table}"').fetchall()]
    columns = ", ".join(
        f'"{name}"::{_SQL_TYPES[declared[name].type]} AS "{name}"'
        for name in declared
        if name in made
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"part-{number:04d}.parquet"
    connection.execute(
        f'COPY (SELECT {columns} FROM "{table}" ORDER BY {order}) TO {literal(path)} '
        f"({parquet()}, KV_METADATA {{{KEY}: {literal(SYNTHETIC)}}})"
    )
