"""What every page shows: who is signed in, as what, where they may go."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from openp4p.portal import clock
from openp4p.portal.access import memberships_of
from openp4p.review.roles import NAMES, OF_PRACTICE, OF_SPONSOR, Role

R = Role
_DAYS = (7, 16, 35, 70)  # steps of the clock of a demonstration
_LINKS = (
    ("Work", "desk", OF_SPONSOR - {R.SYSTEM_ADMINISTRATOR}),
    ("Exceptions", "exceptions", OF_SPONSOR - {R.SYSTEM_ADMINISTRATOR, R.REVIEWER}),
    ("Runs", "runs", OF_SPONSOR - {R.SYSTEM_ADMINISTRATOR, R.REVIEWER}),
    ("Money", "ledger", {R.FINANCE, R.AUDITOR}),
    ("Registries", "registries", {R.PRIVACY_OFFICER, R.AUDITOR, R.FINANCE}),
    ("Trail", "trail", {R.AUDITOR, R.PRIVACY_OFFICER}),
    ("Exports", "exports", {R.AUDITOR, R.PRIVACY_OFFICER}),
    ("People", "people", {R.SYSTEM_ADMINISTRATOR, R.PRIVACY_OFFICER}),
)


def every_page(request: HttpRequest) -> dict[str, Any]:
    """Links by role, the roles in words, and whether this is a demonstration."""
    user = getattr(request, "user", None)
    base = {"is_demonstration": settings.DEMONSTRATION}
    if user is None or not user.is_authenticated:
        return base
    held = [Role(one.role) for one in memberships_of(request)]
    return base | {
        "links": [(words, name) for words, name, roles in _LINKS if set(held) & set(roles)],
        "is_of_practice": bool(set(held) & OF_PRACTICE),
        "my_roles": [NAMES[role] for role in dict.fromkeys(held)],
        "today": clock.now(),
        "has_single_sign_on": bool(settings.SOCIALACCOUNT_PROVIDERS),
        "demonstration_days": _DAYS,
    }
