"""Accepted corrections: what they change, and that nobody else's result moves (8.4, D31)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openp4p.groups.corrections import practice_corrections
from openp4p.groups.high_risk import high_risk
from openp4p.groups.practices import practices as practices_stage  # noqa: F401  # its columns
from openp4p.groups.reporting import reporting_categories
from openp4p.payment.adjustment import adjustments
from openp4p.tiers import tiers
from tests.short_tables import value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver


def corrected(solver: str, *kinds: str, year: int = 2017, of: int | None = None) -> list[dict]:
    program = value_modifier(year)
    performed = program.performance_year if of is None else of
    rows = [{"tin": "A", "kind": kind, "performance_year": performed} for kind in kinds]
    return solve(solver, practice_corrections, program, correction=rows)


@pytest.mark.parametrize(
    ("year", "kinds", "category_1", "quality", "cost"),
    [
        (2015, ["quality_error"], False, "average", "keep"),
        (2015, ["quality_error_recomputed"], False, "average", "keep"),
        (2016, ["quality_error_recomputed"], False, "keep", "keep"),
        (2016, ["cost_error"], False, "keep", "high_to_average"),
        (2018, ["widespread_quality_problem"], False, "low_to_average", "keep"),
        (2017, ["category_1_on_review"], True, "average", "high_to_average"),
        (2017, ["quality_error", "widespread_quality_problem"], False, "average", "keep"),
        (2017, ["widespread_quality_problem", "cost_error"], False, "low_to_average",
         "high_to_average"),
    ],
)  # fmt: skip
def test_a_correction_does_what_the_rules_of_its_year_say(
    solver, year, kinds, category_1, quality, cost
):
    (row,) = corrected(solver, *kinds, year=year)
    assert row == {
        "tin": "A",
        "corrections": len(kinds),
        "category_1": category_1,
        "quality": quality,
        "cost": cost,
    }


def test_a_correction_of_another_year_changes_nothing(solver):
    assert corrected(solver, "cost_error", of=2014) == []


@pytest.mark.parametrize(
    ("correction", "basis", "category"),
    [([], "not_reported", 2), ([{"tin": "A", "category_1": False}], "not_reported", 2),
     ([{"tin": "A", "category_1": True}], "informal_review", 1)],
)  # fmt: skip
@pytest.mark.parametrize("year", [2015, 2017])
def test_a_practice_found_to_have_reported_is_in_category_1(
    solver, year, correction, basis, category
):
    (row,) = solve(
        solver,
        reporting_categories,
        value_modifier(year),
        practices=[{"tin": "A"}],
        practice_corrections=correction,
        roster_supplied=False,
    )
    assert (row["basis"], row["category"]) == (basis, category)


def placed(solver: str, quality: float, cost: float, **given: object) -> dict:
    def composite(kind: str, value: float) -> dict:
        return {"tin": "A", "kind": kind, "composite": value, "standard_error": 0.1}

    (row,) = solve(
        solver,
        tiers,
        value_modifier(2017),
        practices=[{"tin": "A", "size_class": "10+", "is_subject": True}],
        reporting_categories=[{"tin": "A", "category": 1, "basis": "group"}],
        composites=[composite("quality", quality), composite("cost", cost)],
        **given,
    )
    return row


@pytest.mark.parametrize(
    ("effects", "composites", "expected"),
    [
        (("average", "keep"), (2.0, 2.0), ("average", "high", "informal_review")),
        (("low_to_average", "keep"), (-2.0, 2.0), ("average", "high", "informal_review")),
        (("low_to_average", "keep"), (2.0, 2.0), ("high", "high", None)),
        (("keep", "high_to_average"), (2.0, 2.0), ("high", "average", "informal_review")),
        (("keep", "high_to_average"), (2.0, -2.0), ("high", "low", None)),
        (("average", "average"), (0.0, 0.0), ("average", "average", None)),
    ],
)
def test_a_tier_gives_way_to_a_correction(solver, effects, composites, expected):
    correction = {"tin": "A", "quality": effects[0], "cost": effects[1]}
    row = placed(solver, *composites, practice_corrections=[correction])
    assert (row["quality_tier"], row["cost_tier"], row["reason"]) == expected


def test_in_a_review_practices_without_a_correction_stand_as_they_stood(solver):
    before = {"tin": "A", "quality_tier": "low", "cost_tier": "low", "is_tiered": True}
    row = placed(solver, 2.0, 2.0, reviewed_tiers=[before])
    assert (row["quality_tier"], row["cost_tier"]) == ("low", "low")
    correction = {"tin": "A", "quality": "keep", "cost": "keep"}
    row = placed(solver, 2.0, 2.0, reviewed_tiers=[before], practice_corrections=[correction])
    assert (row["quality_tier"], row["cost_tier"]) == ("high", "high")


def test_in_a_review_the_others_are_paid_what_they_were(solver):
    people = [{"tin": tin, "is_subject": True} for tin in "AB"]
    tier = {"size_class": "10+", "category": 1, "is_tiered": True, "reason": None}
    standing = {**tier, "quality_tier": "average", "cost_tier": "average"}
    was = {"quality_tier": "low", "cost_tier": "high", "percent": Decimal("-0.04")}
    rows = solve(
        solver,
        adjustments,
        value_modifier(2017),
        practices=people,
        reporting_categories=people,
        tiers=[{**standing, "tin": tin} for tin in "AB"],
        practice_corrections=[{"tin": "A"}],
        reviewed_adjustments=[{"tin": tin, **was, "basis": "tiering"} for tin in "AB"],
    )
    assert [(row["tin"], row["percent"]) for row in rows] == [
        ("A", Decimal(0)),
        ("B", Decimal("-0.04")),
    ]


def test_in_a_review_the_percentile_of_risk_is_that_of_the_run(solver):
    scores = [0.5, 1.0, 1.5, 2.0]
    people = [{"beneficiary_id": f"b{s}", "tin": "A", "risk_score": s} for s in scores]
    given = {
        "attributed_beneficiaries": people,
        "eligible_beneficiaries": people,
        "practices": [{"tin": "A"}],
    }
    (row,) = solve(solver, high_risk, value_modifier(2017), **given)
    assert row["threshold"] == 1.625
    earlier = [{"tin": "Z", "threshold": 1.2}]
    (row,) = solve(solver, high_risk, value_modifier(2017), **given, reviewed_high_risk=earlier)
    assert (row["threshold"], row["is_high_risk"]) == (1.2, True)
