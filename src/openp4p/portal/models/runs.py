"""Runs under review, and what stands between a practice's result and its payment."""

from __future__ import annotations

from django.db import models

from openp4p.portal.models.people import Practice, User, new_key
from openp4p.review.payable import Publication
from openp4p.review.states import WORDS, RunState


class ReviewedRun(models.Model):
    """A finished run in review: where its files lie, and in which state it is."""

    key = models.CharField(max_length=16, unique=True, default=new_key, editable=False)
    run_id = models.CharField(max_length=64, unique=True)
    title = models.CharField(max_length=200)
    program_id = models.CharField(max_length=100)
    payment_year = models.IntegerField()
    performance_year = models.IntegerField()
    folder = models.CharField(max_length=500)
    input_folder = models.CharField(max_length=500, blank=True)
    fingerprint = models.CharField(max_length=64)
    is_checked = models.BooleanField(default=True)
    is_historical = models.BooleanField(default=False)
    may_publish = models.BooleanField(default=False)
    state = models.CharField(
        max_length=20, default=RunState.DRAFT, choices=[(s.value, w) for s, w in WORDS.items()]
    )
    analyst = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField(null=True)
    final_at = models.DateTimeField(null=True)
    successor = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-payment_year", "id")

    @property
    def status(self) -> RunState:
        """The state as what it is."""
        return RunState(self.state)

    @property
    def words(self) -> str:
        """The state in words."""
        return WORDS[self.status]


class Result(models.Model):
    """The result of one practice in a run: its delivery, its window, its publication."""

    key = models.CharField(max_length=16, unique=True, default=new_key, editable=False)
    run = models.ForeignKey(ReviewedRun, models.PROTECT, related_name="results")
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="results")
    version = models.IntegerField(default=1)
    is_rendered = models.BooleanField(default=False)
    released_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    delivered_how = models.CharField(max_length=40, blank=True)
    last_day = models.DateField(null=True)
    ends = models.DateTimeField(null=True)
    is_unreached = models.BooleanField(default=False)
    publication = models.CharField(
        max_length=20, default=Publication.NOT_PUBLISHABLE,
        choices=[(p.value, p.value.replace("_", " ")) for p in Publication],
    )  # fmt: skip
    comment = models.TextField(blank=True, max_length=2000)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("run", "practice"), name="one_result_a_practice"),
        )
        indexes = (models.Index(fields=("run", "delivered_at")), models.Index(fields=("ends",)))

    @property
    def last_notice(self) -> Notice | None:
        """The newest attempt to tell the practice, of those that are read already."""
        return max(self.notices.all(), key=lambda notice: notice.at, default=None)


class Version(models.Model):
    """What a result is: version 1 as computed, each further one after accepted disputes."""

    result = models.ForeignKey(Result, models.PROTECT, related_name="versions")
    number = models.IntegerField()
    quality_tier = models.CharField(max_length=20, blank=True)
    cost_tier = models.CharField(max_length=20, blank=True)
    basis = models.CharField(max_length=60, blank=True)
    fraction = models.DecimalField(max_digits=18, decimal_places=9, null=True)
    cents = models.BigIntegerField(default=0)
    paid_cents = models.BigIntegerField(default=0)
    patients = models.IntegerField(default=0)
    made_at = models.DateTimeField()
    folder = models.CharField(max_length=500)
    report = models.CharField(max_length=500, blank=True)
    varied = models.JSONField(null=True)  # measures with variances: before and after

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=("result", "number"), name="one_such_version"),
        )


class Notice(models.Model):
    """One attempt to tell a practice that its report is there, or a reminder."""

    result = models.ForeignKey(Result, models.PROTECT, related_name="notices")
    at = models.DateTimeField()
    channel = models.CharField(max_length=20)
    what = models.CharField(max_length=40, default="released")
    is_accepted = models.BooleanField(default=False)
    is_returned = models.BooleanField(default=False)


class Approval(models.Model):
    """One of two persons agreed to a step of a run."""

    run = models.ForeignKey(ReviewedRun, models.PROTECT, related_name="approvals")
    event = models.CharField(max_length=40)  # with the key of the run that takes its place
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    is_used = models.BooleanField(default=False)


class Instruction(models.Model):
    """What is to be paid, or taken, for one practice."""

    result = models.OneToOneField(Result, models.PROTECT, related_name="instruction")
    version = models.IntegerField()
    cents = models.BigIntegerField()
    at = models.DateTimeField()


class Recalculation(models.Model):
    """One run again with the accepted disputes of a run in its input."""

    run = models.ForeignKey(ReviewedRun, models.PROTECT, related_name="recalculations")
    number = models.IntegerField()
    state = models.CharField(max_length=10, default="running")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    message = models.TextField(blank=True)
    folder = models.CharField(max_length=500)
