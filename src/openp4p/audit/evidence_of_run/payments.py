"""P01.4, P07.4, P07.5, P10.2, P15.2 of a run: what was paid, and to whom."""

from __future__ import annotations

import numpy as np
from ibis import _

from openp4p.audit.evidence.numbers import Vector
from openp4p.audit.evidence.payment_variance import quality_share_finding
from openp4p.audit.evidence.record import NOT_ASSESSABLE, Evidence, Finding
from openp4p.audit.evidence.redistribution import redistribution_finding
from openp4p.audit.evidence.viability import Offer, pull_finding, staying_out_finding
from openp4p.columns import Columns, columns
from openp4p.results import Run

_CENTS = 100.0


def payment_findings(run: Run) -> list[Finding]:
    """Redistribution, what staying out costs, and whose share of payment quality is."""
    offer = _offer(run)
    return [
        _quality_share(run),
        _redistribution(run),
        staying_out_finding(offer, "P07.4"),
        pull_finding(offer),
        staying_out_finding(offer, "P15.2"),
    ]


def _redistribution(run: Run) -> Finding:
    """A census, so nothing can be said where the factor x is that of practices not in the run."""
    if run.manifest["published_factor"] is not None:
        return Finding(
            Evidence(
                subcheck="P10.2",
                kind="a",
                verdict=NOT_ASSESSABLE,
                na_reason="the published factor balances practices that this run does not hold",
            )
        )
    amounts = run.rows("payments")
    cents = [int((row["adjustment_amount"] or 0) * 100) for row in amounts]
    return redistribution_finding(cents)


def _quality_share(run: Run) -> Finding:
    tiers = run.table("tiers").select("tin", "quality_composite", "cost_composite")
    paid = run.table("payments").select("tin", "adjustment_fraction")
    held = columns(run, paid.inner_join(tiers, "tin").order_by("tin"))
    return quality_share_finding(
        held["adjustment_fraction"], held["quality_composite"], held["cost_composite"]
    )


def offer_of(practices: Columns, enrolled: Vector) -> Offer:
    """The offer to every practice subject to the program; `enrolled` in cents besides the base.

    As a non-participant a practice gets the automatic cut of its size class, if there is one. No
    run holds revenue from other payers, margins or the cost of reporting.
    """
    base = np.rint(np.nan_to_num(practices["paid_amount"]) * _CENTS)
    unenrolled = base + np.rint(base * np.nan_to_num(practices["automatic"]))
    unknown = np.full(len(base), np.nan)
    return Offer(base, unenrolled, base + enrolled, unknown, unknown, unknown)


def subject_practices(run: Run) -> Columns:
    """What practices subject to the program are paid, and what staying out would change."""
    automatic = run.table("automatic_adjustments").select("size_class", automatic=_.percent)
    subject = run.table("practices").filter(_.is_subject).select("tin", "size_class")
    paid = run.table("payments").drop("size_class")
    joined = subject.inner_join(paid, "tin").left_join(automatic, "size_class")
    return columns(run, joined.order_by("tin"))


def _offer(run: Run) -> Offer:
    """A practice that took part is offered what it got, another the mean of those that did."""
    held = subject_practices(run)
    took_part = held["category"] == 1
    fraction = np.nan_to_num(held["adjustment_fraction"])
    own = np.where(took_part, fraction, fraction[took_part].mean() if took_part.any() else 0.0)
    base = np.rint(np.nan_to_num(held["paid_amount"]) * _CENTS)
    return offer_of(held, np.rint(base * own))
