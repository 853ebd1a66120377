"""What a practice's standing pays: a percent, or a multiple of x (42 CFR 414.1270 and 414.1275)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openp4p.payment.adjustment import adjustments
from tests.short_tables import value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver


def tier(quality: str | None, cost: str | None, size_class: str = "10+", **said: object) -> dict:
    row = {"tin": "A", "size_class": size_class, "category": 1, "reason": None}
    row |= {"quality_tier": quality, "cost_tier": cost, "is_tiered": quality is not None}
    return {**row, **said}


def out(reason: str, size_class: str = "10+", category: int = 1) -> dict:
    return tier(None, None, size_class, reason=reason, category=category)


def found(
    solver: str,
    placed: list[dict],
    year: int = 2017,
    *,
    high_risk: bool = False,
    mechanisms: tuple[str | None, ...] = (),
    is_subject: bool = True,
) -> list[dict]:
    """What each of these tiers pays; the practices are numbered."""
    names = [f"T{number:02}" for number in range(len(placed))]
    routes = mechanisms or ("claims",) * len(placed)
    return solve(
        solver,
        adjustments,
        value_modifier(year),
        practices=[{"tin": tin, "is_subject": is_subject} for tin in names],
        reporting_categories=[
            {"tin": tin, "mechanism": route} for tin, route in zip(names, routes, strict=True)
        ],
        tiers=[{**row, "tin": tin} for tin, row in zip(names, placed, strict=True)],
        high_risk=[{"tin": tin, "is_high_risk": high_risk} for tin in names],
    )


def pays(rows: list[dict]) -> list[tuple[Decimal | None, Decimal | None]]:
    """Percent and multiple of each practice."""
    return [(row["percent"], row["multiple"]) for row in rows]


# rows: quality high, average, low; columns: cost low, average, high; x marks multiples
TABLES = {
    (2015, "100+"): "2x 1x 0 | 1x 0 -0.005 | 0 -0.005 -0.01",
    (2016, "100+"): "2x 1x 0 | 1x 0 -0.01 | 0 -0.01 -0.02",
    (2016, "10-99"): "2x 1x 0 | 1x 0 0 | 0 0 0",
    (2017, "10+"): "4x 2x 0 | 2x 0 -0.02 | 0 -0.02 -0.04",
    (2017, "1-9"): "2x 1x 0 | 1x 0 0 | 0 0 0",
    (2018, "10+"): "2x 1x 0 | 1x 0 0 | 0 0 0",
    (2018, "1-9"): "2x 1x 0 | 1x 0 0 | 0 0 0",
    (2018, "nonphysician_only"): "2x 1x 0 | 1x 0 0 | 0 0 0",
}
AUTOMATIC = {
    (2015, "100+"): "-0.01",
    (2016, "10-99"): "-0.02",
    (2016, "100+"): "-0.02",
    (2017, "10+"): "-0.04",
    (2017, "1-9"): "-0.02",
    (2018, "10+"): "-0.02",
    (2018, "1-9"): "-0.01",
    (2018, "nonphysician_only"): "-0.01",
}
YEARS = (2015, 2016, 2017, 2018)


@pytest.mark.parametrize("year", YEARS)
def test_the_tier_grids(solver, year):
    """42 CFR 414.1275(c): every cell of every class."""
    cells = [
        (quality, cost, size_class, pay)
        for (of_year, size_class), table in TABLES.items()
        if of_year == year
        for quality, row in zip(("high", "average", "low"), table.split("|"), strict=True)
        for cost, pay in zip(("low", "average", "high"), row.split(), strict=True)
    ]
    rows = found(solver, [tier(quality, cost, of) for quality, cost, of, _ in cells], year)
    assert pays(rows) == [
        (None, Decimal(pay[:-1])) if pay.endswith("x") else (Decimal(pay), None)
        for *_, pay in cells
    ]
    assert {row["basis"] for row in rows} == {"tiering"}


@pytest.mark.parametrize("year", YEARS)
def test_category_2_loses_the_automatic_percent(solver, year):
    """So does a practice whose ACO did not report, nor did it; patients' risk does not matter."""
    expected = {of: percent for (y, of), percent in AUTOMATIC.items() if y == year}
    for_each = [(of, why) for of in expected for why in ("category_2", "aco_not_reported")]
    placed = [out(why, of, category=2) for of, why in for_each]
    rows = found(solver, placed, year, high_risk=True)
    assert pays(rows) == [(Decimal(expected[of]), None) for of, _ in for_each]
    assert {(row["basis"], row["high_risk_bonus"]) for row in rows} == {("automatic", 0)}


def test_in_2015_reporters_that_are_not_tiered_have_no_adjustment(solver):
    placed = [out("not_elected", "100+"), out("no_measure", "100+")]
    rows = found(solver, placed, 2015, high_risk=True, mechanisms=("registry", "registry"))
    assert pays(rows) == [(0, None), (0, None)]
    assert [row["basis"] for row in rows] == ["not_elected", "no_measure"]
    assert {row["high_risk_bonus"] for row in rows} == {0}


def test_a_practice_outside_the_program_has_no_adjustment(solver):
    rows = found(solver, [out("not_subject", category=2)], is_subject=False)
    assert (pays(rows), rows[0]["basis"]) == ([(0, None)], "not_subject")


UPWARD = [("high", "low"), ("high", "average"), ("average", "low")]


def test_sicker_patients_add_one_x_to_an_upward_adjustment(solver):
    """42 CFR 414.1275(d)."""
    placed = [tier(quality, cost) for quality, cost in UPWARD]
    rows = found(solver, placed, high_risk=True)
    assert pays(rows) == [(None, 5), (None, 3), (None, 3)]
    assert {row["high_risk_bonus"] for row in rows} == {1}
    rows = found(solver, placed)
    assert pays(rows) == [(None, 4), (None, 2), (None, 2)]
    assert {row["high_risk_bonus"] for row in rows} == {0}


def test_sicker_patients_change_nothing_else(solver):
    """Nor does a model that stands in for performance: it has the middle cell."""
    placed = [
        tier("average", "average"),
        tier("high", "high"),
        tier("low", "high"),
        tier("average", "average", reason="average_by_model"),
    ]
    rows = found(solver, placed, high_risk=True)
    assert pays(rows) == [(0, None), (0, None), (Decimal("-0.04"), None), (0, None)]
    assert {row["high_risk_bonus"] for row in rows} == {0}
    assert rows[-1]["basis"] == "average_by_model"


@pytest.mark.parametrize(("year", "multiples"), [(2015, [3, 3, 2, 2]), (2016, [3, 3, 3, 3])])
def test_in_2015_the_bonus_is_for_web_interface_and_registry(solver, year, multiples):
    routes = ("gpro_web_interface", "registry", "claims", None)
    placed = [tier("high", "low", "100+")] * 4
    rows = found(solver, placed, year, high_risk=True, mechanisms=routes)
    assert [row["multiple"] for row in rows] == multiples


def test_a_practice_of_unknown_risk_has_no_bonus(solver):
    rows = solve(
        solver,
        adjustments,
        value_modifier(2017),
        practices=[{"tin": "A", "is_subject": True}],
        reporting_categories=[{"tin": "A"}],
        tiers=[tier("high", "low")],
    )
    assert (rows[0]["multiple"], rows[0]["high_risk_bonus"]) == (4, 0)
