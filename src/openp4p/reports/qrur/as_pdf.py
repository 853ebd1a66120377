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
_LEAST, _MOST, _BETWEEN = 5, 34, 2  # characters that a column is given room for


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
    rows = [exhibit.cells(row) for row in exhibit.rows]
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
        "widths": _widths(exhibit, rows),
        "rows": [
            {"cells": cells, "tone": str(row.get("tone") or "")}
            for cells, row in zip(rows, exhibit.rows, strict=True)
        ],
    }


def _widths(exhibit: Exhibit, rows: list[list[str]]) -> list[int]:
    """How wide each column is against the others, by what is in it.

    Left to itself the compiler sets every table several times to find out.
    """
    held = list(zip(*rows, strict=True)) if rows else [() for _ in exhibit.rule.columns]
    return [
        min(max(_LEAST, *map(len, (*texts, *column.heading.split()))), _MOST) + _BETWEEN
        for column, texts in zip(exhibit.rule.columns, held, strict=True)
    ]
