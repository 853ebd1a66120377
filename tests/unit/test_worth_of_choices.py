"""Who moves between two runs, counted for the table of what choices are worth."""

from __future__ import annotations

import pytest

from benchmarks.choices import BEGINS, Standing, alternatives, differences, line, moved, order


def row(quality: float | None, quality_tier: str | None, cost: float | None = None) -> dict:
    return {
        "quality_composite": quality,
        "quality_tier": quality_tier,
        "cost_composite": cost,
        "cost_tier": None if cost is None else "average",
    }


BASE = Standing(
    tiers={"A": row(1.5, "high", 0.1), "B": row(0.5, "average", 0.2), "C": row(None, None)},
    rates={("A", "readmission"): 15.0, ("B", "readmission"): 16.0},
    payments={"A": 100.0, "B": 0.0},
)
FOUND = Standing(
    tiers={"A": row(1.25, "average", 0.1), "B": row(0.5, "average", 0.2), "C": row(0.1, "average")},
    rates={("A", "readmission"): 15.0, ("B", "readmission"): 16.5, ("C", "readmission"): 15.0},
    payments={"A": -20.5, "B": 0.0, "C": 1.0},
)


@pytest.mark.parametrize(
    ("base", "found", "number", "largest"),
    [
        ({"A": 1.0, "B": 2.0}, {"A": 1.0, "B": 2.5}, 1, 0.5),
        ({"A": 1.0}, {"A": 1.0 + 1e-12}, 0, pytest.approx(0.0, abs=1e-9)),
        ({"A": None, "B": 2.0}, {"A": 3.0}, 2, 0.0),
        ({"A": None}, {"A": None}, 0, 0.0),
    ],
)
def test_numbers_that_change_appear_or_are_gone_are_counted(base, found, number, largest):
    assert differences(base, found) == (number, largest)


def test_a_tier_that_one_side_does_not_have_has_moved():
    assert (moved("quality_tier", BASE, FOUND), moved("cost_tier", BASE, FOUND)) == (2, 0)


def test_a_line_says_rates_quality_cost_and_dollars():
    choice = alternatives()[0][0]
    said = line(choice, "other", BASE, FOUND)
    assert said == f"| {choice.id} | `other` | 2 | 2 | 0.250 | 2 | 0 | 0.000 | 0 | $122 |"


def test_choices_of_quality_and_of_cost_are_changed_those_that_touch_least_first():
    places = {choice.id: order(choice) for choice, _ in alternatives()}
    assert {"D8", "D11", "D14", "D24", "M3", "M14", "M16", "D32"} <= places.keys()
    assert places["D13"] < places["D10"] < places["M14"] < places["D24"] < places["D14"]
    assert places["D37"] == len(BEGINS)
