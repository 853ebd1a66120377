"""Publication: only what is settled, with the practice's comment, and no small cells (C14.4)."""

from __future__ import annotations

from django.db import transaction

from openp4p.portal import trail
from openp4p.portal.acts.standing import current, standings
from openp4p.portal.models import Result, ReviewedRun, User
from openp4p.reports.suppression import FEWEST
from openp4p.review.payable import Publication, ResultStanding, publication
from openp4p.review.refusals import require, unless
from openp4p.review.states import RunState

_SETTLED = (RunState.FINAL, RunState.PAYABLE, RunState.PAID)


def publish(run: ReviewedRun, actor: User) -> int:
    """Publish every result that may be; how many were. Refused while nothing may be."""
    require(
        unless(run.may_publish, "The rules of this program publish nothing."),
        unless(run.status in _SETTLED, f"This run is {run.words}: nothing of it is published."),
    )
    count = 0
    for result, standing in standings(run):
        if result.publication == Publication.PUBLISHED or not _may(run, result, standing):
            continue
        with transaction.atomic():
            held = Result.objects.select_for_update().get(pk=result.pk)
            held.publication = Publication.PUBLISHED
            held.save()
            trail.record(
                "result.published", f"result:{held.key}", actor, version=held.version,
                others={f"result:{held.key}": {"publication": str(held.publication)}},
            )  # fmt: skip
        count += 1
    return count


def _may(run: ReviewedRun, result: Result, standing: ResultStanding) -> bool:
    """Whether a result may be published now; tiers of a practice of few patients may not."""
    patients = current(result).patients
    found = publication(
        standing,
        is_enabled=run.may_publish,
        cells_pass=patients == 0 or patients >= FEWEST,
    )
    return found is Publication.PUBLISHABLE
