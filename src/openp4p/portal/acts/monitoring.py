"""The variances of a run, counted in the tables it was last computed into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import ibis
from ibis import _

from openp4p.measures.variances import EXCEPTION, OVERRIDE
from openp4p.portal.acts.recalculating import DONE
from openp4p.portal.models import Practice, Recalculation, Result, ReviewedRun
from openp4p.results import Run
from openp4p.review.monitoring import Counted, Watched, watched


@dataclass(frozen=True)
class Line:
    """A practice's variances of one measure, and its dollars before any of them and now."""

    practice: Practice
    found: Watched
    cents_before: int
    cents_now: int


def monitored(run: ReviewedRun) -> list[Line]:
    """Every practice with variances in the last computation, those to be looked at first."""
    found = watched(counted(_last(run)))
    tins = {one.counted.practice for one in found}
    results = Result.objects.filter(run=run, practice__tin__in=tins)
    results = results.select_related("practice").prefetch_related("versions")
    held = {result.practice.tin: result for result in results}
    return [
        Line(result.practice, one, *_cents(result))
        for one in found
        if (result := held.get(one.counted.practice)) is not None
    ]


def _last(run: ReviewedRun) -> Run:
    done = Recalculation.objects.filter(run=run, state=DONE).order_by("-number").first()
    return Run.open(Path(done.folder) / "run" if done else Path(run.folder))


def _cents(result: Result) -> tuple[int, int]:
    """What the practice was owed by the last version without variances, and what it is owed."""
    versions = sorted(result.versions.all(), key=lambda one: one.number)
    first = next((n for n, one in enumerate(versions) if one.varied), len(versions))
    return versions[max(first - 1, 0)].cents, versions[result.version - 1].cents


def counted(run: Run) -> Iterator[Counted]:
    """The eligible cases of every practice and measure, and those that variances took out."""
    cases = run.table("measure_cases")
    eligible = cases.filter(cases.reason.isnull() | cases.reason.isin([EXCEPTION, OVERRIDE]))
    sums = eligible.group_by("tin", "measure").agg(
        eligible=_.cases.sum(),
        **{
            kind: ibis.ifelse(_.reason == kind, _.cases, 0).sum().fill_null(0)
            for kind in (EXCEPTION, OVERRIDE)
        },
    )
    specialties = _specialties(run)
    for row in run.engine.rows(sums).to_pylist():
        for kind in (EXCEPTION, OVERRIDE):
            yield Counted(
                row["tin"], specialties.get(row["tin"], ""), row["measure"], kind,
                int(row["eligible"]), int(row[kind]),
            )  # fmt: skip


def _specialties(run: Run) -> dict[str, str]:
    """The specialty that most professionals of a practice have; of several, the smallest code."""
    professionals = run.table("professionals").filter(_.specialty.notnull())
    counts = professionals.group_by("tin", "specialty").agg(heads=_.count())
    rows = run.engine.rows(counts).to_pylist()
    rows.sort(key=lambda row: (row["tin"], row["heads"], _backwards(row["specialty"])))
    return {row["tin"]: row["specialty"] for row in rows}


def _backwards(code: str) -> tuple[int, ...]:
    """A key by which the smallest code comes last."""
    return tuple(-ord(letter) for letter in code)
