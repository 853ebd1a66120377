"""From sub-checks to a clause: what decides alone, what lowers, what is left out."""

from __future__ import annotations

import pytest

from openp4p.audit.evidence.payment_variance import tier_matrix, tier_points
from openp4p.audit.payment_rule import payment_fields
from openp4p.audit.verdicts import (
    Judged,
    design_verdict,
    evidence_verdict,
    overall_verdict,
    worst,
)
from tests.unit.audit.loaded import load_program

VERDICTS = {"M": "meets", "P": "partly", "F": "fails", "N": "not_assessable", "-": "none_required"}


def judged(text):
    """Capitals are critical: `M f` is a critical one that meets and another that fails."""
    return [Judged(VERDICTS[letter.upper()], letter.isupper()) for letter in text.split()]


@pytest.mark.parametrize(
    ("checks", "design", "evidence"),
    [
        ("M m", "M", "M"),
        ("F m", "F", "F"),
        ("F N", "F", "F"),
        ("N m", "N", "N"),
        ("M n", "M", "M"),
        ("M f", "P", "P"),
        ("P m", "P", "P"),
        ("f f", "P", "P"),
        ("n n", "N", "-"),
        ("", "N", "-"),
        ("m n", "M", "M"),
    ],
)
def test_one_side_of_a_clause(checks, design, evidence):
    assert design_verdict(judged(checks)) == VERDICTS[design]
    assert evidence_verdict(judged(checks)) == VERDICTS[evidence]


@pytest.mark.parametrize(
    ("design", "evidence", "overall"),
    [
        ("M", "M", "M"),
        ("M", "-", "M"),
        ("P", "M", "P"),
        ("P", "-", "P"),
        ("M", "P", "P"),
        ("M", "N", "N"),
        ("N", "M", "N"),
        ("F", "N", "F"),
        ("N", "F", "F"),
        ("M", "F", "F"),
    ],
)
def test_both_sides_together(design, evidence, overall):
    assert overall_verdict(VERDICTS[design], VERDICTS[evidence]) == VERDICTS[overall]


def test_of_several_verdicts_on_one_point_the_worst_counts():
    assert worst(["meets", "partly", "not_assessable"]) == "not_assessable"
    assert worst(["not_assessable", "fails", "meets"]) == "fails"
    assert worst(["meets", "partly"]) == "partly"


@pytest.mark.parametrize(
    ("year", "size_class", "change"),
    [
        (2015, "100+", 0.75),
        (2016, "100+", 1.0),
        (2016, "10-99", 0.5),
        (2017, "10+", 2.0),
        (2017, "1-9", 0.5),
        (2018, "10+", 0.5),
    ],
)
def test_a_step_in_quality_moves_pay_as_much_as_one_in_cost(year, size_class, change):
    points = tier_points(load_program(f"medicare_value_modifier/{year}").payment.grid, size_class)
    tiers = ("low", "average", "high")
    steps = [("low", "average"), ("average", "high")]
    moved = [abs(points[b, c] - points[a, c]) for a, b in steps for c in tiers]
    assert sum(moved) / 6 == pytest.approx(change)


def test_cells_for_all_classes_hold_where_a_class_has_none_of_its_own():
    grid = load_program("medicare_value_modifier/2017").payment.grid
    own = [cell for cell in grid if cell.size_class == "10+"]
    for_all = [
        c.model_copy(update={"size_class": "all", "percent": 0.5, "multiple": None}) for c in own
    ]
    assert set(tier_points(for_all, "10+").values()) == {50.0}
    assert tier_points([*own, *for_all], "10+") == tier_points(own, "10+")
    assert set(tier_points([*own, *for_all], "1-9").values()) == {50.0}
    assert tier_matrix(tier_points(for_all, "1-9")) == [[50.0] * 3] * 3


def test_a_rule_that_pays_everybody_the_same_has_no_weights():
    program = load_program("medicare_value_modifier/2018")
    same = [
        cell.model_copy(update={"percent": 0.0, "multiple": None}) for cell in program.payment.grid
    ]
    payment = program.payment.model_copy(update={"grid": tuple(same)})
    fields = payment_fields(program.model_copy(update={"payment": payment}))
    assert fields["payment.quality_weight"] == "unknown"
    assert fields["payment.cost_affects"] == "none"
