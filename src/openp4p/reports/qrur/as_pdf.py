"""A report as PDF/UA-1: tagged, with alternative texts, set by Typst in its own fonts."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, Final

import typst

from openp4p.reports.qrur.as_html import NUMERIC
from openp4p.reports.qrur.model import Exhibit, Report
from openp4p.reports.qrur.pictures import pictures

STANDARD: Final = "ua-1"  # the compiler refuses what this standard of accessibility forbids
_FIRST, _OTHER = 3, 2  # widths of columns of words; columns of numbers are as wide as they need


def pdf(report: Report) -> bytes:
    """The bytes of the document; the same report is the same file."""
    made: bytes = typst.compile(
        _template(),
        format="pdf",
        sys_inputs={"data": json.dumps(_data(report), ensure_ascii=False)},
        pdf_standards=STANDARD,
        ignore_system_fonts=True,
        timestamp=0,
    )
    return made


@cache
def _template() -> bytes:
    return files("openp4p.reports").joinpath("templates", "qrur", "report.typ").read_bytes()


def _data(report: Report) -> dict[str, Any]:
    return {
        "title": report.title,
        "subtitle": report.subtitle,
        "banners": report.banners,
        "notes": report.notes,
        "made_from": report.made_from,
        "answers": [vars(answer) for answer in report.answers],
        "pictures": {
            id_: {"svg": picture.alone(), "words": picture.description}
            for id_, picture in pictures(report).items()
        },
        "parts": [
            {"name": name, "exhibits": [_exhibit(exhibit) for exhibit in exhibits]}
            for name, exhibits in report.parts().items()
        ],
    }


def _exhibit(exhibit: Exhibit) -> dict[str, Any]:
    rule = exhibit.rule
    numeric = [column.kind in NUMERIC for column in rule.columns]
    return {
        "id": rule.id,
        "title": rule.title,
        "about": rule.about.strip(),
        "better": rule.direction,
        "note": exhibit.note,
        "facts": rule.is_facts,
        "headings": [column.heading for column in rule.columns],
        "numeric": numeric,
        "widths": [_width(place, is_number) for place, is_number in enumerate(numeric)],
        "rows": [
            {"cells": exhibit.cells(row), "tone": str(row.get("tone") or "")}
            for row in exhibit.rows
        ],
    }


def _width(place: int, is_number: bool) -> int:
    return 0 if is_number else _OTHER if place else _FIRST
