"""Where the dollars of a practice's beneficiaries went, and who billed them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openp4p.measures.cost_breakdown import (
    beneficiary_cost_categories,
    practice_cost_facts,
    practice_cost_services,
    practice_costs,
)
from tests.conftest import parse
from tests.costed import services  # noqa: F401  # declares the columns of service costs
from tests.short_tables import column, value_modifier
from tests.solving import columns_of, on_every_solver, solve

pytestmark = on_every_solver
PROGRAM = value_modifier(2017)
ROWS = """
    beneficiary_id | category           | betos | tin | amount  | in_year
    ---------------+--------------------+-------+-----+---------+--------
    b1             | em_ep              | M1B   | T1  |   60.00 | yes
    b1             | em_ep              | M1A   | T1  |   20.00 | yes
    b1             | em_ep              | M1B   | T2  |   15.00 | yes
    b1             | inpatient_facility |       |     | 1000.00 | yes
    b1             | em_ep              | M1B   | T1  |    7.00 | no
    b2             | imaging            | I2B   | T1  |    5.00 | yes
    b3             | em_ep              | M1B   | T1  |   30.00 | yes
    nobody         | em_ep              | M1B   | T1  |    1.00 | yes
"""
PEOPLE = [
    {"beneficiary_id": "b1", "tin": "T1"},
    {"beneficiary_id": "b2", "tin": "T1"},
    {"beneficiary_id": "b3", "tin": "T2"},
    {"beneficiary_id": "b4", "tin": "T3"},
]


def cells(solver, rows=ROWS, people=PEOPLE):
    listed = parse(rows, columns_of("service_costs"))
    return solve(
        solver,
        beneficiary_cost_categories,
        PROGRAM,
        service_costs=listed,
        attributed_beneficiaries=people,
    )


def by_practice(solver, sizes=(), rows=ROWS, people=PEOPLE):
    found = solve(
        solver,
        practice_costs,
        PROGRAM,
        beneficiary_cost_categories=cells(solver, rows, people),
        attributed_beneficiaries=people,
        practices=[{"tin": tin, "size_class": size} for tin, size in sizes],
    )
    return {(r["tin"], r["category"], r["billed_by"]): r for r in found}


def test_dollars_of_a_beneficiary_by_category_kind_of_service_and_biller(solver):
    """Of the year and of attributed beneficiaries alone; a facility has no TIN."""
    assert [
        (
            r["beneficiary_id"],
            r["category"],
            r["service_group"],
            r["billed_by"],
            r["tin"],
            r["services"],
            str(r["dollars"]),
        )
        for r in cells(solver)
    ] == [
        ("b1", "em_ep", "M1", "other", "T1", 1, "15.00"),
        ("b1", "em_ep", "M1", "own", "T1", 2, "80.00"),
        ("b1", "inpatient_facility", "none", "facility", "T1", 1, "1000.00"),
        ("b2", "imaging", "I2", "own", "T1", 1, "5.00"),
        ("b3", "em_ep", "M1", "other", "T2", 1, "30.00"),
    ]


def test_a_practice_is_set_beside_all_attributed_beneficiaries(solver):
    """80 dollars over two beneficiaries; 80 over the four of the nation."""
    row = by_practice(solver)["T1", "em_ep", "own"]
    assert (row["beneficiaries"], row["dollars"]) == (2, Decimal("80.00"))
    assert row["per_capita_dollars"] == 40.0
    assert row["peers_per_capita_dollars"] == 20.0
    assert row["difference"] == 20.0
    assert row["share"] == pytest.approx(80 / 1100)


def test_a_practice_without_dollars_in_a_category_has_a_row_of_zero(solver):
    found = by_practice(solver)
    assert len(found) == 3 * 4
    row = found["T3", "imaging", "own"]
    assert (row["dollars"], row["share"]) == (Decimal("0.00"), None)
    assert (row["per_capita_dollars"], row["difference"]) == (0.0, -1.25)


def test_practices_of_the_same_size_are_peers_of_their_own(solver):
    """T1 and T3 are small: 80 dollars over three beneficiaries; T2 has no class."""
    found = by_practice(solver, sizes=[("T1", "small"), ("T3", "small"), ("T2", None)])
    assert found["T1", "em_ep", "own"]["class_per_capita_dollars"] == pytest.approx(80 / 3)
    assert found["T3", "em_ep", "own"]["class_per_capita_dollars"] == pytest.approx(80 / 3)
    assert found["T2", "em_ep", "own"]["class_per_capita_dollars"] is None


def test_dollars_of_a_practice_by_kind_of_service(solver):
    found = solve(
        solver,
        practice_cost_services,
        PROGRAM,
        beneficiary_cost_categories=cells(solver),
    )
    assert [
        (r["tin"], r["service_group"], r["billed_by"], r["services"], str(r["dollars"]))
        for r in found
    ] == [
        ("T1", "I2", "own", 1, "5.00"),
        ("T1", "M1", "other", 1, "15.00"),
        ("T1", "M1", "own", 2, "80.00"),
        ("T1", "none", "facility", 1, "1000.00"),
        ("T2", "M1", "other", 1, "30.00"),
    ]
    assert [r["share"] for r in found if r["tin"] == "T1"] == pytest.approx(
        [5 / 1100, 15 / 1100, 80 / 1100, 1000 / 1100]
    )


def facts(solver, scores=(), yearly=()):
    return solve(
        solver,
        practice_cost_facts,
        PROGRAM,
        beneficiary_cost_categories=cells(solver),
        attributed_beneficiaries=PEOPLE,
        eligible_beneficiaries=[{"beneficiary_id": b, "risk_score": s} for b, s in scores],
        beneficiary_costs=[{"beneficiary_id": b, "annualised_cost": c} for b, c in yearly],
    )


def test_what_a_practice_is_told_of_its_cost_before_any_adjustment(solver):
    """Mean cost, and the shares that it billed itself, others billed, and facilities."""
    found = facts(solver, yearly=[("b1", 2190.0), ("b2", 10.0), ("b3", 30.0), ("b4", 0.0)])
    row = found[0]
    assert (row["tin"], row["beneficiaries"], str(row["dollars"])) == ("T1", 2, "1100.00")
    assert (row["per_capita_dollars"], row["annualised_cost"]) == (550.0, 1100.0)
    shares = [row[f"{name}_share"] for name in ("own", "other", "facility")]
    assert shares == pytest.approx([85 / 1100, 15 / 1100, 1000 / 1100])
    without = found[2]
    assert (str(without["dollars"]), without["own_share"], without["annualised_cost"]) == (
        "0.00",
        None,
        0.0,
    )


def test_the_risk_of_a_practice_among_practices(solver):
    """The percent of practices with a mean score at or below its own; ties share it."""
    found = facts(solver, scores=[("b1", 1.0), ("b2", 2.0), ("b3", 1.5), ("b4", 0.4)])
    assert [r["risk_score"] for r in found] == pytest.approx([1.5, 1.5, 0.4])
    assert [r["risk_percentile"] for r in found] == pytest.approx([100.0, 100.0, 100 / 3])
    found = facts(solver, scores=[("b1", 1.0), ("b2", None), ("b3", 1.5)])
    assert column(found, "tin", "risk_percentile") == {"T1": 50.0, "T2": 100.0, "T3": None}
