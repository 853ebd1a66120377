"""Rows and numbers as JSON: decimals keep their digits, dates are ISO, what is missing is null."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterable, Mapping
from decimal import Decimal


def json_value(value: object) -> str:
    """One value, or nested lists and mappings of values, on one line."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "null"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.date):
        return f'"{value.isoformat()}"'
    if isinstance(value, Mapping):
        inside = (f"{json.dumps(str(key))}: {json_value(item)}" for key, item in value.items())
        return "{" + ", ".join(inside) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(json_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def json_lines(rows: Iterable[Mapping[str, object]]) -> Iterable[str]:
    """A list of objects, a line for each, so that a table of any length can be written."""
    separator = "["
    for row in rows:
        yield f"{separator}\n{json_value(row)}"
        separator = ","
    yield "[]\n" if separator == "[" else "\n]\n"


def json_indented(value: object, depth: int = 0) -> str:
    """A value over several lines: mappings and lists of mappings are spread, the rest is not."""
    inner, outer = "  " * (depth + 1), "  " * depth
    if isinstance(value, Mapping) and any(map(_is_spread, value.values())):
        listed = [
            f"{inner}{json.dumps(str(key))}: {json_indented(item, depth + 1)}"
            for key, item in value.items()
        ]
        return "{\n" + ",\n".join(listed) + f"\n{outer}}}"
    if isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
        listed = [inner + json_indented(item, depth + 1) for item in value]
        return "[\n" + ",\n".join(listed) + f"\n{outer}]"
    return json_value(value)


def _is_spread(value: object) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value)
    )
