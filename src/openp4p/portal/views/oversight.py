"""Money, registries, the trail, exports and people: who watches over the review."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from openp4p.portal.access import allow
from openp4p.portal.acts import monitoring, paying, registering, verifying, watching
from openp4p.portal.acts.standing import unapplied_variances
from openp4p.portal.forms import MoneyForm, PersonForm, SearchForm, valid
from openp4p.portal.models import (
    AdminCost,
    Event,
    Export,
    LedgerEntry,
    Membership,
    Participation,
    Practice,
    ReviewedRun,
    User,
    Version,
)
from openp4p.review.ledger import redistribution_index
from openp4p.review.policy import number, numbers
from openp4p.review.refusals import require, unless
from openp4p.review.roles import OF_PRACTICE, OF_SPONSOR, Role

R = Role
_A_PAGE = 100


@allow(get=OF_SPONSOR - {R.SYSTEM_ADMINISTRATOR, R.REVIEWER})
def exceptions(request: HttpRequest) -> HttpResponse:
    """What is late, undecided, unopened or failed, over all runs, on one page."""
    return render(request, "portal/exceptions.html", {"sections": watching.sections()})


@allow(get=OF_SPONSOR - {R.SYSTEM_ADMINISTRATOR, R.REVIEWER})
def run_variances(request: HttpRequest, run: str) -> HttpResponse:
    """Which practices took out unusually many patients, for a peer to look at charts with them."""
    found = get_object_or_404(ReviewedRun, key=run)
    lines = monitoring.monitored(found)
    return render(
        request, "portal/run_variances.html",
        {"run": found, "charts": number("monitored_charts"),
         "one_in": round(1 / (1 - numbers()["monitored_above"].value)),
         "search": SearchForm(request.GET),
         "flagged": sum(line.found.is_flagged for line in lines),
         "waiting": unapplied_variances(found).count(),
         "page": Paginator(lines, _A_PAGE).get_page(SearchForm(request.GET).number)},
    )  # fmt: skip


@allow(get=[R.FINANCE, R.AUDITOR], post=[R.FINANCE])
def ledger(request: HttpRequest) -> HttpResponse:
    """The accounts, the newest postings, and what one practice's gain took from another."""
    if request.method == "POST":
        said = valid(MoneyForm(request.POST))
        paying.pay_in(int(said["dollars"] * 100), request.user, back=said["way"] == "back")
        return redirect("ledger")
    held = paying.balances()
    accounts = {name: cents for name, cents in held.items() if not name.startswith("LIAB.")}
    owed = sum(cents for name, cents in held.items() if name.startswith("LIAB."))
    return render(
        request, "portal/ledger.html",
        {"accounts": sorted(accounts.items()), "owed": owed, "form": MoneyForm(),
         "entries": LedgerEntry.objects.order_by("-pk")[:_A_PAGE],
         "indices": [(run, _index(run)) for run in ReviewedRun.objects.all()],
         "costs": AdminCost.objects.select_related("practice").order_by("-pk")[:_A_PAGE]},
    )  # fmt: skip


def _index(run: ReviewedRun) -> float | None:
    versions = Version.objects.filter(result__run=run).select_related("result")
    return redistribution_index(v.cents for v in versions if v.number == v.result.version)


@allow(post=[R.FINANCE])
def settle_cost(request: HttpRequest, cost: int, what: str) -> HttpResponse:
    """Pay a practice for its paperwork, or refuse the entry."""
    found = get_object_or_404(AdminCost, pk=cost)
    paying.reimburse(found, request.user, refused=what == "refuse")
    return redirect("ledger")


@allow(get=[R.PRIVACY_OFFICER, R.AUDITOR, R.FINANCE])
def registries(request: HttpRequest) -> HttpResponse:
    """Who takes part, and which services there are; hidden from whoever scores."""
    current = Participation.objects.filter(valid_to=None)
    return render(
        request, "portal/registries.html",
        {"participation": current.values("program_id", "period", "status")
         .annotate(practices=Count("practice", distinct=True))
         .order_by("program_id", "period", "status"),
         "without": Practice.objects.filter(resources=None).count(),
         "practices": Practice.objects.count()},
    )  # fmt: skip


@allow(get=[R.AUDITOR, R.PRIVACY_OFFICER], post=[R.AUDITOR, R.PRIVACY_OFFICER])
def trail_page(request: HttpRequest) -> HttpResponse:
    """The events, newest first, without their payloads; and whether the chains hold."""
    form = SearchForm(request.GET)
    events = Event.objects.order_by("-pk")
    if form.words:
        events = events.filter(object__contains=form.words)
    verdicts = verifying.verify() if request.method == "POST" else {}
    return render(
        request, "portal/trail.html",
        {"page": Paginator(events, _A_PAGE).get_page(form.number), "search": form,
         "verdicts": verdicts,
         "points": verifying.checkpoints() if request.method == "POST" else []},
    )  # fmt: skip


@allow(get=[R.AUDITOR, R.PRIVACY_OFFICER])
def exports(request: HttpRequest) -> HttpResponse:
    """Every file that left the portal."""
    form = SearchForm(request.GET)
    rows = Export.objects.select_related("by", "result__practice", "run").order_by("-pk")
    page = Paginator(rows, _A_PAGE).get_page(form.number)
    return render(request, "portal/exports.html", {"page": page})


@allow(get=[R.SYSTEM_ADMINISTRATOR, R.PRIVACY_OFFICER], post=[R.SYSTEM_ADMINISTRATOR])
def people(request: HttpRequest) -> HttpResponse:
    """Everybody and their roles; one person proposes a role, another confirms it."""
    if request.method == "POST":
        return _proposed(request)
    form = SearchForm(request.GET)
    rows = Membership.objects.filter(until=None).select_related("user", "practice")
    if form.words:
        rows = rows.filter(user__username__contains=form.words)
    page = Paginator(rows.order_by("is_confirmed", "user__username", "pk"), _A_PAGE)
    return render(
        request, "portal/people.html",
        {"page": page.get_page(form.number), "search": form, "form": PersonForm()},
    )  # fmt: skip


def _proposed(request: HttpRequest) -> HttpResponse:
    said = valid(PersonForm(request.POST))
    role, tin = Role(said["role"]), said["practice"].strip()
    practice = Practice.objects.filter(tin=tin).first() if tin else None
    require(
        unless(not tin or practice is not None, "There is no such practice."),
        unless((role in OF_PRACTICE) == bool(tin), "Roles of a practice, and no others, have one."),
    )
    person = User.objects.filter(username=said["username"].strip()).first()
    if person is None:
        person = registering.add_person(said["username"], said["name"], said["password"], practice)
        person.npi = said["npi"]
        person.save()
    registering.give_role(person, role, practice, request.user, confirmed=False)
    messages.info(request, "Proposed. The privacy officer confirms it.")
    return redirect("people")


@allow(post=[R.PRIVACY_OFFICER])
def confirm_role(request: HttpRequest, membership: int) -> HttpResponse:
    """Let a proposed role begin."""
    found = get_object_or_404(Membership, pk=membership, until=None)
    registering.confirm(found, request.user)
    return redirect("people")


@allow(post=[R.PRIVACY_OFFICER])
def end_role(request: HttpRequest, membership: int) -> HttpResponse:
    """End any role."""
    registering.end(get_object_or_404(Membership, pk=membership, until=None), request.user)
    return redirect("people")
