"""The CMS-HCC model of a program as small tables: codes, hierarchy, groups, terms and factors."""

from __future__ import annotations

from typing import Any

from openp4p.program.definition import Program

Rows = list[dict[str, Any]]

COLUMNS: dict[str, dict[str, str]] = {}


def rows(program: Program) -> dict[str, Rows]:  # noqa: ARG001
    """The rows of each table, by its name."""
    return {}
