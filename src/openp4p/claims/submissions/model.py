"""One reported measure, whatever file it came in, and what could not be used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass, field, fields

from openp4p.errors import Problem

_NO_DIFFERENCE = 0.0001  # of rates from 0 to 1


@dataclass(frozen=True)
class Report:
    """One row of `quality_result`; missing counts are 0 but for `not_met`."""

    tin: str | None
    npi: str | None
    entity_id: str | None
    performance_year: int
    mechanism: str
    measure: str
    stratum: str | None
    eligible: int
    exclusions: int
    exceptions: int
    met: int
    not_met: int | None
    rate_reported: float | None  # 0 to 1, as the submitter computed it

    @property
    def key(self) -> tuple[object, ...]:
        """What one report may be sent for only once."""
        reporter = (self.tin, self.npi, self.entity_id)
        return (*reporter, self.performance_year, self.mechanism, self.measure, self.stratum)

    @property
    def denominator(self) -> int:
        """Eligible, less exclusions and exceptions."""
        return self.eligible - self.exclusions - self.exceptions

    @property
    def rate(self) -> float | None:
        """Met over the denominator, 0 to 1; none without a denominator."""
        return self.met / self.denominator if self.denominator > 0 else None

    @property
    def differs(self) -> bool:
        """Whether the submitter's own rate is another than that of the counts."""
        if self.rate is None or self.rate_reported is None:
            return False
        return abs(self.rate - self.rate_reported) > _NO_DIFFERENCE

    def row(self) -> dict[str, object]:
        """The report by the columns of `quality_result`."""
        return dict(zip(COLUMNS, astuple(self), strict=True))


COLUMNS = tuple(each.name for each in fields(Report))


@dataclass
class Reading:
    """What a file holds: reports, and what was set aside with the reason and the remedy."""

    file: str
    reports: list[tuple[str, Report]] = field(default_factory=list)  # with the place in the file
    problems: list[Problem] = field(default_factory=list)

    def set_aside(self, where: str, found: str, remedy: str = "") -> None:
        """Note one measure, or a whole submission, that cannot be used."""
        self.problems.append(Problem(self.file, where, found, remedy=remedy))

    def add(self, where: str, report: Report) -> None:
        """Take a report whose counts hold together; set it aside otherwise."""
        wrong = next(_contradictions(report), None)
        if wrong is not None:
            self.set_aside(where, wrong, "Correct the counts in the system that wrote the file.")
        else:
            self.reports.append((where, report))


def _contradictions(report: Report) -> Iterator[str]:
    counts = (report.eligible, report.exclusions, report.exceptions, report.met)
    if min(*counts, report.not_met or 0) < 0:
        yield "a count is below 0"
    if report.exclusions + report.exceptions > report.eligible:
        yield "more are excluded or excepted than are eligible"
    if report.met > report.denominator:
        yield "more meet the measure than are in its denominator"


def reported_instances(
    eligible: int, met: int, not_met: int | None, exclusions: int, exceptions: int
) -> int:
    """The eligible instances on which something was reported.

    A registry may report on some of its eligible instances; performance is that of those reported.
    """
    if not_met is None:
        return eligible
    return met + not_met + exclusions + exceptions
