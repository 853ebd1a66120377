"""A program held against the principles: every sub-check judged, and from them each clause."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from openp4p.audit.attestations import Statements
from openp4p.audit.clauses import Check, Clause, clauses
from openp4p.audit.design import Read, design_of
from openp4p.audit.evidence.record import Evidence, Finding, Rows, Verdict
from openp4p.audit.fields import audited_fields
from openp4p.audit.records.folder import Records
from openp4p.audit.stated import Basis, Stated, event_record, statements_of
from openp4p.audit.verdicts import (
    EvidenceVerdict,
    Judged,
    design_verdict,
    evidence_verdict,
    overall_verdict,
)
from openp4p.identity import code_version
from openp4p.program.definition import Program
from openp4p.program.library import resolved

_NO_FINDINGS: Mapping[str, Finding] = {}
NO_RUN: Mapping[str, str] = {"run_hash": ""}


@dataclass(frozen=True)
class Record:
    """One sub-check on one side, judged, with what it was judged by."""

    check: Check
    side: str  # design or evidence
    basis: Basis
    evidence: Evidence
    rows: Rows = ()
    files: tuple[str, ...] = ()  # of a folder of evidence, where the record rests on them
    read: tuple[Read, ...] = ()
    size: str = ""  # the class of size that is worst, where sizes differ
    stated: tuple[Stated, ...] = ()  # attestations and studies on the point, deciding or not
    without_studies: Verdict = "not_assessable"

    @property
    def verdict(self) -> Verdict:
        """The verdict of the record."""
        return self.evidence.verdict


@dataclass(frozen=True)
class ClauseAudit:
    """One clause, judged by its design, by evidence, and by both."""

    clause: Clause
    records: tuple[Record, ...]
    design: Verdict
    evidence: EvidenceVerdict
    overall: Verdict
    overall_without_studies: Verdict

    @property
    def not_assessable(self) -> int:
        """How many sub-checks could not be judged."""
        return sum(record.verdict == "not_assessable" for record in self.records)


@dataclass(frozen=True)
class Audit:
    """A whole audit. There is no score: only how many clauses have which verdict."""

    program: Program
    as_of: dt.date
    run_id: str
    records: Records | None  # the folder of evidence, if one was given
    clauses: tuple[ClauseAudit, ...]

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Clauses by overall verdict."""
        return Counter(clause.overall for clause in self.clauses)

    @property
    def definition_hash(self) -> str:
        """SHA-256 of the definition."""
        return definition_hash(self.program)

    @property
    def records_hash(self) -> str:
        """SHA-256 over the files of the folder of evidence; empty without one."""
        return self.records.digest if self.records else ""

    @property
    def made_up(self) -> tuple[str, ...]:
        """The files of that folder that say they are the example of the template."""
        return self.records.made_up if self.records else ()

    def clause(self, id_: str) -> ClauseAudit:
        """One clause by its id."""
        return next(clause for clause in self.clauses if clause.clause.id == id_)


def audited(
    program: Program,
    *,
    as_of: dt.date,
    findings: Mapping[str, Finding] = _NO_FINDINGS,
    run_stamp: Mapping[str, str] = NO_RUN,
    statements: Iterable[Statements] = (),
    records: Records | None = None,
) -> Audit:
    """The audit of a program: by its definition, what a run showed, and what is stated of it.

    `findings` are the computed results by sub-check, of the run that `run_stamp` names or of the
    folder of evidence, `records`. `as_of` is the day on which attestations must still hold.
    """
    fields = audited_fields(program)
    stated = statements_of(program, statements, as_of)
    stamp = {
        "definition_hash": definition_hash(program),
        "code_version": code_version(),
        "created_at": as_of.isoformat(),
    }
    judged = []
    for clause in clauses():
        judged_here: list[Record] = []
        for check in clause.checks:
            if check.has_design:
                judged_here.append(_design_record(check, program, fields))
            if check.has_evidence:
                said = stated.get(check.id, ())
                judged_here.append(_evidence_record(check, fields, findings.get(check.id), said))
        stamped = tuple(_stamped(record, stamp, run_stamp) for record in judged_here)
        judged.append(_clause_audit(clause, stamped))
    return Audit(program, as_of, run_stamp["run_hash"], records, tuple(judged))


def definition_hash(program: Program) -> str:
    """SHA-256 of the canonical JSON of a definition."""
    text = json.dumps(resolved(program), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _design_record(check: Check, program: Program, fields: Mapping[str, object]) -> Record:
    found = design_of(check, program, fields)
    shown = "; ".join(f"{read.field}: {read.value}" for read in found.read)
    evidence = Evidence(
        subcheck=check.id,
        kind=check.kind,
        verdict=found.verdict,
        statistic="definition",
        threshold=check.threshold,
        na_reason=found.na_reason,
        text=shown,
    )
    return Record(check, "design", Basis.DEFINITION, evidence, read=found.read, size=found.size)


def _evidence_record(
    check: Check,
    fields: Mapping[str, object],
    finding: Finding | None,
    stated: tuple[Stated, ...],
) -> Record:
    evidence, basis = event_record(check, fields, finding, stated)
    without, _ = event_record(check, fields, finding, [s for s in stated if not s.is_study])
    rows = finding.rows if finding is not None else ()
    files = finding.files if finding is not None and basis is Basis.RECORDS else ()
    return Record(
        check,
        "evidence",
        basis,
        evidence,
        rows=rows,
        files=files,
        stated=stated,
        without_studies=without.verdict,
    )


def _stamped(record: Record, stamp: Mapping[str, str], of_run: Mapping[str, str]) -> Record:
    known = {**stamp, **of_run} if record.basis is Basis.COMPUTED else dict(stamp)
    blank = {key: value for key, value in known.items() if not getattr(record.evidence, key)}
    return Record(**{**vars(record), "evidence": record.evidence.stamped(**blank)})


def _clause_audit(clause: Clause, records: tuple[Record, ...]) -> ClauseAudit:
    design = design_verdict(_judged(records, "design"))
    evidence = evidence_verdict(_judged(records, "evidence"))
    without = evidence_verdict(
        Judged(record.without_studies, record.check.critical)
        for record in records
        if record.side == "evidence"
    )
    return ClauseAudit(
        clause,
        records,
        design,
        evidence,
        overall_verdict(design, evidence),
        overall_verdict(design, without),
    )


def _judged(records: tuple[Record, ...], side: str) -> list[Judged]:
    return [Judged(r.verdict, r.check.critical) for r in records if r.side == side]
