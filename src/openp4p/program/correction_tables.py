"""What a correction of each kind does, as a small table."""

from __future__ import annotations

from typing import Any

from openp4p.program.definition import Program

COLUMNS: dict[str, dict[str, str]] = {
    "correction_effects": {
        "kind": "string",
        "category_1": "boolean",
        "quality": "string",
        "cost": "string",
    },
}
KEEP, AVERAGE = "keep", "average"


def rows(program: Program) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table, by its name."""
    return {
        "correction_effects": [
            {
                "kind": kind,
                "category_1": effect.category_1,
                "quality": effect.quality,
                "cost": effect.cost,
            }
            for kind, effect in program.corrections.effects.items()
        ]
    }
