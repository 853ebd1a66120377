"""Files that leave the portal: for a stated purpose, marked with it, noted before they are sent."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from openp4p.portal import clock, trail
from openp4p.portal.models import Export, Instruction, Result, ReviewedRun, User
from openp4p.review.refusals import require, unless
from openp4p.review.states import RunState
from openp4p.spreadsheets import harmless

PURPOSES = {
    "TREAT": "treatment of the patients",
    "HPAYMT": "payment",
    "HOPERAT": "operation of the practice or program",
    "HQUALIMP": "improvement of quality",
}
TERMS = (
    "Results are estimates with stated error. Not for credentialing, licensure or certification, "
    "nor for network exclusion or litigation. Not to be handed on. Report misuse to the privacy "
    "officer of the program; breach ends access."
)


@dataclass(frozen=True)
class Asked:
    """What the person who takes a file has stated."""

    purpose: str
    recipient: str
    expires: date | None
    undertaking: bool

    def require(self, today: date) -> None:
        """Refuse a file without purpose, recipient, expiry and undertaking."""
        later = self.expires is not None and self.expires >= today
        require(
            unless(self.purpose in PURPOSES, "State for which purpose: there are four."),
            unless(bool(self.recipient.strip()), "State who receives the file."),
            unless(later, "State until when the file is kept: today or later."),
            unless(self.undertaking, "Agree to the terms of use."),
        )


def patients_file(result: Result, rows: Sequence[dict[str, object]], asked: Asked, by: User) -> str:
    """The attributed patients of a practice as CSV."""
    columns = list(rows[0]) if rows else ["beneficiary_id"]
    return _file("patients", columns, rows, asked, by, result=result, run=result.run)


def payment_file(run: ReviewedRun, asked: Asked, by: User) -> str:
    """Payment instructions as CSV; there are none before the run is payable."""
    payable = run.status in (RunState.PAYABLE, RunState.PAID)
    require(unless(payable, f"This run is {run.words}: there is no payment file."))
    listed = Instruction.objects.filter(result__run=run).select_related("result__practice")
    rows = [
        {
            "tin": row.result.practice.tin,
            "amount_dollars": str(Decimal(row.cents) / 100),
            "version": row.version,
            "instructed_at": row.at.isoformat(),
        }
        for row in listed.order_by("result__practice__tin")
    ]
    columns = ["tin", "amount_dollars", "version", "instructed_at"]
    return _file("payment", columns, rows, asked, by, result=None, run=run)


def _file(
    what: str,
    columns: Sequence[str],
    rows: Iterable[dict[str, object]],
    asked: Asked,
    by: User,
    *,
    result: Result | None,
    run: ReviewedRun,
) -> str:
    """The text of the file; that it was taken stands in the trail before it is sent."""
    asked.require(clock.now().date())
    export = Export(
        what=what, result=result, run=run, purpose=asked.purpose, recipient=asked.recipient,
        undertaking=True, expires=asked.expires, by=by, at=clock.now(),
    )  # fmt: skip
    out = io.StringIO()
    for line in (
        f"Purpose of use: {asked.purpose} ({PURPOSES[asked.purpose]})",
        f"For: {asked.recipient}; to be deleted by {asked.expires}",
        f"Export {export.key}, {run.title}",
        TERMS,
    ):
        out.write(f"# {' '.join(line.split())}\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_harmless(row.get(c), c) for c in columns] for row in rows)
    text = out.getvalue()
    export.sha256 = hashlib.sha256(text.encode()).hexdigest()
    with transaction.atomic():
        export.save()
    object_ = f"result:{result.key}" if result else f"run:{run.key}"
    trail.accessed(
        "export.taken", object_, by, what=what, export=export.key, purpose=asked.purpose,
        sha256=export.sha256,
    )  # fmt: skip
    return text


def _harmless(value: object, column: str) -> object:
    """A text that a spreadsheet would take for a formula is made one that it does not."""
    if value is None:
        return ""
    text = str(value)
    is_number = column.endswith("_dollars") or not isinstance(value, str)
    return text if is_number else harmless(text)
