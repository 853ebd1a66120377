"""No number of the law stands in a stage: only 0, 1 and constants with a name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.meta.files import PACKAGE, name

STAGES = [
    "groups",
    "attribution",
    "risk",
    "measures",
    "benchmarks.py",
    "composites.py",
    "tiers.py",
    "payment",
]


def stage_modules() -> list[Path]:
    found = []
    for place in STAGES:
        path = PACKAGE / place
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return found


def bare_numbers(source: str) -> Iterator[tuple[int, object]]:
    """Line and value of every number other than 0 and 1 that is not a module's named constant."""
    tree = ast.parse(source)
    named = set()
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]
            if names and all(n.lstrip("_").isupper() for n in names):
                named |= {id(inside) for inside in ast.walk(node.value)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, int | float)
            and not isinstance(node.value, bool)
            and node.value not in (0, 1)
            and id(node) not in named
        ):
            yield node.lineno, node.value


@pytest.mark.parametrize("path", stage_modules(), ids=name)
def test_a_stage_holds_no_bare_number(path):
    assert list(bare_numbers(path.read_text(encoding="utf-8"))) == []


def test_a_bare_number_is_found_and_a_named_one_is_not():
    assert list(bare_numbers("def f(x):\n    return x > 20")) == [(2, 20)]
    assert list(bare_numbers("_MONTHS = 12\nx = 0.5")) == [(2, 0.5)]
    assert list(bare_numbers("x = [0, 1, True]")) == []


def test_no_stage_asks_for_a_year():
    years = {
        f"{name(path)}:{node.lineno}"
        for path in stage_modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Compare)
        for side in (node.left, *node.comparators)
        if isinstance(side, ast.Constant) and side.value in range(1990, 2100)
    }
    assert years == set()
