"""The measures of a program: those computed from claims, the survey's, and the reported ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openp4p.errors import Problem
from openp4p.program.definition import Citation
from openp4p.program.files import Lines, read_list, read_yaml

_SHARED = ("kind", "domain", "better", "unit", "form", "is_scored")
_DATED = ("minimum_cases", "minimum_group_size")


def measure_rules(
    folder: Path, year: int, citations: dict[str, Citation], problems: list[Problem]
) -> list[dict[str, Any]]:
    """Every measure of the payment year, as plain values; its citation goes to the mapping."""
    said = read_yaml(folder / "measures.yaml", problems)
    made = []
    for id_, entry in (said.get("claims") or {}).items():
        made += _made(id_, entry, "claims", year, citations, problems)
    survey = said.get("survey") or Lines()
    for id_, name in (survey.get("measures") or {}).items():
        made += _made(id_, {**survey, "name": name}, "survey", year, citations, problems)
    reported = said.get("reported") or Lines()
    rows = read_list(
        folder / "pqrs_measures.csv", ("measure", "name", "domain", "better", "status"), problems
    )
    for row in rows:
        entry = {**reported, **{k: row[k] for k in ("name", "domain", "better")}}
        made += _made(row["measure"], entry, "reported", year, citations, problems, row["status"])
    return made


def _made(
    id_: str,
    entry: dict[str, Any],
    source: str,
    year: int,
    citations: dict[str, Citation],
    problems: list[Problem],
    status: str | None = None,
) -> list[dict[str, Any]]:
    values = entry.get("values") or {}
    holding = [since for since in values if isinstance(since, int) and since <= year]
    if not values:
        problems.append(Problem("measures.yaml", id_, "has no values by payment year"))
    if not holding:
        return []  # the measure starts later
    dated = values[max(holding)]
    for key in ("cite", "status", "minimum_cases"):
        if key not in dated:
            problems.append(
                Problem("measures.yaml", f"{id_}.values.{max(holding)}", f"has no '{key}'")
            )
    citations[f"measures.{id_}"] = Citation(
        source=str(dated.get("cite", "")),
        status=status or dated.get("status", "default"),
        note=str(dated.get("note", "")),
        since=max(holding),
    )
    unknown = set(entry) - {*_SHARED, "name", "values", "measures"}
    for key in sorted(unknown):
        problems.append(Problem("measures.yaml", f"{id_}.{key}", "unknown key", ", ".join(_SHARED)))
    return [
        {
            "id": id_,
            "name": entry.get("name"),
            "source": source,
            **{key: entry[key] for key in _SHARED if key in entry},
            **{key: dated[key] for key in _DATED if key in dated},
        }
    ]
