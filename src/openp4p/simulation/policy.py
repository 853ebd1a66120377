"""What would another rule do? Variants of a program on the stored tables of a finished run."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from openp4p.claims.tables import TABLES as INPUT_TABLES
from openp4p.earlier import OF_STAGE
from openp4p.engine import open_engine
from openp4p.errors import UsageError
from openp4p.identity import code_version
from openp4p.program.definition import Program
from openp4p.program.library import resolved
from openp4p.results import Run
from openp4p.run import compute
from openp4p.simulation.policy_changes import Change, changed
from openp4p.simulation.policy_shelf import Kept, Shelf
from openp4p.simulation.policy_store import RuleTables, VariantStore
from openp4p.steps import Steps

# what a comparison reads; a table that none of these rests on is not computed
COMPARED = (
    "practices",
    "reporting_categories",
    "performance_rates",
    "tiers",
    "adjustments",
    "balance",
    "payments",
)


@dataclass(frozen=True)
class Outcome:
    """One variant: its program, its tables, and which of them had to be computed."""

    program: Program
    tables: Mapping[str, Kept]
    computed: tuple[str, ...]
    seconds: float
    shelf: Shelf = field(repr=False)

    def rows(self, name: str) -> pa.Table:
        """The rows of one of its tables."""
        return self.shelf.engine.rows(self.shelf.table(self.tables[name]))

    @property
    def touched(self) -> tuple[str, ...]:
        """The tables whose rows are not those of the run."""
        base = self.shelf.of_run
        return tuple(n for n, kept in self.tables.items() if kept.rows != base(n).rows)


class Simulation:
    """Variants of the program of one finished run; close it, or use it in a `with` block.

    A stage is computed again only if a rule value that it read, or a row of a table that it read,
    is not what it was: in the run, or in a variant before.
    """

    def __init__(
        self,
        run: Run,
        *,
        threads: int | None = None,
        memory_limit: str | None = None,
        only: Sequence[str] = COMPARED,
    ) -> None:
        _check(run)
        self.run = run
        self._open = ExitStack()
        scratch = Path(self._open.enter_context(TemporaryDirectory(prefix="openp4p-simulate-")))
        self.engine = open_engine(
            "duckdb", threads=threads, memory_limit=memory_limit, spill_folder=scratch / "spill"
        )
        self._open.callback(self.engine.close)
        self.shelf = Shelf(run, self.engine, scratch)
        self.rules = RuleTables(run, self.shelf)
        self._input = Run(run.folder, run.manifest, self.engine)
        self._needed = _needed(run.manifest["tables"], only)

    def __enter__(self) -> Simulation:
        """The simulation itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give back memory and the folder of computed tables."""
        self.close()

    def close(self) -> None:
        """Give back memory and the folder of computed tables."""
        self._open.close()

    def outcome(
        self, changes: Sequence[Change], progress: Callable[[str], None] = lambda _name: None
    ) -> Outcome:
        """The tables under the changes that hold in the run's payment year.

        Raises `ChangesError` with every mistake in the changes.
        """
        program = changed(self.run.program, changes)
        started = time.perf_counter()
        store = VariantStore(self.shelf, resolved(program), self._needed, progress)
        facts = {
            "roster_supplied": "provider_enrollment" in self.run.given_names,
            "performance_year": program.performance_year,
            "published_factor": self.run.manifest["published_factor"],
        }
        tables = _Input(self._input)
        for kept in (*map(self.shelf.of_run, OF_STAGE), *self.rules.under(program)):
            tables[kept.name] = store.take(kept)
        compute(Steps(store, self.engine, program, tables, facts))
        seconds = time.perf_counter() - started
        return Outcome(program, store.tables, tuple(store.computed), seconds, self.shelf)


class _Input(dict[str, ir.Table]):
    """Tables by name, those of the input opened when they are asked for."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self._run = run

    def __missing__(self, name: str) -> ir.Table:
        self[name] = self._run.input(name)
        return self[name]

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in INPUT_TABLES


def _needed(records: Mapping[str, Any], only: Sequence[str]) -> frozenset[str]:
    """Some tables and all that they rest on."""
    found, open_ = set[str](), list(only)
    while open_:
        name = open_.pop()
        if name in records and name not in found:
            found.add(name)
            open_ += records[name]["reads"]["tables"]
    return frozenset(found)


def _check(run: Run) -> None:
    """Refuse a run whose stored tables cannot stand beside tables that are computed now."""
    again = "Give the `openp4p run` command again, with a new --out folder."
    if run.manifest.get("review_of"):
        raise UsageError(
            f"The run in '{run.folder}' is a review: its benchmarks and peers are held as they "
            "were, whatever the rules.",
            remedy="Name the run that was reviewed.",
            code="run-not-to-simulate",
        )
    if run.program.award is not None:
        raise UsageError(
            f"The run in '{run.folder}' pays awards; what is simulated here are programs that pay "
            "by tiers.",
            remedy="Run the program with its values changed, and set the two runs side by side "
            "with `openp4p compare`.",
            code="run-not-to-simulate",
        )
    lacking = any("reads" not in record for record in run.manifest["tables"].values())
    if lacking or run.manifest["code_version"] != code_version():
        raise UsageError(
            f"The run in '{run.folder}' was computed by another version of openp4p "
            f"({run.manifest['code_version']}; this is {code_version()}).",
            remedy=again,
            code="run-not-to-simulate",
        )
