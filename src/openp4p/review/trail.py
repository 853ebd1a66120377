"""The audit trail: one event after another, anchored by what was kept elsewhere (C3)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from openp4p.audit.controls.chain import (
    event_bytes,
    first_broken,
    merkle_root,
    payload_sha256,
)

Event = Mapping[str, object]


@dataclass(frozen=True)
class Checkpoint:
    """How many events there were and the root over them, kept where the operator cannot write."""

    stream: str
    size: int
    root: str


@dataclass(frozen=True)
class Receipt:
    """What a submitter got for an event."""

    stream: str
    seq: int
    hash: str


@dataclass(frozen=True)
class Verdict:
    """What a verification found; `anchored`: it was held against something from outside."""

    events: int
    first_bad: int | None
    problems: tuple[str, ...]
    anchored: bool

    @property
    def holds(self) -> bool:
        """Nothing was found wrong."""
        return self.first_bad is None and not self.problems

    @property
    def words(self) -> str:
        """What may be claimed, and no more."""
        if not self.holds:
            where = f"; first bad event {self.first_bad}" if self.first_bad else ""
            return f"broken{where}"
        return "verified" if self.anchored else "internally consistent, not anchored"


def instant(at: datetime) -> str:
    """An instant as the trail writes it: UTC to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def linked(
    *, seq: int, prev: str, at: str, actor: str, type_: str, object_: str, payload: Event
) -> dict[str, object]:
    """The next event of a chain, with its digest."""
    event: dict[str, object] = {
        "seq": seq, "prev": prev, "at": at, "actor": actor, "type": type_, "object": object_,
        "payload_sha256": payload_sha256(payload),
    }  # fmt: skip
    return {**event, "hash": hashlib.sha256(event_bytes(event)).hexdigest()}


def checkpoint(stream: str, events: Sequence[Event]) -> Checkpoint:
    """What to keep elsewhere of the chain as it stands."""
    return Checkpoint(stream, len(events), merkle_root(events))


def verified(
    stream: str,
    events: Sequence[Event],
    payloads: Mapping[int, Event],
    checkpoints: Sequence[Checkpoint] = (),
    receipts: Sequence[Receipt] = (),
) -> Verdict:
    """A chain held against itself, its payloads but erased ones, and what was kept elsewhere."""
    bad = first_broken(events)
    for event in events:
        seq = int(str(event["seq"]))
        if seq in payloads and payload_sha256(payloads[seq]) != event["payload_sha256"]:
            bad = seq if bad is None else min(bad, seq)
            break
    problems: list[str] = []
    kept = [c for c in checkpoints if c.stream == stream]
    for point in kept:
        if len(events) < point.size:
            problems.append(
                f"{point.size:,} events were checkpointed and {len(events):,} are left."
            )
        elif merkle_root(events[: point.size]) != point.root:
            problems.append(
                f"The first {point.size:,} events are not those that were checkpointed."
            )
    of_stream = [r for r in receipts if r.stream == stream]
    for receipt in of_stream:
        if len(events) < receipt.seq or events[receipt.seq - 1]["hash"] != receipt.hash:
            problems.append(f"The event of receipt {receipt.seq:,} is not in the trail.")
    return Verdict(len(events), bad, tuple(problems), bool(kept or of_stream))
