"""P05.1 and P05.2 from the record of reviews: was there time, and a decision, before use?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from openp4p.audit.evidence.judging import worst
from openp4p.audit.evidence.record import (
    FAILS,
    MEETS,
    PARTLY,
    Evidence,
    Finding,
    Verdict,
)
from openp4p.audit.records.folder import Records
from openp4p.audit.records.reading import Row
from openp4p.program.governance_rules import controls

_USES = {"P05.1": ("first_paid_on", "paid"), "P05.2": ("first_published_on", "published")}


def reviewed(records: Records) -> list[Finding]:
    """Payment and publication, each held against the window and the disputes of its practice."""
    if not records.has("reviews"):
        return []
    return [_finding(subcheck, records.rows["reviews"]) for subcheck in _USES]


def _finding(subcheck: str, rows: Sequence[Row]) -> Finding:
    column, done = _USES[subcheck]
    used = [row for row in rows if row[column] is not None]
    judged = [_judged(row, row[column], done) for row in used]
    least = controls()["review_window_days"]
    return Finding(
        Evidence(
            subcheck=subcheck,
            kind="c",
            verdict=worst(verdict for verdict, _why in judged),
            statistic=f"share of results {done} after their window, with every dispute decided",
            value=sum(v == MEETS for v, _ in judged) / len(used) if used else None,
            threshold=f"{done} inside a window, or after one under {least:g} days from delivery, "
            "fails; with a dispute undecided partly; else meets",
            n_units=len(used),
            na_reason="" if used else f"nothing was {done}",
        ),
        tuple(
            {
                "practice": row["practice"],
                "result": row["result"],
                "delivered_on": _day(row["delivered_on"]),
                "window_ended_on": _day(row["window_ended_on"]),
                column: _day(row[column]),
                "what": why,
            }
            for row, (verdict, why) in zip(used, judged, strict=True)
            if verdict != MEETS
        ),
    )


def _judged(row: Row, used: dt.date, done: str) -> tuple[Verdict, str]:
    """The verdict on one result, and why."""
    delivered, ended, decided = row["delivered_on"], row["window_ended_on"], row["decided_on"]
    if delivered is None or ended is None:
        return FAILS, f"{done} without a delivery and a window"
    if used <= ended:
        return FAILS, f"{done} inside its window"
    if (ended - delivered).days < controls()["review_window_days"]:
        return FAILS, f"a window of {(ended - delivered).days} days"
    if row["disputes"] and (decided is None or decided > used):
        return PARTLY, f"{done} with a dispute undecided"
    return MEETS, ""


def _day(day: dt.date | None) -> str:
    return "" if day is None else day.isoformat()
