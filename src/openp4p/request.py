"""What is asked of a run, and what of it does not fit the program."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from openp4p.claims.accounting import Ledger
from openp4p.errors import UsageError
from openp4p.folder import Progress
from openp4p.program.definition import Program


def silent(name: str) -> None:
    """Progress that is not shown."""


def unheard(ledger: Ledger) -> None:
    """A ledger that nobody waits for."""


@dataclass(frozen=True)
class Request:
    """What was asked for: a program over an input folder, and how to compute it."""

    program: Program
    input_folder: Path
    out: Path
    engine: str = "duckdb"
    # the Spark cluster; None: the session that exists, or this machine
    master: str | None = None
    format: str | None = None
    crosswalk: Path | None = None
    performance_period: int | None = None
    published_factor: float | None = None
    pool: Decimal | None = None  # of a program that pays awards
    prior_run: Path | None = None
    review_of: Path | None = None
    paid_through: dt.date | None = None
    threads: int | None = None
    memory_limit: str | None = None
    progress: Progress = silent
    # called with the ledger of the input once it is read, before anything is computed
    arrived: Callable[[Ledger], None] = unheard

    @property
    def override(self) -> int | None:
        """The performance period that was asked for, unless it is the program's own."""
        same = self.performance_period == self.program.performance_year
        return None if same else self.performance_period

    @property
    def applied(self) -> Program:
        """The program with the performance period that was asked for."""
        if self.override is None:
            return self.program
        return self.program.model_copy(update={"performance_year": self.override})


def check_funding(request: Request) -> None:
    """Refuse a pool that nothing pays from, awards without one, and what awards do not know."""
    if request.program.award is None:
        if request.pool is not None:
            raise UsageError(
                f"'{request.program.id}' pays by tiers: what it pays comes from what it takes, and "
                "no pool.",
                remedy="Leave --pool out.",
                code="pool",
            )
        return
    reviews = request.pool is None and request.review_of is not None  # the pool is that run's
    if not reviews and not _is_pool(request.pool):
        raise UsageError(
            f"'{request.program.id}' pays awards from a pool that is fixed in advance.",
            remedy="Name it in dollars and cents: --pool 1000000.",
            code="pool",
        )
    if request.published_factor is not None:
        raise UsageError(
            f"'{request.program.id}' pays awards: there is no factor x.",
            remedy="Leave --factor out.",
            code="no-published-factor",
        )


def _is_pool(said: Decimal | None) -> bool:
    return said is not None and said >= 0 and said == round(said, 2)
