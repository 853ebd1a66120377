"""Clinical variances: recorded by clinicians, computed with, and what they change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.db import transaction

from openp4p.portal import clock, trail
from openp4p.portal.acts.standing import current
from openp4p.portal.models import Result, ReviewedRun, User, Variance
from openp4p.portal.rows import CASES, read_rows
from openp4p.results import Run
from openp4p.review import variances
from openp4p.review.corrections import Varied
from openp4p.review.refusals import require, unless

_REASONS = ("clinical_override", "clinical_exception")


def vary(
    result: Result, beneficiary_id: str, measure: str, code: str, note: str, actor: User
) -> Variance:
    """A clinician takes a patient out of a measure; nobody has to approve it."""
    open_now = result.ends is None or clock.now() < result.ends
    is_case = any(
        (row["measure"], row["beneficiary_id"]) == (measure, beneficiary_id)
        for row in cases_of(result)
    )
    require(
        unless(open_now, "A variance is recorded until the window closes."),
        unless(is_case, "This patient has no case of this measure."),
    )
    variances.check(code, note, _form(result.run, measure))
    with transaction.atomic():
        made = Variance.objects.create(
            practice=result.practice, result=result, beneficiary_id=beneficiary_id,
            measure=measure, code=code, note=note, by=actor, at=clock.now(),
        )  # fmt: skip
        trail.record(
            "variance.recorded", f"result:{result.key}", actor, variance=made.pk, code=code
        )
    return made


def cases_of(result: Result) -> list[dict[str, Any]]:
    """The cases of the practice's patients, as they stand in the result that holds now."""
    return read_rows(current(result).folder, result.practice.key, CASES)


def _form(run: ReviewedRun, measure: str) -> str:
    known = {rule.id: rule.form for rule in Run.open(Path(run.folder)).program.measures}
    # the components of a composite are no measures of their own, and of outcomes as it is
    return known.get(measure, "observed_over_expected")


def recorded(run: ReviewedRun) -> list[Varied]:
    """Every variance of a run, those that are applied already too, as the rules know it."""
    mine = Variance.objects.filter(result__run=run).select_related("practice").order_by("pk")
    return [Varied(v.practice.tin, v.measure, v.beneficiary_id, v.code, v.at.date()) for v in mine]


def effects(
    original: Run, finished: Run, named: Iterable[tuple[str, str]]
) -> dict[str, list[dict[str, Any]]]:
    """By practice, its measures that are named: cases and rate before and after, and how many
    cases variances took out; before is the rate without exceptions.
    """
    pairs = sorted(set(named))
    tins = sorted({tin for tin, _ in pairs})
    before, after = _rates(original, tins), _rates(finished, tins)
    out: dict[tuple[str, str], int] = {}
    cases = finished.table("measure_cases")
    gone = cases.filter(cases.reason.isin(_REASONS)).group_by("tin", "measure")
    for row in finished.engine.rows(gone.agg(cases=cases.cases.sum())).to_pylist():
        out[row["tin"], row["measure"]] = int(row["cases"])
    found: dict[str, list[dict[str, Any]]] = {tin: [] for tin in tins}
    for key in pairs:
        found[key[0]].append(
            {
                "measure": key[1],
                "taken_out": out.get(key, 0),
                **_pair("before", before.get(key)),
                **_pair("after", after.get(key)),
            }
        )
    return found


def _rates(run: Run, tins: list[str]) -> dict[tuple[str, str], Any]:
    rates = run.table("performance_rates")
    mine = rates.filter(rates.tin.isin(tins)).select("tin", "measure", "cases", "rate")
    return {(row["tin"], row["measure"]): row for row in run.engine.rows(mine).to_pylist()}


def _pair(when: str, row: Mapping[str, Any] | None) -> dict[str, Any]:
    """Cases and rate of one time; without cases there is no rate, never 0."""
    return {f"cases_{when}": row["cases"] if row else 0, f"rate_{when}": row and row["rate"]}
