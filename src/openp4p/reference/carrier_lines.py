"""Which claim lines are allowed professional services of a year, read from the codebook's words."""

from __future__ import annotations

from datetime import date
from typing import Any

Row = dict[str, Any]


def is_allowed(line: Row) -> bool:
    """True when Medicare allowed the line (DE-SynPUF Codebook, Appendix 2).

    Indicator A; or R or S with an allowed charge above zero. A source without indicators has kept
    allowed lines only.
    """
    indicator = line["processing_indicator"]
    if indicator is None or indicator == "A":
        return True
    return indicator in ("R", "S") and (line["allowed_amount"] or 0) > 0


def professional_lines(claim_line: list[Row], year: int) -> list[Row]:
    """The allowed carrier lines whose first day of service is in the calendar year."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    return [
        line
        for line in claim_line
        if line["claim_class"] == "PART_B"
        and first <= line["from_date"] <= last
        and is_allowed(line)
    ]
