"""Adding to the audit trail: in the transaction of the change, the head locked last."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from openp4p.audit.controls.chain import GENESIS
from openp4p.portal import clock
from openp4p.portal.models import Event, Head, Payload
from openp4p.portal.models.trail import ACCESS, REVIEW
from openp4p.review.trail import instant, linked

CLOCK = "clock"


def record(
    type_: str,
    object_: str,
    actor: Any,  # a user, or the clock
    *,
    sets: Mapping[str, object] | None = None,
    others: Mapping[str, Mapping[str, object]] | None = None,
    **said: object,
) -> Event:
    """One event of the review, in the transaction of what it records.

    `sets`: what the object stands at now; `others`: what further objects stand at.
    """
    assert transaction.get_connection().in_atomic_block, "an event belongs to a transaction"
    payload = {**said, "sets": dict(sets or {}), "salt": secrets.token_hex(16)}
    if others:
        payload["others"] = {name: dict(held) for name, held in others.items()}
    return _add(REVIEW, type_, object_, actor, payload)


def accessed(type_: str, object_: str, actor: Any, **said: object) -> Event:
    """One event of access to patients or files, committed before anything is sent."""
    with transaction.atomic():
        return _add(ACCESS, type_, object_, actor, {**said, "salt": secrets.token_hex(16)})


def _add(
    stream: str,
    type_: str,
    object_: str,
    actor: Any,
    payload: dict[str, Any],
) -> Event:
    Head.objects.get_or_create(stream=stream, defaults={"hash": GENESIS})
    head = Head.objects.select_for_update().get(stream=stream)
    at = max(instant(clock.now()), head.at)
    link = linked(
        seq=head.seq + 1, prev=head.hash, at=at, actor=_name(actor), type_=type_, object_=object_,
        payload=payload,
    )  # fmt: skip
    event = Event.objects.create(stream=stream, **link)
    Payload.objects.create(event=event, content=payload)
    head.seq, head.hash, head.at = event.seq, event.hash, at
    head.save()
    return event


def _name(actor: Any) -> str:
    """Who acted, as a number that says nothing by itself."""
    return CLOCK if actor is None else f"u:{actor.pk}"
