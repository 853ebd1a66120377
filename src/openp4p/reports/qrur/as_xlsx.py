"""A report as a workbook: the answers, a sheet for each exhibit, and the dictionary."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from openp4p.reports.qrur.model import Column, Exhibit, Report
from openp4p.reports.qrur.shown import SUPPRESSED, WITHHELD, shown

_WIDE, _NARROW, _LINE = 52, 15, 78
# so that the same report is the same file
_CREATED = dt.datetime(2000, 1, 1)  # a file has no time zone
_FORMATS = {
    "count": "#,##0", "cents": "$#,##0.00", "dollars": "$#,##0", "moved": "+$#,##0;-$#,##0;$0",
    "share": "0.0%", "adjustment": "+0.0##%;-0.0##%;0%", "multiple": '+0.##"x"',
    "score": "+0.00;-0.00;0.00", "two_digits": "#,##0.00",
}  # fmt: skip
_RATES = {"proportion": "0.0%", "percent": '0.0"%"', "dollars": "$#,##0"}
_NUMBER = (int, float, Decimal)


def xlsx(report: Report) -> bytes:
    """The bytes of the workbook."""
    held = io.BytesIO()
    book = Workbook(held, {"in_memory": True, "strings_to_formulas": False,
                           "strings_to_urls": False})  # fmt: skip
    book.set_properties({"title": f"{report.title}: {report.subtitle}", "created": _CREATED})
    formats = _Formats(book)
    _answers(book.add_worksheet("Answers"), report, formats)
    for exhibit in report.exhibits:
        _sheet(book.add_worksheet(exhibit.rule.id), exhibit, formats)
    _dictionary(book.add_worksheet("Dictionary"), report, formats)
    book.close()
    return held.getvalue()


class _Formats:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book, self._made = book, dict[tuple[str, str], Format]()

    def of(self, number: str = "", tone: str = "") -> Format:
        key = number, tone
        if key not in self._made:
            made = self._book.add_format({"valign": "top", "text_wrap": not number})
            if number:
                made.set_num_format(number)
            if tone == "grey":
                made.set_font_color("#5c6570")
            if tone in ("total", "head", "mine"):
                made.set_bold()
            self._made[key] = made
        return self._made[key]


def _answers(sheet: Worksheet, report: Report, formats: _Formats) -> None:
    sheet.set_column(0, 0, _LINE)
    lines = [(report.title, "head"), (report.subtitle, "head")]
    lines += [(f"{heading}. {text}", "head") for heading, text in report.banners]
    for answer in report.answers:
        lines += [("", ""), (answer.question, "head"), (answer.headline, "head")]
        lines += [(sentence, "") for sentence in answer.sentences]
    lines += [("", ""), *((note, "") for note in report.notes), (report.made_from, "")]
    for place, (text, tone) in enumerate(lines):
        sheet.write_string(place, 0, text, formats.of(tone=tone))


def _sheet(sheet: Worksheet, exhibit: Exhibit, formats: _Formats) -> None:
    """Title, what it is, and the table; its headings stay in view."""
    rule = exhibit.rule
    sheet.write_string(0, 0, f"Exhibit {rule.id}. {rule.title}", formats.of(tone="head"))
    plain = formats.of(number="@")
    sheet.write_string(1, 0, f"{rule.about} {rule.direction} {exhibit.note}".strip(), plain)
    for place, column in enumerate(rule.columns):
        is_text = column.kind == "text"
        sheet.set_column(place, place, _WIDE if is_text and place == 0 else _NARROW)
        sheet.write_string(3, place, column.heading, formats.of(tone="head"))
    sheet.freeze_panes(4, 1)
    for line, row in enumerate(exhibit.rows, start=4):
        for place, column in enumerate(rule.columns):
            unit, tone = str(row.get("unit") or ""), str(row.get("tone") or "")
            _cell(sheet, (line, place), row.get(column.id), column, unit, formats, tone)


def _cell(
    sheet: Worksheet,
    at: tuple[int, int],
    value: Any,  # noqa: ANN401  # whatever a row holds
    column: Column,
    unit: str,
    formats: _Formats,
    tone: str,
) -> None:
    if value is WITHHELD:
        sheet.write_string(*at, SUPPRESSED, formats.of(tone=tone))
    elif value is None or value == "":
        sheet.write_blank(*at, None, formats.of(tone=tone))
    elif isinstance(value, _NUMBER) and column.kind not in ("text", "yes_no"):
        number = _RATES.get(unit, "#,##0.00") if column.kind == "rate" else _FORMATS[column.kind]
        sheet.write_number(*at, float(value), formats.of(number, tone))
    else:
        sheet.write_string(*at, shown(value, column.kind, unit), formats.of(tone=tone))


def _dictionary(sheet: Worksheet, report: Report, formats: _Formats) -> None:
    sheet.set_column(0, 1, 24)
    sheet.set_column(2, 2, _LINE)
    for place, heading in enumerate(("exhibit", "column", "meaning")):
        sheet.write_string(0, place, heading, formats.of(tone="head"))
    lines = [
        (exhibit.rule.id, column.heading, column.meaning)
        for exhibit in report.exhibits
        for column in exhibit.rule.columns
    ]
    for line, texts in enumerate(lines, start=1):
        for place, text in enumerate(texts):
            sheet.write_string(line, place, text, formats.of())
    sheet.freeze_panes(1, 0)
