"""The receipts of a practice: what was delivered to it and what it handed in, to be kept."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from openp4p.portal.access import of_practice
from openp4p.portal.acts.receipting import receipts_of
from openp4p.portal.views.practice import download
from openp4p.review.roles import OF_PRACTICE

_SHOWN = 200


@of_practice(get=OF_PRACTICE)
def receipts(request: HttpRequest) -> HttpResponse:
    """What can be kept, in words, and whether it is signed yet."""
    found = receipts_of(request.practice)
    return render(
        request, "portal/receipts.html",
        {"practice": request.practice, "receipts": found[:_SHOWN], "count": len(found)},
    )  # fmt: skip


@of_practice(get=OF_PRACTICE)
def receipts_file(request: HttpRequest) -> HttpResponse:
    """All of them, a line of JSON each; they name no patient."""
    text = "".join(f"{one.text}\n" for one in receipts_of(request.practice))
    return download(text.encode(), "receipts.jsonl", "application/jsonl")
