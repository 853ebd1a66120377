"""A folder of evidence: every file in it read, and held against the others."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from openp4p.audit.records.cells import is_month
from openp4p.audit.records.layout import FILES
from openp4p.audit.records.reading import Problems, Row, read_rows
from openp4p.audit.thresholds import count
from openp4p.errors import Problem, RecordsError
from openp4p.program.mistakes import did_you_mean

Rows = tuple[Row, ...]
_WHOLE = 100
MADE_UP = "# EXAMPLE"  # the first line of a file of the template


@dataclass(frozen=True)
class Records:
    """The records of a folder by kind; a kind that has no file is not there."""

    folder: str
    rows: Mapping[str, Rows]
    digest: str  # SHA-256 over the names and contents of the files
    made_up: tuple[str, ...] = ()  # files that are still marked as the template's example

    def has(self, *kinds: str) -> bool:
        """Whether there is a file of each kind."""
        return all(kind in self.rows for kind in kinds)

    def practices(self) -> Mapping[str, Row]:
        """The rows of practices.csv by practice."""
        return {row["practice"]: row for row in self.rows["practices"]}


def read_records(folder: Path) -> Records:
    """The records of a folder; `RecordsError` with every mistake in every file."""
    if not folder.is_dir():
        found = "is a file" if folder.exists() else "is not there"
        remedy = "`openp4p audit PROGRAM/YEAR --evidence-template FOLDER` writes an example."
        raise RecordsError(
            [Problem(str(folder), "the folder", found, "a folder of CSV files", remedy)],
            code="evidence-files",
        )
    problems = Problems()
    paths = _paths(folder, problems)
    rows = {kind: read_rows(path, FILES[kind], problems) for kind, path in paths.items()}
    if not problems.found:
        _hold_together(rows, problems)
    if problems.found:
        raise RecordsError(problems.whole(), code="evidence-files")
    made_up = tuple(path.name for path in paths.values() if _is_made_up(path))
    return Records(folder.name, rows, _digest(paths), made_up)


def _paths(folder: Path, problems: Problems) -> dict[str, Path]:
    """The files that are there, in the order in which they are declared; others are mistakes."""
    there = {path.name: path for path in sorted(folder.iterdir()) if path.name[0] not in ".~"}
    known = {layout.file: kind for kind, layout in FILES.items()}
    for name in there:
        if name.endswith(".csv") and name not in known:
            remedy = did_you_mean(name, known) or "Take the file out of the folder."
            problems.add(name, "the file", "is of no known kind", ", ".join(known), remedy)
    if not set(there) & set(known):
        found = "holds none of the files"
        problems.add(folder.name, "the folder", found, ", ".join(known))
    return {kind: there[name] for name, kind in known.items() if name in there}


def _is_made_up(path: Path) -> bool:
    return any(line.startswith(MADE_UP) for line in path.read_text("utf-8-sig").splitlines())


def _digest(paths: Mapping[str, Path]) -> str:
    parts = [
        f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in paths.values()
    ]
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()


def _hold_together(rows: Mapping[str, Rows], problems: Problems) -> None:
    """What a file says must fit what the others say."""
    for kind, held in rows.items():
        layout = FILES[kind]
        for other in layout.beside:
            if other not in rows:
                found = f"cannot be read without {FILES[other].file}"
                problems.add(layout.file, "the file", found, "both", f"Add {FILES[other].file}.")
        if not held and not layout.may_be_bare:
            problems.add(layout.file, "the file", "has no rows", "a row or more", "Or remove it.")
    if "practices" in rows:
        _practices_are_known(rows, problems)
        _periods_are_alike(rows, problems)
    if "evaluation" in rows and "outcomes" in rows:
        _outcomes_are_planned(rows, problems)
    _rows_make_sense(rows, problems)


def _practices_are_known(rows: Mapping[str, Rows], problems: Problems) -> None:
    known = {row["practice"] for row in rows["practices"]}
    for kind, held in rows.items():
        if kind == "practices" or "practice" not in (c.name for c in FILES[kind].columns):
            continue
        for row in held:
            if row["practice"] is not None and row["practice"] not in known:
                problems.of_row(
                    FILES[kind].file,
                    row.line,
                    "practice",
                    "is not in practices.csv",
                    "a practice of practices.csv",
                    "Add the practice there, or write its name as it stands there.",
                )


def _periods_are_alike(rows: Mapping[str, Rows], problems: Problems) -> None:
    """Years and months are not mixed, since nobody could say which comes first."""
    months: dict[str, bool] = {}  # of an outcome
    for row in rows.get("outcomes", ()):
        of = months.setdefault(row["outcome"], is_month(row["period"]))
        if of != is_month(row["period"]):
            allowed = "years, or months, for all of an outcome"
            problems.of_row(
                "outcomes.csv", row.line, "period", "is of the other kind than above", allowed
            )
    for row in rows["practices"]:
        first = row["first_period"]
        if first is not None and months and is_month(first) not in months.values():
            problems.of_row(
                "practices.csv",
                row.line,
                "first_period",
                "is a month and outcomes are of years" if is_month(first)
                else "is a year and outcomes are of months",
                "a period as in outcomes.csv",
            )  # fmt: skip


def _outcomes_are_planned(rows: Mapping[str, Rows], problems: Problems) -> None:
    planned = {row["outcome"]: row for row in rows["evaluation"]}
    held = Counter(row["outcome"] for row in rows["outcomes"])
    for row in rows["outcomes"]:
        if row["outcome"] not in planned:
            problems.of_row(
                "outcomes.csv",
                row.line,
                "outcome",
                "is not in evaluation.csv",
                "an outcome of evaluation.csv",
                "An outcome that was not planned is not judged: take its rows out, or plan it.",
            )
    for name, row in planned.items():
        if not held[name]:
            problems.of_row(
                "evaluation.csv",
                row.line,
                "outcome",
                "has no rows in outcomes.csv",
                "results of every planned outcome",
                "Add them: an outcome that was planned may not be left out.",
            )
    for row in rows["outcomes"]:
        of = planned.get(row["outcome"])
        if of is not None and of["measured_as"] == "percent" and not 0 <= row["value"] <= _WHOLE:
            problems.of_row("outcomes.csv", row.line, "value", "is no percent", "0 to 100")
    primary = [row for row in rows["evaluation"] if row["role"] == "primary"]
    most = count("improvement.most_primary_outcomes")
    if len(primary) > most:
        found = f"names {len(primary)} primary outcomes"
        problems.add("evaluation.csv", "column role", found, f"at most {most}")


def _rows_make_sense(rows: Mapping[str, Rows], problems: Problems) -> None:
    for kind, check in _CHECKS.items():
        for row, column, found, allowed in check(rows.get(kind, ())):
            problems.of_row(FILES[kind].file, row.line, column, found, allowed)


_Mistake = tuple[Row, str, str, str]


def _in_flows(rows: Rows) -> Iterator[_Mistake]:
    sides = Counter((row["practice"], row["group"]) for row in rows)
    intake: dict[str, bool] = {}
    for row in rows:
        if sides[row["practice"], row["group"]] != 2:
            allowed = "a row before and a row after, with zeros if there was nobody"
            yield row, "when", "stands without its other half", allowed
        known = row["complex_new"] is not None and row["others_new"] is not None
        if intake.setdefault(row["group"], known) != known:
            yield row, "complex_new", "is filled in some rows only", "all rows of a group, or none"


def _in_log(rows: Rows) -> Iterator[_Mistake]:
    for row in rows:
        if (row["minutes"] is None) != (row["dollars_per_hour"] is None):
            column = "minutes" if row["minutes"] is None else "dollars_per_hour"
            yield row, column, "is empty", "minutes and dollars_per_hour, or neither"
        elif row["minutes"] is None and row["invoice_dollars"] is None:
            yield row, "minutes", "has neither work nor an invoice beside it", "one of the two"


def _in_funds(rows: Rows) -> Iterator[_Mistake]:
    liabilities = [row for row in rows if row["entry"] == "largest_liability"]
    for row in liabilities[1:]:
        yield row, "entry", "is the second of its kind", "one largest_liability"
    for row in rows:
        if (row["entry"] == "bonus") != (row["practice"] is not None):
            yield (
                row,
                "practice",
                "does not go with the entry",
                "of a bonus its practice",
            )


_CHECKS = {"patient_flows": _in_flows, "reporting_log": _in_log, "funds": _in_funds}
