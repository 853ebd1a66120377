"""The practice's pages: its queue, its report, its patients, and files of them."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html

from openp4p.portal import clock, trail
from openp4p.portal.access import held_roles, memberships, of_practice, signed_in
from openp4p.portal.acts import delivering, disputing, exporting, preparing
from openp4p.portal.acts.recalculating import difference
from openp4p.portal.acts.registering import missing_services
from openp4p.portal.acts.standing import current
from openp4p.portal.acts.superseding import replaced_by
from openp4p.portal.forms import ExportForm, SearchForm, TextForm, valid
from openp4p.portal.models import Export, Practice, Result, ReviewedRun
from openp4p.portal.page_files import addresses
from openp4p.portal.rows import CASES, PATIENTS, patient_key, read_rows, tiers_again
from openp4p.reports.prepare import page
from openp4p.review.disputes import CAN_APPEAL, DisputeState
from openp4p.review.roles import OF_PRACTICE, Role
from openp4p.review.states import RunState

_SEEN = tuple(s for s in RunState if s not in (RunState.DRAFT, RunState.PRELIMINARY))
_A_PAGE = 50


@signed_in
def practices(request: HttpRequest) -> HttpResponse:
    """The practices of whoever is signed in; of one, its queue."""
    mine = Practice.objects.filter(memberships__in=memberships(request.user)).distinct()
    if mine.count() == 1:
        return redirect("queue", practice=mine.get().key)
    return render(request, "portal/practices.html", {"practices": mine[:_A_PAGE]})


@of_practice(get=OF_PRACTICE)
def queue(request: HttpRequest) -> HttpResponse:
    """Everything that waits for the practice, on one page."""
    practice, now = request.practice, clock.now()
    results = [_card(result, now) for result in visible(practice)]
    disputes = [d for card in results for d in card["disputes"]]
    return render(
        request,
        "portal/queue.html",
        {
            "practice": practice,
            "cards": results,
            "to_answer": [d for d in disputes if d.status is DisputeState.INFO_REQUESTED],
            "can_appeal": [
                d for d in disputes
                if d.status in CAN_APPEAL and d.appeal_until and now < d.appeal_until
            ],
            "missing": missing_services(practice),
            "exports": handed_on(practice)[:20],
            "is_administrator": Role.PRACTICE_ADMINISTRATOR in held_roles(request),
        },
    )  # fmt: skip


def handed_on(practice: Practice) -> Any:  # a query
    """The files that hold a result of a practice: of it alone, or of a run it is in."""
    of_runs = Q(result=None, run__in=practice.results.values("run"))
    return Export.objects.filter(Q(result__practice=practice) | of_runs).order_by("-at")


def visible(practice: Practice) -> Any:  # a query
    """The results of a practice that were released to it."""
    return (
        Result.objects.filter(practice=practice, run__state__in=_SEEN, released_at__isnull=False)
        .select_related("run", "practice")
        .order_by("-run__payment_year")
    )


def mine(request: HttpRequest, key: str) -> Result:
    """A result of the practice of the address; another's is not there."""
    found: Result = get_object_or_404(visible(request.practice), key=key)
    return found


def _card(result: Result, now: Any) -> dict[str, Any]:
    versions = list(result.versions.all())
    is_open = result.run.status is RunState.OPEN and result.ends is not None and now < result.ends
    version = versions[result.version - 1] if result.delivered_at else None
    return {
        "result": result,
        "version": version,
        "again": None
        if version is None
        else tiers_again(
            version.folder, result.practice.key, version.quality_tier, version.cost_tier
        ),
        "steps": [(new, difference(old, new), new.varied) for old, new in pairwise(versions)],
        "is_open": is_open,
        "newer": _in_run(result, result.run.successor),
        "older": [one for run in replaced_by(result.run) if (one := _in_run(result, run))],
        "days_left": (result.last_day - now.date()).days if is_open and result.last_day else None,
        "disputes": list(result.disputes.order_by("-filed_at")),
    }


def _in_run(result: Result, run: ReviewedRun | None) -> Result | None:
    """The practice's result in another run, once it was released to it."""
    return None if run is None else visible(result.practice).filter(run=run).first()


@of_practice(get=OF_PRACTICE)
@csp_replace({"default-src": ["'none'"], "style-src": ["'unsafe-inline'"], "img-src": ["data:"],
              "script-src": ["'none'"], "font-src": ["'none'"], "connect-src": ["'none'"],
              "form-action": ["'none'"]})  # fmt: skip
def report(request: HttpRequest, result: str) -> HttpResponse:
    """The report of a practice; the first opening is its delivery."""
    found = mine(request, result)
    path = Path(current(found).report or "/nowhere")
    if not path.is_file() or not path.resolve().is_relative_to(Path(settings.FOLDER).resolve()):
        raise Http404
    trail.accessed("report.opened", f"result:{found.key}", request.user, version=found.version)
    delivering.opened(found, request.user)
    bar = format_html(
        '<p class="banner"><a href="/practices/{}/">Back to the queue</a>. Version {}. The last '
        "day to question it is {}. Not for credentialing, licensure or certification.</p>",
        request.practice.key, found.version,
        f"{found.last_day:%d %B %Y}" if found.last_day else "not set",
    )  # fmt: skip
    text = path.read_text(encoding="utf-8")
    return HttpResponse(text.replace('<div class="page">', f'<div class="page">{bar}', 1))


@of_practice(get=OF_PRACTICE)
def prepare(request: HttpRequest, result: str) -> HttpResponse:
    """Where the practice stands and what would move it, with sliders; it shows the result, so
    opening it is a delivery too.
    """
    found = mine(request, result)
    prepared = preparing.prepared_of(found)
    trail.accessed("prepare.opened", f"result:{found.key}", request.user, version=found.version)
    delivering.opened(found, request.user)
    back = reverse("queue", kwargs={"practice": request.practice.key})
    return HttpResponse(page(prepared, addresses(back, found.version)))


def rows_for(request: HttpRequest, result: Result) -> list[dict[str, Any]]:
    """The patients that whoever asks may see: all of the practice, or a clinician's own."""
    rows = read_rows(current(result).folder, request.practice.key, PATIENTS)
    sees_all = (
        Role.PRACTICE_ADMINISTRATOR in held_roles(request) or request.practice.clinicians_see_all
    )
    return rows if sees_all else [row for row in rows if row["npi"] == request.user.npi]


def patient_of(request: HttpRequest, result: Result, key: str) -> dict[str, Any]:
    """The patient that an address names, among those who may be seen."""
    rows = rows_for(request, result)
    found = [row for row in rows if patient_key(row["beneficiary_id"], result.key) == key]
    if not found:
        raise Http404
    return found[0]


@of_practice(get=OF_PRACTICE, post=OF_PRACTICE)
def patients(request: HttpRequest, result: str) -> HttpResponse:
    """The attributed patients; opening the page is an entry of the trail."""
    found = mine(request, result)
    delivering.opened(found, request.user)
    # what is looked for comes in the body: addresses end up in logs
    form = SearchForm(request.POST or request.GET)
    rows = [row for row in rows_for(request, found) if form.words in row["beneficiary_id"]]
    page = Paginator(rows, _A_PAGE).get_page(form.number)
    trail.accessed(
        "patients.viewed", f"result:{found.key}", request.user, rows=len(page.object_list),
        page=page.number,
    )  # fmt: skip
    year = found.run.performance_year
    for row in page.object_list:
        row["key"] = patient_key(row["beneficiary_id"], found.key)
        row["age"] = year - row["birth_date"].year if row["birth_date"] else None
    name = "portal/patient_rows.html" if request.htmx else "portal/patients.html"
    export = ExportForm(initial={"expires": date(clock.now().year + 1, 1, 1)})
    return render(
        request, name,
        {"result": found, "practice": request.practice, "page": page, "search": form,
         "export": export, "terms": exporting.TERMS,
         "is_administrator": Role.PRACTICE_ADMINISTRATOR in held_roles(request)},
    )  # fmt: skip


@of_practice(get=OF_PRACTICE)
def cases(request: HttpRequest, result: str, patient: str) -> HttpResponse:
    """One patient: what was counted of them, measure by measure."""
    found = mine(request, result)
    who = patient_of(request, found, patient)
    rows = [
        row for row in read_rows(current(found).folder, request.practice.key, CASES)
        if row["beneficiary_id"] == who["beneficiary_id"]
    ]  # fmt: skip
    trail.accessed("patient.viewed", f"result:{found.key}", request.user, rows=len(rows))
    return render(
        request, "portal/cases.html",
        {"result": found, "practice": request.practice, "patient": who,
         "key": patient, "rows": rows,
         "is_clinician": Role.PRACTICE_CLINICIAN in held_roles(request)},
    )  # fmt: skip


@of_practice(post=[Role.PRACTICE_ADMINISTRATOR])
def patients_file(request: HttpRequest, result: str) -> HttpResponse:
    """The patients as a file, for a stated purpose."""
    found = mine(request, result)
    asked = ExportForm(request.POST).asked()
    text = exporting.patients_file(found, rows_for(request, found), asked, request.user)
    return download(text.encode(), "patients.csv", "text/csv")


def download(content: bytes, name: str, kind: str) -> HttpResponse:
    """A file to be saved, never shown."""
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@of_practice(post=OF_PRACTICE)
def ask_for_data(request: HttpRequest, result: str) -> HttpResponse:
    """Ask for data behind the result."""
    disputing.ask_for_data(
        mine(request, result), valid(TextForm(request.POST))["text"], request.user
    )
    return redirect("queue", practice=request.practice.key)


@of_practice(post=[Role.PRACTICE_ADMINISTRATOR])
def comment(request: HttpRequest, result: str) -> HttpResponse:
    """The comment that stands beside the result where it is published."""
    found = mine(request, result)
    found.comment = valid(TextForm(request.POST))["text"][:2000]
    with transaction.atomic():
        found.save()
        trail.record("result.commented", f"result:{found.key}", request.user)
    return redirect("queue", practice=request.practice.key)
