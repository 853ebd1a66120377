"""The visits after a discharge as small tables: codes that are visits, spans of days."""

from __future__ import annotations

from typing import Any

from openp4p.codes import code_list
from openp4p.program.definition import Program

COLUMNS: dict[str, dict[str, str]] = {
    "visit_codes": {"kind": "string", "code": "string"},
    "follow_up_days": {"days": "int64"},
}
HCPCS, REVENUE_CENTER = "hcpcs", "revenue_center"


def rows(program: Program) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table, by its name."""
    return {
        "visit_codes": [
            {"kind": row["code_type"], "code": row["code"]}
            for row in code_list("post_discharge_visits")
            if row["counted"] == "1"
        ],
        "follow_up_days": [{"days": days} for days in program.visits.share_days],
    }
