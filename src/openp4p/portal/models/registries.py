"""Who takes part, what money moved, what paperwork cost, which services there are, exports."""

from __future__ import annotations

from django.db import models

from openp4p.portal.models.people import Practice, User, new_key
from openp4p.portal.models.runs import Result, ReviewedRun
from openp4p.review.registries import ACTIVITIES, SERVICES, SOURCES, STATUSES


class Participation(models.Model):
    """A status of a practice in a program that held from a day to a day."""

    practice = models.ForeignKey(Practice, models.PROTECT, related_name="participation")
    program_id = models.CharField(max_length=100)
    period = models.IntegerField()
    status = models.CharField(max_length=20, choices=list(STATUSES.items()))
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    channel = models.CharField(max_length=20, default="portal")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("valid_from", "id")


class LedgerEntry(models.Model):
    """One posting, in whole cents; nothing is ever edited."""

    batch = models.CharField(max_length=64, db_index=True)
    run = models.ForeignKey(ReviewedRun, models.PROTECT, null=True, related_name="entries")
    debit = models.CharField(max_length=60)
    credit = models.CharField(max_length=60)
    cents = models.BigIntegerField()
    what = models.CharField(max_length=40)
    at = models.DateTimeField()


class AdminCost(models.Model):
    """Time and money that the program's paperwork took a practice."""

    practice = models.ForeignKey(Practice, models.PROTECT, related_name="admin_costs")
    date = models.DateField()
    activity = models.CharField(max_length=20, choices=list(ACTIVITIES.items()))
    role = models.CharField(max_length=60)
    minutes = models.IntegerField()
    wage_cents = models.IntegerField(help_text="published wage of the role, cents an hour")
    invoice_cents = models.BigIntegerField(default=0)
    invoice_sha256 = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    is_refused = models.BooleanField(default=False)
    paid_at = models.DateTimeField(null=True)

    @property
    def cents(self) -> int:
        """What is owed: minutes by the wage, rounded up to the cent, and the invoice."""
        return -(-self.minutes * self.wage_cents // 60) + self.invoice_cents


class CareResource(models.Model):
    """A service that a practice's patients can reach; the newest entry of a service holds."""

    practice = models.ForeignKey(Practice, models.PROTECT, related_name="resources")
    service = models.CharField(max_length=20, choices=list(SERVICES.items()))
    source = models.CharField(max_length=20, choices=[(s, s.replace("_", " ")) for s in SOURCES])
    fte = models.DecimalField(max_digits=6, decimal_places=2, default=0)
    wait_days = models.IntegerField()
    funder = models.CharField(max_length=100, blank=True)
    conditional_on = models.CharField(max_length=200, blank=True)
    verified = models.DateField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Export(models.Model):
    """A file that left the portal: for what purpose, to whom, until when."""

    key = models.CharField(max_length=16, unique=True, default=new_key, editable=False)
    what = models.CharField(max_length=40)
    result = models.ForeignKey(Result, models.PROTECT, null=True, related_name="exports")
    run = models.ForeignKey(ReviewedRun, models.PROTECT, null=True, related_name="exports")
    purpose = models.CharField(max_length=20)
    recipient = models.CharField(max_length=200)
    undertaking = models.BooleanField()
    expires = models.DateField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class ClockShift(models.Model):
    """How far the clock of a demonstration was moved; there is none outside of one."""

    seconds = models.BigIntegerField(default=0)
