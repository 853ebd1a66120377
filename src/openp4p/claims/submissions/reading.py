"""Reads quality submissions of every kind, and keeps the accounts of what was in them."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from openp4p.claims.submissions import plain, pqrs, qpp, qrda
from openp4p.claims.submissions.model import COLUMNS, Reading, Report
from openp4p.codes import code_list
from openp4p.errors import Problem, UsageError

_KINDS = "JSON of a QPP submission, XML of QRDA category III or of a PQRS registry, or CSV"


@dataclass(frozen=True)
class Outcome:
    """The reports of all files, what was set aside of each, and rates that differ."""

    reports: tuple[Report, ...]
    used: Mapping[str, int]  # by file
    problems: tuple[Problem, ...]
    differing: tuple[Problem, ...]

    def write(self, path: Path) -> None:
        """The reports as the input table `quality_result`."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(report.row() for report in self.reports)


def read_submissions(paths: Sequence[Path], measures: Path | None = None) -> Outcome:
    """Every report of the files, each only once; `measures` adds numbers of electronic measures."""
    numbers = _numbers(measures)
    kept: dict[tuple[object, ...], tuple[str, Report]] = {}
    used: dict[str, int] = {}
    problems: list[Problem] = []
    differing: list[Problem] = []
    for path in paths:
        reading = Reading(path.name)
        _read(path, reading, numbers)
        for where, report in reading.reports:
            before = kept.get(report.key)
            if before is not None:
                reading.set_aside(
                    where,
                    f"the same report is in {before[0]}",
                    "Leave one of them out: a measure is reported once by each mechanism.",
                )
                continue
            kept[report.key] = (f"{path.name}, {where}", report)
            used[path.name] = used.get(path.name, 0) + 1
            if report.differs:
                differing.append(
                    Problem(
                        path.name,
                        where,
                        f"states the rate {report.rate_reported:.4f}; its counts give "
                        f"{report.rate:.4f}, which is used",
                    )
                )
        used.setdefault(path.name, 0)
        problems += reading.problems
    reports = tuple(report for _, report in kept.values())
    return Outcome(reports, used, tuple(problems), tuple(differing))


def _numbers(measures: Path | None) -> dict[str, str]:
    """Quality numbers by the version-specific identifier of an electronic measure."""
    known = {row["uuid"]: row["measure"] for row in code_list("ecqm_versions")}
    if measures is None:
        return known
    with measures.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.DictReader(file)
        if not {"uuid", "measure"} <= set(lines.fieldnames or []):
            raise UsageError(
                f"'{measures}' lacks the columns uuid and measure.",
                remedy="Name a CSV file with these columns.",
                code="options",
            )
        return known | {line["uuid"].lower(): line["measure"] for line in lines}


def _read(path: Path, reading: Reading, numbers: Mapping[str, str]) -> None:
    kind = path.suffix.lower()
    if not path.is_file():
        reading.set_aside("file", "does not exist", "Name a file that is there.")
    elif kind == ".json":
        qpp.read(path, reading)
    elif kind == ".csv":
        plain.read(path, reading)
    elif kind == ".xml":
        _read_xml(path, reading, numbers)
    else:
        reading.set_aside("file", f"is of no kind that is known ('{kind}')", f"Give {_KINDS}.")


def _read_xml(path: Path, reading: Reading, numbers: Mapping[str, str]) -> None:
    # entities and the network stay untouched: files come from outside
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        document = etree.parse(str(path), parser)
    except etree.XMLSyntaxError as error:
        line = error.position[0]
        reading.set_aside(f"line {line}", "is not well-formed XML", "Export the file again.")
        return
    root = document.getroot().tag
    if root == qrda.ROOT:
        qrda.read(document, reading, numbers)
    elif root == pqrs.ROOT:
        pqrs.read(document, reading)
    else:
        reading.set_aside("root element", f"is {root}, which is no submission", f"Give {_KINDS}.")
