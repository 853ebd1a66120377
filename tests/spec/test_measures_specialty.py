"""Specialty adjustment: a practice's cost against what its mix of specialties costs nationally.

42 CFR 414.1235(c); 78 FR 74230.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from openp4p.measures.specialty import performance_rates, specialty_costs
from tests.measured import dollars, measure
from tests.short_tables import value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver

RULES = [dollars(), measure("111")]


def team(tin: str, paid: dict[str, int] | None = None, **heads: int) -> list[dict]:
    """Professionals of a practice by specialty; the first of each is paid what the specialty is."""
    return [
        {
            "tin": tin,
            "npi": f"{tin}{specialty}{n}",
            "specialty": specialty,
            "in_claims": True,
            "paid_amount": Decimal((paid or {}).get(specialty, 0) if n == 0 else 0),
            "allowed_amount": Decimal(1),
        }
        for specialty, number in heads.items()
        for n in range(number)
    ]


def cost(tin: str, cases: int, rate: float, **said: object) -> dict:
    made = {"tin": tin, "measure": "per_capita_cost", "cases": cases, "rate": rate}
    return {**made, "variance": 100.0, "numerator": 1.0, **said}


# three practices; internists and cardiologists
TEAMS = [
    *team("T1", {"IM": 70, "CARD": 30}, IM=8, CARD=2),
    *team("T2", {"IM": 24, "CARD": 96}, IM=3, CARD=9),
    *team("T3", {"IM": 120}, IM=12),
]
COSTS = [cost("T1", 400, 11000.0), cost("T2", 250, 14000.0), cost("T3", 600, 9500.0)]


def found(solver, rates=COSTS, professionals=TEAMS, year=2017, **choices):
    program = value_modifier(year, **choices)
    given = {"unadjusted_rates": rates, "professionals": professionals, "measure_rules": RULES}
    national = solve(solver, specialty_costs, program, **given)
    made = solve(solver, performance_rates, program, **given, specialty_costs=national)
    by_specialty = {row["specialty"]: row["expected_cost"] for row in national}
    return by_specialty, {(row["tin"]): row for row in made}


def rates_of(made: dict[str, dict]) -> dict[str, float]:
    return {tin: row["rate"] for tin, row in made.items()}


def test_three_practices(solver):
    national, made = found(solver)
    assert national == pytest.approx({"IM": 9970.846946, "CARD": 13740.189445}, rel=1e-6)
    assert {tin: row["specialty_expected"] for tin, row in made.items()} == pytest.approx(
        {"T1": 11101.649696, "T2": 12986.320946, "T3": 9970.846946}, rel=1e-6
    )
    assert rates_of(made) == pytest.approx(
        {"T1": 10780.379788, "T2": 11729.265020, "T3": 10366.220699}, rel=1e-6
    )
    assert made["T2"]["unadjusted_rate"] == 14000.0


def test_the_variance_moves_with_the_rate(solver):
    _, made = found(solver)
    for row in made.values():
        change = row["rate"] / row["unadjusted_rate"]
        assert row["variance"] == pytest.approx(100.0 * change**2, rel=1e-9)


def test_the_example_of_the_regulation(solver):
    """10 A and 30 B at 12,000 dollars, 21 A and 39 B at 8,000: A costs 8,813 and B 9,599."""
    national, _ = found(
        solver,
        [cost("G1", 1500, 12000.0), cost("G2", 2000, 8000.0)],
        [*team("G1", A=10, B=30), *team("G2", A=21, B=39)],
    )
    assert national == pytest.approx({"A": 8813.008130, "B": 9598.579041}, rel=1e-6)


def test_2015_has_no_specialty_adjustment(solver):
    national, made = found(solver, year=2015)
    assert national == {}
    assert rates_of(made) == {"T1": 11000.0, "T2": 14000.0, "T3": 9500.0}
    assert {row["specialty_expected"] for row in made.values()} == {None}


def test_quality_rates_and_supplied_rates_stand_as_they_are(solver):
    quality = {**cost("T1", 50, 0.9), "measure": "111"}
    program = value_modifier(2017)
    stated = cost("T4", 400, 20000.0, numerator=None)
    rates = [*COSTS, quality, stated]
    given = {"professionals": [*TEAMS, *team("T4", IM=1)], "measure_rules": RULES}
    national = solve(solver, specialty_costs, program, unadjusted_rates=rates, **given)
    assert {row["specialty"]: row["expected_cost"] for row in national} == found(solver)[0]
    made = solve(
        solver,
        performance_rates,
        program,
        unadjusted_rates=rates,
        specialty_costs=national,
        **given,
    )
    kept = {(row["tin"], row["measure"]): row["rate"] for row in made}
    assert kept["T1", "111"] == 0.9
    assert kept["T4", "per_capita_cost"] == 20000.0


def test_practices_below_the_minimum_do_not_shape_the_nation_but_are_adjusted(solver):
    small = cost("S", 19, 50000.0)
    teams = [*TEAMS, *team("S", {"CARD": 10}, CARD=5)]
    national, made = found(solver, [*COSTS, small], teams)
    assert national == pytest.approx(found(solver)[0], rel=1e-12)
    assert made["S"]["specialty_expected"] == pytest.approx(national["CARD"], rel=1e-12)
    assert made["S"]["rate"] == pytest.approx(50000 / national["CARD"] * 10880, rel=1e-9)


def test_a_specialty_without_national_weight_counts_as_the_mean(solver):
    """D21; the alternative leaves it out and lets the others share."""
    teams = [*TEAMS, *team("S", {"IM": 25, "DERM": 75}, IM=1, DERM=1)]
    rates = [*COSTS, cost("S", 5, 10000.0)]
    _, made = found(solver, rates, teams)
    assert made["S"]["specialty_expected"] == pytest.approx(
        0.25 * 9970.846946 + 0.75 * 10880.0, rel=1e-6
    )
    _, made = found(solver, rates, teams, D21="drop_and_renormalise")
    assert made["S"]["specialty_expected"] == pytest.approx(9970.846946, rel=1e-6)


def test_a_practice_of_unweighted_specialties_alone_stands_as_it_is(solver):
    """Under the alternative of D21 nothing is left to compare it with."""
    teams = [*TEAMS, *team("S", {"DERM": 75}, DERM=1)]
    _, made = found(solver, [*COSTS, cost("S", 5, 7.0)], teams, D21="drop_and_renormalise")
    assert (made["S"]["rate"], made["S"]["specialty_expected"]) == (7.0, None)


def test_a_practice_without_professionals_in_claims_stands_as_it_is(solver):
    roster_only = {**team("S", IM=1)[0], "in_claims": False}
    _, made = found(solver, [*COSTS, cost("S", 5, 7.0)], [*TEAMS, roster_only])
    assert (made["S"]["rate"], made["S"]["specialty_expected"]) == (7.0, None)


def test_the_first_step_can_weigh_by_payments(solver):
    """D20, alternative: T1 .7 x 8 x 400, T2 .2 x 3 x 250, T3 1 x 12 x 600."""
    national, _ = found(solver, D20="part_b_payments")
    weights = {"T1": 2240, "T2": 150, "T3": 7200}
    top = 2240 * 11000 + 150 * 14000 + 7200 * 9500
    assert national["IM"] == pytest.approx(top / sum(weights.values()), rel=1e-9)


@pytest.mark.parametrize(
    ("basis", "expected"),
    [("headcount", 0.25), ("allowed_amount", 0.9), ("paid_fee_schedule", 0.2)],
)
def test_the_second_step_weighs_by_dollars_or_heads(solver, basis, expected):
    """D36: the share of internists in a practice with 3 of them and 9 cardiologists."""
    teams = [dict(row) for row in TEAMS]
    for row in teams:
        if row["specialty"] == "IM":
            row["allowed_amount"] = Decimal(27)
    national, made = found(solver, professionals=teams, D36=basis)
    mixed = expected * national["IM"] + (1 - expected) * national["CARD"]
    assert made["T2"]["specialty_expected"] == pytest.approx(mixed, rel=1e-6)


def test_without_payments_heads_decide(solver):
    teams = [*TEAMS, *team("S", IM=3, CARD=1)]
    national, made = found(solver, [*COSTS, cost("S", 5, 7.0)], teams)
    mixed = 0.75 * national["IM"] + 0.25 * national["CARD"]
    assert made["S"]["specialty_expected"] == pytest.approx(mixed, rel=1e-9)
