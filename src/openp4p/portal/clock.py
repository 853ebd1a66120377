"""The only place where the portal asks what time it is."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from openp4p.portal.models import ClockShift


def now() -> datetime:
    """The instant; in a demonstration as far ahead as somebody moved the clock."""
    at = timezone.now()
    if settings.DEMONSTRATION:
        moved = ClockShift.objects.first()
        at += timedelta(seconds=moved.seconds if moved else 0)
    return at


def move_forward(days: int) -> None:
    """Move the clock of a demonstration."""
    assert settings.DEMONSTRATION, "only a demonstration has a clock that can be moved"
    held, _ = ClockShift.objects.get_or_create(pk=1)
    held.seconds += days * 86_400
    held.save()
