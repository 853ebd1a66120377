"""Who may open which page. A page that says nothing about it is open to nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render

from openp4p.portal.models import Membership, Practice
from openp4p.review.refusals import RefusedError
from openp4p.review.roles import OF_PRACTICE, OF_SPONSOR, Role

_View = TypeVar("_View", bound=Callable[..., HttpResponse])
# pages of the libraries that sign people in; they keep to their own rules
_LIBRARIES = ("allauth.", "django.contrib.staticfiles")
READERS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Rule:
    """Roles by method; `is_public`: nobody need sign in; `is_of_practice`: the practice named."""

    roles: dict[str, frozenset[Role]]
    is_public: bool = False
    is_signed_in: bool = False
    is_of_practice: bool = False


def public(view: _View) -> _View:
    """A page for everybody, to read."""
    view.rule = Rule({"GET": frozenset()}, is_public=True)  # type: ignore[attr-defined]
    return view


def signed_in(view: _View) -> _View:
    """A page for whoever is signed in, to read."""
    view.rule = Rule({"GET": frozenset()}, is_signed_in=True)  # type: ignore[attr-defined]
    return view


def allow(*, get: Iterable[Role] = (), post: Iterable[Role] = ()) -> Callable[[_View], _View]:
    """A page of the sponsor's desk, for these roles."""
    return _marked(get, post, is_of_practice=False, among=OF_SPONSOR)


def of_practice(*, get: Iterable[Role] = (), post: Iterable[Role] = ()) -> Callable[[_View], _View]:
    """A page of one practice, for these roles in that practice and no other."""
    return _marked(get, post, is_of_practice=True, among=OF_PRACTICE)


def _marked(
    get: Iterable[Role], post: Iterable[Role], *, is_of_practice: bool, among: frozenset[Role]
) -> Callable[[_View], _View]:
    roles = {method: frozenset(held) for method, held in (("GET", get), ("POST", post)) if held}
    assert all(held <= among for held in roles.values()), "roles of the other side"

    def mark(view: _View) -> _View:
        view.rule = Rule(roles, is_of_practice=is_of_practice)  # type: ignore[attr-defined]
        return view

    return mark


class AccessControl:
    """Holds every request against the rule of its page, before the page does anything."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Hand on; the checking is done once the page is known."""
        return self._next(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Any,
        _args: Any,
        kwargs: dict[str, Any],
    ) -> HttpResponse | None:
        """An answer instead of the page, or nothing when the page may be opened."""
        rule: Rule | None = getattr(view, "rule", None)
        if rule is None:
            if view.__module__.startswith(_LIBRARIES):
                return None
            raise PermissionDenied
        method = "GET" if request.method in READERS else str(request.method)
        if not rule.is_public and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if method not in rule.roles:
            return HttpResponseNotAllowed(sorted(rule.roles))
        request.practice = None
        if rule.is_public or rule.is_signed_in:
            return None
        if rule.is_of_practice:
            request.practice = _practice(request, str(kwargs.pop("practice")))
        if not rule.roles[method] & held_roles(request):
            raise PermissionDenied
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """What the rules of the review refuse is said on a page, with every reason."""
        if isinstance(error, RefusedError):
            return render(request, "portal/refused.html", {"reasons": error.reasons}, status=409)
        return None


def _practice(request: HttpRequest, key: str) -> Practice:
    """The practice of the address; one that is not mine is not there, whoever asks."""
    for membership in memberships_of(request):
        if membership.practice is not None and membership.practice.key == key:
            return membership.practice
    raise Http404


def memberships(user: Any) -> Any:
    """The roles of a person that are in force."""
    return Membership.objects.filter(user=user, until=None, is_confirmed=True)


def memberships_of(request: HttpRequest) -> list[Membership]:
    """The roles in force of whoever asks, looked up once for a page."""
    if not hasattr(request, "memberships"):
        held = memberships(request.user).select_related("practice").order_by("pk")
        request.memberships = list(held)
    found: list[Membership] = request.memberships
    return found


def held_roles(request: HttpRequest) -> frozenset[Role]:
    """The roles a request has: those in the practice of the address, or those of the sponsor."""
    practice = None if request.practice is None else request.practice.pk
    held = memberships_of(request)
    return frozenset(Role(one.role) for one in held if one.practice_id == practice)
