"""What a finished run shows of each sub-check, with the rows behind it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from openp4p.audit.evidence.record import Finding, Rows
from openp4p.audit.evidence_of_run import findings
from openp4p.results import Run

_NOT_SUBJECT = "not_subject"


def findings_of(run: Run) -> Mapping[str, Finding]:
    """The computed findings of a run by sub-check; those on payments with their practices."""
    found = findings.findings_of(run)
    behind = {id_: rows for id_, rows in payment_rows(run).items() if id_ in found}
    return {**found, **{id_: replace(found[id_], rows=rows) for id_, rows in behind.items()}}


def stamp_of(run: Run) -> Mapping[str, str]:
    """What a computed record says of the run it comes from."""
    inputs = json.dumps(run.manifest["inputs"], sort_keys=True, separators=(",", ":"))
    return {
        "run_hash": str(run.manifest["run_id"]),
        "data_manifest_hash": hashlib.sha256(inputs.encode()).hexdigest(),
    }


def payment_rows(run: Run) -> Mapping[str, Rows]:
    """The practices behind redistribution (who gains, who loses) and behind staying out."""
    rows = run.rows("payments")
    if run.program.award is not None:
        return _award_rows(run, rows)
    cut = run.program.payment.automatic_percent
    changed = tuple(
        _row(row, "paid_amount", "adjustment_amount", "basis")
        for row in rows
        if row["adjustment_amount"]
    )
    subject = tuple(_staying_out(row, cut) for row in rows if row["basis"] != _NOT_SUBJECT)
    return {"P07.4": subject, "P10.2": changed, "P15.2": subject}


def _award_rows(run: Run, rows: list[dict[str, Any]]) -> Mapping[str, Rows]:
    """The same of awards: nothing is taken, and staying out leaves payments as they are."""
    offered = {row["tin"]: row["offered_bonus"] for row in run.rows("bonuses")}
    paid = tuple(
        _row(row, "paid_amount", "adjustment_amount", "basis")
        for row in rows
        if row["adjustment_amount"]
    )
    subject = tuple(
        {
            **_row(row, "size_class", "paid_amount"),
            "if_staying_out": row["paid_amount"],
            "if_taking_part": row["paid_amount"] + offered[row["tin"]],
        }
        for row in rows
        if row["basis"] != _NOT_SUBJECT
    )
    return {"P07.4": subject, "P10.2": paid, "P15.2": subject}


def _staying_out(row: Mapping[str, Any], cut: Mapping[str, float]) -> dict[str, Any]:
    """What the rule would pay a practice that is subject, had it stayed out."""
    kept = 1 + Decimal(str(cut[row["size_class"]]))
    staying_out = (row["paid_amount"] * kept).quantize(Decimal("0.01"), ROUND_HALF_UP)
    taking_part = row["paid_amount"] + row["adjustment_amount"]
    return {
        **_row(row, "size_class", "paid_amount"),
        "if_staying_out": staying_out,
        "if_taking_part": taking_part,
    }


def _row(row: Mapping[str, Any], *columns: str) -> dict[str, Any]:
    return {name: row[name] for name in ("tin", *columns)}
