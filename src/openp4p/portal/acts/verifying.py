"""The whole trail held against itself, against what was kept elsewhere, and against the state."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from openp4p.portal.acts.steps import describe
from openp4p.portal.models import Dispute, Event, Payload, Result, ReviewedRun
from openp4p.portal.models.trail import ACCESS, REVIEW
from openp4p.review.replay import differences, replayed
from openp4p.review.signing import is_signed
from openp4p.review.trail import Checkpoint, Receipt, Verdict, checkpoint, verified

_MEMBERS = ("seq", "at", "actor", "type", "object", "payload_sha256", "prev", "hash")


def verify(kept: list[Path] | None = None, signer: str | None = None) -> dict[str, Verdict]:
    """The verdict on both chains; `kept`: files of checkpoints that lay elsewhere.

    `signer`: the public key that every line of them has to be signed with.
    """
    points, receipts, unsigned = _kept(kept or [], signer)
    found = {}
    for stream in (REVIEW, ACCESS):
        events = events_of(stream)
        kept_apart = Payload.objects.filter(event__stream=stream)
        payloads = dict(kept_apart.values_list("event__seq", "content"))
        verdict = verified(stream, events, payloads, points, receipts)
        if stream == REVIEW and verdict.holds:
            told = ({**e, "payload": payloads.get(e["seq"], {})} for e in events)  # type: ignore[call-overload]
            wrong = differences(replayed(told), dict(stored()))
            problems = tuple(f"{name} stands otherwise than its events say." for name in wrong)
            verdict = Verdict(verdict.events, None, problems, verdict.anchored)
        if unsigned:
            problems = (*verdict.problems, *unsigned)
            verdict = replace(verdict, problems=problems)
        found[stream] = verdict
    return found


def events_of(stream: str) -> list[dict[str, object]]:
    """The events of a chain in order."""
    return list(Event.objects.filter(stream=stream).order_by("seq").values(*_MEMBERS))


def checkpoints() -> list[Checkpoint]:
    """The checkpoints of both chains, to be kept where the operator cannot write."""
    return [checkpoint(stream, events_of(stream)) for stream in (REVIEW, ACCESS)]


def stored() -> Iterator[tuple[str, dict[str, object]]]:
    """What the tables say of everything that has events."""
    for key, state in ReviewedRun.objects.values_list("key", "state"):
        yield f"run:{key}", {"state": state}
    for key, state in Dispute.objects.values_list("key", "state"):
        yield f"dispute:{key}", {"state": state}
    for result in Result.objects.exclude(delivered_at=None):
        yield f"result:{result.key}", describe(result)


def _kept(
    files: list[Path], signer: str | None
) -> tuple[list[Checkpoint], list[Receipt], list[str]]:
    """Checkpoints, receipts, and what is to be said of lines that the signer never signed."""
    points, receipts, unsigned = [], [], []
    for path in files:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            said = json.loads(line)
            if signer is not None and not is_signed(said, signer):
                unsigned.append(f"Line {number:,} of {path.name} is not signed by that key.")
            if "root" in said:
                points.append(Checkpoint(said["stream"], said["size"], said["root"]))
            else:
                receipts.append(Receipt(said["stream"], said["seq"], said["hash"]))
    return points, receipts, unsigned
