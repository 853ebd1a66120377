"""The digest of stored rows: blind to how they were stored, sharp on what they say."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openp4p.engine.fingerprint import fingerprint

COLUMNS = {"k": "string", "x": "float64", "m": "decimal(18, 2)"}
ROWS = [
    {"k": "a", "x": 0.1, "m": Decimal("1.10")},
    {"k": "b", "x": None, "m": Decimal("2.00")},
    {"k": "", "x": -0.0, "m": None},
]


@pytest.fixture
def digest(duckdb_engine, tmp_path):
    made = iter(range(100))

    def of(rows, engine=duckdb_engine):
        folder = tmp_path / f"{next(made)}"
        engine.store(engine.table(rows, COLUMNS), folder)
        return fingerprint(folder)

    return of


def test_engine_and_row_order_do_not_matter(engine, digest):
    assert digest(ROWS, engine) == digest(ROWS[::-1])


def test_what_lies_beyond_twelve_digits_does_not_matter(digest):
    near = [{**ROWS[0], "x": 0.1 + 1e-15}, *ROWS[1:]]
    assert digest(near) == digest(ROWS)


@pytest.mark.parametrize(
    "changed",
    [
        {"k": "A", "x": 0.1, "m": Decimal("1.10")},
        {"k": "a", "x": 0.10000000001, "m": Decimal("1.10")},
        {"k": "a", "x": 0.1, "m": Decimal("1.11")},
        {"k": "a", "x": None, "m": Decimal("1.10")},
        {"k": None, "x": 0.1, "m": Decimal("1.10")},
    ],
)
def test_any_changed_value_shows(digest, changed):
    assert digest([changed, *ROWS[1:]]) != digest(ROWS)


def test_missing_and_blank_are_not_the_same(digest):
    assert digest([{**ROWS[2], "k": None}]) != digest([ROWS[2]])


def test_a_row_more_shows(digest):
    assert digest([*ROWS, ROWS[0]]) != digest(ROWS)
    assert digest([]) == (0, "0" * 16)
