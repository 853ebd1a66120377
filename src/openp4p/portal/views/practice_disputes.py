"""The practice's disputes: the form, one dispute, and the files handed in with it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from openp4p.portal import clock, trail
from openp4p.portal.access import of_practice
from openp4p.portal.acts import disputing
from openp4p.portal.acts.standing import current
from openp4p.portal.forms import ITEM_FIELDS, DisputeForm, PerhapsTextForm, TextForm, valid
from openp4p.portal.models import Dispute, Evidence, Result
from openp4p.portal.rows import CASES, read_rows
from openp4p.portal.views.practice import download, mine, patient_of
from openp4p.review.disputes import CAN_APPEAL, KINDS, OPEN, Category, DisputeState
from openp4p.review.refusals import RefusedError
from openp4p.review.roles import OF_PRACTICE


@of_practice(get=OF_PRACTICE, post=OF_PRACTICE)
def new(request: HttpRequest, result: str) -> HttpResponse:
    """The form of a dispute; what is refused is said on it, and nothing written is lost."""
    found = mine(request, result)
    reasons: tuple[str, ...] = ()
    form = DisputeForm(request.POST or None, initial=_initial(request, found))
    if request.method == "POST" and form.is_valid():
        category = Category(form.cleaned_data["category"])
        text = form.cleaned_data["text"]
        try:
            made = disputing.file(found, category, form.items, text, request.user)
            for upload in request.FILES.getlist("files"):
                disputing.hand_in(made, upload, request.user)
        except RefusedError as refused:
            reasons = refused.reasons
        else:
            messages.success(request, "Your dispute was submitted.")
            return redirect("dispute", practice=request.practice.key, dispute=made.key)
    is_wrong = bool(reasons) or (request.method == "POST" and not form.is_valid())
    chosen = str(form["category"].value() or Category.PATIENT)
    return render(
        request, "portal/dispute_form.html",
        {"form": form, "result": found, "practice": request.practice, "reasons": reasons,
         "asked": _asked(form, chosen), "chosen": chosen},
        status=409 if is_wrong else 200,
    )  # fmt: skip


def _initial(request: HttpRequest, found: Result) -> dict[str, str]:
    """What the form begins with: the patient, case or measure one came from."""
    said = {name: request.GET.get(name, "") for name in ("category", "measure")}
    if request.GET.get("patient"):
        patient = patient_of(request, found, request.GET["patient"])
        said["beneficiary_id"] = who = patient["beneficiary_id"]
        rows = read_rows(current(found).folder, request.practice.key, CASES)
        mine_of = [r for r in rows if (r["beneficiary_id"], r["measure"]) == (who, said["measure"])]
        said["case_id"] = ", ".join(row["case_id"] for row in mine_of)
    return {name: value for name, value in said.items() if value}


@of_practice(get=OF_PRACTICE)
def fields(request: HttpRequest, result: str) -> HttpResponse:
    """The fields that a category of dispute asks for, as a part of the form."""
    mine(request, result)
    form = DisputeForm()
    chosen = request.GET.get("category", "")
    return render(request, "portal/dispute_fields.html", {"asked": _asked(form, chosen)})


def _asked(form: DisputeForm, chosen: str) -> list[object]:
    """The fields of the items of a category."""
    known = chosen in set(Category)
    return [form[name] for name in (KINDS[Category(chosen)].fields if known else ITEM_FIELDS)]


def my_dispute(request: HttpRequest, key: str) -> Dispute:
    """A dispute of the practice of the address; another's is not there."""
    found: Dispute = get_object_or_404(
        Dispute.objects.select_related("result__run"), key=key, result__practice=request.practice
    )
    return found


@of_practice(get=OF_PRACTICE)
def dispute(request: HttpRequest, dispute: str) -> HttpResponse:
    """One dispute: what was said, what was decided and why, what can be done."""
    found, now = my_dispute(request, dispute), clock.now()
    trail.accessed("dispute.viewed", f"dispute:{found.key}", request.user)
    return render(
        request, "portal/dispute.html",
        {"dispute": found, "practice": request.practice, "is_mine": True,
         "can_withdraw": found.status in OPEN,
         "can_answer": found.status is DisputeState.INFO_REQUESTED,
         "can_appeal": found.status in CAN_APPEAL
         and found.appeal_until is not None and now < found.appeal_until,
         "text_form": TextForm()},
    )  # fmt: skip


@of_practice(post=OF_PRACTICE)
def act(request: HttpRequest, dispute: str, what: str) -> HttpResponse:
    """Withdraw, answer, or ask for the second level."""
    found, actor = my_dispute(request, dispute), request.user
    if what == "withdraw":
        disputing.withdraw(found, actor)
    elif what == "answer":
        disputing.answer(found, valid(TextForm(request.POST))["text"], actor)
    else:
        disputing.appeal(found, valid(PerhapsTextForm(request.POST))["text"], actor)
    return redirect("dispute", practice=request.practice.key, dispute=found.key)


@of_practice(post=OF_PRACTICE)
def evidence(request: HttpRequest, dispute: str) -> HttpResponse:
    """Hand in files."""
    found = my_dispute(request, dispute)
    uploads = request.FILES.getlist("files")
    if not uploads:
        raise RefusedError(["Choose a file."])
    for upload in uploads:
        disputing.hand_in(found, upload, request.user)
    return redirect("dispute", practice=request.practice.key, dispute=found.key)


@of_practice(get=OF_PRACTICE)
def evidence_file(request: HttpRequest, evidence: str) -> HttpResponse:
    """A file of evidence of the practice."""
    found = get_object_or_404(Evidence, key=evidence, dispute__result__practice=request.practice)
    return sent(request, found)


def sent(request: HttpRequest, found: Evidence) -> HttpResponse:
    """The file, noted before it is sent; saved, never shown."""
    name = f"dispute:{found.dispute.key}"
    trail.accessed("evidence.downloaded", name, request.user, file=found.key)
    safe = "".join(c if c.isalnum() or c in ".-_" else "_" for c in found.name)
    content = disputing.evidence_path(found).read_bytes()
    return download(content, safe, "application/octet-stream")
