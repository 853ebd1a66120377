"""What a notebook works with: the commands as functions, and tables as a notebook wants them.

`import openp4p as p4p` gives every name in `__all__` and loads nothing before it is used. Paths may
be text. Errors are those of the commands, with what was found and what to do.
"""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from openp4p.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from openp4p.audit.auditing import Audit
    from openp4p.explain import Explanation
    from openp4p.reports.qrur import Delivered
    from openp4p.results import Run
    from openp4p.simulation.policy_report import Comparison
    from openp4p.simulation.practice import Prepared

__all__ = [
    "audit_program",
    "compare_runs",
    "draw_again",
    "explain_adjustment",
    "explain_attribution",
    "explain_case",
    "explain_rate",
    "explain_tier",
    "open_run",
    "prepare_practice",
    "prepare_rates",
    "report_practices",
    "run_program",
    "simulate",
    "synthesize",
    "table",
]
Form = Literal["arrow", "pandas", "polars", "rows"]
Place = str | Path


def synthesize(
    beneficiaries: int, out: Place, *, seed: int = 1, threads: int | None = None
) -> Path:
    """The new folder of a synthetic population: people who do not exist, two years of claims."""
    from openp4p import synthetic

    synthetic.synthesize(beneficiaries, seed, Path(out), threads=threads)
    return Path(out)


def run_program(
    program: str,
    claims: Place,
    out: Place,
    *,
    choices: Mapping[str, str] | None = None,
    performance_period: int | None = None,
    pool: Decimal | int | None = None,
    prior_run: Place | None = None,
    review_of: Place | None = None,
    paid_through: dt.date | None = None,
    crosswalk: Place | None = None,
    engine: str = "duckdb",
    master: str | None = None,
    threads: int | None = None,
    memory_limit: str | None = None,
) -> Run:
    """The finished run of a program such as medicare_value_modifier/2017 over a folder of claims.

    As `openp4p run`: one that was cut short goes on, one that is finished is opened. With
    `engine="spark"` the session that the notebook holds is used.
    """
    from openp4p.program.library import load_program
    from openp4p.run import Request, run

    return run(
        Request(
            program=load_program(program, choices=choices),
            input_folder=Path(claims),
            out=Path(out),
            performance_period=performance_period,
            pool=None if pool is None else Decimal(pool),
            prior_run=_path(prior_run),
            review_of=_path(review_of),
            paid_through=paid_through,
            crosswalk=_path(crosswalk),
            engine=engine,
            master=master,
            threads=threads,
            memory_limit=memory_limit,
        )
    )


def open_run(folder: Place) -> Run:
    """The finished run in a folder."""
    from openp4p.results import Run

    return Run.open(Path(folder))


def table(
    run: Run, name: str, *, where: Mapping[str, object] | None = None, form: Form = "arrow"
) -> Any:  # noqa: ANN401  # what the caller chose
    """The rows of a stored table, those with the values of `where`, in the form that is asked.

    `form`: arrow (a pyarrow.Table), pandas or polars (data frames of these libraries, which have to
    be installed), or rows (a list of dictionaries in the order of the key). Dollars stay exact
    decimals in all of them. `run.names()` lists the tables.
    """
    if form == "rows":
        return run.rows(name, where)
    found = run.table(name)
    for column, value in (where or {}).items():
        found = found.filter(found[column].isnull() if value is None else found[column] == value)
    return _formed(run.engine.rows(found), form)


def explain_adjustment(run: Run, tin: str) -> Explanation:
    """Why a practice is paid what it is; print it, or `.to_json()`."""
    from openp4p.explain import why_adjustment

    return why_adjustment(run, tin)


def explain_tier(run: Run, tin: str) -> Explanation:
    """Why a practice has its quality and cost tier."""
    from openp4p.explain import why_tier

    return why_tier(run, tin)


def explain_rate(run: Run, tin: str, measure: str) -> Explanation:
    """Where the rate of a measure of a practice comes from."""
    from openp4p.explain import why_rate

    return why_rate(run, tin, measure)


def explain_case(run: Run, beneficiary_id: str, measure: str) -> Explanation:
    """Why a beneficiary counts in a measure, or not, and with what."""
    from openp4p.explain import why_case

    return why_case(run, beneficiary_id, measure)


def explain_attribution(run: Run, beneficiary_id: str) -> Explanation:
    """Why a beneficiary is the practice's."""
    from openp4p.explain import why_attributed

    return why_attributed(run, beneficiary_id)


def compare_runs(*runs: Run, form: Form = "arrow") -> Any:  # noqa: ANN401  # what was chosen
    """One row for each figure, a column for each run by its program: text of exact numbers."""
    import pyarrow as pa

    from openp4p.reports.comparison import compared

    rows = compared(runs)
    names = [f"{n}: {run.manifest['program_id']}" for n, run in enumerate(runs, start=1)]
    columns: dict[str, list[str | None]] = {"figure": [str(row["name"]) for row in rows]}
    for number, name in enumerate(names):
        values = [row["values"][number] for row in rows]
        columns[name] = [None if value is None else str(value) for value in values]
    return _formed(pa.table(columns), form)


def simulate(
    run: Run,
    changes: Mapping[str, object],
    *,
    since: int | None = None,
    decompose: Literal["shapley", "stated"] | None = None,
) -> Comparison:
    """What else the run's practices would be paid were these rules otherwise, and who moves.

    `changes`: rule values and choices by name, such as {"tiering.standard_deviations": 0.5};
    `since`: the payment year from which they hold; `decompose`: divide the result among several
    changes. Only the stages that they touch are computed again.
    """
    from openp4p.simulation.policy_changes import Change
    from openp4p.simulation.policy_report import simulate as simulated
    from openp4p.simulation.variants import Variant

    made = tuple(Change(rule, value, since) for rule, value in changes.items())
    variant = Variant(", ".join(change.label for change in made), made)
    return simulated(run, [variant], decompose=decompose)


def draw_again(run: Run, draws: int = 200) -> list[dict[str, Any]]:
    """How sure tiers are by composite and size class, over draws of each practice's patients.

    The draws stay with the run, and its pages show them from then on.
    """
    from openp4p.simulation.bootstrap_run import uncertainty

    return uncertainty(run, draws)


def prepare_practice(run: Run, tin: str) -> Prepared:
    """Where a practice stands, what would move it, and what is at stake; `.said` is plain data."""
    from openp4p.simulation.practice import prepare_from_run

    return prepare_from_run(run, tin)


def prepare_rates(program: str, rates: Place) -> Prepared:
    """The same for a practice of which a file of rates is known and no claims."""
    from openp4p.simulation.practice import prepare

    return prepare(program, Path(rates))


def audit_program(
    program: str,
    run: Run | None = None,
    *,
    evidence: str | Path | None = None,
    as_of: dt.date | None = None,
) -> Audit:
    """A program held against the physicians' principles, by its rules and what is shown of it.

    A run shows some, a folder of evidence what no run holds.
    """
    from openp4p.audit.records.folder import read_records
    from openp4p.audit.whole import audit_with
    from openp4p.program.library import load_program

    day, rules = as_of or dt.datetime.now().astimezone().date(), load_program(program)
    if run is not None and run.manifest["program_id"] != rules.id:
        raise UsageError(
            f"The run is of '{run.manifest['program_id']}', and '{rules.id}' is audited.",
            remedy="Give a run of the same program and year.",
            code="run-of-another-program",
        )
    records = None if evidence is None else read_records(Path(evidence))
    return audit_with(rules, as_of=day, run=run, records=records)


def report_practices(
    run: Run, out: Place, *, tins: Sequence[str] = (), forms: Sequence[str] = ("html",)
) -> Delivered:
    """The reports of all practices, or of these, in a folder: html, pdf, csv, xlsx, fhir."""
    from openp4p.reports.qrur import Order, deliver

    return deliver(Order(run.folder, Path(out), tuple(forms), tuple(tins)))


def _path(place: Place | None) -> Path | None:
    return None if place is None else Path(place)


def _formed(found: pa.Table, form: str) -> Any:  # noqa: ANN401  # what the caller chose
    if form == "arrow":
        return found
    if form == "rows":
        return found.to_pylist()
    if form not in ("pandas", "polars"):
        raise UsageError(
            f"'{form}' is no form of a table.",
            remedy="Choose from: arrow, pandas, polars, rows.",
            code="options",
        )
    try:
        library = importlib.import_module(form)
    except ImportError as error:
        raise UsageError(
            f"The library {form} is not installed.",
            remedy=f"pip install {form}; or take the table as arrow.",
            code="options",
        ) from error
    return found.to_pandas() if form == "pandas" else library.from_arrow(found)
