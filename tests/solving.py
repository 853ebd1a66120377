"""One question, several solvers: every stage is asked on each engine and of the plain reference."""

from __future__ import annotations

import importlib
import inspect
import math
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import pytest

import openp4p.attribution
import openp4p.awards
import openp4p.groups
import openp4p.measures
import openp4p.payment
import openp4p.reference
import openp4p.risk
import openp4p.shrinkage
from openp4p.claims.tables import TABLES
from openp4p.earlier import OF_AWARDS, OF_STAGE
from openp4p.engine import stages
from openp4p.engine.stage import Stage
from openp4p.measures.registry import solved_tables
from openp4p.program.definition import Program
from openp4p.program.tables import COLUMNS, rule_tables
from openp4p.shrinkage.fits import FITS
from tests import prepared as kept
from tests.conftest import _OPEN, ENGINES, _opened, parse
from tests.prepared import GIVEN, RULE, prepared

REFERENCE = "reference"
MOST_PROGRAMS = 12  # the rules of each take some ten megabytes, here and in the engines


@dataclass(frozen=True)
class Given:
    """Rows of a table that no stage makes by itself, with its columns."""

    rows: list[dict]
    columns: dict[str, str]


SOLVERS = [*ENGINES, REFERENCE]
SLICED = "duckdb"  # asked part by part where a stage says that it can be
on_every_solver = pytest.mark.parametrize("solver", SOLVERS)


@cache
def columns_of(table: str) -> dict[str, str]:
    """The columns of a canonical table, a rule table, or the table a stage makes."""
    if table in TABLES:
        return TABLES[table].types
    if table in COLUMNS:
        return COLUMNS[table]
    if table in solved_tables():
        return solved_tables()[table]
    if table == "shrinkage_fits":
        return FITS
    again = {
        "prior_rates": "unadjusted_rates",
        "history_eligible": "eligible_beneficiaries",
        "history_attributed": "attributed_beneficiaries",
    }
    made_by = {**again, **OF_STAGE, **OF_AWARDS}.get(table, table)
    if made_by not in stages():
        _import_stages()
    return dict(stages()[made_by].columns)


def _import_stages() -> None:
    for package in (
        openp4p.groups,
        openp4p.attribution,
        openp4p.risk,
        openp4p.measures,
        openp4p.payment,
        openp4p.shrinkage,
        openp4p.awards,
    ):
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package.__name__}.{module.name}")
    for name in ("benchmarks", "composites", "tiers"):
        importlib.import_module(f"openp4p.{name}")


def solve(solver: str, stage: Stage, program: Program, **given: object) -> list[dict]:
    """The rows of a stage, sorted by its key.

    Tables are given as rows or as pipe tables, columns left out being null; the rule tables come
    from the program, and a table that is not given has no rows.
    """
    tables, others = {}, {}
    for name in inspect.signature(stage.function).parameters:
        if name == "program":
            others[name] = program
        elif isinstance(given.get(name), Given):
            said = given[name]
            rows = [{column: row.get(column) for column in said.columns} for row in said.rows]
            tables[name] = (GIVEN, rows, said.columns)
        elif name in given and not isinstance(given[name], str | list):
            others[name] = given[name]
        else:
            columns = columns_of(name)
            if name in given:
                source, asked = GIVEN, given[name]
            else:  # the rules of a program are made only where a stage asks for one of them
                source, asked = RULE, rules_of(program)[name] if name in COLUMNS else []
            rows = parse(asked, columns) if isinstance(asked, str) else asked
            rows = [{column: row.get(column) for column in columns} for row in rows]
            tables[name] = (source, rows, columns)
    unknown = set(given) - set(tables) - set(others)
    assert not unknown, f"{stage.name} takes no {sorted(unknown)}"
    if solver == REFERENCE:
        found = reference(stage.name)(**{n: rows for n, (_, rows, _) in tables.items()}, **others)
    else:
        found = []
        for part in _parts(tables, stage.each if solver == SLICED else None):
            found += prepared(_opened(solver), stage, program, part, others)
    return sorted(found, key=lambda row: [(row[c] is not None, row[c]) for c in stage.key])


Tables = dict[str, tuple[str, list[dict], dict[str, str]]]


def _parts(tables: Tables, column: str | None) -> Iterator[Tables]:
    """The tables as they are, or one half of those they are about and then the other."""
    rows_of = {name: rows for name, (_, rows, columns) in tables.items() if column in columns}
    values = {row[column] for rows in rows_of.values() for row in rows}
    if len(values) < 2 or None in values:  # nothing to part
        yield tables
        return
    in_order, middle = sorted(values), len(values) // 2
    for half in (in_order[:middle], in_order[middle:]):
        chosen = {
            name: (tables[name][0], [row for row in rows if row[column] in half], tables[name][2])
            for name, rows in rows_of.items()
        }
        yield {**tables, **chosen}


_RULES: dict[int, tuple[Program, dict[str, list[dict]]]] = {}


def rules_of(program: Program) -> dict[str, list[dict]]:
    """The rows of a program's rule tables, made once for each program."""
    if id(program) not in _RULES:
        made = {name: rows for name, (_, rows) in rule_tables(program).items()}
        _RULES[id(program)] = (program, made)
    return _RULES[id(program)][1]


def forget() -> None:
    """Let go of what is kept for the programs asked so far, once they are many."""
    if len(_RULES) > MOST_PROGRAMS:
        _RULES.clear()
        kept.forget(_OPEN.values())


@cache
def reference(name: str) -> Callable[..., list[dict]]:
    """The plain-Python reading of a stage."""
    for module in pkgutil.iter_modules(openp4p.reference.__path__):
        found = getattr(importlib.import_module(f"openp4p.reference.{module.name}"), name, None)
        if found is not None and not module.name.startswith("_"):
            return found
    raise AssertionError(f"the reference has no {name}")


def assert_same_rows(found: Iterable[dict], expected: Iterable[dict]) -> None:
    """Both lists hold the same rows in the same order; floats to nine significant digits."""
    found, expected = list(found), list(expected)
    assert len(found) == len(expected), f"{len(found)} rows, expected {len(expected)}"
    for one, other in zip(found, expected, strict=True):
        differing = {
            column: (one.get(column), other.get(column))
            for column in {*one, *other}
            if not _same(one.get(column), other.get(column))
        }
        assert not differing, f"found, expected: {differing} in {one}"


def _same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return one == other and (one is None) == (other is None)
