"""Receipts: what a practice keeps of an event that concerns it, and what they say in words (C3)."""

from __future__ import annotations

from collections.abc import Mapping

from openp4p.review.signing import is_signed

# the events of which a practice gets a receipt
WORDS = {
    "result.delivered": "the report was delivered",
    "dispute.submitted": "a dispute was submitted",
    "dispute.decided": "a dispute was decided",
    "variance.recorded": "a clinical variance was recorded",
    "result.commented": "a comment was left beside the result",
}
_OF_EVENT = ("seq", "hash", "at", "type", "object")
_OF_PAYLOAD = ("how", "outcome", "code", "category")
_OF_STATE = ("delivered_at", "last_day", "version", "state")


def statement(
    stream: str, event: Mapping[str, object], payload: Mapping[str, object]
) -> dict[str, object]:
    """What a receipt states: the event of the chain, and of its payload what names nobody.

    Of a delivery that is how and when, the last day to question it, and the version.
    """
    sets = payload.get("sets", {})
    assert isinstance(sets, Mapping)
    said = {name: payload.get(name) for name in _OF_PAYLOAD}
    said |= {name: sets.get(name) for name in _OF_STATE}
    known = {name: value for name, value in said.items() if value is not None}
    return {"stream": stream, **{name: event[name] for name in _OF_EVENT}, **known}


def told(receipt: Mapping[str, object]) -> str:
    """A receipt in words."""
    what = WORDS.get(str(receipt.get("type")), str(receipt.get("type")))
    name = receipt.get("object")
    text = f"{receipt.get('at')}: {what} ({name}, event {receipt.get('seq')})"
    if "how" in receipt:
        how = "opened by the practice" if receipt["how"] == "opened" else "by notice"
        text += f", {how}, version {receipt.get('version')}"
    if "last_day" in receipt:
        text += f"; the last day to question it is {receipt['last_day']}"
    return text


def problem(receipt: Mapping[str, object], signer: str) -> str | None:
    """Why a receipt proves nothing; None when the key signed all that it says."""
    if "signature" not in receipt:
        return "not signed"
    return None if is_signed(receipt, signer) else "not signed by that key, or changed since"
