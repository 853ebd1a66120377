"""P10.3, P10.5 and X10: whether fees were left alone, what the fund covers, and when it paid."""

from __future__ import annotations

import calendar
import datetime as dt
from decimal import Decimal

from openp4p.audit.attestations import months_after
from openp4p.audit.evidence.judging import at_most, holds
from openp4p.audit.evidence.record import NOT_ASSESSABLE, Evidence, Finding
from openp4p.audit.records.folder import Records
from openp4p.audit.thresholds import threshold

CONVERSION_FACTOR = "conversion_factor"
_MONTHS = 12


def money(records: Records, period_end: dt.date) -> list[Finding]:
    """The findings of fees.csv and of funds.csv; `period_end` is the last day of performance."""
    found = []
    if records.has("fees"):
        found.append(_fees(records))
    if records.has("funds"):
        found += [_fund(records), _time(records, period_end)]
    return found


def _fees(records: Records) -> Finding:
    rows = records.rows["fees"]
    changed = [row for row in rows if row["without_program"] != row["with_program"]]
    items = {row["item"] for row in rows}
    reason = ""
    if not changed and CONVERSION_FACTOR not in items:
        reason = f"fees.csv has no row {CONVERSION_FACTOR}"
    elif not changed and items == {CONVERSION_FACTOR}:
        reason = "fees.csv holds no fee besides the conversion factor"
    return Finding(
        Evidence(
            subcheck="P10.3",
            kind="a",
            verdict=NOT_ASSESSABLE if reason else holds(not changed),
            statistic="amounts of the fee table that the program changes",
            value=float(len(changed)),
            threshold="none changed, the conversion factor among them, meets; else fails",
            n_units=len(rows),
            na_reason=reason,
        ),
        tuple(
            {name: row[name] for name in ("item", "without_program", "with_program")}
            for row in changed
        ),
    )


def _fund(records: Records) -> Finding:
    """P10.5: what was paid in, less what was returned, against full awards to everybody."""
    sums = {name: Decimal(0) for name in ("paid_in", "returned", "largest_liability", "bonus")}
    held = set()
    for row in records.rows["funds"]:
        sums[row["entry"]] += row["dollars"]
        held.add(row["entry"])
    pool, liability = sums["paid_in"] - sums["returned"], sums["largest_liability"]
    lacking = [name for name in ("paid_in", "largest_liability") if name not in held]
    reason = f"funds.csv has no entry {' or '.join(lacking)}" if lacking else ""
    return Finding(
        Evidence(
            subcheck="P10.5",
            kind="a",
            verdict=NOT_ASSESSABLE if reason else holds(liability <= pool),
            statistic="largest possible liability over the pool",
            value=float(liability / pool) if pool > 0 and not reason else None,
            threshold="at most 1 meets; else fails, since no definition states how a pool that is "
            "too small is shared out",
            n_units=len(records.rows["funds"]),
            na_reason=reason,
            text=""
            if reason
            else f"Full awards to all would come to ${liability:,.2f}, the pool is ${pool:,.2f}.",
        )
    )


def _time(records: Records, period_end: dt.date) -> Finding:
    """X10: the month after the period by whose end the first bonus was paid."""
    days = [row["date"] for row in records.rows["funds"] if row["entry"] == "bonus"]
    meets, partly = threshold("payment_time.meets"), threshold("payment_time.partly")
    months = _months_until(period_end, min(days)) if days else None
    return Finding(
        Evidence(
            subcheck="X10",
            kind="a",
            verdict=NOT_ASSESSABLE if months is None else at_most(months, meets, partly),
            statistic="months from the end of the period to the first bonus",
            value=None if months is None else float(months),
            threshold=f"within {meets:g} months meets; within {partly:g} partly; else fails",
            n_units=len(days),
            na_reason="funds.csv holds no bonus" if months is None else "",
            text="" if not days else f"The period ended on {period_end}, the first bonus was paid "
            f"on {min(days)}.",
        )
    )  # fmt: skip


def _months_until(start: dt.date, day: dt.date) -> int:
    """The fewest whole months after which the day has come; none for a day before."""
    months = max((day.year - start.year) * _MONTHS + day.month - start.month, 0)
    return months + (day > _end(start, months))


def _end(start: dt.date, months: int) -> dt.date:
    """So many months later; after the last day of a month, the last day again."""
    after = months_after(start, months)
    if start.day < calendar.monthrange(start.year, start.month)[1]:
        return after
    return after.replace(day=calendar.monthrange(after.year, after.month)[1])
