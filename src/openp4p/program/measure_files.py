"""The measures of a program: those computed from claims, the survey's, and the reported ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openp4p.errors import Problem
from openp4p.program.definition import Citation
from openp4p.program.files import Lines, read_list, read_yaml
from openp4p.program.mistakes import did_you_mean

_FILE = "measures.yaml"
_TOP = {"claims", "survey", "reported"}
SHARED = ("kind", "domain", "better", "unit", "form", "is_scored", "condition")
DATED = ("minimum_cases", "minimum_group_size")
_VALUE = {*DATED, "cite", "status", "note"}
_STATUSES = ("verified", "recalled", "default")
_COLUMNS = ("measure", "name", "domain", "better", "status")


@dataclass
class _Reader:
    """Reads the measures of one payment year, noting citations, places and mistakes."""

    year: int
    citations: dict[str, Citation]
    places: dict[str, tuple[str, int]]
    problems: list[Problem]

    def problem(self, where: str, *said: str) -> None:
        line = self.places.get(f"measures.{where.split('.', maxsplit=1)[0]}", ("", 0))[1]
        self.problems.append(Problem(_FILE, f"line {line}: {where}" if line else where, *said))

    def part(self, said: Lines, name: str) -> Lines:
        """A part of the file, empty when it is left out or is no mapping."""
        part = said.get(name)
        if part is not None and not isinstance(part, Lines):
            self.problem(name, "is not a mapping")
        return part if isinstance(part, Lines) else Lines()

    def value(self, where: str, entry: Lines) -> tuple[int, Lines] | None:
        """What holds in the payment year and since when; nothing when the measure starts later."""
        for key in sorted(map(str, set(entry) - {*SHARED, "name", "values", "measures"})):
            allowed = ", ".join(("name", *SHARED, "values"))
            self.problem(f"{where}.{key}", "unknown key", allowed, did_you_mean(key, SHARED))
        return self._dated(where, entry.get("values"))

    def made(
        self, id_: str, entry: Mapping[str, Any], source: str, since: int, dated: Lines
    ) -> dict[str, Any]:
        """One measure as plain values, its citation noted."""
        status = entry.get("status", dated.get("status"))
        self.citations[f"measures.{id_}"] = Citation(
            source=str(dated.get("cite", "")),
            status=status if status in _STATUSES else "default",
            note=str(dated.get("note", "")),
            since=since,
        )
        return {
            "id": id_,
            "name": entry.get("name"),
            "source": source,
            **{key: entry[key] for key in SHARED if key in entry},
            **{key: dated[key] for key in DATED if key in dated},
        }

    def _dated(self, id_: str, values: Any) -> tuple[int, Lines] | None:  # noqa: ANN401
        if not isinstance(values, Lines) or not values:
            self.problem(id_, "has no values by payment year")
            return None
        for since, said in values.items():
            where = f"{id_}.values.{since}"
            if not isinstance(since, int):
                self.problem(where, f"'{since}' is not a payment year", "a year such as 2017")
            if not isinstance(said, Lines):
                self.problem(where, "is not a mapping with minimum_cases, cite and status")
                continue
            for key in sorted({"cite", "status", "minimum_cases"} - set(said)):
                self.problem(where, f"has no '{key}'")
            for key in sorted(map(str, set(said) - _VALUE)):
                hint = did_you_mean(key, _VALUE)
                self.problem(f"{where}.{key}", "unknown key", ", ".join(sorted(_VALUE)), hint)
            if "status" in said and said["status"] not in _STATUSES:
                self.problem(where, f"status '{said['status']}' is unknown", ", ".join(_STATUSES))
            if "cite" in said and not str(said["cite"] or "").strip():
                self.problem(where, "the citation is empty")
        holding = [since for since in values if isinstance(since, int) and since <= self.year]
        found = values[max(holding)] if holding else None
        return (max(holding), found) if isinstance(found, Lines) else None


def measure_rules(
    folder: Path,
    year: int,
    citations: dict[str, Citation],
    places: dict[str, tuple[str, int]],
    problems: list[Problem],
) -> list[dict[str, Any]]:
    """Every measure of the payment year, as plain values; its citation goes to the mapping."""
    said = read_yaml(folder / _FILE, problems)
    reader = _Reader(year, citations, places, problems)
    for key in sorted(set(map(str, said)) - _TOP):
        reader.problem(key, "unknown key", ", ".join(sorted(_TOP)), did_you_mean(key, _TOP))
    claims, survey = reader.part(said, "claims"), reader.part(said, "survey")
    reported, named = reader.part(said, "reported"), reader.part(survey, "measures")
    for part in (claims, named):
        places.update({f"measures.{id_}": (_FILE, line) for id_, line in part.line.items()})
    made = []
    for id_, entry in claims.items():
        if not isinstance(entry, Lines):
            reader.problem(str(id_), "is not a mapping with name, kind, domain and values")
        elif held := reader.value(str(id_), entry):
            made.append(reader.made(str(id_), entry, "claims", *held))
    if survey and (held := reader.value("survey", survey)):
        for id_, name in named.items():
            made.append(reader.made(str(id_), {**survey, "name": name}, "survey", *held))
    if reported and (held := reader.value("reported", reported)):
        for row in read_list(folder / "pqrs_measures.csv", _COLUMNS, problems):
            places[f"measures.{row['measure']}"] = ("pqrs_measures.csv", 0)
            entry = {**reported, **{key: row[key] for key in _COLUMNS[1:]}}
            made.append(reader.made(row["measure"], entry, "reported", *held))
    return made
