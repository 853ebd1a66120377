"""What a practice says about its result, and what is answered."""

from __future__ import annotations

from django.db import models

from openp4p.portal.models.people import Practice, User, new_key
from openp4p.portal.models.runs import Result
from openp4p.review.disputes import KINDS, REASON_CODES, Category, DisputeState

_STATES = [(s.value, s.value.replace("_", " ")) for s in DisputeState]
CATEGORIES = [(c.value, kind.words) for c, kind in KINDS.items()]


class Dispute(models.Model):
    """One comment or dispute, with the items that a machine can apply."""

    key = models.CharField(max_length=16, unique=True, default=new_key, editable=False)
    result = models.ForeignKey(Result, models.PROTECT, related_name="disputes")
    category = models.CharField(max_length=20, choices=CATEGORIES)
    items = models.JSONField(default=list)
    text = models.TextField(max_length=4000)
    state = models.CharField(max_length=20, choices=_STATES, default=DisputeState.SUBMITTED)
    filed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()
    due = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    waited_seconds = models.BigIntegerField(default=0)
    officer = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    appeal_until = models.DateTimeField(null=True)
    is_overdue = models.BooleanField(default=False)
    kind = models.CharField(max_length=40, blank=True)
    applied_in = models.IntegerField(null=True)
    receipt_seq = models.BigIntegerField(null=True)
    receipt_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("due", "id")
        indexes = (models.Index(fields=("state", "due")),)

    @property
    def status(self) -> DisputeState:
        """The state as what it is."""
        return DisputeState(self.state)

    @property
    def what(self) -> str:
        """The category in words."""
        return KINDS[Category(self.category)].words


class Evidence(models.Model):
    """A file that was handed in with a dispute; downloaded, never shown."""

    key = models.CharField(max_length=16, unique=True, default=new_key, editable=False)
    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="evidence")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=60)
    bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    holds_patients = models.BooleanField(default=True)
    is_quarantined = models.BooleanField(default=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Note(models.Model):
    """A question to the practice, or its answer."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="notes")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.TextField(max_length=4000)


class Decision(models.Model):
    """What was decided at a level, why, and under which rule."""

    dispute = models.ForeignKey(Dispute, models.PROTECT, related_name="decisions")
    level = models.IntegerField()
    outcome = models.CharField(max_length=20, choices=_STATES)
    reason_code = models.CharField(max_length=20, choices=list(REASON_CODES.items()))
    text = models.TextField(max_length=4000)
    rule = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("level", "id")


class DataRequest(models.Model):
    """Data that a practice asked for, and when they came."""

    key = models.CharField(max_length=16, unique=True, default=new_key, editable=False)
    result = models.ForeignKey(Result, models.PROTECT, related_name="data_requests")
    text = models.TextField(max_length=2000)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due = models.DateTimeField()
    answer = models.TextField(blank=True, max_length=4000)
    answered_at = models.DateTimeField(null=True)


class Variance(models.Model):
    """A clinician takes a patient out of a measure, for a coded reason."""

    practice = models.ForeignKey(Practice, models.PROTECT, related_name="variances")
    result = models.ForeignKey(Result, models.PROTECT, related_name="variances")
    beneficiary_id = models.CharField(max_length=60)
    measure = models.CharField(max_length=60)
    code = models.CharField(max_length=10)
    note = models.CharField(max_length=200, blank=True)
    applied_in = models.IntegerField(null=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
