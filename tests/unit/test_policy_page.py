"""The page of what a variant costs, from what was measured."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

MEASURED = {
    "people": 20_000,
    "machine": "2 cores",
    "seconds": {"costs": 6.0, "tiers": 1.0, "payments": 3.0},
    "variants": {
        "tiering.x=1": {
            "computed": ["tiers", "payments"],
            "changed": 1,
            "seconds": 2.0,
            "cpu_seconds": 3.5,
            "peak_memory_mb": 1234,
        }
    },
}


@pytest.fixture
def policy(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    import policy

    yield policy
    for name in ("policy", "stages", "scans"):
        sys.modules.pop(name, None)


def test_touched_are_the_seconds_of_what_was_computed(policy):
    assert policy.touched(MEASURED["seconds"], ["tiers", "payments"]) == 4.0
    assert policy.touched(MEASURED["seconds"], []) == 0.0
    assert policy.touched(MEASURED["seconds"], ["made_by_a_variant_alone"]) == 0.0


def test_a_line_holds_what_was_measured(policy):
    (line,) = [line for line in policy.page(MEASURED).splitlines() if "tiering.x=1" in line]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells == ["`tiering.x=1`", "2 of 3", "1", "2.0", "3.5", "4.0", "20.0%", "1,234"]
    assert "20,000 synthetic people" in policy.page(MEASURED)
    assert "took 10 s" in policy.page(MEASURED)
