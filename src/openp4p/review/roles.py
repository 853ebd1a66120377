"""Who may do what in a review, and which roles one person never holds together (C2.3)."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum


class Role(StrEnum):
    """What a person is in the review."""

    ANALYST = "analyst"
    APPROVER = "approver"
    CASE_OFFICER = "case_officer"
    REVIEWER = "reviewer"
    FINANCE = "finance"
    PRIVACY_OFFICER = "privacy_officer"
    AUDITOR = "auditor"
    SYSTEM_ADMINISTRATOR = "system_administrator"
    PRACTICE_ADMINISTRATOR = "practice_administrator"
    PRACTICE_CLINICIAN = "practice_clinician"


OF_PRACTICE = frozenset({Role.PRACTICE_ADMINISTRATOR, Role.PRACTICE_CLINICIAN})
OF_SPONSOR = frozenset(Role) - OF_PRACTICE
OPERATORS = frozenset({Role.ANALYST, Role.CASE_OFFICER, Role.FINANCE})
SCORING_TEAM = frozenset({Role.ANALYST, Role.APPROVER})
NAMES = {
    Role.ANALYST: "Operator: analyst",
    Role.APPROVER: "Sponsor: approver",
    Role.CASE_OFFICER: "Operator: case officer",
    Role.REVIEWER: "Second-level reviewer",
    Role.FINANCE: "Operator: finance",
    Role.PRIVACY_OFFICER: "Sponsor: privacy officer",
    Role.AUDITOR: "Auditor",
    Role.SYSTEM_ADMINISTRATOR: "System administrator",
    Role.PRACTICE_ADMINISTRATOR: "Practice representative",
    Role.PRACTICE_CLINICIAN: "Practice clinician",
}
_ALONE = frozenset({Role.REVIEWER, Role.AUDITOR, Role.SYSTEM_ADMINISTRATOR})
_APART = (
    {Role.ANALYST, Role.APPROVER},
    {Role.ANALYST, Role.CASE_OFFICER},
    {Role.ANALYST, Role.FINANCE},
    {Role.APPROVER, Role.CASE_OFFICER},
)


def conflicts(held: Collection[Role], *, was_scoring: bool = False) -> list[str]:
    """Why one person may not hold these roles together; nothing when they may.

    `was_scoring`: the person held analyst or approver within the last 24 months.
    """
    roles = frozenset(held)
    found = [
        f"{_named(pair)} are held by different persons."
        for pair in (frozenset(pair) for pair in _APART)
        if pair <= roles
    ]
    found += [
        f"{NAMES[alone]} holds no other role."
        for alone in sorted(_ALONE & roles)
        if roles - {alone}
    ]
    if roles & OF_SPONSOR and roles & OF_PRACTICE:
        found.append("Nobody works for the sponsor and for a practice in the same review.")
    if Role.REVIEWER in roles and was_scoring:
        found.append("A second-level reviewer was not in the scoring team for 24 months.")
    return found


def _named(roles: Collection[Role]) -> str:
    return " and ".join(NAMES[role] for role in sorted(roles))
