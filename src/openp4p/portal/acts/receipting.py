"""Receipts of deliveries, disputes, comments and variances: signed by a job that has the key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from openp4p.portal.models import Dispute, Event, Payload, Practice, Receipt, Result
from openp4p.portal.models.trail import REVIEW
from openp4p.review.receipts import WORDS, statement, told
from openp4p.review.signing import signed

_MEMBERS = ("seq", "at", "type", "object", "hash")


@dataclass(frozen=True)
class Kept:
    """A receipt as the practice sees it: what it says, and whether it is signed yet."""

    line: dict[str, Any]
    is_signed: bool

    @property
    def words(self) -> str:
        """What it says."""
        return told(self.line)

    @property
    def text(self) -> str:
        """The line to keep."""
        return json.dumps(self.line, sort_keys=True)


def sign_all(secret: str) -> int:
    """Sign every receipt that is not signed yet; how many."""
    made = [
        Receipt(event=event, line=signed(_stated(event, payloads), secret))
        for event, payloads in _with_payloads(_events().filter(receipt=None))
    ]
    Receipt.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


def receipts_of(practice: Practice) -> list[Kept]:
    """The receipts of a practice, the newest first; before the job came by, without signature."""
    results = Result.objects.filter(practice=practice).values_list("key", flat=True)
    disputes = Dispute.objects.filter(result__practice=practice).values_list("key", flat=True)
    names = [f"result:{key}" for key in results] + [f"dispute:{key}" for key in disputes]
    mine = _events().filter(object__in=names).order_by("-seq")
    held = dict(Receipt.objects.filter(event__in=mine).values_list("event_id", "line"))
    return [
        Kept(held.get(event.pk) or _stated(event, payload), event.pk in held)
        for event, payload in _with_payloads(mine)
    ]


def _events() -> Any:  # a query
    return Event.objects.filter(stream=REVIEW, type__in=WORDS)


def _with_payloads(events: Any) -> Iterator[tuple[Event, dict[str, Any]]]:
    """Events with what was said of them; of an erased payload nothing is left to say."""
    listed = list(events)
    payloads = dict(
        Payload.objects.filter(event__in=[e.pk for e in listed]).values_list("event_id", "content")
    )
    for event in listed:
        yield event, payloads.get(event.pk, {})


def _stated(event: Event, payload: dict[str, Any]) -> dict[str, object]:
    return statement(REVIEW, {name: getattr(event, name) for name in _MEMBERS}, payload)
