"""The practice's own entries: variances, participation, paperwork, services, its people."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from openp4p.portal import clock, trail
from openp4p.portal.access import held_roles, of_practice
from openp4p.portal.acts import registering, varying
from openp4p.portal.forms import (
    CostForm,
    ParticipationForm,
    PersonForm,
    ResourceForm,
    VarianceForm,
    valid,
)
from openp4p.portal.models import Result, Variance
from openp4p.portal.views.practice import mine, patient_of, rows_for, visible
from openp4p.review.refusals import require, unless
from openp4p.review.roles import OF_PRACTICE, Role

_ADMINISTRATOR = [Role.PRACTICE_ADMINISTRATOR]


@of_practice(get=OF_PRACTICE, post=[Role.PRACTICE_CLINICIAN])
def variances(request: HttpRequest, result: str) -> HttpResponse:
    """Clinical variances of a result; a clinician records one for a patient of their own."""
    found = mine(request, result)
    measures = {row["measure"] for row in varying.cases_of(found)}
    if request.method == "POST":
        said = valid(VarianceForm(request.POST, measures=measures))
        mine_too = {row["beneficiary_id"] for row in rows_for(request, found)}
        require(unless(said["beneficiary_id"] in mine_too, "This is not a patient of yours."))
        varying.vary(found, actor=request.user, **said)
        return redirect("variances", practice=request.practice.key, result=found.key)
    trail.accessed("variances.viewed", f"result:{found.key}", request.user)
    rows = Variance.objects.filter(result=found).select_related("by")
    if Role.PRACTICE_ADMINISTRATOR not in held_roles(request):
        rows = rows.filter(by=request.user)
    return _page(
        request, "variances",
        {"result": found, "rows": rows,
         "form": VarianceForm(initial=_begun(request, found), measures=measures),
         "is_clinician": Role.PRACTICE_CLINICIAN in held_roles(request)},
    )  # fmt: skip


def _begun(request: HttpRequest, found: Result) -> dict[str, str]:
    """What the form begins with: the patient and the measure one came from."""
    key = request.GET.get("patient", "")
    who = patient_of(request, found, key)["beneficiary_id"] if key else ""
    return {"beneficiary_id": who, "measure": request.GET.get("measure", "")}


@of_practice(get=OF_PRACTICE, post=_ADMINISTRATOR)
def participation(request: HttpRequest) -> HttpResponse:
    """In or out, freely, and what staying out would cost."""
    practice = request.practice
    if request.method == "POST":
        said = valid(ParticipationForm(request.POST))
        registering.take_part(practice, by=request.user, **said)
        return redirect("participation", practice=practice.key)
    results = list(visible(practice))
    first = results[0].run if results else None
    initial = {
        "program_id": first.program_id if first else "",
        "period": clock.now().year + 1,
    }
    return _page(
        request, "participation",
        {"rows": practice.participation.all(), "form": ParticipationForm(initial=initial),
         "viability": [(r.run, registering.viability(r)) for r in results]},
    )  # fmt: skip


@of_practice(get=OF_PRACTICE, post=_ADMINISTRATOR)
def costs(request: HttpRequest) -> HttpResponse:
    """What the program's paperwork took the practice."""
    practice = request.practice
    if request.method == "POST":
        form = CostForm(request.POST)
        valid(form)
        form.instance.practice = practice
        registering.log_cost(form.instance, request.user)
        return redirect("costs", practice=practice.key)
    rows = practice.admin_costs.order_by("-date", "-pk")[:200]
    return _page(request, "costs", {"rows": rows, "form": CostForm()})


@of_practice(get=OF_PRACTICE, post=_ADMINISTRATOR)
def resources(request: HttpRequest) -> HttpResponse:
    """Which services patients of the practice can reach."""
    practice = request.practice
    if request.method == "POST":
        form = ResourceForm(request.POST)
        valid(form)
        form.instance.practice = practice
        registering.state_resource(form.instance, request.user)
        return redirect("resources", practice=practice.key)
    rows = practice.resources.order_by("-pk")[:200]
    missing = registering.missing_services(practice)
    return _page(request, "resources", {"rows": rows, "missing": missing, "form": ResourceForm()})


@of_practice(get=_ADMINISTRATOR, post=_ADMINISTRATOR)
def users(request: HttpRequest) -> HttpResponse:
    """The people of the practice; its representative adds them and ends their roles."""
    practice = request.practice
    if request.method == "POST":
        said = valid(PersonForm(request.POST))
        role = Role(said["role"])
        require(unless(role in OF_PRACTICE, "A practice gives roles of a practice."))
        person = registering.add_person(said["username"], said["name"], said["password"], practice)
        person.npi = said["npi"]
        person.save()
        registering.give_role(person, role, practice, request.user, confirmed=True)
        messages.success(request, f"{person.shown} can sign in now.")
        return redirect("users", practice=practice.key)
    form = PersonForm()
    form.fields["role"].choices = [
        (value, words) for value, words in form.fields["role"].choices if value in OF_PRACTICE
    ]
    del form.fields["practice"]
    rows = practice.memberships.filter(until=None).select_related("user")
    return _page(request, "users", {"rows": rows, "form": form})


@of_practice(post=_ADMINISTRATOR)
def end_my_role(request: HttpRequest, membership: int) -> HttpResponse:
    """End a role in the practice, and no other."""
    mine_here = request.practice.memberships.filter(until=None)
    registering.end(get_object_or_404(mine_here, pk=membership), request.user)
    return redirect("users", practice=request.practice.key)


def _page(request: HttpRequest, name: str, said: dict[str, Any]) -> HttpResponse:
    is_administrator = Role.PRACTICE_ADMINISTRATOR in held_roles(request)
    common = {"practice": request.practice, "is_administrator": is_administrator}
    return render(request, f"portal/{name}.html", common | said)
