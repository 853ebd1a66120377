"""Where one begins: after signing in, the public page, whether the portal is up."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from openp4p.portal.access import memberships_of, public, signed_in
from openp4p.portal.acts.standing import result_standing
from openp4p.portal.forms import SearchForm
from openp4p.portal.models import Result
from openp4p.review.payable import Publication
from openp4p.review.roles import OF_PRACTICE, Role

_A_PAGE = 100


@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """The queue of whoever is signed in."""
    roles = {Role(one.role) for one in memberships_of(request)}
    if roles & OF_PRACTICE:
        return redirect("practices")
    if Role.SYSTEM_ADMINISTRATOR in roles:
        return redirect("people")
    return redirect("desk") if roles else render(request, "portal/nobody.html")


@public
def published(request: HttpRequest) -> HttpResponse:
    """What is published, with the comments of the practices."""
    listed = Result.objects.filter(publication=Publication.PUBLISHED).select_related(
        "run", "practice"
    )
    page = Paginator(listed.order_by("run", "practice"), _A_PAGE)
    page = page.get_page(SearchForm(request.GET).number)
    rows = []
    for result in page.object_list:
        version = result.versions.get(number=result.version)
        rows.append({"result": result, "version": version, "is_under_review": _open(result)})
    return render(request, "portal/published.html", {"rows": rows, "page": page})


def _open(result: Result) -> bool:
    return result_standing(result).undecided > 0


@public
def health(_request: HttpRequest) -> HttpResponse:
    """Whether the portal and its database answer; nothing more."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"ok": True})
