"""A run takes the place of another: the two persons who say so, and what the chain is."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from openp4p.portal.access import allow
from openp4p.portal.acts import steps, superseding
from openp4p.portal.forms import SuccessorForm, valid
from openp4p.portal.models import ReviewedRun
from openp4p.review.roles import Role
from openp4p.review.states import TRANSITIONS


@allow(post=[Role.APPROVER])
def supersede(request: HttpRequest, run: str) -> HttpResponse:
    """Name the run that takes its place; two persons have to name the same."""
    found = get_object_or_404(ReviewedRun, key=run)
    said = valid(SuccessorForm(request.POST, runs=_listed(found)))
    new = get_object_or_404(ReviewedRun, key=said["successor"])
    target = steps.take(found, "supersede", request.user, reason=said["reason"], successor=new)
    if target is None:
        messages.info(request, "Noted. A second person has to name the same run.")
    return redirect("run", run=found.key)


def chain_of(run: ReviewedRun, *, may_link: bool) -> dict[str, Any]:
    """What the page of a run shows of its chain; the form where a run can be named."""
    is_final = run.status in TRANSITIONS["supersede"].sources
    listed = _listed(run) if may_link and is_final else []
    agreed = run.approvals.filter(event__startswith="supersede:", is_used=False).last()
    return {
        "replaced": superseding.replaced_by(run),
        "successor_form": SuccessorForm(runs=listed) if listed else None,
        "named": agreed.event.partition(":")[2] if agreed else "",
    }


def _listed(run: ReviewedRun) -> list[tuple[str, str]]:
    return [(one.key, f"{one.run_id[:12]}: {one.words}") for one in superseding.candidates(run)]
