"""`openp4p sql`: the SQL of a stage, as an engine runs it."""

from __future__ import annotations

import inspect
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from openp4p.cli.terminal import output
from openp4p.errors import UsageError
from openp4p.program.mistakes import did_you_mean

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from openp4p.engine import Stage
    from openp4p.program.definition import Program

_DIALECTS = {"duckdb": "duckdb", "spark": "pyspark"}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(sql)


def sql(
    stage: Annotated[
        str | None,
        typer.Argument(metavar="STAGE", help="The name of a stage; left out: lists the stages."),
    ] = None,
    program: Annotated[
        str, typer.Option(metavar="PROGRAM/YEAR", help="The rules that shape the SQL.")
    ] = "medicare_value_modifier/2017",
    engine: Annotated[str, typer.Option(metavar="NAME", help="duckdb or spark.")] = "duckdb",
) -> None:
    """The SQL of a stage, over the tables that it reads.

    Examples:

        openp4p sql

        openp4p sql attribution_candidates --engine spark
    """
    import ibis

    import openp4p.run  # noqa: F401  # declares every stage
    from openp4p.engine import stages
    from openp4p.program.library import load_program

    if stage is None:
        listed = Table.grid(padding=(0, 2, 0, 0))
        listed.add_column(no_wrap=True)
        for name, declared in stages().items():
            listed.add_row(name, declared.summary)
        output().print(listed)
        return
    if stage not in stages():
        raise UsageError(
            f"There is no stage '{stage}'.",
            remedy=f"{did_you_mean(stage, stages())} `openp4p sql` lists the stages.".lstrip(),
            code="no-such-stage",
        )
    if engine not in _DIALECTS:
        raise UsageError(
            f"Unknown engine '{engine}'.",
            remedy="Choose one of: duckdb, spark.",
            code="unknown-engine",
        )
    getattr(ibis, _DIALECTS[engine])  # the dialect takes its options from the backend, once loaded
    expression = stage_expression(stages()[stage], load_program(program))
    typer.echo(ibis.to_sql(expression, dialect=_DIALECTS[engine]))


def stage_expression(stage: Stage, program: Program) -> ir.Table:
    """The stage over empty tables that have the columns of those its parameters name."""
    wanted = inspect.signature(stage.function).parameters
    return stage(**{name: _given(name, program) for name in wanted})


def _given(parameter: str, program: Program) -> object:
    import ibis

    facts: dict[str, object] = {
        "program": program,
        "performance_year": program.performance_year,
        "published_factor": None,
        "pool": Decimal(0),
        "benchmark_year": None,
        "roster_supplied": True,
    }
    if parameter in facts:
        return facts[parameter]
    return ibis.table(ibis.schema(_columns(parameter)), name=parameter)


def _columns(table: str) -> dict[str, str]:
    from openp4p.claims.tables import TABLES
    from openp4p.earlier import OF_AWARDS, OF_STAGE
    from openp4p.engine import stages
    from openp4p.measures.cases import CASES
    from openp4p.measures.registry import solved_tables
    from openp4p.program.tables import COLUMNS
    from openp4p.run import FITTED

    if table in TABLES:
        return TABLES[table].types
    if table in COLUMNS:
        return COLUMNS[table]
    if table in stages():
        return dict(stages()[table].columns)
    others = {
        "measure_cases": dict(CASES),
        "prior_rates": dict(stages()["unadjusted_rates"].columns),
        **{n: dict(stages()[stage].columns) for n, stage in (OF_STAGE | OF_AWARDS).items()},
        "history_eligible": dict(stages()["eligible_beneficiaries"].columns),
        "history_attributed": dict(stages()["attributed_beneficiaries"].columns),
        FITTED.name: dict(FITTED.columns),
        **solved_tables(),
    }
    return others[table]
