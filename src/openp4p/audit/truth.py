"""The true quality of simulated practices, which only their simulator knows."""

from __future__ import annotations

import csv
import math
from pathlib import Path

from openp4p.errors import InputError, Problem, UsageError

_COLUMNS, _REMARK = ("tin", "true_quality"), "#"


def read_truth(path: Path) -> dict[str, float]:
    """True quality by TIN from a tab-separated file; every mistake of it is told at once."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = [(n, line) for n, line in enumerate(file, start=1) if line[:1] != _REMARK]
            reader = csv.DictReader((line for _n, line in lines), delimiter="\t")
            names, rows = tuple(reader.fieldnames or ()), list(reader)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"The file '{path}' cannot be read.",
            remedy="Name the file true_quality.tab of a synthetic population.",
            code="options",
        ) from error
    if not set(_COLUMNS) <= set(names):
        found = f"has the columns {', '.join(names) or 'none'}"
        raise InputError(
            [Problem(path.name, "header", found, " and ".join(_COLUMNS))], code="true-quality"
        )
    problems = [
        Problem(path.name, f"line {line}", f"'{row['true_quality']}' is not a number")
        for (line, _text), row in zip(lines[1:], rows, strict=False)
        if _number(row["true_quality"]) is None
    ]
    if problems:
        raise InputError(problems, code="true-quality")
    return {row["tin"]: float(row["true_quality"]) for row in rows}


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None
