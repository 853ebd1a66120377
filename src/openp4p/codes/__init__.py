"""Code lists that belong to no single program: condition categories, hospitals, services."""

from __future__ import annotations

import csv
import io
from functools import cache
from importlib.resources import files

Row = dict[str, str]


@cache
def code_list(name: str) -> tuple[Row, ...]:
    """The rows of a list of the package, every cell as text; its first line says its source."""
    text = files("openp4p.codes").joinpath("lists", f"{name}.csv").read_text("utf-8")
    body = text.split("\n", 1)[1]
    return tuple(csv.DictReader(io.StringIO(body)))


@cache
def source(name: str) -> str:
    """Where a list comes from, as its first line says."""
    text = files("openp4p.codes").joinpath("lists", f"{name}.csv").read_text("utf-8")
    return text.split("\n", 1)[0].removeprefix("# Source: ")
