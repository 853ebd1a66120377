"""The operator's pages: one queue, the runs and the steps they take."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import format_html

from openp4p.portal import clock
from openp4p.portal.access import allow, held_roles
from openp4p.portal.acts import delivering, exporting, publishing, recalculating, steps
from openp4p.portal.acts.standing import policy_of, run_standing
from openp4p.portal.forms import ExportForm, SearchForm, StepForm, valid
from openp4p.portal.models import AdminCost, DataRequest, Dispute, Membership, Result, ReviewedRun
from openp4p.portal.views.chain import chain_of
from openp4p.portal.views.practice import download
from openp4p.review.disputes import OPEN, DisputeState
from openp4p.review.refusals import require, unless
from openp4p.review.roles import OF_SPONSOR, Role
from openp4p.review.states import TRANSITIONS, RunState

R = Role
READERS = OF_SPONSOR - {R.SYSTEM_ADMINISTRATOR}
_OF_RUNS = READERS - {R.REVIEWER}
_A_PAGE = 50


@allow(get=READERS)
def desk(request: HttpRequest) -> HttpResponse:
    """Everything that waits for the sponsor's people, on one page."""
    roles, now = held_roles(request), clock.now()
    form = SearchForm(request.GET)
    cases = Dispute.objects.filter(state__in=OPEN).select_related(
        "result__run", "result__practice", "officer"
    )
    if roles == {R.REVIEWER}:
        cases = cases.filter(state=DisputeState.APPEALED)
    if form.words:
        cases = cases.filter(result__practice__tin__contains=form.words)
    page = Paginator(cases.order_by("due", "pk"), _A_PAGE).get_page(form.number)
    runs = [(run, run_standing(run)) for run in ReviewedRun.objects.all()[:20]]
    name = "portal/case_rows.html" if request.htmx else "portal/desk.html"
    return render(
        request, name,
        {"page": page, "search": form, "now": now, "runs": runs,
         "may_read_case": bool(roles & {R.CASE_OFFICER, R.REVIEWER, R.APPROVER}),
         "data_requests": DataRequest.objects.filter(answered_at=None).select_related(
             "result__practice").order_by("due")[:_A_PAGE] if R.ANALYST in roles else [],
         "costs": AdminCost.objects.filter(paid_at=None, is_refused=False).select_related(
             "practice").order_by("at")[:_A_PAGE] if R.FINANCE in roles else [],
         "proposed": Membership.objects.filter(is_confirmed=False, until=None).count()
         if R.PRIVACY_OFFICER in roles else 0},
    )  # fmt: skip


@allow(get=_OF_RUNS)
def runs(request: HttpRequest) -> HttpResponse:
    """Every run under review."""
    return render(request, "portal/runs.html", {"runs": ReviewedRun.objects.all()})


@allow(get=_OF_RUNS)
def run(request: HttpRequest, run: str) -> HttpResponse:
    """One run: where it stands, who has not opened it, and the next steps."""
    found = get_object_or_404(ReviewedRun, key=run)
    roles, standing = held_roles(request), run_standing(found)
    form = SearchForm(request.GET)
    waiting = Result.objects.filter(run=found, delivered_at=None, released_at__isnull=False)
    waiting = waiting.select_related("practice").prefetch_related("notices").order_by("practice")
    if form.words:
        waiting = waiting.filter(practice__tin__contains=form.words)
    next_steps = [
        t for t in TRANSITIONS.values()
        if found.status in t.sources and t.by in roles and t.event != "supersede"
    ]  # fmt: skip
    agreed = {a.event for a in found.approvals.filter(is_used=False)}
    return render(
        request, "portal/run.html",
        {"run": found, "standing": standing, "steps": [(t, t.event in agreed) for t in next_steps],
         "step_form": StepForm(), "policy": policy_of(found),
         "chain": chain_of(found, may_link=R.APPROVER in roles),
         "page": Paginator(waiting, _A_PAGE).get_page(form.number), "search": form,
         "recalculations": found.recalculations.order_by("-number")[:5],
         "is_running": found.recalculations.filter(state="running").exists(),
         "can_recalculate": R.ANALYST in roles, "can_pay": R.FINANCE in roles,
         "can_publish": R.APPROVER in roles, "export": ExportForm(), "terms": exporting.TERMS},
    )  # fmt: skip


@allow(post=[R.ANALYST, R.APPROVER, R.FINANCE])
def step(request: HttpRequest, run: str, event: str) -> HttpResponse:
    """A run takes a step, or one of two persons agrees to it."""
    if event not in TRANSITIONS:
        raise Http404
    found = get_object_or_404(ReviewedRun, key=run)
    said = valid(StepForm(request.POST))
    target = steps.take(
        found, event, request.user, reason=said["reason"], last_day=said["last_day"]
    )
    if target is None:
        messages.info(request, "Noted. A second person has to agree.")
    elif target is RunState.OPEN and settings.DEMONSTRATION:
        delivering.tick()
    return redirect("run", run=found.key)


@allow(post=[R.ANALYST])
def recalculate(request: HttpRequest, run: str) -> HttpResponse:
    """Compute again with what was accepted."""
    found = get_object_or_404(ReviewedRun, key=run)
    recalculating.in_background(recalculating.begin(found, request.user))
    return redirect("run", run=found.key)


@allow(get=_OF_RUNS)
def recalculations(request: HttpRequest, run: str) -> HttpResponse:
    """How far a recalculation is; a part of the page of the run, asked for again and again."""
    found = get_object_or_404(ReviewedRun, key=run)
    return render(
        request, "portal/recalculations.html",
        {"run": found, "recalculations": found.recalculations.order_by("-number")[:5],
         "is_running": found.recalculations.filter(state="running").exists()},
    )  # fmt: skip


@allow(post=[R.FINANCE])
def payment_file(request: HttpRequest, run: str) -> HttpResponse:
    """The payment instructions as a file; refused until the run is payable."""
    found = get_object_or_404(ReviewedRun, key=run)
    refuse_early(found)
    text = exporting.payment_file(found, ExportForm(request.POST).asked(), request.user)
    return download(text.encode(), f"payment-{found.payment_year}.csv", "text/csv")


def refuse_early(found: ReviewedRun) -> None:
    """Say everything that stands before the payment: open windows, disputes, the state."""
    standing = run_standing(found)
    payable = found.status in (RunState.PAYABLE, RunState.PAID)
    left = standing.running + standing.undelivered
    require(
        unless(payable, f"This run is {found.words}: there is no payment file."),
        unless(payable or not left, f"The window of {left:,} practices is not over."),
        unless(
            payable or not standing.undecided, f"{standing.undecided:,} disputes are not decided."
        ),
    )


@allow(post=[R.APPROVER])
def publish(request: HttpRequest, run: str) -> HttpResponse:
    """Publish what may be published."""
    count = publishing.publish(get_object_or_404(ReviewedRun, key=run), request.user)
    messages.success(request, f"{count:,} results are published.")
    return redirect("run", run=run)


@allow(post=[R.PRIVACY_OFFICER])
def notice(request: HttpRequest, result: str) -> HttpResponse:
    """Note that a practice signed for its report."""
    found = get_object_or_404(Result, key=result, released_at__isnull=False, delivered_at=None)
    delivering.proved(found, "courier", request.user)
    return redirect("run", run=found.run.key)


@allow(post=OF_SPONSOR)
def move_clock(request: HttpRequest, days: int) -> HttpResponse:
    """Move the clock of a demonstration; nowhere else is there such a page."""
    if not settings.DEMONSTRATION or not 0 < days <= 400:
        raise Http404
    clock.move_forward(days)
    done = delivering.tick()
    said = ", ".join(f"{count} {what}" for what, count in done.items() if count) or "nothing due"
    messages.info(request, format_html("The clock went on by {} days: {}.", days, said))
    return redirect("home")
