"""Which kinds of practices a comparison tells apart, as the run knows them before any change."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from openp4p.errors import UsageError
from openp4p.practice_facts import QUARTILES, SIZE_BANDS, practice_facts
from openp4p.results import Run

NOT_SUBJECT = "not subject to the program"
UNKNOWN = "unknown"
SIZE, SPECIALTY, RISK, DUAL, RURALITY = (
    "size", "specialty", "patients' risk", "dual share", "rurality",
)  # fmt: skip
_QUARTERS = {RISK: "mean_risk", DUAL: "dual_share"}


@dataclass(frozen=True)
class Groups:
    """Of each kind, the group of every practice; `lacking` says what cannot be told, and why."""

    of: Mapping[str, Mapping[str, str]]  # kind -> tin -> group
    order: Mapping[str, Sequence[str]]
    lacking: Mapping[str, str]

    def group(self, kind: str, tin: str) -> str:
        """The group of a practice; practices outside the program are one group."""
        return self.of[kind].get(tin, NOT_SUBJECT)


def groups_of(run: Run, listed: Path | None = None) -> Groups:
    """Size, specialty, quarters of patients' risk and of dual shares, and what a file adds.

    The groups are those of the run, so that the same practices are compared under every variant.
    """
    facts = practice_facts(run)
    tins = [str(tin) for tin in facts.table["tin"]]
    found: dict[str, dict[str, str]] = {
        SIZE: _by_tin(tins, facts.size_band),
        SPECIALTY: _by_tin(tins, facts.specialty),
    }
    order: dict[str, Sequence[str]] = {
        SIZE: SIZE_BANDS,
        SPECIALTY: sorted(set(found[SPECIALTY].values())),
    }
    lacking = {}
    for kind, column in _QUARTERS.items():
        if np.isfinite(facts.table[column]).any():
            found[kind], order[kind] = _by_tin(tins, facts.quartile(column)), QUARTILES
        else:
            lacking[kind] = "no attributed patient of this run has one"
    for kind, by_tin in ({} if listed is None else read_groups(listed)).items():
        found[kind] = _by_tin(tins, [by_tin.get(tin) for tin in tins])
        order[kind] = sorted(set(found[kind].values()) - {UNKNOWN})
    if RURALITY not in found:
        lacking[RURALITY] = (
            "claims hold no rural codes of practices: give them with --practices FILE, "
            "a CSV with the columns tin and rurality"
        )
    return Groups(found, {k: [*named, UNKNOWN, NOT_SUBJECT] for k, named in order.items()}, lacking)


def read_groups(file: Path) -> dict[str, dict[str, str]]:
    """Kinds of practices from a CSV: the column tin, and one column for each kind."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = list(csv.DictReader(opened))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(
            f"The file '{file}' cannot be read as CSV ({type(error).__name__}).",
            remedy="Name a CSV file with the column tin and one column for each kind.",
            code="practices-file",
        ) from error
    kinds = [name for name in (rows[0] if rows else {}) if name and name != "tin"]
    mistakes = []
    if not rows or "tin" not in rows[0] or not kinds:
        mistakes.append("it needs the column tin and another one, and at least one row")
    else:
        tins = [row["tin"] for row in rows]
        mistakes += [
            f"tin {tin or '(blank)'} is there {tins.count(tin)} times"
            for tin in sorted({t for t in tins if not t or tins.count(t) > 1})
        ]
    if mistakes:
        raise UsageError(
            f"The file '{file}' cannot be used: {'; '.join(mistakes)}.",
            remedy="Give each practice one row.",
            code="practices-file",
        )
    return {kind: {row["tin"]: row[kind] or UNKNOWN for row in rows} for kind in kinds}


def _by_tin(tins: Sequence[str], groups: Sequence[str | None]) -> dict[str, str]:
    return {tin: group or UNKNOWN for tin, group in zip(tins, groups, strict=True)}
