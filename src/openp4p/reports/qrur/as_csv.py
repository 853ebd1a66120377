"""A report as CSV, one line a number, and the dictionary that says what each column means."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from openp4p.reports.qrur.model import Exhibit, ExhibitRule, Report
from openp4p.reports.qrur.shown import SUPPRESSED, WITHHELD
from openp4p.spreadsheets import harmless

COLUMNS = ("tin", "exhibit", "row", "item", "column", "value", "unit", "shown")
DICTIONARY = ("exhibit", "title", "part", "column", "heading", "kind", "meaning", "better", "about")
_FIRST_PAGE = "ANSWERS"


def csv_text(report: Report) -> str:
    """Every answer and every number of the report; `value` is exact, `shown` as on the page."""
    lines: list[Sequence[str]] = [
        (report.tin, _FIRST_PAGE, str(place), answer.id, "said", said, "", said)
        for answer in report.answers
        for place, said in enumerate((answer.headline, *answer.sentences), start=1)
    ]
    notes = [*(f"{heading}. {text}" for heading, text in report.banners), *report.notes]
    lines += [
        (report.tin, "NOTES", str(place), "", "said", said, "", said)
        for place, said in enumerate([*notes, report.made_from], start=1)
    ]
    for exhibit in report.exhibits:
        first = exhibit.rule.columns[0]
        for place, column, value, text in exhibit.numbers():
            row = exhibit.rows[place - 1]
            unit = str(row.get("unit") or "") if column.kind == "rate" else column.kind
            item = "" if exhibit.rule.is_facts else exact(row.get(first.id))
            lines.append(
                (report.tin, exhibit.rule.id, str(place), item, column.id, exact(value), unit, text)
            )
    return written(COLUMNS, lines)


def table_text(exhibit: Exhibit) -> str:
    """One exhibit as a table of its own: a line a row, a column a column, every value exact."""
    columns = [column.id for column in exhibit.rule.columns]
    return written(columns, [[exact(row.get(c)) for c in columns] for row in exhibit.rows])


def dictionary(rules: Iterable[ExhibitRule]) -> str:
    """What each exhibit and each of its columns is."""
    lines = [
        (rule.id, rule.title, rule.part, column.id, column.heading, column.kind, column.meaning,
         rule.better, rule.about)
        for rule in rules
        for column in rule.columns
    ]  # fmt: skip
    return written(DICTIONARY, lines)


def written(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Lines as CSV text; no cell is a formula to a spreadsheet."""
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_harmless(cell) for cell in line] for line in lines)
    return held.getvalue()


def exact(value: object) -> str:
    """A value without rounding: missing is empty, yes and no are true and false."""
    if value is WITHHELD:
        return SUPPRESSED
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _harmless(cell: str) -> str:
    """A text that no spreadsheet takes for a formula; a number stays one."""
    return cell if _is_number(cell) else harmless(cell)


def _is_number(cell: str) -> bool:
    text = cell.rstrip("%x").replace(",", "").replace("+$", "")
    try:
        float(text)
    except ValueError:
        return False
    return True
