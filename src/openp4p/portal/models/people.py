"""People, practices, and what each person is in which practice."""

from __future__ import annotations

import secrets

from django.contrib.auth.models import AbstractUser
from django.db import models

from openp4p.review.roles import NAMES, OF_PRACTICE, Role


def new_key() -> str:
    """What stands in addresses instead of a number or an identifier: nobody can guess the next."""
    return secrets.token_hex(8)


class User(AbstractUser):
    """One person who signs in."""

    npi = models.CharField(max_length=10, blank=True, help_text="of a clinician")
    is_demonstration = models.BooleanField(default=False)

    @property
    def shown(self) -> str:
        """The name others see."""
        return self.get_full_name() or self.get_username()


class Practice(models.Model):
    """One practice: a billing number, and where its notices go."""

    key = models.CharField(max_length=16, unique=True, default=new_key, editable=False)
    tin = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    clinicians_see_all = models.BooleanField(default=False)

    class Meta:
        ordering = ("tin",)

    @property
    def shown(self) -> str:
        """Its name, or its billing number where no name is known."""
        return self.name or f"Practice {self.tin}"


class Membership(models.Model):
    """A role of a person: for the sponsor, or in one practice."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=30, choices=[(r.value, NAMES[r]) for r in Role])
    practice = models.ForeignKey(
        Practice, models.PROTECT, null=True, blank=True, related_name="memberships"
    )
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    is_confirmed = models.BooleanField(default=False)
    proposed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("user", "role", "practice"),
                condition=models.Q(until=None),
                name="one_such_membership",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=sorted(OF_PRACTICE), practice__isnull=False)
                | (~models.Q(role__in=sorted(OF_PRACTICE)) & models.Q(practice__isnull=True)),
                name="practice_roles_have_a_practice",
            ),
        )

    @property
    def shown(self) -> str:
        """The role in words."""
        return NAMES[Role(self.role)]
