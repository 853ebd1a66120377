"""What was accepted goes into the input of a run again; only the practices it is of change."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from openp4p import run as runs
from openp4p.errors import OpenP4PError, ProblemsError
from openp4p.portal import clock, trail
from openp4p.portal.acts.loading import numbers, render
from openp4p.portal.acts.paying import reaccrue
from openp4p.portal.acts.standing import current, unapplied, unapplied_variances
from openp4p.portal.acts.steps import describe
from openp4p.portal.acts.varying import effects, recorded
from openp4p.portal.models import (
    Dispute,
    Recalculation,
    Result,
    ReviewedRun,
    User,
    Variance,
    Version,
)
from openp4p.portal.rows import write_rows
from openp4p.program.definition import Program
from openp4p.program.library import load_program
from openp4p.results import Run
from openp4p.review.corrected_input import corrected_input
from openp4p.review.corrections import (
    Accepted,
    correction_rows,
    overrides,
    removed_patients,
    variance_rows,
)
from openp4p.review.disputes import Category
from openp4p.review.refusals import RefusedError, require, unless
from openp4p.review.states import RunState
from openp4p.simulation.bootstrap_run import record, uncertainty

_LOG = logging.getLogger(__name__)
_MAY = (RunState.OPEN, RunState.RESOLVING, RunState.FINAL)
RUNNING, DONE, FAILED = "running", "done", "failed"


def begin(run: ReviewedRun, actor: User) -> Recalculation:
    """Note that a recalculation begins; `carry_out` does it."""
    with transaction.atomic():
        run = ReviewedRun.objects.select_for_update().get(pk=run.pk)
        require(
            unless(run.status in _MAY, f"A run that is {run.words} is not recalculated."),
            unless(
                unapplied(run).exists() or unapplied_variances(run).exists(),
                "No accepted dispute and no variance waits to be applied.",
            ),
            unless(
                not run.recalculations.filter(state=RUNNING).exists(), "One is under way already."
            ),
            unless(
                bool(run.input_folder) and Path(run.input_folder).is_dir(),
                "The folder that the run was computed from is not there.",
            ),
        )
        number = run.recalculations.count() + 1
        made = Recalculation.objects.create(
            run=run, number=number, by=actor, started_at=clock.now(),
            folder=str(settings.FOLDER / "runs" / run.run_id / f"recalculation-{number}"),
        )  # fmt: skip
        trail.record("run.recalculating", f"run:{run.key}", actor, number=number)
    return made


def give_up_interrupted() -> None:
    """A recalculation that a stopped portal was at is not under way any more."""
    Recalculation.objects.filter(state=RUNNING).update(
        state=FAILED, ended_at=clock.now(), message="The portal was stopped; begin it again."
    )


def in_background(work: Recalculation) -> None:
    """Carry a recalculation out beside the requests."""
    threading.Thread(target=_quietly, args=(work.pk,), daemon=True).start()


def _quietly(number: int) -> None:
    try:
        carry_out(Recalculation.objects.get(pk=number))
    finally:
        connection.close()


def carry_out(work: Recalculation) -> Recalculation:
    """Compute, compare, and give the corrected practices a new version; or say what failed."""
    try:
        message = _carry_out(work)
        state = DONE
    except RefusedError as refused:
        state, message = FAILED, " ".join(refused.reasons)
    except ProblemsError as error:
        state, message = FAILED, " ".join(str(problem) for problem in error.problems)
    except OpenP4PError as error:
        state, message = FAILED, f"{error.message} {error.remedy}".strip()
    except Exception as error:  # it runs beside the requests: nobody else would hear of it
        _LOG.exception("a recalculation failed")
        state, message = FAILED, f"It stopped for a reason nobody foresaw: {type(error).__name__}."
    work.state, work.message, work.ended_at = state, message, clock.now()
    work.save()
    return work


def _carry_out(work: Recalculation) -> str:
    run = work.run
    new = list(unapplied(run).select_related("result__practice"))
    varied_now = list(unapplied_variances(run).select_related("result__practice"))
    varied = recorded(run)
    accepted = [_accepted(d) for d in _all_accepted(run)]
    year = run.performance_year
    changes = overrides(accepted, year)
    varied_rows = variance_rows(varied, accepted, year)
    folder = Path(work.folder)
    problems = corrected_input(
        Path(run.input_folder), folder / "input", changes,
        {"correction": correction_rows(accepted, year, varied),
         "removed_patient": removed_patients(accepted, year),
         "clinical_variance": varied_rows},
    )  # fmt: skip
    require(*(str(problem) for problem in problems))
    original = Run.open(Path(run.folder))
    finished = _computed(original, folder)
    _draw_as(original, finished)
    corrected = {one.tin for one in accepted} | {one.tin for one in varied}
    before, after = _payments(original), _payments(finished)
    moved = [tin for tin in before if tin not in corrected and _moved(before, after, tin)]
    require(
        unless(
            not moved,
            f"The results of {len(moved):,} practices without a correction would move; "
            "nothing was changed.",
        )
    )
    waiting: list[Dispute | Variance] = [*new, *varied_now]
    shown = effects(
        original, finished, [(str(row["tin"]), str(row["measure"])) for row in varied_rows]
    )
    return _versions(work, finished, waiting, after, shown)


def _computed(original: Run, folder: Path) -> Run:
    """The original run again, with what was corrected in its input and its peers as they were."""
    manifest = original.manifest
    request = runs.Request(
        program=_rules(original),
        input_folder=folder / "input",
        out=folder / "run",
        performance_period=manifest["performance_year"],
        published_factor=manifest["published_factor"],
        review_of=original.folder,
    )
    return runs.run(request)


def _rules(original: Run) -> Program:
    """The rules as the run has them, whatever became of their files since.

    With the period that is their own, where the run was of another one and its notes say so.
    """
    manifest = original.manifest
    if manifest["performance_period_override"] is None:
        return original.program
    with contextlib.suppress(OpenP4PError):  # rules of a file of one's own, which is elsewhere
        own = load_program(manifest["program_id"]).performance_year
        return original.program.model_copy(update={"performance_year": own})
    return original.program


def _draw_as(original: Run, finished: Run) -> None:
    """Draw the patients again as often as those of the original run were, if they were."""
    made = record(original)
    if made is not None:
        uncertainty(finished, int(made["draws"]))


def _payments(run: Run) -> dict[str, Mapping[str, Any]]:
    return {row["tin"]: row for row in run.rows("payments")}


def _moved(before: Mapping[str, Any], after: Mapping[str, Any], tin: str) -> bool:
    """Whether a practice stands otherwise than before."""
    return tin not in after or numbers(before[tin]) != numbers(after[tin])


def _versions(
    work: Recalculation,
    finished: Run,
    waiting: Sequence[Dispute | Variance],
    after: Mapping[str, Mapping[str, Any]],
    varied: Mapping[str, object],
) -> str:
    """A new version for each practice with something that waited; what waited names it."""
    folder = Path(work.folder)
    tins = {one.result.practice.tin for one in waiting}
    results = {
        r.practice.tin: r
        for r in Result.objects.filter(run=work.run).select_related("practice", "run")
        if r.practice.tin in tins
    }
    keys = {tin: result.practice.key for tin, result in results.items()}
    patients = write_rows(finished, keys, folder / "rows")
    order = render(finished.folder, folder / "reports", tins=tuple(keys), workers=1)
    said = []
    with transaction.atomic():
        for tin, result in sorted(results.items()):
            old = current(result)
            found = Version.objects.create(
                result=result, number=old.number + 1, made_at=clock.now(),
                folder=str(folder / "rows"), patients=patients.get(tin, 0),
                report=str(order.out / order.file(tin, "html")), varied=varied.get(tin),
                **numbers(after[tin]),
            )  # fmt: skip
            result.version = found.number
            result.save()
            if work.run.status is RunState.FINAL:
                reaccrue(work.run, result.practice.key, old.cents, found.cents)
            said.append(difference(old, found))
            trail.record(
                "result.recalculated", f"result:{result.key}", work.by, before=old.cents,
                after=found.cents, sets=describe(result),
            )  # fmt: skip
        for one in waiting:
            one.applied_in = results[one.result.practice.tin].version
            one.save(update_fields=["applied_in"])
        trail.record("run.recalculated", f"run:{work.run.key}", work.by, number=work.number)
    return f"{len(said):,} practices were computed again; every other result is as it was."


def difference(old: Version, new: Version) -> dict[str, tuple[object, object]]:
    """What differs between two versions: before and after."""
    names = ("quality_tier", "cost_tier", "fraction", "cents", "patients")
    pairs = {name: (getattr(old, name), getattr(new, name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _all_accepted(run: ReviewedRun) -> list[Dispute]:
    """Every accepted dispute of the run, those of earlier recalculations too."""
    waiting = set(unapplied(run).values_list("pk", flat=True))
    mine = Dispute.objects.filter(result__run=run).select_related("result__practice")
    return [d for d in mine.order_by("pk") if d.applied_in is not None or d.pk in waiting]


def _accepted(dispute: Dispute) -> Accepted:
    decision = dispute.decisions.last()
    return Accepted(
        dispute=dispute.key,
        tin=dispute.result.practice.tin,
        category=Category(dispute.category),
        kind=dispute.kind,
        items=tuple(dispute.items),
        decided_on=decision.at.date(),
        decided_by="the reviewer" if decision.level == 2 else "the case officer",
        reason=decision.reason_code,
    )
