"""Every stage can be printed as the SQL of each engine, from its declaration alone."""

from __future__ import annotations

import ibis
import pytest

import openp4p.run  # noqa: F401  # declares every stage
from openp4p.cli.sql import stage_expression
from openp4p.engine import stages
from openp4p.program.library import load_program


@pytest.mark.parametrize("dialect", ["duckdb", "pyspark"])
@pytest.mark.parametrize("name", sorted(stages()))
def test_a_stage_has_its_sql(name, dialect):
    getattr(ibis, dialect)  # the dialect takes its options from the backend, once loaded
    expression = stage_expression(stages()[name], load_program("medicare_value_modifier/2017"))
    text = str(ibis.to_sql(expression, dialect=dialect))
    assert text.startswith(("SELECT", "WITH"))
    for column in stages()[name].columns:
        assert column in text
