"""A practice questions its result: files, hands in evidence, answers, withdraws, goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from openp4p.audit.controls.clocks import business_deadline
from openp4p.portal import clock, trail
from openp4p.portal.acts.standing import policy_of
from openp4p.portal.models import DataRequest, Dispute, Evidence, Note, Result, User
from openp4p.review import disputes, variances
from openp4p.review.disputes import Category, DisputeState, File
from openp4p.review.policy import number
from openp4p.review.refusals import require, unless
from openp4p.review.states import RunState
from openp4p.review.windows import appeal_due, decision_due

# what a practice may hand in: by the ending of its name and by how such a file begins
KINDS = {
    ".pdf": ("application/pdf", b"%PDF-"),
    ".png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    ".jpg": ("image/jpeg", b"\xff\xd8\xff"),
    ".jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    ".csv": ("text/csv", b""),
    ".txt": ("text/plain", b""),
}
_TEXT = (".csv", ".txt")


def file(
    result: Result, category: Category, items: Sequence[Mapping[str, str]], text: str, actor: User
) -> Dispute:
    """A dispute, submitted; its receipt is the event of the trail."""
    now, kind = clock.now(), disputes.KINDS[category]
    kept = [{name: str(i.get(name, "")).strip() for name in kind.fields} for i in items]
    kept = [item for item in kept if any(item.values())]
    for item in kept if category is Category.VARIANCE else ():
        variances.check(item["code"], "")
    with transaction.atomic():
        held = Result.objects.select_for_update().select_related("run").get(pk=result.pk)
        disputes.may_file(File(held.run.status, held.ends, now, len(kept), text, category))
        due = decision_due(now, policy_of(held.run), stopped=timedelta())
        dispute = Dispute.objects.create(
            result=held, category=category, items=kept, text=text.strip(), filed_by=actor,
            filed_at=now, due=due,
        )  # fmt: skip
        event = trail.record(
            "dispute.submitted", f"dispute:{dispute.key}", actor, category=category, items=kept,
            sets={"state": dispute.state},
        )  # fmt: skip
        dispute.receipt_seq, dispute.receipt_hash = event.seq, event.hash
        dispute.save()
    return dispute


def hand_in(dispute: Dispute, upload: Any, actor: User) -> Evidence:
    """A file of evidence: of a known kind, not too large, kept where nothing runs it."""
    name = Path(str(upload.name)).name[-100:]
    ending = Path(name).suffix.lower()
    most = settings.EVIDENCE_MOST_BYTES
    require(
        unless(dispute.status in disputes.OPEN, "This dispute is no longer open."),
        unless(ending in KINDS, f"A file of evidence is one of: {', '.join(sorted(KINDS))}."),
        unless(upload.size <= most, f"A file has at most {most // 1024 // 1024} MB."),
        unless(upload.size > 0, "The file is empty."),
        unless(
            dispute.evidence.count() < settings.EVIDENCE_MOST_FILES,
            f"A dispute has at most {settings.EVIDENCE_MOST_FILES} files.",
        ),
    )
    content = upload.read()
    kind, begins = KINDS[ending]
    is_text = ending not in _TEXT or b"\x00" not in content
    require(unless(content.startswith(begins) and is_text, f"The file is no {ending[1:]}."))
    with transaction.atomic():
        evidence = Evidence.objects.create(
            dispute=dispute, name=name, kind=kind, bytes=len(content), by=actor, at=clock.now(),
            sha256=hashlib.sha256(content).hexdigest(), is_quarantined=not _is_clean(content),
        )  # fmt: skip
        path = evidence_path(evidence)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes(content)
        path.chmod(0o600)
        trail.record(
            "evidence.added", f"dispute:{dispute.key}", actor, file=evidence.key,
            sha256=evidence.sha256,
        )  # fmt: skip
    return evidence


def evidence_path(evidence: Evidence) -> Path:
    """Where a file lies: under a name of ours, in the folder of its practice."""
    folder = settings.FOLDER / "evidence" / evidence.dispute.result.practice.key
    return Path(folder) / evidence.key


def _is_clean(content: bytes) -> bool:
    """What the scanner says; without one every file stays in quarantine, and is marked so."""
    import subprocess

    if not settings.EVIDENCE_SCANNER:
        return False
    found = subprocess.run(  # noqa: S603  # the operator's own setting
        [settings.EVIDENCE_SCANNER, "-"], input=content, capture_output=True, check=False
    )
    return found.returncode == 0


def answer(dispute: Dispute, text: str, actor: User) -> None:
    """The practice answers what it was asked; the clock of the decision goes on."""
    with transaction.atomic():
        held = locked(dispute)
        require(unless(bool(text.strip()), "Write the answer."))
        held.state = disputes.answered(held.status)
        waited = clock.now() - held.asked_at
        longest = timedelta(days=number("information_days"))
        held.waited_seconds += int(min(waited, longest).total_seconds())
        held.due = decision_due(
            held.filed_at, policy_of(held.result.run),
            stopped=timedelta(seconds=held.waited_seconds),
        )  # fmt: skip
        Note.objects.create(dispute=held, by=actor, at=clock.now(), text=text.strip())
        saved(held, "dispute.answered", actor)


def withdraw(dispute: Dispute, actor: User) -> None:
    """The practice takes its dispute back."""
    with transaction.atomic():
        held = locked(dispute)
        held.state = disputes.withdrawn(held.status)
        saved(held, "dispute.withdrawn", actor)


def appeal(dispute: Dispute, text: str, actor: User) -> None:
    """The practice asks for the second level."""
    now = clock.now()
    with transaction.atomic():
        held = locked(dispute)
        until = held.appeal_until or now
        held.state = disputes.appealed(held.status, now, until)
        held.due = appeal_due(now, policy_of(held.result.run))
        held.is_overdue = False
        if text.strip():
            Note.objects.create(dispute=held, by=actor, at=now, text=text.strip())
        saved(held, "dispute.appealed", actor)


def ask_for_data(result: Result, text: str, actor: User) -> DataRequest:
    """The practice asks for data; late ones make its window longer."""
    now, rule = clock.now(), policy_of(result.run)
    open_now = result.run.status is RunState.OPEN and result.ends is not None and now < result.ends
    require(
        unless(open_now, "Data are asked for while the window is open."),
        unless(bool(text.strip()), "Say which data."),
    )
    due = business_deadline(now, number("data_answer_days"), rule.zone, rule.holidays).ends
    with transaction.atomic():
        asked = DataRequest.objects.create(
            result=result, text=text.strip(), by=actor, asked_at=now, due=due
        )
        trail.record("data.asked", f"result:{result.key}", actor, request=asked.key)
    return asked


def locked(dispute: Dispute) -> Dispute:
    """The dispute as it stands, held until the transaction ends."""
    found: Dispute = (
        Dispute.objects.select_for_update(of=("self",))
        .select_related("result__run")
        .get(pk=dispute.pk)
    )
    return found


def saved(dispute: Dispute, type_: str, actor: User, **said: Any) -> None:
    """Keep a dispute, with its event."""
    dispute.save()
    sets = {"state": str(DisputeState(dispute.state))}
    trail.record(type_, f"dispute:{dispute.key}", actor, sets=sets, **said)
