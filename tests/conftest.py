"""What every test shares: the engines, tables written as text, and results as plain rows."""

from __future__ import annotations

import contextlib
import ctypes
import datetime as dt
import gc
import os
import sys
from collections.abc import Iterator
from decimal import Decimal

import ibis
import pytest

from openp4p.engine import open_engine
from openp4p.engine.spark import SETTINGS

ENGINES = os.environ.get("OPENP4P_TEST_ENGINES", "duckdb,spark").split(",")
# for thousands of questions over a few rows: plans are neither compiled nor changed on the way
_QUICK = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
# two sessions and their Java machines share the memory with what the tests start besides
_MACHINE = {"spark.driver.memory": "3g", "spark.driver.extraJavaOptions": "-XX:+UseSerialGC"}
_USUAL = {
    "spark.sql.codegen.wholeStage": "true",
    "spark.sql.codegen.factoryMode": "FALLBACK",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.shuffle.partitions": "4",
}
_OPEN: dict[str, object] = {}


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> object:
    """Every engine there is, opened once."""
    return _opened(request.param)


@pytest.fixture(scope="session")
def duckdb_engine() -> object:
    """The embedded engine, for tests of things that are not stages."""
    return _opened("duckdb")


def _opened(name: str) -> object:
    if name not in _OPEN:
        if name == "spark":
            _quick_session()
        _OPEN[name] = open_engine(name, threads=2)
    return _OPEN[name]


def _quick_session() -> None:
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("openp4p tests").master("local[2]")
    for key, value in {**SETTINGS, **_QUICK, **_MACHINE}.items():
        builder = builder.config(key, value)
    builder.getOrCreate()


@pytest.fixture
def usual_spark() -> Iterator[None]:
    """Whole runs on Spark have the settings that users have, not those of small questions."""
    if "spark" in ENGINES:
        session = _opened("spark").session
        for key, value in _USUAL.items():
            session.conf.set(key, value)
    yield
    if "spark" in ENGINES:
        for key in _USUAL:
            session.conf.set(key, _QUICK[key])


SAMPLES = os.environ.get("OPENP4P_SAMPLES")
# a cluster is Spark's; where the setting leaves Spark out there is nothing to collect
collect_ignore = [] if "spark" in ENGINES else ["programs/test_cluster.py"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what of the suite was not asked for: a quiet pytest prints no header."""
    said = f"are in {SAMPLES}" if SAMPLES else "not tested: OPENP4P_SAMPLES names no folder"
    terminalreporter.write_line(f"public samples {said}")
    if "spark" not in ENGINES:
        terminalreporter.write_line("Spark not tested: OPENP4P_TEST_ENGINES leaves it out")


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """At the end of a file its stored results are let go: 5,000 tests share one process."""
    if nextitem is None or nextitem.path == item.path:
        return
    for held in vars(item.module).values():
        if hasattr(held, "cache_clear") and held.__module__ == item.module.__name__:
            held.cache_clear()
    if "tests.solving" in sys.modules:
        sys.modules["tests.solving"].forget()
    gc.collect()
    with contextlib.suppress(AttributeError, OSError):  # glibc's own; elsewhere there is no need
        ctypes.CDLL(None).malloc_trim(0)


def pytest_sessionfinish() -> None:
    """Close what was opened."""
    for opened in _OPEN.values():
        opened.close()
    _OPEN.clear()


def parse(text: str, columns: dict[str, str]) -> list[dict]:
    """Rows of a pipe table; empty cells are None; columns the text leaves out are None.

    >>> parse("tin | n\\n----+--\\nA | 1", {"tin": "string", "n": "int64"})
    [{'tin': 'A', 'n': 1}]
    """
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    header = [cell.strip() for cell in lines[0].split("|")]
    unknown = [name for name in header if name not in columns]
    assert not unknown, f"columns not in the table: {unknown}"
    body = [line for line in lines[1:] if not set(line) <= set("-+ |")]
    rows = []
    for line in body:
        cells = dict(zip(header, (cell.strip() for cell in line.split("|")), strict=True))
        rows.append({name: value(cells.get(name, ""), type_) for name, type_ in columns.items()})
    return rows


def value(cell: str, type_: str) -> object:
    """A cell of text as a Python value of the declared type."""
    if cell == "":
        return None
    kind = ibis.dtype(type_)
    if kind.is_integer():
        return int(cell)
    if kind.is_floating():
        return float(cell)
    if kind.is_decimal():
        return Decimal(cell)
    if kind.is_date():
        return dt.date.fromisoformat(cell)
    if kind.is_boolean():
        return {"yes": True, "no": False, "true": True, "false": False}[cell]
    return cell


def rows_of(engine: object, expression: object, *order: str) -> list[dict]:
    """The computed rows as dictionaries, sorted by the named columns (nulls first)."""
    found = engine.rows(expression).to_pylist()
    return sorted(found, key=lambda row: tuple((row[c] is not None, row[c]) for c in order))
