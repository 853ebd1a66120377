"""What decides the evidence side of a sub-check: a computed result, else what is stated of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from openp4p.audit.attestations import Attestation, Statements, Study
from openp4p.audit.clauses import Check, checks
from openp4p.audit.conditions import all_hold
from openp4p.audit.evidence.record import MEETS, NOT_ASSESSABLE, Evidence, Finding, Verdict
from openp4p.audit.fields import governance_of
from openp4p.audit.verdicts import WORST_FIRST
from openp4p.errors import EvidenceError, Problem
from openp4p.program.definition import Program


class Basis(Enum):
    """What a record rests on."""

    DEFINITION = "definition"
    SETTING = "setting"  # the definition settles the record as well
    COMPUTED = "computed"
    RECORDS = "records"  # computed as well, from the files of a folder of evidence
    ATTESTED = "attested"
    STUDY = "study"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Stated:
    """An attestation or a study on one sub-check, and whether it counts."""

    verdict: Verdict
    is_study: bool
    who: str
    text: str
    day: str  # signed on, or the years studied
    expires: str = ""
    document_sha256: str = ""
    expired: bool = False


def statements_of(
    program: Program, statements: Iterable[Statements], as_of: dt.date
) -> Mapping[str, tuple[Stated, ...]]:
    """What is stated of a program and its payment year, by sub-check, expired ones marked."""
    found: dict[str, list[Stated]] = {}
    problems: list[Problem] = []
    for file in statements:
        if not file.are_of(program.id):
            continue
        for attestation in file.attestations:
            problems += _mistakes(file.file, attestation, program, as_of)
            if program.payment_year in (attestation.payment_years or (program.payment_year,)):
                found.setdefault(attestation.subcheck, []).append(_attested(attestation, as_of))
        for study in file.studies:
            if program.payment_year in study.program_years:
                found.setdefault(study.subcheck, []).append(_studied(study))
    if problems:
        raise EvidenceError(problems, code="attestations")
    return {id_: tuple(stated) for id_, stated in found.items()}


def event_record(
    check: Check,
    fields: Mapping[str, object],
    finding: Finding | None,
    stated: Sequence[Stated],
) -> tuple[Evidence, Basis]:
    """The record that counts: computed before settled by the setting before stated.

    Of several statements the worst counts. A computation that came to nothing leaves room.
    """
    if finding is not None and finding.evidence.verdict != NOT_ASSESSABLE:
        return finding.evidence, _basis_of(finding)
    if check.settled_if and all_hold(check.settled_if, fields):
        return _of_setting(check), Basis.SETTING
    counting = [s for s in stated if not s.expired]
    if counting:
        decides = min(counting, key=lambda s: WORST_FIRST.index(s.verdict))
        basis = Basis.STUDY if decides.is_study else Basis.ATTESTED
        return _of_statement(check, decides), basis
    if finding is not None:
        return finding.evidence, _basis_of(finding)
    return _of_nothing(check, stated), Basis.NOTHING


def _basis_of(finding: Finding) -> Basis:
    return Basis.RECORDS if finding.files else Basis.COMPUTED


def _mistakes(
    file: str, attestation: Attestation, program: Program, as_of: dt.date
) -> Iterable[Problem]:
    kind, mode = checks()[attestation.subcheck].kind, governance_of(program).mode
    if kind == "c" and mode != "historical":
        found = "is a record of the workflow: of a program that is operated it is not attested"
        yield Problem(file, attestation.subcheck, found, "the record of the workflow itself")
    if attestation.signed > as_of:
        found = f"is signed on {attestation.signed}, after the day of the audit, {as_of}"
        yield Problem(file, attestation.subcheck, found)


def _attested(attestation: Attestation, as_of: dt.date) -> Stated:
    return Stated(
        verdict=attestation.verdict,
        is_study=False,
        who=attestation.signer,
        text=attestation.text,
        day=attestation.signed.isoformat(),
        expires=attestation.expires.isoformat(),
        document_sha256=attestation.sha256,
        expired=as_of >= attestation.expires,
    )


def _studied(study: Study) -> Stated:
    return Stated(
        verdict=study.verdict,
        is_study=True,
        who=f"{study.citation} (loaded by {study.loaded_by})",
        text=study.finding,
        day=", ".join(map(str, study.program_years)),
    )


def _of_setting(check: Check) -> Evidence:
    return Evidence(
        subcheck=check.id,
        kind=check.kind,
        verdict=MEETS,
        statistic="setting",
        threshold=check.threshold,
        text="The definition leaves nothing to record.",
    )


def _of_statement(check: Check, stated: Stated) -> Evidence:
    return Evidence(
        subcheck=check.id,
        kind=check.kind,
        verdict=stated.verdict,
        statistic="external study" if stated.is_study else "attestation",
        threshold=check.threshold,
        na_reason="stated so" if stated.verdict == NOT_ASSESSABLE else "",
        document_sha256=stated.document_sha256,
        signer=stated.who,
        text=stated.text,
    )


def _of_nothing(check: Check, stated: Sequence[Stated]) -> Evidence:
    expired = [f"attestation of {s.day} expired on {s.expires}" for s in stated if s.expired]
    return Evidence(
        subcheck=check.id,
        kind=check.kind,
        verdict=NOT_ASSESSABLE,
        threshold=check.threshold,
        na_reason="; ".join(expired) or f"needs {check.needs}",
    )
