"""What a finished run shows of a sub-check: its stored rows, handed to the statistics."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np

from openp4p.audit.evidence.record import Finding, Rows
from openp4p.audit.evidence.redistribution import redistribution_finding
from openp4p.audit.evidence.viability import Offer, staying_out_finding
from openp4p.results import Run

_NOT_SUBJECT = "not_subject"
_STAYING_OUT = ("P07.4", "P15.2")


def findings_of(run: Run) -> Mapping[str, Finding]:
    """The computed findings of a run by sub-check; what no source computes is not there."""
    return {found.evidence.subcheck: found for source in SOURCES for found in source(run)}


def stamp_of(run: Run) -> Mapping[str, str]:
    """What a computed record says of the run it comes from."""
    inputs = json.dumps(run.manifest["inputs"], sort_keys=True, separators=(",", ":"))
    return {
        "run_hash": str(run.manifest["run_id"]),
        "data_manifest_hash": hashlib.sha256(inputs.encode()).hexdigest(),
    }


def redistribution(run: Run) -> Iterator[Finding]:
    """P10.2: what every practice gains or loses, in cents."""
    rows = run.rows("payments")
    found = redistribution_finding([_cents(row["adjustment_amount"]) for row in rows])
    behind = [
        _row(row, "paid_amount", "adjustment_amount", "basis")
        for row in rows
        if row["adjustment_amount"]
    ]
    yield replace(found, rows=tuple(behind))


def staying_out(run: Run) -> Iterator[Finding]:
    """P07.4 and P15.2: what the rule would pay each practice that is subject if it stayed out."""
    cut = run.program.payment.automatic_percent
    rows: list[dict[str, Any]] = [
        {
            **_row(row, "size_class", "paid_amount"),
            "if_staying_out": _rounded(row["paid_amount"] * _factor(cut[row["size_class"]])),
            "if_taking_part": row["paid_amount"] + row["adjustment_amount"],
        }
        for row in run.rows("payments")
        if row["basis"] != _NOT_SUBJECT
    ]
    nobody_knows = np.full(len(rows), np.nan)
    offer = Offer(
        without_program=_vector(rows, "paid_amount"),
        unenrolled=_vector(rows, "if_staying_out"),
        enrolled=_vector(rows, "if_taking_part"),
        added_cost=nobody_knows,
        revenue=nobody_knows,
        margin=nobody_knows,
    )
    for subcheck in _STAYING_OUT:
        yield replace(staying_out_finding(offer, subcheck), rows=tuple(rows))


SOURCES: tuple[Callable[[Run], Iterator[Finding]], ...] = (redistribution, staying_out)


def _row(row: Mapping[str, Any], *columns: str) -> dict[str, Any]:
    return {name: row[name] for name in ("tin", *columns)}


def _vector(rows: Rows | list[dict[str, Any]], column: str) -> np.ndarray:
    return np.array([_cents(row[column]) for row in rows], dtype=float)


def _cents(amount: Decimal) -> int:
    return int((amount * 100).to_integral_value())


def _factor(percent: float) -> Decimal:
    return 1 + Decimal(str(percent))


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
