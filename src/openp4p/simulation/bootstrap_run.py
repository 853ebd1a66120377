"""How sure the tiers of a finished run are: computed once, kept in the run's folder."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine import Engine
from openp4p.engine.portable import exact_sum
from openp4p.engine.stage import conform
from openp4p.errors import UsageError
from openp4p.identity import code_version
from openp4p.program.definition import Program
from openp4p.results import UNCERTAINTY as PLACE
from openp4p.results import Run
from openp4p.simulation import bootstrap
from openp4p.simulation.bootstrap_draws import DEVIATES, DRAWS, deviate_rows, draw_rows
from openp4p.simulation.bootstrap_sizes import BY_SIZE, UNCERTAINTY, by_size, with_reliability

DEFAULT_DRAWS = 200
TIERS = ("low", "average", "high")
PROBABILITIES = {
    "tin": "string",
    "quality_tier": "string",
    "cost_tier": "string",
    "probability": "float64",
}
_RECORD = "record.json"
_AT_ONCE = 50  # draws computed together: what is held in memory grows with them
Row = dict[str, Any]
Progress = Callable[[str, int, int], None]


def uncertainty(
    run: Run, draws: int = DEFAULT_DRAWS, progress: Progress | None = None
) -> list[Row]:
    """How sure the tiers of a run are, by kind and size class; stored with what is behind it.

    The run's folder gets `tier_probabilities` (nine pairs of tiers for each practice that is
    tiered as measured), `tier_uncertainty` and `uncertainty_by_size`. What is there of as many
    draws of the same result is not computed again.
    """
    if draws < 2:  # one draw has no spread
        raise UsageError(
            "At least two draws are needed to see how much they differ.",
            remedy="Give --draws 200, or more for finer probabilities.",
            code="options",
        )
    if run.program.award is not None:
        raise UsageError(
            f"'{run.program.id}' pays awards and has no tiers to be sure of.",
            remedy="Name a run of a program that pays by tiers.",
            code="no-tiers",
        )
    asked = {
        "draws": draws,
        "result_fingerprint": run.manifest["result_fingerprint"],
        "code_version": code_version(),
    }
    if record(run) != asked:
        _store(run, asked, progress or _unheard)
    return run.rows("uncertainty_by_size")


def record(run: Run) -> Row | None:
    """What the stored uncertainty of a run was made of; nothing when there is none."""
    path = run.folder / PLACE / _RECORD
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def results_of(run: Run) -> bootstrap.Results:
    """The tables of a run that its draws rest on."""
    names = bootstrap.Results.__dataclass_fields__
    return bootstrap.Results(**{name: run.table(name) for name in names})


def _store(run: Run, asked: Row, progress: Progress) -> None:
    draft, final = run.folder / f"{PLACE}.new", run.folder / PLACE
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    scratch = draft / "scratch"
    found = results_of(run)
    times, sums = drawn_tables(
        found, run.engine, run.program, scratch, draws=asked["draws"], progress=progress
    )
    rows = _rows_of(found, run.engine, run.program, times, sums)
    tables = {
        "tier_probabilities": (rows[0], PROBABILITIES),
        "tier_uncertainty": (rows[1], UNCERTAINTY),
        "uncertainty_by_size": (by_size(rows[1]), BY_SIZE),
    }
    for name, (held, columns) in tables.items():
        run.engine.store(run.engine.table(held, columns), draft / name)
    shutil.rmtree(scratch)
    (draft / _RECORD).write_text(json.dumps(asked, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(final, ignore_errors=True)
    draft.rename(final)


def drawn_tables(
    found: bootstrap.Results,
    engine: Engine,
    program: Program,
    scratch: Path,
    *,
    draws: int,
    progress: Progress,
) -> tuple[ir.Table, ir.Table]:
    """How often each practice fell into each pair of tiers, and the sums of its composites.

    Some draws at a time, each part stored in the scratch folder before it is counted.
    """

    def kept(name: str, made: ir.Table, columns: dict[str, str]) -> ir.Table:
        engine.store(conform(made, columns, name), scratch / name)
        return engine.read_parquet(scratch / name)

    cases = kept("cases", bootstrap.cases_of_people(found), bootstrap.CASES)
    people = cases.select(*bootstrap.PEOPLE)
    levers = kept("levers", bootstrap.levers(found, cases), bootstrap.LEVERS)
    units = kept("units", bootstrap.units(found, levers), bootstrap.UNITS)
    deviates = engine.table(deviate_rows(), DEVIATES)
    times, sums = [], []
    for first in range(1, draws + 1, _AT_ONCE):
        last = min(draws, first + _AT_ONCE - 1)
        some = engine.table(draw_rows(first, last), DRAWS)
        moved = bootstrap.drawn(people, levers, units, some, deviates)
        moved = kept(f"drawn-{first}", moved, bootstrap.DRAWN)
        placed = bootstrap.drawn_composites(found, moved)
        again = bootstrap.counted(found, placed, some, program)
        times.append(kept(f"times-{first}", again, bootstrap.COUNTED))
        sums.append(kept(f"sums-{first}", bootstrap.summed(placed), bootstrap.SUMMED))
        shutil.rmtree(scratch / f"drawn-{first}")
        progress("draws", last, draws)
    cells = ["tin", "quality_tier", "cost_tier"]
    whole = _together(times).group_by(cells).agg(times=_.times.sum().cast("int64"))
    added = _together(sums).group_by("tin", "kind").agg(
        times=_.times.sum().cast("int64"),
        total=exact_sum(_.total),
        squares=exact_sum(_.squares),
    )  # fmt: skip
    return whole, added


def _together(parts: list[ir.Table]) -> ir.Table:
    return parts[0] if len(parts) == 1 else ibis.union(*parts)


def _rows_of(
    found: bootstrap.Results, engine: Engine, program: Program, times: ir.Table, sums: ir.Table
) -> tuple[list[Row], list[Row]]:
    """The probability of every pair of tiers, and how sure each composite of a practice is."""
    counts: dict[str, dict[tuple[str, str], int]] = {}
    for row in engine.rows(times).to_pylist():
        counts.setdefault(row["tin"], {})[row["quality_tier"], row["cost_tier"]] = row["times"]
    probabilities = list(_probabilities(counts))
    spread = {(row["tin"], row["kind"]): row for row in engine.rows(sums).to_pylist()}
    made = []
    for tiers in engine.rows(found.tiers.filter(found.tiers.tin.notnull())).to_pylist():
        tin = tiers["tin"]
        for place, kind in enumerate(("quality", "cost")):
            if tin not in counts or (tin, kind) not in spread:
                continue
            tier, total = tiers[f"{kind}_tier"], sum(counts[tin].values())
            same = sum(n for cell, n in counts[tin].items() if cell[place] == tier)
            made.append(
                {
                    "tin": tin,
                    "kind": kind,
                    "size_class": tiers["size_class"],
                    "tier": tier,
                    "composite": tiers[f"{kind}_composite"],
                    "standard_error": tiers[f"{kind}_standard_error"],
                    "drawn_error": _deviation(spread[tin, kind]),
                    "stays": same / total,
                }
            )
    fewest = program.composites.minimum_peers
    return probabilities, with_reliability(made, program.tiering.standard_deviations, fewest)


def _probabilities(counts: dict[str, dict[tuple[str, str], int]]) -> Iterable[Row]:
    for tin in sorted(counts):
        total = sum(counts[tin].values())
        for quality in TIERS:
            for cost in TIERS:
                share = counts[tin].get((quality, cost), 0) / total
                cell = {"quality_tier": quality, "cost_tier": cost}
                yield {"tin": tin, **cell, "probability": share}


def _deviation(sums: Row) -> float:
    mean = sums["total"] / sums["times"]
    variance = (sums["squares"] - sums["times"] * mean * mean) / (sums["times"] - 1)
    return math.sqrt(max(variance, 0.0))


def _unheard(_what: str, _done: int, _total: int) -> None:
    """Progress that nobody asked for."""
