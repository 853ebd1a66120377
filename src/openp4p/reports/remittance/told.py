"""The payer's remittance file: a row for each practice with the factor to apply and its codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from openp4p.codes import code_list
from openp4p.reports.qrur.as_csv import exact, written
from openp4p.results import Run

COLUMNS = (
    "tin", "program", "payment_year", "first_day", "last_day", "basis", "adjustment_fraction",
    "pay_times", "dollars_of_year", "lines", "paid_amount", "adjustment_amount", "group_code",
    "carc", "carc_status", "rarc", "rarc_status", "is_provisional", "run_id",
)  # fmt: skip
_CODES = ("group_code", "carc", "carc_status", "rarc", "rarc_status")


@dataclass(frozen=True)
class Told:
    """How many practices the file has, how many of them are adjusted, and the dollars of both."""

    practices: int
    adjusted: int
    upward: Decimal
    downward: Decimal


def remittance(run: Run, out: Path) -> Told:
    """Write the file; a practice without a row in `payments` is not in it.

    `adjustment_fraction` holds for the fee schedule services of the payment year (first to last
    day): Medicare pays `pay_times` what it would pay. The dollars are those of `dollars_of_year`,
    the year that the run's claims hold.
    """
    dollars = {row["tin"]: row for row in run.rows("paid_amounts")}
    rows = [_row(run, paid, dollars.get(paid["tin"], {})) for paid in run.rows("payments")]
    lines = [[exact(row[column]) for column in COLUMNS] for row in rows]
    out.write_text(written(COLUMNS, lines), encoding="utf-8")
    amounts = [Decimal(row["adjustment_amount"]) for row in rows]
    return Told(
        practices=len(rows),
        adjusted=sum(bool(row["adjustment_fraction"]) for row in rows),
        upward=sum((a for a in amounts if a > 0), Decimal(0)),
        downward=sum((a for a in amounts if a < 0), Decimal(0)),
    )


def codes_of(fraction: Decimal) -> Mapping[str, str]:
    """The codes of an adjustment on a remittance advice; none where nothing is adjusted."""
    if not fraction:
        return dict.fromkeys(_CODES, "")
    direction = "upward" if fraction > 0 else "downward"
    return next(row for row in code_list("remittance_codes") if row["direction"] == direction)


def _row(run: Run, paid: Mapping[str, Any], dollars: Mapping[str, Any]) -> dict[str, Any]:
    fraction = paid["adjustment_fraction"]
    codes = codes_of(fraction)
    year = run.program.payment_year
    return {
        "tin": paid["tin"],
        "program": run.manifest["program_id"],
        "payment_year": year,
        "first_day": f"{year}-01-01",
        "last_day": f"{year}-12-31",
        "basis": paid["basis"],
        "adjustment_fraction": fraction,
        "pay_times": 1 + fraction,
        "dollars_of_year": dollars.get("service_year"),
        "lines": dollars.get("lines"),
        "paid_amount": paid["paid_amount"],
        "adjustment_amount": paid["adjustment_amount"],
        **{name: codes[name] for name in _CODES},
        "is_provisional": run.stamp is not None,
        "run_id": run.manifest["run_id"],
    }
