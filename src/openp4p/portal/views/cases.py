"""Cases at the desk: the file of one, and what its officer, the second level and others do."""

from __future__ import annotations

from itertools import pairwise

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from openp4p.portal import trail
from openp4p.portal.access import allow, held_roles
from openp4p.portal.acts import deciding
from openp4p.portal.acts.recalculating import difference
from openp4p.portal.forms import DecisionForm, TextForm, valid
from openp4p.portal.models import DataRequest, Dispute, Evidence, User
from openp4p.portal.views.practice_disputes import sent
from openp4p.review.corrections import default_kind
from openp4p.review.disputes import UNDECIDED, Category, DisputeState
from openp4p.review.roles import Role

R = Role
_OF_CASE = [R.CASE_OFFICER, R.REVIEWER, R.APPROVER]


@allow(get=_OF_CASE)
def case(request: HttpRequest, dispute: str) -> HttpResponse:
    """The file of a case; opening it is an entry of the trail, since it names patients."""
    found = _case(dispute)
    trail.accessed("case.viewed", f"dispute:{found.key}", request.user)
    roles = held_roles(request)
    may_decide = (R.CASE_OFFICER in roles and found.status in UNDECIDED) or (
        R.REVIEWER in roles and found.status is DisputeState.APPEALED
    )
    form = DecisionForm(initial={"kind": default_kind(Category(found.category))})
    versions = list(found.result.versions.all())
    officers = User.objects.filter(
        memberships__role=R.CASE_OFFICER, memberships__until=None
    ).distinct()
    return render(
        request, "portal/dispute.html",
        {"dispute": found, "practice": found.result.practice, "is_mine": False,
         "may_decide": may_decide, "decision_form": form, "kinds": deciding.kinds_of(found),
         "can_ask": R.CASE_OFFICER in roles and found.status is DisputeState.SUBMITTED,
         "officers": officers if R.APPROVER in roles else [], "text_form": TextForm(),
         "changes": [(new, difference(old, new), new.varied)
                     for old, new in pairwise(versions)]},
    )  # fmt: skip


def _case(key: str) -> Dispute:
    found: Dispute = get_object_or_404(
        Dispute.objects.select_related("result__run", "result__practice"), key=key
    )
    return found


@allow(post=[R.CASE_OFFICER, R.REVIEWER])
def decide(request: HttpRequest, dispute: str) -> HttpResponse:
    """Decide, with reasons, at the level the case is at."""
    found = _case(dispute)
    deciding.decide(found, request.user, **valid(DecisionForm(request.POST)))
    return redirect("case", dispute=found.key)


@allow(post=[R.CASE_OFFICER])
def ask(request: HttpRequest, dispute: str) -> HttpResponse:
    """Ask the practice for more."""
    found = _case(dispute)
    deciding.ask(found, valid(TextForm(request.POST))["text"], request.user)
    return redirect("case", dispute=found.key)


@allow(post=[R.APPROVER])
def assign(request: HttpRequest, dispute: str, officer: int) -> HttpResponse:
    """Give the case to a case officer."""
    found = _case(dispute)
    deciding.assign(found, get_object_or_404(User, pk=officer), request.user)
    return redirect("case", dispute=found.key)


@allow(get=[R.CASE_OFFICER, R.REVIEWER])
def evidence(request: HttpRequest, evidence: str) -> HttpResponse:
    """A file of evidence of a case."""
    return sent(request, get_object_or_404(Evidence, key=evidence))


@allow(post=[R.ANALYST])
def answer_data(request: HttpRequest, asked: str) -> HttpResponse:
    """Answer a practice that asked for data."""
    found = get_object_or_404(DataRequest, key=asked)
    deciding.answer_data(found, valid(TextForm(request.POST))["text"], request.user)
    return redirect("desk")
