"""The audit trail: two chains, whose heads are locked while an event is added."""

from __future__ import annotations

from django.db import models

REVIEW, ACCESS = "review", "access"


class Head(models.Model):
    """The last event of a chain."""

    stream = models.CharField(max_length=10, primary_key=True)
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64)
    at = models.CharField(max_length=20, default="")


class Event(models.Model):
    """One event; the database refuses to change or delete it."""

    stream = models.CharField(max_length=10)
    seq = models.BigIntegerField()
    at = models.CharField(max_length=20)
    actor = models.CharField(max_length=60)
    type = models.CharField(max_length=60)
    object = models.CharField(max_length=80, db_index=True)
    payload_sha256 = models.CharField(max_length=64)
    prev = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ("stream", "seq")
        constraints = (
            models.UniqueConstraint(fields=("stream", "seq"), name="one_event_a_number"),
        )


class Receipt(models.Model):
    """The signed statement of an event, for the practice it concerns."""

    event = models.OneToOneField(Event, models.PROTECT, primary_key=True, related_name="receipt")
    line = models.JSONField()


class Payload(models.Model):
    """What an event was about; apart, since it may hold what is private."""

    event = models.OneToOneField(Event, models.PROTECT, primary_key=True)
    content = models.JSONField()
