"""Several programs held against the principles side by side, without adding anything up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from openp4p.audit.auditing import Audit, Record
from openp4p.audit.clauses import Check, Clause, clauses


@dataclass(frozen=True)
class ClauseRow:
    """One clause: its verdicts in each program, in the order given."""

    clause: Clause
    design: tuple[str, ...]
    evidence: tuple[str, ...]
    overall: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether the programs differ on it, on either side."""
        return len(set(self.design)) > 1 or len(set(self.evidence)) > 1


@dataclass(frozen=True)
class CheckRow:
    """One side of one sub-check: its record in each program."""

    check: Check
    side: str
    records: tuple[Record, ...]


def clause_rows(audits: Sequence[Audit]) -> list[ClauseRow]:
    """Every clause with its verdicts side by side."""
    return [
        ClauseRow(
            clause,
            tuple(audit.clause(clause.id).design for audit in audits),
            tuple(audit.clause(clause.id).evidence for audit in audits),
            tuple(audit.clause(clause.id).overall for audit in audits),
        )
        for clause in clauses()
    ]


def check_rows(audits: Sequence[Audit]) -> list[CheckRow]:
    """Every side of every sub-check with its records side by side."""
    columns = [[r for clause in audit.clauses for r in clause.records] for audit in audits]
    return [
        CheckRow(records[0].check, records[0].side, records)
        for records in zip(*columns, strict=True)
    ]


def headline(audits: Sequence[Audit]) -> str:
    """What the numbers say, in one sentence and without adjectives."""
    first, *others = audits
    parts = []
    for other in others:
        rows = clause_rows([first, other])
        designs = sum(row.design[0] != row.design[1] for row in rows)
        overall = sum(row.overall[0] != row.overall[1] for row in rows)
        of_all = f"{designs} of {len(rows)} clauses by design and {overall} overall"
        parts.append(f"{other.program.id} on {of_all}")
    return f"The verdict is another than that of {first.program.id}: {'; '.join(parts)}."
