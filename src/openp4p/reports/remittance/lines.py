"""The claim lines that come back from the payer: read, and every mistake in them told at once."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import ibis
import ibis.expr.types as ir

from openp4p.engine import Engine
from openp4p.engine.portable import MONEY
from openp4p.errors import InputError, Problem

_AMOUNT = re.compile(r"-?\d{1,13}(\.\d{1,2})?")
_MOST_PLACES = 5  # lines named for each kind of mistake


def _is_day(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2017-03-01")


def _is_amount(text: str) -> bool:
    return _AMOUNT.fullmatch(text) is not None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


LINES: Mapping[str, tuple[str, Callable[[str], bool]]] = {
    "claim_id": ("a text", bool),
    "line_number": ("a whole number", _is_number),
    "tin": ("a text", bool),
    "service_date": ("a day such as 2017-03-01", _is_day),
    "paid_before": ("dollars with two decimals at most, such as 81.20", _is_amount),
    "paid_after": ("dollars with two decimals at most, such as 79.58", _is_amount),
}
CODE = "carc"  # may be there
_EMPTY = "is empty"


def returned_lines(path: Path, engine: Engine) -> ir.Table:
    """The lines of a file with their types; `change` is what the modifier moved.

    `paid_before` and `paid_after` are what Medicare pays just before and just after the modifier.
    """
    problems = list(_problems(path))
    if problems:
        raise InputError(problems, code="remittance-lines")
    text = engine.read_csv(path)
    code = text[CODE] if CODE in text.columns else ibis.null("string")
    before, after = (text[name].strip().cast(MONEY) for name in ("paid_before", "paid_after"))
    return text.select(
        claim_id=text.claim_id.strip(),
        line_number=text.line_number.strip().cast("int64"),
        tin=text.tin.strip(),
        service_date=text.service_date.strip().cast("date"),
        paid_before=before,
        change=(after - before).cast(MONEY),
        carc=code.strip(),
    )


def _problems(path: Path) -> Iterator[Problem]:
    if not path.is_file():
        yield Problem(str(path), "the file", "is not there", remedy="Name the CSV file of lines.")
        return
    try:
        yield from _in_text(path)
    except (UnicodeDecodeError, csv.Error):
        yield Problem(path.name, "the file", "is no CSV file in UTF-8", remedy="Write it as such.")


def _in_text(path: Path) -> Iterator[Problem]:
    with path.open(encoding="utf-8-sig", newline="") as held:
        rows = csv.DictReader(held)
        names = list(rows.fieldnames or [])
        lacking = [name for name in LINES if name not in names]
        twice = sorted({name for name in names if names.count(name) > 1})
        if lacking or twice:
            found = [f"lacks {', '.join(lacking)}"] if lacking else []
            found += [f"names {', '.join(twice)} twice"] if twice else []
            yield Problem(
                path.name, "the first line", " and ".join(found), allowed=", ".join((*LINES, CODE))
            )
            return
        places: dict[tuple[str, str], list[int]] = {}
        for row in rows:
            for name, (kind, is_right) in LINES.items():
                text = (row[name] or "").strip()
                if not text or not is_right(text):
                    said = _EMPTY if not text else f"is not {kind}"
                    places.setdefault((name, said), []).append(rows.line_num)
    for (name, said), found_at in places.items():
        shown = ", ".join(map(str, found_at[:_MOST_PLACES]))
        more = len(found_at) - _MOST_PLACES
        where = f"line {shown}" if len(found_at) == 1 else f"lines {shown}"
        where += f" and {more:,} more" if more > 0 else ""
        yield Problem(path.name, where, f"{name} {said}")
