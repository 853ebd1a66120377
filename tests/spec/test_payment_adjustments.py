"""What a practice's standing pays: a percent, or a multiple of x (42 CFR 414.1270 and 414.1275)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openp4p.payment.adjustment import adjustments
from tests.paid import fraction
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
    placed: dict,
    year: int = 2017,
    *,
    high_risk: bool = False,
    mechanism: str | None = "claims",
    is_subject: bool = True,
) -> dict:
    rows = solve(
        solver,
        adjustments,
        value_modifier(year),
        practices=[{"tin": "A", "is_subject": is_subject}],
        reporting_categories=[{"tin": "A", "mechanism": mechanism}],
        tiers=[placed],
        high_risk=[{"tin": "A", "is_high_risk": high_risk}],
    )
    assert len(rows) == 1
    return rows[0]


def pays(row: dict) -> Decimal:
    """The percent, or the multiple of x."""
    assert (row["percent"] is None) != (row["multiple"] is None)
    return row["multiple"] if row["percent"] is None else row["percent"]


# rows: quality high, average, low; columns: cost low, average, high; x marks multiples
TABLES = [
    (2015, "100+", "2x 1x 0 | 1x 0 -0.005 | 0 -0.005 -0.01"),
    (2016, "100+", "2x 1x 0 | 1x 0 -0.01 | 0 -0.01 -0.02"),
    (2016, "10-99", "2x 1x 0 | 1x 0 0 | 0 0 0"),
    (2017, "10+", "4x 2x 0 | 2x 0 -0.02 | 0 -0.02 -0.04"),
    (2017, "1-9", "2x 1x 0 | 1x 0 0 | 0 0 0"),
    (2018, "10+", "2x 1x 0 | 1x 0 0 | 0 0 0"),
    (2018, "1-9", "2x 1x 0 | 1x 0 0 | 0 0 0"),
    (2018, "nonphysician_only", "2x 1x 0 | 1x 0 0 | 0 0 0"),
]


@pytest.mark.parametrize(("year", "size_class", "table"), TABLES)
def test_the_tier_grids(solver, year, size_class, table):
    """42 CFR 414.1275(c): every cell of every class."""
    program = value_modifier(year)
    named = [
        (f"{quality}/{cost}", quality, cost, pay)
        for quality, row in zip(("high", "average", "low"), table.split("|"), strict=True)
        for cost, pay in zip(("low", "average", "high"), row.split(), strict=True)
    ]
    rows = solve(
        solver,
        adjustments,
        program,
        practices=[{"tin": tin, "is_subject": True} for tin, *_ in named],
        reporting_categories=[{"tin": tin} for tin, *_ in named],
        tiers=[{**tier(q, c, size_class), "tin": tin} for tin, q, c, _ in named],
    )
    made = {row["tin"]: (row["percent"], row["multiple"]) for row in rows}
    assert made == {
        tin: (None, Decimal(pay[:-1])) if pay.endswith("x") else (Decimal(pay), None)
        for tin, _, _, pay in named
    }


@pytest.mark.parametrize(
    ("year", "size_class", "percent"),
    [
        (2015, "100+", "-0.01"),
        (2016, "10-99", "-0.02"),
        (2016, "100+", "-0.02"),
        (2017, "10+", "-0.04"),
        (2017, "1-9", "-0.02"),
        (2018, "10+", "-0.02"),
        (2018, "1-9", "-0.01"),
        (2018, "nonphysician_only", "-0.01"),
    ],
)
@pytest.mark.parametrize("reason", ["category_2", "aco_not_reported"])
def test_category_2_loses_the_automatic_percent(solver, year, size_class, percent, reason):
    """So does a practice whose ACO did not report, nor did it."""
    row = found(solver, out(reason, size_class, category=2), year, high_risk=True)
    assert (row["percent"], row["multiple"]) == (Decimal(percent), None)
    assert (row["basis"], row["high_risk_bonus"]) == ("automatic", 0)


@pytest.mark.parametrize("reason", ["not_elected", "no_measure"])
def test_in_2015_reporters_that_are_not_tiered_have_no_adjustment(solver, reason):
    row = found(solver, out(reason, "100+"), 2015, high_risk=True, mechanism="registry")
    assert (pays(row), row["basis"], row["high_risk_bonus"]) == (0, reason, 0)


def test_a_practice_outside_the_program_has_no_adjustment(solver):
    row = found(solver, out("not_subject", category=2), is_subject=False)
    assert (pays(row), row["basis"]) == (0, "not_subject")


def test_a_practice_whose_model_stands_in_has_the_middle_cell(solver):
    row = found(solver, tier("average", "average", reason="average_by_model"), high_risk=True)
    assert (pays(row), row["basis"]) == (0, "average_by_model")


@pytest.mark.parametrize(
    ("quality", "cost", "multiple"),
    [("high", "low", 5), ("high", "average", 3), ("average", "low", 3)],
)
def test_sicker_patients_add_one_x_to_an_upward_adjustment(solver, quality, cost, multiple):
    """42 CFR 414.1275(d)."""
    row = found(solver, tier(quality, cost), high_risk=True)
    assert (row["multiple"], row["high_risk_bonus"]) == (multiple, 1)
    plain = found(solver, tier(quality, cost))
    assert (plain["multiple"], plain["high_risk_bonus"]) == (multiple - 1, 0)


@pytest.mark.parametrize(
    ("quality", "cost", "percent"),
    [("average", "average", 0), ("high", "high", 0), ("low", "high", "-0.04")],
)
def test_sicker_patients_change_nothing_else(solver, quality, cost, percent):
    row = found(solver, tier(quality, cost), high_risk=True)
    assert (row["percent"], row["high_risk_bonus"]) == (fraction(percent), 0)


@pytest.mark.parametrize(
    ("year", "mechanism", "multiple"),
    [
        (2015, "gpro_web_interface", 3),
        (2015, "registry", 3),
        (2015, "claims", 2),
        (2015, None, 2),
        (2016, "claims", 3),
        (2016, None, 3),
    ],
)
def test_in_2015_the_bonus_is_for_web_interface_and_registry(solver, year, mechanism, multiple):
    placed = tier("high", "low", "100+")
    assert pays(found(solver, placed, year, high_risk=True, mechanism=mechanism)) == multiple


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
