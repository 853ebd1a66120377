"""Every stage can be printed as the SQL of each engine, from its declaration alone."""

from __future__ import annotations

import ibis
import pytest

import openp4p.run  # noqa: F401  # declares every stage
from openp4p.cli.sql import stage_expression
from openp4p.engine import stages
from openp4p.program.library import load_program

OF_AWARDS = ("openp4p.awards", "openp4p.shrinkage")


@pytest.mark.parametrize("dialect", ["duckdb", "pyspark"])
@pytest.mark.parametrize("name", sorted(stages()))
def test_a_stage_has_its_sql(name, dialect):
    getattr(ibis, dialect)  # the dialect takes its options from the backend, once loaded
    pays_awards = stages()[name].function.__module__.startswith(OF_AWARDS)
    program = load_program("vms_model/2017" if pays_awards else "medicare_value_modifier/2017")
    expression = stage_expression(stages()[name], program)
    text = str(ibis.to_sql(expression, dialect=dialect))
    assert text.startswith(("SELECT", "WITH"))
    for column in stages()[name].columns:
        assert column in text
