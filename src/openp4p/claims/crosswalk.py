"""Regrouping billing numbers: which practice a line belongs to for the analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openp4p.claims.formats.workbench import Workbench
from openp4p.errors import Problem

if TYPE_CHECKING:
    from openp4p.claims.settlement import Settled

_MOST_LISTED = 10


def crosswalked(
    rows: str, settled: dict[str, Settled], with_crosswalk: bool, with_roster: bool
) -> str:
    """The lines with the practice of the crosswalk, and a roster's specialty where they state none.

    The entry for TIN and professional wins over that for the TIN, and that over the professional's.
    `billed_tin` keeps the number on the claim.
    """
    if with_crosswalk:
        entries = settled["tin_crosswalk"].accepted
        kinds = (
            (
                "both",
                "x.raw_tin IS NOT NULL AND x.npi IS NOT NULL",
                "x.raw_tin = l.tin AND x.npi = l.npi",
            ),
            ("whole", "x.raw_tin IS NOT NULL AND x.npi IS NULL", "x.raw_tin = l.tin"),
            ("person", "x.raw_tin IS NULL AND x.npi IS NOT NULL", "x.npi = l.npi"),
        )
        joins = "".join(
            f" LEFT JOIN (SELECT * FROM {entries} x WHERE {kind}) {name} ON "
            f"{match.replace('x.', name + '.')} AND "
            f"l.from_date BETWEEN coalesce({name}.valid_from, DATE '1000-01-01') "
            f"AND coalesce({name}.valid_to, DATE '9999-12-31')"
            for name, kind, match in kinds
        )
        chosen = "coalesce(both.analysis_tin, whole.analysis_tin, person.analysis_tin, l.tin)"
        rows = f"(SELECT l.* REPLACE ({chosen} AS tin, l.tin AS billed_tin) FROM {rows} l{joins})"
    if with_roster:
        roster = settled["provider_enrollment"].accepted
        rows = (
            f"(SELECT l.* REPLACE (coalesce(l.specialty, r.code) AS specialty) FROM {rows} l "
            f"LEFT JOIN (SELECT tin, npi, min(specialty_primary) AS code FROM {roster} "
            "GROUP BY ALL) r ON r.tin = l.tin AND r.npi = l.npi)"
        )
    return rows


def crosswalk_problems(bench: Workbench, settled: dict[str, Settled]) -> list[Problem]:
    """Entries of the crosswalk whose periods overlap, so that a line would have two practices."""
    if "tin_crosswalk" not in settled:
        return []
    one = settled["tin_crosswalk"]
    overlapping = bench.run(
        f"SELECT a._file, a._row, b._row FROM {one.accepted} a JOIN {one.accepted} b ON "
        "a.raw_tin IS NOT DISTINCT FROM b.raw_tin AND a.npi IS NOT DISTINCT FROM b.npi "
        "AND (a._file, a._row) < (b._file, b._row) "
        "AND coalesce(a.valid_from, DATE '1000-01-01') <= coalesce(b.valid_to, DATE '9999-12-31') "
        "AND coalesce(b.valid_from, DATE '1000-01-01') <= coalesce(a.valid_to, DATE '9999-12-31') "
        f"ORDER BY ALL LIMIT {_MOST_LISTED}"
    )
    return [
        Problem(
            str(file),
            f"rows {first} and {second}",
            "give the same billing number two practices for the same days",
            "one practice for each billing number and day",
            "Set valid_from and valid_to so that the periods do not overlap.",
        )
        for file, first, second in overlapping
    ]
