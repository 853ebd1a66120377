"""C3: the hash chain of an audit trail, and the root that anchors it outside."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

GENESIS = "0" * 64
_MEMBERS = ("actor", "at", "object", "payload_sha256", "prev", "seq", "type")
_LEAF, _NODE = b"\x00", b"\x01"


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no white space in UTF-8: the bytes that are hashed.

    Only text, integers below 2^53 and what is made of them, so that other libraries agree.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode("utf-8")


def event_bytes(event: Mapping[str, object]) -> bytes:
    """The canonical bytes of an event: its seven members, without its own hash."""
    return canonical({name: event[name] for name in _MEMBERS})


def payload_sha256(payload: Mapping[str, object]) -> str:
    """The digest of a payload, which lies apart since it may hold what is private."""
    return hashlib.sha256(canonical(payload)).hexdigest()


def chained(
    events: Iterable[Mapping[str, object]], *, prev: str = GENESIS, first: int = 1
) -> list[dict[str, object]]:
    """Events numbered from `first`, each holding the hash of the one before."""
    made: list[dict[str, object]] = []
    for seq, event in enumerate(events, start=first):
        linked: dict[str, object] = {**event, "seq": seq, "prev": prev}
        prev = hashlib.sha256(event_bytes(linked)).hexdigest()
        made.append({**linked, "hash": prev})
    return made


def first_broken(events: Sequence[Mapping[str, object]]) -> int | None:
    """The first seq that is out of turn, does not hold the hash before it, or went back in time.

    Nothing found says "internally consistent", no more: a cut tail still verifies without a root
    that was kept elsewhere.
    """
    prev, at = GENESIS, ""
    for seq, event in enumerate(events, start=1):
        found = hashlib.sha256(event_bytes(event)).hexdigest()
        said = str(event["at"])
        if event["seq"] != seq or event["prev"] != prev or event["hash"] != found or said < at:
            return seq
        prev, at = found, said
    return None


def merkle_root(events: Sequence[Mapping[str, object]]) -> str:
    """The root over the canonical events, split at the largest power of two below their number."""
    return _root([hashlib.sha256(_LEAF + event_bytes(event)).digest() for event in events]).hex()


def _root(leaves: Sequence[bytes]) -> bytes:
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256().digest()
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(_NODE + _root(leaves[:split]) + _root(leaves[split:])).digest()
