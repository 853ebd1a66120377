"""A finished run becomes a run under review: practices, results, reports, rows of patients."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from openp4p.claims.intake import MARKER
from openp4p.errors import UsageError
from openp4p.portal import clock, trail
from openp4p.portal.models import Practice, Result, ReviewedRun, User, Version
from openp4p.portal.rows import write_rows
from openp4p.reports.qrur.delivery import Order, deliver
from openp4p.results import Run
from openp4p.review.states import RunState

_AT_ONCE = 2000


def load(
    folder: Path, analyst: User, *, input_folder: Path | None = None, workers: int | None = None
) -> ReviewedRun:
    """The run under review that a finished run becomes; loaded again it is opened as it is."""
    run = Run.open(folder.resolve())
    known = ReviewedRun.objects.filter(run_id=run.manifest["run_id"]).first()
    if known is not None:
        return known
    place = settings.FOLDER / "runs" / str(run.manifest["run_id"])
    tins = [row["tin"] for row in run.rows("practices")]
    if not tins:
        raise UsageError(
            "This run has no practices.", remedy="Name a run that has.", code="no-such-practice"
        )
    practices = _practices(run, tins)
    keys = {tin: practice.key for tin, practice in practices.items()}
    patients = write_rows(run, keys, place / "rows")
    reports = render(run.folder, place / "reports", tins=(), workers=workers)
    with transaction.atomic():
        reviewed = _reviewed(run, analyst, input_folder)
        _results(reviewed, run, practices, patients, place, reports)
        trail.record(
            "run.loaded", f"run:{reviewed.key}", analyst, fingerprint=reviewed.fingerprint,
            practices=len(tins), sets={"state": reviewed.state},
        )  # fmt: skip
    return reviewed


def render(run: Path, into: Path, *, tins: tuple[str, ...], workers: int | None) -> Order:
    """Make the reports of these practices, or of all."""
    order = Order(run=run, out=into, tins=tins, workers=workers)
    deliver(order)
    return order


def numbers(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a version holds of a practice's payment, as the run has it."""
    return {
        "quality_tier": row.get("quality_tier") or "",
        "cost_tier": row.get("cost_tier") or "",
        "basis": row.get("basis") or "",
        "fraction": row.get("adjustment_fraction"),
        "cents": cents(row.get("adjustment_amount")),
        "paid_cents": cents(row.get("paid_amount")),
    }


def cents(dollars: Decimal | None) -> int:
    """An exact amount in cents; none is nothing."""
    return 0 if dollars is None else int((dollars * 100).to_integral_exact())


def input_of(run: Run) -> str:
    """The folder the run was computed from, where the run can tell."""
    marker = run.folder / "intake" / MARKER
    noted = json.loads(marker.read_text(encoding="utf-8")) if marker.is_file() else {}
    folders = {
        path.parents[1] if path.parent.name == table else path.parent
        for table, held in noted.get("left_there", {}).items()
        for path in map(Path, held)
    }
    return str(folders.pop()) if len(folders) == 1 else ""


def _practices(run: Run, tins: list[str]) -> dict[str, Practice]:
    names = {}
    if "tin_crosswalk" in run.given_names:
        names = {r["analysis_tin"]: r["name"] or "" for r in run.given("tin_crosswalk")}
    known = set(Practice.objects.values_list("tin", flat=True))
    new = [Practice(tin=t, name=names.get(t, "")) for t in tins if t not in known]
    Practice.objects.bulk_create(new, batch_size=_AT_ONCE)
    wanted = set(tins)
    return {p.tin: p for p in Practice.objects.all() if p.tin in wanted}


def _reviewed(run: Run, analyst: User, input_folder: Path | None) -> ReviewedRun:
    manifest, program = run.manifest, run.program
    governance = program.governance
    return ReviewedRun.objects.create(
        run_id=manifest["run_id"],
        title=f"{program.title}, payment year {program.payment_year}",
        program_id=manifest["program_id"],
        payment_year=program.payment_year,
        performance_year=program.performance_year,
        folder=str(run.folder),
        input_folder=str(input_folder.resolve()) if input_folder else input_of(run),
        fingerprint=manifest["result_fingerprint"],
        is_checked=run.stamp is None,
        is_historical=governance is not None and governance.mode == "historical",
        may_publish=governance is not None and governance.publication.enabled is True,
        state=RunState.DRAFT,
        analyst=analyst,
    )


def _results(
    reviewed: ReviewedRun,
    run: Run,
    practices: Mapping[str, Practice],
    patients: Mapping[str, int],
    place: Path,
    order: Order,
) -> None:
    paid = {row["tin"]: row for row in run.rows("payments")}
    results = [
        Result(run=reviewed, practice=practice, is_rendered=_report(order, tin) != "")
        for tin, practice in practices.items()
    ]
    Result.objects.bulk_create(results, batch_size=_AT_ONCE)
    now = clock.now()
    made = {r.practice_id: r for r in Result.objects.filter(run=reviewed)}
    Version.objects.bulk_create(
        [
            Version(
                result=made[practice.pk], number=1, made_at=now, folder=str(place / "rows"),
                patients=patients.get(tin, 0), report=_report(order, tin),
                **numbers(paid.get(tin, {})),
            )
            for tin, practice in practices.items()
        ],
        batch_size=_AT_ONCE,
    )  # fmt: skip


def _report(order: Order, tin: str) -> str:
    path = order.out / order.file(tin, "html")
    return str(path) if path.is_file() else ""
