"""A CSV file that a practice can fill in by hand: one line a measure."""

from __future__ import annotations

import csv
from pathlib import Path

from openp4p.claims.submissions.model import Reading, Report

NEEDED = ("tin", "performance_year", "mechanism", "measure_id", "eligible", "met")
OTHERS = ("npi", "stratum", "exclusions", "exceptions", "not_met")
MECHANISMS = (
    "claims", "registry", "qcdr", "ehr", "gpro_web_interface", "administrative_claims",
)  # fmt: skip
_COUNTS = ("performance_year", "eligible", "exclusions", "exceptions", "met", "not_met")


def read(path: Path, reading: Reading) -> None:
    """Every line of the file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.DictReader(file)
        missing = [name for name in NEEDED if name not in (lines.fieldnames or [])]
        if missing:
            reading.set_aside(
                "header",
                f"lacks {', '.join(missing)}",
                f"The first line names the columns: {', '.join(NEEDED)}; if wanted, "
                f"{', '.join(OTHERS)}.",
            )
            return
        for place, line in enumerate(lines, start=2):
            _take(f"line {place}", {k: (v or "").strip() for k, v in line.items() if k}, reading)


def _take(where: str, line: dict[str, str], reading: Reading) -> None:
    empty = [name for name in NEEDED if not line.get(name)]
    wrong = [name for name in _COUNTS if line.get(name) and not line[name].isdigit()]
    if empty or wrong:
        said = [f"{name} is empty" for name in empty]
        said += [f"{name} is no whole number" for name in wrong]
        reading.set_aside(where, "; ".join(said), "Correct the line.")
        return
    if line["mechanism"] not in MECHANISMS:
        reading.set_aside(
            where, f"the mechanism is '{line['mechanism']}'", f"Known are {', '.join(MECHANISMS)}."
        )
        return
    number = line["measure_id"]
    reading.add(
        where,
        Report(
            tin=line["tin"],
            npi=line.get("npi") or None,
            entity_id=None,
            performance_year=int(line["performance_year"]),
            mechanism=line["mechanism"],
            measure=number.zfill(3) if number.isdigit() else number,
            stratum=line.get("stratum") or None,
            eligible=int(line["eligible"]),
            exclusions=int(line.get("exclusions") or 0),
            exceptions=int(line.get("exceptions") or 0),
            met=int(line["met"]),
            not_met=int(line["not_met"]) if line.get("not_met") else None,
            rate_reported=None,
        ),
    )
