"""The comparison of variants with a run: everything that a page, a file or a notebook shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from openp4p.errors import UsageError
from openp4p.results import Run
from openp4p.simulation.decomposition import decomposed
from openp4p.simulation.policy import Outcome, Simulation
from openp4p.simulation.policy_changes import Change, ChangesError, changed
from openp4p.simulation.policy_comparison import (
    Row,
    by_group,
    changes_of,
    movements,
    practice_rows,
    totals,
)
from openp4p.simulation.policy_groups import Groups, groups_of
from openp4p.simulation.policy_standing import Standing, standing
from openp4p.simulation.variants import Variant, listed_alternatives

# what is being done, how many variants are done, how many there are
Progress = Callable[[str, int, int], None]
_DIGITS, _CENTS, _PARTS = 9, 2, 4  # decimals of what is not money, of money, of parts of money


@dataclass(frozen=True)
class Compared:
    """One variant beside the run. `touched` are the tables whose rows are others."""

    name: str
    changes: tuple[Change, ...]
    in_force: bool
    computed: tuple[str, ...]
    touched: tuple[str, ...]
    seconds: float
    changed: Row
    totals: Sequence[Row]
    movements: Mapping[str, Sequence[Row]]
    groups: Mapping[str, Sequence[Row]]
    practices: Sequence[Row] = field(repr=False)
    parts: Sequence[Row] = ()
    method: str | None = None

    @property
    def note(self) -> str:
        """Why nothing is different, when nothing is."""
        if not self.in_force:
            years = sorted({change.since for change in self.changes if change.since is not None})
            return f"Not in force yet: it starts in payment year {years[0]}."
        if not self.touched:
            return "No table of this run changes."
        return "" if self.changed["adjustment"] else "No payment changes."


@dataclass(frozen=True)
class Comparison:
    """Variants of the program of one run, each beside it."""

    run: Run
    variants: tuple[Compared, ...]
    lacking: Mapping[str, str]
    not_computed: tuple[str, ...] = ()  # alternatives of the register that are only listed


def simulate(
    run: Run,
    variants: Sequence[Variant],
    *,
    decompose: str | None = None,
    practices: Path | None = None,
    threads: int | None = None,
    memory_limit: str | None = None,
    progress: Progress = lambda _what, _done, _all: None,
    listed_only: bool = False,
) -> Comparison:
    """Every variant beside the run, computing only what the changes touch.

    `decompose` (shapley or stated) divides the result among the changes of each variant;
    `practices` is a CSV that adds kinds of practices; `listed_only` names the alternatives of the
    register that this version does not compute. Raises `ChangesError` with the mistakes of
    all variants before anything is computed.
    """
    if not variants:
        raise UsageError("There is no variant to compare.", remedy="Give --set, --variants or "
                         "--choices.", code="options")  # fmt: skip
    _check(run, variants)
    with Simulation(run, threads=threads, memory_limit=memory_limit) as simulation:
        groups = groups_of(run, practices)
        base = standing(simulation.outcome(()).rows)
        made = []
        for number, variant in enumerate(variants):
            progress(variant.name, number, len(variants))
            made.append(_compared(simulation, variant, base, groups, decompose))
            simulation.shelf.trim()
        progress("done", len(variants), len(variants))
    listed = listed_alternatives(run.program) if listed_only else ()
    return Comparison(run, tuple(made), groups.lacking, listed)


def _check(run: Run, variants: Sequence[Variant]) -> None:
    """Refuse the mistakes of all variants together."""
    problems = []
    for variant in variants:
        try:
            changed(run.program, variant.changes)
        except ChangesError as error:
            problems += [p for p in error.problems if p not in problems]
    if problems:
        raise ChangesError(problems, code="changes")


def _compared(
    simulation: Simulation,
    variant: Variant,
    base: Standing,
    groups: Groups,
    method: str | None,
) -> Compared:
    outcome = simulation.outcome(variant.changes)
    found = standing(outcome.rows)
    year = simulation.run.program.payment_year
    parts = _parts(simulation, variant, base, groups, method) if method else []
    return Compared(
        name=variant.name,
        changes=variant.changes,
        in_force=any(change.holds_in(year) for change in variant.changes),
        computed=outcome.computed,
        touched=outcome.touched,
        seconds=outcome.seconds,
        changed=changes_of(base, found),
        totals=totals(base, found),
        movements=movements(base, found),
        groups=by_group(base, found, groups),
        practices=practice_rows(base, found, groups),
        parts=parts,
        method=method,
    )


def _parts(
    simulation: Simulation, variant: Variant, base: Standing, groups: Groups, method: str
) -> list[Row]:
    """A row for each outcome, with each change's part; parts and total are exact to the cent."""
    known: dict[frozenset[int], Mapping[str, Fraction]] = {}

    def value(some: frozenset[int]) -> Mapping[str, Fraction]:
        if some not in known:
            of_set = simulation.outcome([variant.changes[n] for n in sorted(some)])
            known[some] = _outcomes(of_set, base, groups)
        return known[some]

    count = len(variant.changes)
    parts = decomposed(method, count, value)
    first, last = value(frozenset()), value(frozenset(range(count)))
    return [
        {
            "outcome": name,
            "run": _plain(name, first[name]),
            "variant": _plain(name, last[name]),
            "difference": _plain(name, last[name] - first[name]),
            "parts": {
                change.label: _plain(name, part[name], exact=False)
                for change, part in zip(variant.changes, parts, strict=True)
            },
        }
        for name in last
    ]


def _outcomes(outcome: Outcome, base: Standing, groups: Groups) -> dict[str, Fraction]:
    """What is divided among changes: dollars, x, and how many practices move."""
    found = standing(outcome.rows)
    made = {row["figure"]: Fraction(row["variant"] or 0) for row in totals(base, found)}
    moved = changes_of(base, found)
    made |= {f"{name}_changed": Fraction(moved[name]) for name in moved}
    for kind, rows in by_group(base, found, groups).items():
        made |= {f"{kind}: {r['group']}: dollars": Fraction(r["dollars_variant"]) for r in rows}
    return made


def _plain(name: str, value: Fraction, *, exact: bool = True) -> Decimal | int:
    """A fraction as it is shown: money and x as decimals, counts whole unless they are parts."""
    if exact and value.denominator == 1 and "dollars" not in name:
        return int(value)
    scaled = Decimal(value.numerator) / Decimal(value.denominator)
    return round(
        scaled, 4 if "dollars" in name and not exact else 2 if "dollars" in name else _DIGITS
    )
