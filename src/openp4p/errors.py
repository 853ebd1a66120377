"""The mistakes a user can make, each with what was found, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial


class OpenP4PError(Exception):
    """Something the user can mend; `code` names its section in docs/errors.md."""

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "", code: str) -> None:
        self.message, self.remedy, self.code = message, remedy, code
        super().__init__(f"{message} {remedy}".strip())

    def __reduce__(self) -> tuple[Callable[..., OpenP4PError], tuple[object, ...]]:
        """Raised in a process of its own, it arrives as it is in the one that waits for it."""
        return partial(type(self), remedy=self.remedy, code=self.code), (self.message,)


class UsageError(OpenP4PError):
    """The command or call asks for something that does not exist or does not go together."""

    exit_code = 2


@dataclass(frozen=True)
class Problem:
    """One mistake in one file: where it is, what was found, what is allowed, what to do."""

    file: str
    where: str
    found: str
    allowed: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        allowed = f" Allowed: {self.allowed}." if self.allowed else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{self.file}: {self.where}: {self.found}.{allowed}{remedy}"


class ProblemsError(OpenP4PError):
    """All the mistakes found in a set of files, reported together."""

    heading = "Problems found"

    def __init__(self, problems: Sequence[Problem], *, code: str) -> None:
        self.problems = tuple(problems)
        lines = "\n".join(f"  - {problem}" for problem in self.problems)
        super().__init__(f"{self.heading} ({len(self.problems)}):\n{lines}", code=code)

    def __reduce__(self) -> tuple[Callable[..., OpenP4PError], tuple[object, ...]]:
        """Raised in a process of its own, it arrives as it is in the one that waits for it."""
        return partial(type(self), code=self.code), (self.problems,)


class ProgramError(ProblemsError):
    """A program definition cannot be used; every mistake in it is listed."""

    heading = "The program definition cannot be used"
    exit_code = 3


class InputError(ProblemsError):
    """The input folder cannot be used; every reason is listed."""

    heading = "The input cannot be used"
    exit_code = 4


class EvidenceError(ProblemsError):
    """Attestations or studies cannot be used; every mistake in them is listed."""

    heading = "The attestations cannot be used"
    exit_code = 4


class RecordsError(ProblemsError):
    """A folder of evidence cannot be used; every mistake in its files is listed."""

    heading = "The evidence cannot be used"
    exit_code = 4


class RatesError(ProblemsError):
    """A hand-filled file of a practice's rates cannot be used; every mistake in it is listed."""

    heading = "The rates file cannot be used"
    exit_code = 2


class RunFolderError(OpenP4PError):
    """The run folder belongs to something else, is in use, or is not a run."""

    exit_code = 5
