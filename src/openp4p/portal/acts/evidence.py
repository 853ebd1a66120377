"""What the portal knows of a program, as the files of evidence that an audit reads.

Practices stand under their TIN; nothing in them is of a person. What the portal does not know, such
as outcomes of several years or fee tables, is left to whoever adds it.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Min

from openp4p.audit.records.layout import FILES
from openp4p.errors import UsageError
from openp4p.portal import trail
from openp4p.portal.models import (
    AdminCost,
    CareResource,
    DataRequest,
    Dispute,
    Event,
    Export,
    LedgerEntry,
    Participation,
    Practice,
    Result,
    ReviewedRun,
)
from openp4p.review.disputes import OPEN, DisputeState
from openp4p.review.ledger import CLEARING, SUPPLEMENTAL, practice_account
from openp4p.review.payable import Publication
from openp4p.review.policy import ZONE
from openp4p.spreadsheets import harmless

SETTLEMENT = "settlement"
_ACTIVITIES = {"learning": "learning_rules", "checking": "checking_reports"}
_NOT_FILED = (DisputeState.DRAFT, DisputeState.WITHDRAWN)
_ENTRIES = {(CLEARING, SUPPLEMENTAL): "paid_in", (SUPPLEMENTAL, CLEARING): "returned"}
Line = tuple[object, ...]


def write_evidence(folder: Path, program_id: str) -> list[str]:
    """Write the files of a program, such as vms_model/2017, into a new folder; their names."""
    runs = ReviewedRun.objects.filter(program_id=program_id)
    if not runs.exists():
        known = sorted(set(ReviewedRun.objects.values_list("program_id", flat=True)))
        raise UsageError(
            f"The portal holds no run of '{program_id}'.",
            remedy=f"It holds: {', '.join(known) or 'none'}.",
            code="no-run-of-program",
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            f"'{folder}' is there already.",
            remedy="Choose another name: evidence never overwrites what you filled in.",
            code="template-exists",
        )
    folder.mkdir(parents=True, exist_ok=True)
    makers: dict[str, Callable[[str], Iterable[Line]]] = {
        "practices": _practices, "reporting_log": _reporting_log, "funds": _funds,
        "care_resources": _care_resources, "reviews": _reviews, "disputes": _disputes,
        "data_requests": _data_requests, "exports": _exports,
    }  # fmt: skip
    written = []
    for kind, maker in makers.items():
        lines = list(maker(program_id))
        if lines or FILES[kind].may_be_bare:
            _write(folder / FILES[kind].file, kind, lines)
            written.append(FILES[kind].file)
    with transaction.atomic():
        trail.record("evidence.written", f"program:{program_id}", None, files=written)
    return written


def _write(path: Path, kind: str, lines: Iterable[Line]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.name for column in FILES[kind].columns])
        writer.writerows([_harmless(value) for value in line] for line in lines)


def _harmless(value: object) -> object:
    """A text in one line, and none that a spreadsheet would take for a formula."""
    if not isinstance(value, str):
        return value
    return harmless(" ".join(value.split()))


def _practices(program_id: str) -> Iterable[Line]:
    """Who enrolled, from their first period; where nobody can, all that have a result take part."""
    name = program_id.rpartition("/")[0]
    registry = Participation.objects.filter(program_id__in=(name, program_id))
    enrolled = registry.filter(status="enrolled").values("practice").annotate(first=Min("period"))
    firsts = {row["practice"]: row["first"] for row in enrolled}
    if not registry.exists():
        results = Result.objects.filter(run__program_id=program_id).values("practice")
        rows = results.annotate(first=Min("run__performance_year"))
        firsts = {row["practice"]: row["first"] for row in rows}
    for practice in Practice.objects.order_by("tin"):
        yield practice.tin, firsts.get(practice.pk, ""), "", "", "", "unknown"


def _reporting_log(_program_id: str) -> Iterable[Line]:
    for cost in AdminCost.objects.select_related("practice").order_by("pk"):
        paid = cost.cents if cost.paid_at is not None else 0
        yield (
            cost.practice.tin, cost.date, _ACTIVITIES.get(cost.activity, cost.activity), cost.role,
            cost.minutes, _dollars(cost.wage_cents), _dollars(cost.invoice_cents), _dollars(paid),
            _yes(cost.is_refused),
        )  # fmt: skip


def _funds(program_id: str) -> Iterable[Line]:
    """The fund's own money, and the bonuses that were settled; cuts of a replay are no bonuses."""
    for entry in LedgerEntry.objects.filter(run=None).order_by("pk"):
        kind = _ENTRIES.get((entry.debit, entry.credit))
        if kind is not None:
            yield _day(entry.at), kind, "", _dollars(entry.cents)
    tins = {practice_account(p.key): p.tin for p in Practice.objects.all()}
    for entry in _settlements(program_id):
        yield _day(entry.at), "bonus", tins[entry.debit], _dollars(entry.cents)


def _settlements(program_id: str) -> Iterable[LedgerEntry]:
    return LedgerEntry.objects.filter(run__program_id=program_id, what=SETTLEMENT).order_by("pk")


def _care_resources(_program_id: str) -> Iterable[Line]:
    """The newest entry of each service of a practice."""
    entries = CareResource.objects.select_related("practice").order_by("pk")
    newest = {(entry.practice.tin, entry.service): entry for entry in entries}
    for (tin, service), entry in sorted(newest.items()):
        yield tin, service, entry.source, entry.wait_days, entry.conditional_on, entry.verified


def _reviews(program_id: str) -> Iterable[Line]:
    """Deliveries, windows, decisions, first payments and publications."""
    paid = {(e.run_id, e.debit): e for e in reversed(list(_settlements(program_id)))}
    results = Result.objects.filter(run__program_id=program_id).select_related("run", "practice")
    for result in results.prefetch_related("disputes", "versions").order_by("pk"):
        filed = [d for d in result.disputes.all() if d.status not in _NOT_FILED]
        decided = [d.decided_at for d in filed if d.status not in OPEN and d.decided_at]
        all_decided = bool(filed) and len(decided) == len(filed)
        entry = paid.get((result.run_id, practice_account(result.practice.key)))
        is_open = any(d.status in OPEN or _later(d.decided_at, entry) for d in filed)
        counts = entry is not None and not (is_open and _is_undisputed(result, entry))
        yield (
            result.practice.tin, f"run {result.run.key}", _day(result.delivered_at),
            result.last_day or "", len(filed), _day(max(decided)) if all_decided else "",
            _day(entry.at) if entry is not None and counts else "", _published(result),
        )  # fmt: skip


def _later(decided: dt.datetime | None, entry: LedgerEntry | None) -> bool:
    return decided is not None and entry is not None and decided > entry.at


def _is_undisputed(result: Result, entry: LedgerEntry) -> bool:
    """While a dispute is open, no more than the latest decided amount is paid."""
    return bool(entry.cents <= max((version.cents for version in result.versions.all()), default=0))


def _published(result: Result) -> str:
    """The day it was published, from the trail; results do not say when."""
    if result.publication != Publication.PUBLISHED:
        return ""
    events = Event.objects.filter(type="result.published", object=f"result:{result.key}")
    first = events.order_by("seq").first()
    return "" if first is None else _day(dt.datetime.fromisoformat(first.at))


def _disputes(program_id: str) -> Iterable[Line]:
    """A second reviewer inside the scoring team is refused, so whoever decided is outside."""
    rows = Dispute.objects.filter(result__run__program_id=program_id)
    for dispute in rows.select_related("result__practice").prefetch_related("decisions"):
        if dispute.status in _NOT_FILED:
            continue
        decisions = sorted(dispute.decisions.all(), key=lambda one: one.at)
        second = [one for one in decisions if one.level > 1]
        asked = bool(second) or dispute.status is DisputeState.APPEALED
        last = decisions[-1] if decisions else None
        yield (
            dispute.key, dispute.result.practice.tin, _day(dispute.filed_at),
            _day(last.at) if last else "", _yes(bool(last.text.strip())) if last else "",
            _yes(asked), _yes(True) if second else "",
        )  # fmt: skip


def _data_requests(program_id: str) -> Iterable[Line]:
    rows = DataRequest.objects.filter(result__run__program_id=program_id)
    for request in rows.select_related("result__practice").order_by("pk"):
        yield (
            request.key, request.result.practice.tin, _day(request.asked_at),
            _day(request.answered_at),
        )  # fmt: skip


def _exports(program_id: str) -> Iterable[Line]:
    """Every file names its recipient and its key, and each practice sees those it is in."""
    for export in Export.objects.filter(run__program_id=program_id).order_by("pk"):
        yield (
            export.key, _day(export.at), export.purpose.lower(), _yes(export.undertaking),
            _yes(bool(export.recipient)), _yes(True),
        )  # fmt: skip


def _day(at: dt.datetime | None) -> str:
    """The local day of an instant, as windows are counted."""
    return "" if at is None else at.astimezone(ZoneInfo(ZONE)).date().isoformat()


def _dollars(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def _yes(said: bool) -> str:
    return "yes" if said else "no"
