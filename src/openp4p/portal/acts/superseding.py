"""Runs that take the place of others: the chain, checked against the folders of the runs."""

from __future__ import annotations

from pathlib import Path

from django.db.models import Sum

from openp4p.errors import OpenP4PError
from openp4p.portal.models import Instruction, LedgerEntry, ReviewedRun
from openp4p.results import Run
from openp4p.review.superseding import Link, may_supersede

SETTLEMENT = "settlement"


def check(old: ReviewedRun, new: ReviewedRun) -> None:
    """Refuse a link that the two runs do not bear out."""
    may_supersede(link(old), link(new))


def link(run: ReviewedRun) -> Link:
    """A run as a link of its chain."""
    try:
        manifest = Run.open(Path(run.folder)).manifest
    except OpenP4PError:
        manifest = {}
    return Link(
        key=run.key,
        about=(run.program_id, run.payment_year, run.performance_year),
        state=run.status,
        fingerprint=run.fingerprint,
        stored_fingerprint=manifest.get("result_fingerprint"),
        reviews=manifest.get("review_of"),
        replaces=tuple(before.key for before in replaced_by(run)),
    )


def replaced_by(run: ReviewedRun) -> list[ReviewedRun]:
    """The runs whose place a run took, the nearest first."""
    found: list[ReviewedRun] = []
    before = ReviewedRun.objects.filter(successor=run).first()
    while before is not None:
        found.append(before)
        before = ReviewedRun.objects.filter(successor=before).first()
    return found


def candidates(run: ReviewedRun) -> list[ReviewedRun]:
    """The runs that could be named: of the same program and years, and not in the chain."""
    same = ReviewedRun.objects.filter(
        program_id=run.program_id,
        payment_year=run.payment_year,
        performance_year=run.performance_year,
    )
    known = {run.pk, *(before.pk for before in replaced_by(run))}
    return [one for one in same.exclude(pk__in=known) if not replaced_by(one)]


def paid_before(run: ReviewedRun) -> dict[int, int]:
    """What runs whose place this one took have paid each practice, in cents."""
    before = [one.pk for one in replaced_by(run)]
    settled = LedgerEntry.objects.filter(run__in=before, what=SETTLEMENT).values("run")
    rows = Instruction.objects.filter(result__run__in=settled)
    sums = rows.values("result__practice").annotate(cents=Sum("cents"))
    return {row["result__practice"]: row["cents"] for row in sums}
