"""Who may have an account: whom the system administrator and the privacy officer made one for."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest


def name_tried(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The name somebody tries to sign in with; it is what gets locked."""
    said = (credentials or {}).get("username") or request.POST.get("login", "")
    return str(said).strip().lower()


class NoSignUp(DefaultAccountAdapter):  # type: ignore[misc]  # untyped library
    """Nobody makes themselves an account."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Never."""
        return False


class KnownPeopleOnly(DefaultSocialAccountAdapter):  # type: ignore[misc]  # untyped library
    """Single sign-on is another way to an account that is there already."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:  # noqa: ARG002
        """Never: the address must be that of a known person."""
        return False
