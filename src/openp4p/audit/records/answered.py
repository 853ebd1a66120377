"""P05.3 and P05.4 from the logs of data requests and disputes: answered in time, with reasons?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from openp4p.audit.controls.clocks import business_deadline, federal_holidays
from openp4p.audit.evidence.judging import at_least
from openp4p.audit.evidence.record import (
    FAILS,
    MEETS,
    NOT_ASSESSABLE,
    PARTLY,
    Evidence,
    Finding,
    Verdict,
)
from openp4p.audit.records.folder import Records
from openp4p.audit.records.reading import Row
from openp4p.audit.thresholds import count, threshold

_UTC = ZoneInfo("UTC")
_NOON = dt.time(12)


def answered(records: Records, fields: Mapping[str, object], as_of: dt.date) -> list[Finding]:
    """Requests and disputes that are due on the day of the audit; one not yet due is left out.

    `fields` are those of the definition: whether there is a second level, and when to decide.
    """
    found = []
    if records.has("data_requests"):
        found.append(_requests(records, as_of))
    if records.has("disputes"):
        found.append(_disputes(records, fields, as_of))
    return found


def last_day(asked: dt.date, business_days: int) -> dt.date:
    """The last of so many business days after a day, federal holidays left out."""
    holidays = federal_holidays(asked.year) | federal_holidays(asked.year + 1)
    noon = dt.datetime.combine(asked, _NOON, _UTC)
    return business_deadline(noon, business_days, _UTC, holidays).last_day


def _requests(records: Records, as_of: dt.date) -> Finding:
    days = count("answers.business_days")
    dues = [(row, last_day(row["asked_on"], days)) for row in records.rows["data_requests"]]
    due = [(row, last) for row, last in dues if row["answered_on"] is not None or last < as_of]
    late = [(r, last) for r, last in due if r["answered_on"] is None or r["answered_on"] > last]
    share = 1.0 - len(late) / len(due) if due else None
    meets, partly = threshold("answers.in_time_meets"), threshold("answers.in_time_partly")
    return Finding(
        Evidence(
            subcheck="P05.3",
            kind="c",
            verdict=NOT_ASSESSABLE if share is None else at_least(share, meets, partly),
            statistic=f"share of data requests answered within {days} business days",
            value=share,
            threshold=f"at least {meets:g} meets; at least {partly:g} partly; else fails",
            n_units=len(due),
            na_reason="no request was due" if share is None else "",
        ),
        tuple(
            {"request": row["request"], "practice": row["practice"],
             "asked_on": row["asked_on"].isoformat(), "due_on": last.isoformat(),
             "answered_on": row["answered_on"].isoformat() if row["answered_on"] else ""}
            for row, last in late
        ),
    )  # fmt: skip


def _disputes(records: Records, fields: Mapping[str, object], as_of: dt.date) -> Finding:
    rows = records.rows["disputes"]
    due = [row for row in rows if row["answered_on"] or _is_overdue(row, fields, as_of)]
    lacking = [row for row in due if not (row["answered_on"] and row["written_reasons"])]
    outside = _is_outside(rows, fields)
    verdict: Verdict = NOT_ASSESSABLE
    reason = "" if due else "no dispute was due"
    if due and outside is None:
        reason = "nothing went to the second level, and the definition does not say there is one"
    elif due:
        verdict = (FAILS, PARTLY, MEETS)[(not lacking) + bool(outside)]
    return Finding(
        Evidence(
            subcheck="P05.4",
            kind="c",
            verdict=verdict,
            statistic="share of disputes answered in writing with reasons",
            value=1.0 - len(lacking) / len(due) if due else None,
            threshold="all, and a second reviewer outside the scoring team, meets; one of the two "
            "partly; neither fails",
            n_units=len(due),
            na_reason=reason,
        ),
        tuple(
            {"dispute": row["dispute"], "practice": row["practice"],
             "filed_on": row["filed_on"].isoformat()}
            for row in lacking
        ),
    )  # fmt: skip


def _is_overdue(row: Row, fields: Mapping[str, object], as_of: dt.date) -> bool:
    """Whether an answer should be there by the program's own time to decide."""
    days = fields["review.decision_days"]
    within = days if isinstance(days, int) else count("answers.decision_days")
    return bool(row["filed_on"] + dt.timedelta(days=within) < as_of)


def _is_outside(rows: tuple[Row, ...], fields: Mapping[str, object]) -> bool | None:
    """Whether second reviewers were outsiders; as the definition says where there were none."""
    decided = [row["reviewer_outside"] for row in rows if row["reviewer_outside"] is not None]
    if decided:
        return all(decided)
    second = fields["review.second_level"]
    return second if isinstance(second, bool) else None
