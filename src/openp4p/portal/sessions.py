"""How long a session lasts, how often one may write, and what no cache may keep."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

_SEEN, _BEGAN, _EVERY = "seen", "began", 60


class SessionLimits:
    """Fifteen minutes idle, eight hours at most, a second factor, so many posts a minute."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, or a redirect to where the session can go on."""
        if request.user.is_authenticated:
            if _is_over(request):
                logout(request)
                return redirect("account_login")
            if _lacks_second_factor(request):
                return redirect("mfa_activate_totp")
            if request.method == "POST" and _too_many(request):
                return render(request, "portal/slower.html", status=429)
        response = self._next(request)
        if not request.path.startswith(settings.STATIC_URL):
            response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=()"
        )
        return response


def _is_over(request: HttpRequest) -> bool:
    now = int(time.time())
    session = request.session
    seen, began = session.get(_SEEN, now), session.setdefault(_BEGAN, now)
    if now - seen > settings.SESSION_IDLE_SECONDS or now - began > settings.SESSION_MOST_SECONDS:
        return True
    # written once a minute, not at every page
    if now - seen >= _EVERY or _SEEN not in session:
        session[_SEEN] = now
    return False


def _lacks_second_factor(request: HttpRequest) -> bool:
    if not settings.SECOND_FACTOR_REQUIRED or request.session.get("second_factor"):
        return False
    if request.path.startswith((reverse("mfa_index"), reverse("account_login"), "/account/")):
        return False
    from allauth.mfa.utils import is_mfa_enabled

    if is_mfa_enabled(request.user):
        request.session["second_factor"] = True
        return False
    return True


def _too_many(request: HttpRequest) -> bool:
    name = f"posts:{request.user.pk}:{int(time.time()) // 60}"
    cache.add(name, 0, 120)
    try:
        return cache.incr(name) > settings.POSTS_A_MINUTE
    except ValueError:  # it ended between the two
        return False
