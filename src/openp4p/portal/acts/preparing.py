"""What a practice asks before the next year, from the run that its result is of."""

from __future__ import annotations

from pathlib import Path

from openp4p.engine import open_engine
from openp4p.errors import OpenP4PError
from openp4p.portal.acts.standing import current
from openp4p.portal.models import Result
from openp4p.results import Run
from openp4p.review.refusals import RefusedError
from openp4p.simulation.practice import Prepared, prepare_from_run

_MEMORY = "1GB"  # of the engine of one request


def prepared_of(result: Result) -> Prepared:
    """Where the practice stands in the version that holds, and what would move it.

    Refused, with the reason, where the run pays no tiers or is not there any more.
    """
    try:
        run = Run.open(_folder(result))
        run.engine = open_engine("duckdb", threads=1, memory_limit=_MEMORY)
        try:
            return prepare_from_run(run, result.practice.tin)
        finally:
            run.engine.close()
    except OpenP4PError as error:
        raise RefusedError([error.message]) from error


def _folder(result: Result) -> Path:
    """The run of the version that holds: the one that was loaded, or a recalculation."""
    version = current(result)
    if version.number == 1:
        return Path(result.run.folder)
    return Path(version.folder).parent / "run"
