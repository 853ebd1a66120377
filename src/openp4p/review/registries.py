"""Who takes part, which resources a practice has, what its paperwork cost (C4, C6.4, C15)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from openp4p.audit.thresholds import threshold

STATUSES = {
    "invited": "invited",
    "enrolled": "takes part",
    "declined": "declined",
    "withdrawn": "withdrew",
    "never_answered": "never answered",
}
SERVICES = {
    "care_coordinator": "care coordinator",
    "social_worker": "social worker",
    "mental_health": "mental health",
    "substance_use": "substance use",
}
SOURCES = ("embedded", "community_team", "contracted", "telehealth", "none")
ACTIVITIES = {
    "learning": "learning the rules",
    "extracting": "extracting data",
    "entering": "entering data",
    "submitting": "submitting",
    "checking": "checking reports",
    "disputes": "disputes",
}
_MOST_WAIT, _VERIFIED_WITHIN = 14, timedelta(days=365)


@dataclass(frozen=True)
class Participation:
    """A status that held from a day to a day (None: still)."""

    status: str
    valid_from: date
    valid_to: date | None = None


def participates(
    history: Iterable[Participation], first: date, last: date, final: date | None
) -> bool:
    """Whether a practice takes part: enrolled all of the period, not withdrawn before FINAL.

    Silence is not enrolment, and whoever enrols in the period is not in for it.
    """
    until = last if final is None else max(last, final)
    return any(
        one.status == "enrolled"
        and one.valid_from <= first
        and (one.valid_to is None or one.valid_to >= until)
        for one in history
    )


@dataclass(frozen=True)
class Viability:
    """What a practice would be paid for the same services, in cents, whatever it chose."""

    without_program: int
    unenrolled: int
    enrolled: int
    added_cost: int = 0
    revenue: int | None = None
    margin: float | None = None


@dataclass(frozen=True)
class ViabilityFinding:
    """Whether staying out costs a practice something, and how strongly joining pulls."""

    loses_by_staying_out: bool
    pull: float | None
    pushed_under: bool | None
    is_offer_hard_to_refuse: bool | None


def viability(offer: Viability) -> ViabilityFinding:
    """C4.3 for one practice: the change from staying out, the pull, a margin pushed below zero."""
    change = offer.unenrolled - offer.without_program
    if not offer.revenue:
        return ViabilityFinding(change < 0, None, None, None)
    pull = (offer.enrolled - offer.added_cost - offer.unenrolled) / offer.revenue
    pushed = None
    if offer.margin is not None:
        pushed = offer.margin >= 0 and offer.margin + change / offer.revenue < 0
    return ViabilityFinding(change < 0, pull, pushed, pull > threshold("participation.pull_partly"))


@dataclass(frozen=True)
class Resource:
    """One service that a practice says its patients can reach."""

    service: str
    source: str
    wait_days: int
    conditional_on: str
    verified: date


def is_available(resource: Resource, on: date) -> bool:
    """There, within two weeks, without a condition, and looked at within the year."""
    return (
        resource.source != "none"
        and resource.wait_days <= _MOST_WAIT
        and not resource.conditional_on
        and timedelta(0) <= on - resource.verified <= _VERIFIED_WITHIN
    )


def missing_services(resources: Iterable[Resource], on: date) -> list[str]:
    """Which of the four services a practice lacks; no entry means it is not there."""
    there = {resource.service for resource in resources if is_available(resource, on)}
    return [service for service in SERVICES if service not in there]
