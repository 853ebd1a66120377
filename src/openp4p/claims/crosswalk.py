"""Regrouping billing numbers: which practice a line belongs to for the analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openp4p.claims.formats.workbench import Workbench
from openp4p.errors import Problem

if TYPE_CHECKING:
    from openp4p.claims.settlement import Settled

_MOST_LISTED = 10
_EARLIEST, _LATEST = "DATE '1000-01-01'", "DATE '9999-12-31'"
_KINDS = (
    (
        "pair",
        "raw_tin IS NOT NULL AND npi IS NOT NULL",
        "pair.raw_tin = l.tin AND pair.npi = l.npi",
    ),
    ("whole", "raw_tin IS NOT NULL AND npi IS NULL", "whole.raw_tin = l.tin"),
    (
        "person",
        "raw_tin IS NULL AND npi IS NOT NULL",
        # a hospital's line has a professional on it and belongs to no practice
        "person.npi = l.npi AND (l.tin IS NOT NULL OR l.claim_class IN ('PART_B', 'DME'))",
    ),
)


def regrouped(bench: Workbench, settled: dict[str, Settled]) -> str:
    """The lines with the practice of the crosswalk and a roster's specialty; empty for neither.

    The entry for TIN and professional wins over that for the TIN, and that over the professional's.
    `billed_tin` keeps the number on the claim. A specialty that the line states stays.
    """
    lines = rows = settled["claim_line"].accepted
    if "tin_crosswalk" in settled:
        rows = (
            f"(SELECT l.* REPLACE (coalesce({_CHOSEN}, l.tin) AS tin, "
            "coalesce(l.billed_tin, l.tin) AS billed_tin) "
            f"FROM {rows} l{_joins(settled)})"
        )
    if "provider_enrollment" in settled and bench.one(
        f"SELECT count(*) FROM {lines} WHERE specialty IS NULL AND claim_class = 'PART_B'"
    ):
        roster = settled["provider_enrollment"].accepted
        rows = (
            f"(SELECT l.* REPLACE (coalesce(l.specialty, r.code) AS specialty) FROM {rows} l "
            f"LEFT JOIN (SELECT tin, npi, min(specialty_primary) AS code FROM {roster} "
            "GROUP BY ALL) r ON r.tin = l.tin AND r.npi = l.npi)"
        )
    return "" if rows == lines else rows


_CHOSEN = "coalesce(pair.analysis_tin, whole.analysis_tin, person.analysis_tin)"


def _joins(settled: dict[str, Settled]) -> str:
    entries = settled["tin_crosswalk"].accepted
    return "".join(
        f" LEFT JOIN (SELECT * FROM {entries} WHERE {kind}) {name} ON {match} AND "
        f"l.from_date BETWEEN coalesce({name}.valid_from, {_EARLIEST}) "
        f"AND coalesce({name}.valid_to, {_LATEST})"
        for name, kind, match in _KINDS
    )


def crosswalk_problems(bench: Workbench, settled: dict[str, Settled]) -> list[Problem]:
    """A crosswalk that would give a line two practices, or that regroups no line at all."""
    if "tin_crosswalk" not in settled:
        return []
    problems = _overlapping(bench, settled)
    if problems or "claim_line" not in settled:
        return problems
    matched = bench.one(
        f"SELECT count(*) FROM (SELECT 1 FROM {settled['claim_line'].accepted} l{_joins(settled)} "
        f"WHERE {_CHOSEN} IS NOT NULL LIMIT 1)"
    )
    if matched:
        return []
    one = settled["tin_crosswalk"]
    return [
        Problem(
            ", ".join(sorted({part.file.name for part in one.parts})),
            "raw_tin, npi",
            "no line of the claims has a billing number or professional of the crosswalk",
            "TINs or NPIs as they stand on the claims, within valid_from and valid_to",
            "Compare them with the claims; spreadsheets drop leading zeros.",
        )
    ]


def _overlapping(bench: Workbench, settled: dict[str, Settled]) -> list[Problem]:
    one = settled["tin_crosswalk"]
    entries = f"(SELECT * FROM {one.typed} WHERE _rule IS NULL)"
    overlapping = bench.run(
        f"SELECT a._file, a._row, b._row FROM {entries} a JOIN {entries} b ON "
        "a.raw_tin IS NOT DISTINCT FROM b.raw_tin AND a.npi IS NOT DISTINCT FROM b.npi "
        "AND (a._file, a._row) < (b._file, b._row) "
        # the same entry twice is a duplicate and does no harm
        "AND (a.analysis_tin, a.valid_from, a.valid_to) IS DISTINCT FROM "
        "(b.analysis_tin, b.valid_from, b.valid_to) "
        f"AND coalesce(a.valid_from, {_EARLIEST}) <= coalesce(b.valid_to, {_LATEST}) "
        f"AND coalesce(b.valid_from, {_EARLIEST}) <= coalesce(a.valid_to, {_LATEST}) "
        f"ORDER BY ALL LIMIT {_MOST_LISTED}"
    )
    return [
        Problem(
            str(file),
            f"rows {first} and {second}",
            "both hold for the same billing number or professional on the same days",
            "one entry for each billing number or professional and day",
            "Leave one out, or set valid_from and valid_to so that the periods do not overlap.",
        )
        for file, first, second in overlapping
    ]
