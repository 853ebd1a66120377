"""An audit as JSON, and as rows for a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any, TextIO

from openp4p.audit.auditing import Audit, ClauseAudit, Record
from openp4p.spreadsheets import harmless


def as_json(audit: Audit) -> dict[str, Any]:
    """The whole audit: each clause with its verdicts, each sub-check with what it rests on."""
    return {
        "program": audit.program.id,
        "title": audit.program.title,
        "payment_year": audit.program.payment_year,
        "as_of": audit.as_of.isoformat(),
        "definition_hash": audit.definition_hash,
        "run": audit.run_id or None,
        "evidence": audit.records_hash or None,
        "made_up": list(audit.made_up),
        "counts": dict(audit.counts),
        "clauses": [_clause(clause) for clause in audit.clauses],
    }


def as_rows(audit: Audit) -> Iterator[dict[str, Any]]:
    """A row for each side of each sub-check."""
    for clause in audit.clauses:
        for record in clause.records:
            yield {
                "program": audit.program.id,
                "clause": clause.clause.id,
                "clause_design": clause.design,
                "clause_evidence": clause.evidence,
                "clause_overall": clause.overall,
                "side": record.side,
                "critical": record.check.critical,
                "asks": record.check.asks,
                "basis": record.basis.value,
                "rows_behind": len(record.rows),
                "files": "; ".join(record.files),
                **record.evidence.as_row(),
            }


def write_csv(audits: list[Audit], file: TextIO) -> None:
    """The rows of one audit, or of several one after the other."""
    rows = [row for audit in audits for row in as_rows(audit)]
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)


def _clause(clause: ClauseAudit) -> dict[str, Any]:
    return {
        "clause": clause.clause.id,
        "title": clause.clause.title,
        "asks": clause.clause.asks,
        "cite": clause.clause.cite,
        "design": clause.design,
        "evidence": clause.evidence,
        "overall": clause.overall,
        "overall_without_studies": clause.overall_without_studies,
        "not_assessable": clause.not_assessable,
        "checks": [_check(record) for record in clause.records],
    }


def _check(record: Record) -> dict[str, Any]:
    return {
        "check": record.check.id,
        "side": record.side,
        "critical": record.check.critical,
        "asks": record.check.asks,
        "origin": record.check.origin,
        "basis": record.basis.value,
        "size": record.size,
        **{key: v for key, v in record.evidence.as_row().items() if key != "subcheck"},
        "fields": [
            {
                "field": read.field,
                "value": read.value,
                "source": read.citation.source,
                "status": read.citation.status,
                "note": read.citation.note,
            }
            for read in record.read
        ],
        "files": list(record.files),
        "stated": [vars(stated) for stated in record.stated],
        "rows": [dict(row) for row in record.rows],
    }


def _cell(value: object) -> object:
    """Text that a spreadsheet would take for a formula is marked as text."""
    if value is None:
        return ""
    return harmless(value) if isinstance(value, str) else value
