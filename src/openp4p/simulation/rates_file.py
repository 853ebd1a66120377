"""A hand-filled file of a practice's rates, read with every mistake in it found at once."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from openp4p.errors import Problem, RatesError
from openp4p.program.definition import MeasureRule, Program
from openp4p.program.mistakes import did_you_mean
from openp4p.simulation.rates import (
    KINDS,
    Line,
    Reporting,
    Sheet,
    is_subject,
    reason_not_scored,
    rule_of,
    size_class_of,
)
from openp4p.simulation.rates_line import line_of
from openp4p.simulation.rates_rows import COLUMNS, EXAMPLE, MECHANISMS, NUMBERS, facts, measures

_YES, _NO = ("yes", "true", "y", "1"), ("no", "false", "n", "0")
_MOST = 10**12
_NEEDED = ("row", "value", "cases", "met")


@dataclass
class Problems:
    """The mistakes found so far in one file."""

    file: str
    found: list[Problem] = field(default_factory=list)

    def add(self, where: str, what: str, allowed: str = "", remedy: str = "") -> None:
        """One more mistake."""
        self.found.append(Problem(self.file, where, what, allowed, remedy))


@dataclass
class Filled:
    """One row: what it is of, where it stands, and its cells."""

    name: str
    number: int
    text: Mapping[str, str]
    cells: dict[str, Decimal] = field(default_factory=dict)

    def where(self, column: str = "") -> str:
        """Its place in words."""
        return f"row {self.number} ({self.name})" + (f", column {column}" if column else "")


def read_rates(path: Path, program: Program) -> Sheet:
    """The practice that a rates file describes; `RatesError` with every mistake in the file."""
    problems = Problems(path.name)
    rows = list(_rows(path, problems))
    known = {**facts(program), **dict.fromkeys(measures(program))}
    held: dict[str, Filled] = {}
    for row in rows:
        if row.name not in known:
            hint = did_you_mean(row.name, known)
            rule = "a row of the template: a fact of the practice or a measure of the year"
            problems.add(row.where("row"), "nothing is called that", rule, hint)
        elif row.name in held:
            first = held[row.name].number
            problems.add(
                row.where(),
                f"stands in row {first} already",
                "each row once",
                "Keep one of the two.",
            )
        else:
            held[row.name] = row
    for row in held.values():
        _numbers(row, problems)
    sheet = _sheet(program, held, problems) if held or not problems.found else None
    if problems.found or sheet is None:
        raise RatesError(sorted(problems.found, key=_place), code="rates-file")
    return sheet


def _place(problem: Problem) -> int:
    """The row of a problem, so that they are told from the top of the file down."""
    found = re.match(r"row (\d+)", problem.where)
    return int(found[1]) if found else 0


def _rows(path: Path, problems: Problems) -> Iterator[Filled]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        remedy = "`openp4p prepare PROGRAM/YEAR --template FILE` writes one to edit."
        problems.add("the file", "is not there", "", remedy)
        return
    except (OSError, UnicodeDecodeError):
        problems.add(
            "the file",
            "cannot be read as text",
            "CSV in UTF-8",
            "Save it as `CSV UTF-8` from the spreadsheet.",
        )
        return
    kept = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip().strip(",") and not line.lstrip('" ').startswith("#")
    ]
    header = next(csv.reader([kept[0][1]]), []) if kept else []
    header = [name.strip().lower() for name in header]
    if not _has_columns(header, problems):
        return
    for number, line in kept[1:]:
        cells = [cell.strip() for cell in next(csv.reader([line]))]
        if len(cells) > len(header) and any(cells[len(header) :]):
            problems.add(
                f"row {number}",
                f"has {len(cells)} cells",
                f"{len(header)} columns",
                "Put a text with a comma in double quotes; write numbers without commas.",
            )
        texts = dict(zip(header, cells, strict=False))
        if texts.get("row"):
            yield Filled(texts["row"], number, texts)
        elif any(texts.get(column) for column in NUMBERS):
            problems.add(
                f"row {number}, column row",
                "is empty",
                "the name of a row",
                "Say what the numbers are of, or delete the row.",
            )


def _has_columns(header: list[str], problems: Problems) -> bool:
    lacking = [name for name in _NEEDED if name not in header]
    if lacking:
        semicolons = len(header) == 1 and ";" in header[0]
        remedy = (
            "Separate columns by commas, not by semicolons."
            if semicolons
            else ("Keep the first line of the template as it is.")
        )
        problems.add(
            "the header", f"has no column {', '.join(lacking)}", ", ".join(COLUMNS), remedy
        )
    for name in header:
        if name and name not in COLUMNS and not lacking:
            problems.add(
                "the header",
                f"column '{name}' is unknown",
                ", ".join(COLUMNS),
                did_you_mean(name, COLUMNS),
            )
    return not lacking


def _numbers(row: Filled, problems: Problems) -> None:
    """The numbers of a row; words stay words."""
    for column in NUMBERS:
        text = row.text.get(column, "")
        if not text or _is_word(text, row, column):
            continue
        try:
            number = Decimal(text)
            if not number.is_finite():
                raise InvalidOperation
        except InvalidOperation:
            remedy = "Write it as 1234.5, without $, % or commas."
            if text.endswith("%"):
                remedy = "Write a share as a fraction (0.775), a percent as its number (15.2)."
            problems.add(row.where(column), f"'{text}' is not a number", "a number", remedy)
            continue
        if abs(number) > _MOST:
            problems.add(row.where(column), f"{text} is more than can be", f"at most {_MOST:,}")
            continue
        if number < 0 and not (row.name.endswith("_peers") and column == "benchmark_mean"):
            problems.add(row.where(column), f"{text} is below zero", "0 or more")
            continue
        row.cells[column] = number


def _is_word(text: str, row: Filled, column: str) -> bool:
    words = ("mechanism", "group_reported", "elects_administrative_claims")
    return column == "value" and row.name in (*words, "elects_quality_tiering") and bool(text)


def _sheet(program: Program, held: Mapping[str, Filled], problems: Problems) -> Sheet:
    told = _Facts(program, held, problems)
    size, physicians = told.whole("size") or 0, told.whole("physicians")
    if physicians is not None and physicians > size and size:
        problems.add(
            held["physicians"].where("value"),
            f"{physicians} physicians",
            f"at most the size, {size}",
            "Count physicians among the professionals.",
        )
    lines = []
    for name, row in held.items():
        rule = rule_of(program, name) if name not in facts(program) else None
        if rule is not None:
            line = line_of(name, rule, row, problems)
            if line is not None:
                lines.append(replace(line, reason=reason_not_scored(line, size)))
    peers = told.peers(lines)
    reporting = Reporting(
        group_reported=told.yes("group_reported"),
        professionals=size,
        satisfactory=told.whole("professionals_reporting") or 0,
        mechanism=told.mechanism(),
        elects_quality_tiering=told.yes("elects_quality_tiering"),
        elects_administrative_claims=told.yes("elects_administrative_claims"),
    )
    if reporting.satisfactory > size and size:
        row = held["professionals_reporting"]
        problems.add(
            row.where("value"),
            f"{reporting.satisfactory} professionals",
            f"at most the size, {size}",
            "Count those among the eligible professionals.",
        )
    return Sheet(
        program=program,
        size=size,
        physicians=physicians,
        paid_amount=told.number("paid_amount") or Decimal(0),
        factor=told.factor(),
        lines=tuple(lines),
        peers=peers,
        reporting=reporting,
        risk=told.risk(),
        is_subject=is_subject(program, size, physicians),
        size_class=size_class_of(program, size, physicians),
        notes=tuple(_notes(lines)),
    )


def _notes(lines: list[Line]) -> Iterator[str]:
    made_up = [line.measure for line in lines if line.is_scored and line.source == EXAMPLE]
    if made_up:
        yield (
            f"The benchmarks of {', '.join(made_up)} are examples made up for the template, not "
            "those of the year: put the published ones in their place before you rely on this."
        )


@dataclass
class _Facts:
    """The rows about the practice, each checked as it is read."""

    program: Program
    held: Mapping[str, Filled]
    problems: Problems

    def number(self, name: str) -> Decimal | None:
        row, fact = self.held.get(name), facts(self.program).get(name)
        found = None if row is None else row.cells.get("value")
        said = row is not None and bool(row.text.get("value"))
        if fact is not None and fact.is_needed and not said:
            where = row.where("value") if row else f"row {name}"
            self.problems.add(where, "is missing", fact.about, "Fill the column value.")
        return found

    def whole(self, name: str) -> int | None:
        found = self.number(name)
        if found is not None and (found != int(found) or (name == "size" and found < 1)):
            allowed = "a whole number" + (", 1 or more" if name == "size" else "")
            self.problems.add(self.held[name].where("value"), f"{found} is none", allowed)
            return None
        return None if found is None else int(found)

    def yes(self, name: str) -> bool:
        row, fact = self.held.get(name), facts(self.program).get(name)
        text = "" if row is None else row.text.get("value", "").lower()
        if fact is not None and text not in (*_YES, *_NO) and (text or fact.is_needed):
            where = row.where("value") if row else f"row {name}"
            found = f"'{text}' is neither" if text else "is missing"
            self.problems.add(where, found, "yes or no", fact.about[:1].upper() + fact.about[1:])
        return text in _YES

    def mechanism(self) -> str | None:
        row = self.held.get("mechanism")
        text = "" if row is None else row.text.get("value", "").lower()
        if text and text not in MECHANISMS and row is not None:
            hint = did_you_mean(text, MECHANISMS)
            allowed = ", ".join(MECHANISMS)
            self.problems.add(row.where("value"), f"'{text}' is unknown", allowed, hint)
        return text or None

    def factor(self) -> Decimal:
        found = self.number("factor")
        if found is not None:
            if found > 1:
                self.problems.add(
                    self.held["factor"].where("value"),
                    f"{found} is above 1",
                    "a fraction",
                    "Write 15.48% as 0.1548.",
                )
            return found
        published = self.program.payment.published_factor
        return Decimal(str(published)) if published is not None else Decimal(0)

    def risk(self) -> tuple[float, float] | None:
        both = [self.number(name) for name in ("mean_risk_score", "risk_score_threshold")]
        if both[0] is None or both[1] is None:
            for name, other, value in zip(
                ("mean_risk_score", "risk_score_threshold"),
                ("risk_score_threshold", "mean_risk_score"),
                both,
                strict=True,
            ):
                if value is not None:
                    self.problems.add(
                        self.held[name].where("value"),
                        f"has no {other} beside it",
                        "both or neither",
                        f"Fill the row {other} too.",
                    )
            return None
        return float(both[0]), float(both[1])

    def peers(self, lines: list[Line]) -> dict[str, tuple[float, float]]:
        found = {}
        for kind in KINDS:
            row, name = self.held.get(f"{kind}_peers"), f"{kind}_peers"
            mean = None if row is None else row.cells.get("benchmark_mean")
            deviation = None if row is None else row.cells.get("benchmark_sd")
            scored = any(line.rule.kind == kind and line.is_scored for line in lines)
            if mean is not None and deviation is not None:
                found[kind] = (float(mean), float(deviation))
            elif scored or mean is not None or deviation is not None:
                where = row.where() if row else f"row {name}"
                self.problems.add(
                    where,
                    "benchmark_mean or benchmark_sd is missing",
                    "mean and SD of the raw composites of your peers",
                    f"A {kind} composite is compared with them: fill both, or empty the {kind} "
                    "measures.",
                )
        return found


__all__ = ["Filled", "MeasureRule", "Problems", "read_rates"]
