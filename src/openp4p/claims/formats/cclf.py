"""CMS Claim and Claim Line Feed (CCLF), the monthly files of accountable care organisations.

Fixed-width members of a zip package, the same files unpacked, or tables with the fields' names as
header. Source: CMS, CCLF Information Packet, version 38.0 (2024-02-02).
"""

from __future__ import annotations

from collections.abc import Iterable

from openp4p.claims.formats.cclf_claims import claims
from openp4p.claims.formats.cclf_files import KINDS, NAME, SUMMARY, kind_of, opened
from openp4p.claims.formats.cclf_people import identify, people
from openp4p.claims.formats.parts import Reading
from openp4p.claims.formats.workbench import SourceFile, Workbench

__all__ = ["FILES", "KINDS", "NAME", "kind_of", "opened", "read"]

# where each table that a run needs comes from
FILES = {
    "beneficiary": "CCLF8",
    "enrollment_month": "CCLF8",
    "claim": "CCLF1 and CCLF5",
    "claim_line": "CCLF5",
}


def read(files: Iterable[SourceFile], bench: Workbench) -> Reading:
    """The canonical parts of CCLF files, of one delivery or many."""
    reading = Reading(adjustments_replace=False)
    listed = list(files)
    identify(bench, listed)
    people(reading, bench, listed)
    claims(reading, bench, listed)
    for file in listed:
        if file.kind == SUMMARY:
            _compare_counts(reading, bench, file, listed)
        file.consulted = file.consulted or file.kind in (SUMMARY, "B")
    reading.note(
        "cclf_omits",
        "The feed leaves out people who do not want their data shared, and claims on substance "
        "use: costs are understated.",
    )
    if not any(file.kind == "A" for file in listed):
        reading.note(
            "allowed_from_paid",
            "Without CCLFA nothing says what people owed for hospital and other institutional "
            "claims: their allowed amount is what Medicare paid.",
        )
    return reading


def _compare_counts(
    reading: Reading, bench: Workbench, summary: SourceFile, files: list[SourceFile]
) -> None:
    """A note on each file of which the package holds other numbers of rows than its CCLF0 says."""
    said = bench.run(
        'SELECT upper("FILE NUMBER"), try_cast("TOTAL RECORDS COUNT" AS BIGINT) '
        f"FROM {summary.view}"
    )
    beside = summary.name.rpartition("/")[0]
    for number, rows in said:
        kind = str(number).removeprefix("CCLF")
        held = [f for f in files if f.kind == kind and f.name.rpartition("/")[0] == beside]
        found = sum(file.rows_read for file in held)
        if held and len(_summaries(files, beside)) == 1 and found != rows:
            reading.note(
                "cclf_counts",
                f"{summary.name} says {number} has {rows:,} rows; {found:,} were read."
                if isinstance(rows, int)
                else f"{summary.name} does not say how many rows {number} has.",
            )


def _summaries(files: list[SourceFile], beside: str) -> list[SourceFile]:
    return [f for f in files if f.kind == SUMMARY and f.name.rpartition("/")[0] == beside]
