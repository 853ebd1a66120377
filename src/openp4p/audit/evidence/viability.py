"""C4.3: what staying out costs a practice, and how strongly the program pulls it in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from openp4p.audit.evidence.judging import at_most, holds
from openp4p.audit.evidence.numbers import Vector
from openp4p.audit.evidence.record import FAILS, NOT_ASSESSABLE, Evidence, Finding
from openp4p.audit.thresholds import threshold


@dataclass(frozen=True)
class Offer:
    """What a sponsor would pay every eligible practice, whatever it chose, in cents.

    `unenrolled` is what it gets as a non-participant, `enrolled` as a participant at its own score.
    `added_cost` of reporting, total `revenue` from all payers and the `margin` as a share of it are
    NaN where nobody knows them.
    """

    without_program: Vector
    unenrolled: Vector
    enrolled: Vector
    added_cost: Vector
    revenue: Vector
    margin: Vector


@dataclass(frozen=True)
class Viability:
    """Relative change from staying out, the pull, and who is pushed below a margin of zero."""

    staying_out: Vector
    loses: Vector
    paid_nothing: int
    pull: Vector  # of the practices whose revenue is known
    pushed_under: Vector


def viability(offer: Offer) -> Viability:
    """N, D and the flags of C4.3, practice by practice.

    A practice without base payments is not changed unless staying out costs it something.
    """
    base, change = offer.without_program, offer.unenrolled - offer.without_program
    loses = change < 0
    paid_nothing = base == 0
    relative = np.divide(change, base, out=np.zeros(len(base)), where=~paid_nothing)
    relative[paid_nothing & loses] = -np.inf
    known = np.isfinite(offer.revenue) & (offer.revenue > 0)
    revenue = offer.revenue[known]
    pull = (offer.enrolled - offer.added_cost - offer.unenrolled)[known] / revenue
    after = offer.margin[known] + change[known] / revenue
    pushed = np.zeros(len(base), dtype=bool)
    pushed[known] = (offer.margin[known] >= 0) & (after < 0)
    return Viability(relative, loses, int(paid_nothing.sum()), pull[np.isfinite(pull)], pushed)


def staying_out_finding(offer: Offer, subcheck: str = "P15.2") -> Finding:
    """P07.4 and P15.2: no eligible practice is paid less for staying out, tested in cents."""
    found = viability(offer)
    number = len(found.loses)
    verdict = holds(not found.loses.any()) if number else NOT_ASSESSABLE
    return Finding(
        Evidence(
            subcheck=subcheck,
            kind="a",
            verdict=verdict,
            statistic="smallest relative change of payment from staying out",
            value=float(found.staying_out.min()) if number else None,
            threshold="0 or more for every eligible practice meets; else fails",
            n_units=number,
            na_reason="" if number else "no eligible practice",
            text=f"{int(found.loses.sum()):,} of {number:,} practices would be paid less; "
            f"{found.paid_nothing:,} have no base payments.",
        )
    )


def pull_finding(offer: Offer) -> Finding:
    """P07.5: nobody is pushed below a margin of zero, and joining is no offer nobody can refuse."""
    found = viability(offer)
    number, known = len(found.loses), len(found.pull)
    quantile = threshold("participation.pull_quantile")
    meets, partly = threshold("participation.pull_meets"), threshold("participation.pull_partly")
    high = float(np.quantile(found.pull, quantile)) if known else None
    pushed = int(found.pushed_under.sum())
    reason, verdict = "", FAILS  # somebody pushed under decides
    if not pushed and (high is None or known < threshold("participation.known_revenue") * number):
        verdict = NOT_ASSESSABLE
        reason = f"total revenue is known of {known:,} of {number:,} practices"
    elif not pushed and high is not None:
        verdict = at_most(high, meets, partly)
    middle = f"{float(np.median(found.pull)):.4f}" if known else "unknown"
    return Finding(
        Evidence(
            subcheck="P07.5",
            kind="a",
            verdict=verdict,
            statistic=f"gain from joining as a share of revenue, quantile {quantile:g}",
            value=high,
            threshold=f"any practice pushed below zero margin fails; at most {meets:g} meets; "
            f"at most {partly:g} partly; else fails",
            n_units=known,
            na_reason=reason,
            text=f"Median {middle}; {pushed:,} practices pushed below zero margin; revenue unknown "
            f"of {number - known:,}.",
        )
    )
