"""The claim lines that a payer adjusted, held against what the run says: to the cent, by reason.

Each line is compared once: one of a practice the run does not know, one of another year, or one
that is there twice is not expected at all. Of the others the change must be the factor's on the
amount before it, rounded half up to the cent; where the run holds the claims of the year, it must
hold this line, with this amount. What is not expected is seen for nothing, what is missing is
expected for nothing: the differences of all reasons of a practice sum to its difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis import _

from openp4p.engine.portable import FRACTION, MONEY, share_of_money
from openp4p.reports.remittance.told import codes_of
from openp4p.results import Run

REASONS = {
    "missing": "expected by the run and not in the file",
    "double": "the same line of a claim once more",
    "wrong_factor": "the change is not the factor's on the amount before it",
    "other_amount": "the run has another amount before the modifier",
    "not_in_run": "not among the lines that the run adjusts",
    "outside_year": "a service of another year than the one paid on",
    "unknown_tin": "a practice that is not in the run",
    "wrong_code": "the amount agrees, the adjustment reason code does not",
}
# the files that hold what was found
COLUMNS = {
    "practices": (
        "tin", "adjustment_fraction", "lines_seen", "expected_amount", "seen_amount",
        "difference_cents",
    ),
    "reasons": ("tin", "reason", "lines", "difference_cents"),
    "differences": (
        "tin", "reason", "claim_id", "line_number", "service_date", "paid_before", "expected",
        "seen", "difference_cents",
    ),
}  # fmt: skip
_DOLLARS = "decimal(38, 2)"
_ORDER = ["tin", "reason", "claim_id", "line_number", "seen"]


@dataclass(frozen=True)
class Reconciled:
    """Practices, reasons and differing lines as rows; amounts in dollars, differences in cents.

    `knows_lines` says whether the run holds the claims of the year, and so what is missing.
    """

    year: int
    knows_lines: bool
    practices: list[dict[str, Any]]
    reasons: list[dict[str, Any]]
    lines: list[dict[str, Any]]

    @property
    def agrees(self) -> bool:
        """Whether nothing differs."""
        return not self.reasons


def reconciled(run: Run, lines: ir.Table, year: int | None = None) -> Reconciled:
    """The lines of a file (`returned_lines`) against the run, for services of a year."""
    paid_on = year or run.program.payment_year
    knows = _knows_lines(run, paid_on)
    expected = _expected(run, paid_on) if knows else None
    judged = _judged(run, lines, expected, paid_on)
    if expected is not None:
        judged = judged.union(_missing(judged, expected))
    differing = judged.filter(_.reason.notnull()).mutate(gap=(_.seen - _.expected).cast(_DOLLARS))
    reasons = differing.group_by("tin", "reason").agg(
        lines=_.count(), gap=_.gap.sum().cast(_DOLLARS)
    )
    sums = judged.group_by("tin").agg(
        lines_seen=(_.reason.isnull() | (_.reason != "missing")).sum(),
        expected_amount=_.expected.sum().cast(_DOLLARS),
        seen_amount=_.seen.sum().cast(_DOLLARS),
    )
    payments = run.table("payments").select("tin", "adjustment_fraction")
    practices = sums.left_join(payments, "tin").drop("tin_right")
    return Reconciled(
        year=paid_on,
        knows_lines=knows,
        practices=[_with_cents(r) for r in _rows(run, practices.order_by("tin"))],
        reasons=[_in_cents(r) for r in _rows(run, reasons.order_by(["tin", "reason"]))],
        lines=[_in_cents(r) for r in _rows(run, differing.order_by(_ORDER))],
    )


def _knows_lines(run: Run, year: int) -> bool:
    if "adjusted_claim_lines" not in run.names():
        return False
    return any(row["service_year"] == year for row in run.rows("paid_amounts"))


def _expected(run: Run, year: int) -> ir.Table:
    """The lines that the run adjusts, with the amount before the modifier."""
    lines = run.table("adjusted_claim_lines")
    lines = lines.filter(lines.service_date.year() == year)
    return lines.select(
        "claim_id",
        "line_number",
        "tin",
        base=(lines.paid_after - lines.adjustment_amount).cast(MONEY),
        of_run=lines.adjustment_amount.cast(MONEY),
    )


def _judged(run: Run, lines: ir.Table, expected: ir.Table | None, year: int) -> ir.Table:
    """Every line of the file with what is expected of it and why it differs, if it does."""
    payments = run.table("payments").select("tin", "adjustment_fraction")
    found = lines.left_join(payments, "tin").drop("tin_right")
    fraction = found.adjustment_fraction.fill_null(0).cast(FRACTION)
    whole = (ibis.literal(1).cast(FRACTION) + fraction).cast(FRACTION)
    found = found.mutate(
        is_known=found.adjustment_fraction.notnull(),
        by_factor=(share_of_money(found.paid_before, whole) - found.paid_before).cast(MONEY),
        code=_code(found.adjustment_fraction),
    )
    if expected is None:
        found = found.mutate(
            base=found.paid_before, of_run=found.by_factor, is_listed=ibis.literal(True)
        )
    else:
        keys = ["claim_id", "line_number", "tin"]
        found = found.left_join(expected, keys).drop(*[f"{key}_right" for key in keys])
        # what the run does not adjust is not listed, and rightly comes back unmoved
        found = found.mutate(
            is_listed=found.base.notnull(),
            base=found.base.fill_null(found.paid_before),
            of_run=found.of_run.fill_null(0).cast(MONEY),
        )
    found = found.mutate(is_right=(found.change == found.of_run).fill_null(False))
    is_of_year = (found.service_date.year() == year) & found.is_known
    first = ibis.window(
        group_by=["claim_id", "line_number", is_of_year],
        order_by=[ibis.desc("is_right"), "tin", "paid_before", "change", "carc"],
    )
    found = found.mutate(turn=ibis.row_number().over(first))
    reason = ibis.cases(
        (~found.is_known, "unknown_tin"),
        (found.service_date.year() != year, "outside_year"),
        (found.turn > 0, "double"),
        (~found.is_listed & (found.change != 0), "not_in_run"),
        (found.is_listed & (found.change != found.by_factor), "wrong_factor"),
        (found.paid_before != found.base, "other_amount"),
        ((found.change != 0) & (found.carc != found.code), "wrong_code"),
        else_=ibis.null("string"),
    )
    is_due = reason.isnull() | reason.isin(["wrong_factor", "other_amount", "wrong_code"])
    return found.select(
        "claim_id", "line_number", "tin", "service_date", "paid_before",
        reason=reason,
        expected=ibis.ifelse(is_due, found.of_run, ibis.literal(0)).cast(MONEY),
        seen=found.change,
    )  # fmt: skip


def _code(fraction: ir.Value) -> ir.Value:
    """The adjustment reason code that belongs to a fraction; empty where nothing moves."""
    up, down = (codes_of(Decimal(sign))["carc"] for sign in (1, -1))
    return ibis.cases((fraction > 0, up), (fraction < 0, down), else_="")


def _missing(judged: ir.Table, expected: ir.Table) -> ir.Table:
    keys = ["claim_id", "line_number", "tin"]
    due = judged.filter(
        judged.reason.isnull() | ~judged.reason.isin(["outside_year", "unknown_tin"])
    )
    absent = expected.anti_join(due, keys)
    return absent.select(
        *keys,
        service_date=ibis.null("date"),
        paid_before=absent.base,
        reason=ibis.literal("missing"),
        expected=absent.of_run,
        seen=ibis.literal(0).cast(MONEY),
    )


def _rows(run: Run, table: ir.Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = run.engine.rows(table).to_pylist()
    return rows


def _with_cents(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "difference_cents": _cents(row["seen_amount"] - row["expected_amount"])}


def _in_cents(row: dict[str, Any]) -> dict[str, Any]:
    difference = row.pop("gap")
    return {**row, "difference_cents": _cents(difference)}


def _cents(dollars: Decimal) -> int:
    return int(dollars.scaleb(2))
