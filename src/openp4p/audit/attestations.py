"""What people state and studies found: evidence that no run can give, from a YAML file."""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import Field, ValidationError

from openp4p.audit.clauses import checks
from openp4p.audit.evidence.record import Verdict
from openp4p.audit.thresholds import count
from openp4p.errors import EvidenceError, Problem
from openp4p.program.files import Lines, read_yaml
from openp4p.program.mistakes import did_you_mean, told
from openp4p.program.values import Rule

_HEAD = {"program", "attestations", "studies"}


class Attestation(Rule):
    """A named person states how a sub-check stands, with a document."""

    subcheck: str
    verdict: Verdict
    signer: str = Field(min_length=1)
    signed: dt.date
    document: str = ""
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    text: str = ""
    payment_years: tuple[int, ...] = ()  # none: every year

    @property
    def expires(self) -> dt.date:
        """The day from which it no longer counts."""
        return months_after(self.signed, count("attestation.expires_after"))


class Study(Rule):
    """A published study that judged a sub-check for some years of a program."""

    subcheck: str
    citation: str = Field(min_length=1)
    program_years: tuple[int, ...] = Field(min_length=1)  # payment years
    finding: str = Field(min_length=1)
    verdict: Verdict
    loaded_by: str = Field(min_length=1)


_Statement = TypeVar("_Statement", Attestation, Study)


@dataclass(frozen=True)
class Statements:
    """Everything one file states, and of which program."""

    file: str
    program: str
    attestations: tuple[Attestation, ...]
    studies: tuple[Study, ...]

    def are_of(self, program_id: str) -> bool:
        """Whether they are of a program, or of the one payment year of it."""
        return self.program in (program_id, program_id.rpartition("/")[0])


def read_statements(path: Path) -> Statements:
    """The attestations and studies of a file; every mistake in it is told at once."""
    problems: list[Problem] = []
    said = read_yaml(path, problems)
    for key in sorted(set(map(str, said)) - _HEAD):
        where = f"line {said.line.get(key, 1)}: {key}"
        allowed = ", ".join(sorted(_HEAD))
        problems.append(Problem(path.name, where, "unknown key", allowed, did_you_mean(key, _HEAD)))
    if said and not isinstance(said.get("program"), str):
        found, remedy = "does not say of which program", "Such as program: medicare_value_modifier."
        problems.append(Problem(path.name, "program", found, "", remedy))
    reader = _Reader(path, problems)
    attestations = [reader.read(Attestation, e) for e in reader.entries(said, "attestations")]
    studies = [reader.read(Study, e) for e in reader.entries(said, "studies")]
    signed = [reader.with_document(a) for a in attestations if a is not None]
    if problems:
        raise EvidenceError(problems, code="attestations")
    kept = tuple(study for study in studies if study is not None)
    return Statements(path.name, str(said["program"]), tuple(signed), kept)


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day so many months later, or the last of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + years, month + 1)[1]
    return dt.date(day.year + years, month + 1, min(day.day, last))


class _Reader:
    """Reads the entries of one file, noting every mistake."""

    def __init__(self, path: Path, problems: list[Problem]) -> None:
        self.path, self.problems = path, problems

    def problem(self, where: str, *said: str) -> None:
        self.problems.append(Problem(self.path.name, where, *said))

    def entries(self, said: Lines, key: str) -> list[tuple[str, Lines]]:
        """Each entry and what to call it."""
        listed = said.get(key) or []
        if not isinstance(listed, list):
            self.problem(key, "is not a list")
            return []
        found = []
        for number, entry in enumerate(listed, start=1):
            if isinstance(entry, Lines):
                line = min(entry.line.values(), default=0)
                found.append((f"line {line}: {key} {number}", entry))
            else:
                self.problem(f"{key} {number}", "is not a mapping")
        return found

    def read(self, model: type[_Statement], named: tuple[str, Lines]) -> _Statement | None:
        """One entry, checked; none, with its mistakes noted, when it cannot be used."""
        where, entry = named
        try:
            made = model.model_validate(dict(entry))
        except ValidationError as error:
            for mistake in error.errors():
                at = ".".join(map(str, mistake["loc"]))
                self.problem(f"{where}, {at}", *told(mistake, model))
            return None
        return made if self._may_be_said(where, made) else None

    def _may_be_said(self, where: str, made: Attestation | Study) -> bool:
        check = checks().get(made.subcheck)
        if check is None:
            found = f"there is no sub-check '{made.subcheck}'"
            self.problem(where, found, "", did_you_mean(made.subcheck, checks()))
        elif check.kind == "b":
            self.problem(where, f"{check.id} is decided by the definition, not by a statement")
        elif check.kind == "a" and isinstance(made, Attestation):
            remedy = "Load a published study instead."
            self.problem(where, f"{check.id} is computed and cannot be attested", "", remedy)
        elif isinstance(made, Attestation) and not (made.document or made.sha256):
            self.problem(where, "has no document", "document, or its sha256")
        else:
            return True
        return False

    def with_document(self, made: Attestation) -> Attestation:
        """The attestation with the SHA-256 of its document, which must be there."""
        if not made.document:
            return made
        place = self.path.parent / made.document
        if not place.is_file():
            self.problem(made.subcheck, f"the document '{made.document}' is not there")
            return made
        digest = hashlib.sha256(place.read_bytes()).hexdigest()
        if made.sha256 and made.sha256 != digest:
            self.problem(
                made.subcheck, f"the document '{made.document}' is not the one of the sha256"
            )
        return made.model_copy(update={"sha256": digest})
