"""Per capita cost: populations, trimming, the model of expected cost, cases (42 CFR 414.1235)."""

from __future__ import annotations

import pytest

from tests.measured import dollars, people, per_capita_cost, rates
from tests.short_tables import value_modifier
from tests.solving import on_every_solver

pytestmark = on_every_solver

# fourteen beneficiaries of three practices; the answers were computed by hand
EXAMPLE = """
    tin | cost  | months | score | esrd
    ----+-------+--------+-------+-----
    A   | 9000  | 12     | 0.80  |
    A   | 13200 | 12     | 1.40  |
    A   | 4600  | 12     | 0.55  |
    A   | 19250 | 11     | 2.30  |
    A   | 66000 | 12     | 3.10  | yes
    B   | 5600  | 12     | 0.70  |
    B   | 9100  | 12     | 1.10  |
    B   | 2300  | 5      | 0.60  |
    B   | 15900 | 12     | 1.95  |
    C   | 11800 | 12     | 1.05  |
    C   | 7400  | 12     | 0.65  |
    C   | 16900 | 12     | 1.60  |
    C   | 71000 | 12     | 2.80  | yes
    C   | 9900  | 12     | 0.95  |
"""


def hundred(*scores: float) -> list[dict]:
    """A hundred beneficiaries of practice A at 100, 200, ... 10,000 dollars."""
    rows = people("tin | cost | score\n" + "\n".join(f"A | {100 * n} | 1" for n in range(1, 101)))
    for number, row in enumerate(rows):
        row["score"] = scores[number % len(scores)] if scores else 1.0
    return rows


def coefficients(found: dict) -> dict[str, float]:
    return {row["term"]: row["coefficient"] for row in found["model"]}


def test_fourteen_beneficiaries_of_three_practices(solver):
    """Least squares on score, score squared and ESRD; actual over expected times the mean."""
    found = per_capita_cost(solver, value_modifier(2017, D14="none"), people(EXAMPLE))
    assert coefficients(found) == pytest.approx(
        {
            "intercept": -4629.963111,
            "risk_score": 18840.954173,
            "risk_score_squared": -3765.233931,
            "esrd": 50400.814347,
        },
        rel=1e-6,
    )
    made = {row["tin"]: row for row in rates(solver, found["cases"], dollars())}
    means = [row["national_mean"] for row in made.values()]
    assert means == pytest.approx([19065.714286] * 3, rel=1e-6)
    assert {tin: row["rate"] for tin, row in made.items()} == pytest.approx(
        {"A": 19070.038015, "B": 16648.374748, "C": 19955.849656}, rel=1e-6
    )
    assert {tin: row["variance"] ** 0.5 for tin, row in made.items()} == pytest.approx(
        {"A": 627.621944, "B": 737.435427, "C": 332.964516}, rel=1e-6
    )


def test_the_cheapest_are_dropped_and_the_dearest_capped(solver):
    """The 1st percentile of 100, 200, ... 10,000 is 199 and the 99th 9,901: mean 5,099 of 99."""
    found = per_capita_cost(solver, value_modifier(2017), hundred())
    assert found["points"] == [
        {
            "measure": "per_capita_cost",
            "low": pytest.approx(199.0, rel=1e-12),
            "high": pytest.approx(9901.0, rel=1e-12),
            "beneficiaries": 100,
        }
    ]
    kept = [row["numerator"] for row in found["cases"] if row["included"]]
    assert len(kept) == 99
    assert sum(kept) / len(kept) == pytest.approx(5099.0, rel=1e-12)
    assert max(kept) == pytest.approx(9901.0, rel=1e-12)
    out = [row for row in found["cases"] if not row["included"]]
    assert [(row["numerator"], row["reason"], row["expected"]) for row in out] == [
        (pytest.approx(199.0), "below_trim_point", None)
    ]


@pytest.mark.parametrize(
    ("choice", "lowest", "highest"),
    [("floor_and_cap", 199.0, 9901.0), ("cap_only", 100.0, 9901.0), ("none", 100.0, 10000.0)],
)
def test_other_ways_to_trim_drop_nobody(solver, choice, lowest, highest):
    """D14, alternatives."""
    found = per_capita_cost(solver, value_modifier(2017, D14=choice), hundred())
    costs = [row["numerator"] for row in found["cases"] if row["included"]]
    assert len(costs) == 100
    assert (min(costs), max(costs)) == (pytest.approx(lowest), pytest.approx(highest))


def test_a_cost_at_the_trim_point_is_not_below_it(solver):
    """701 beneficiaries, the eight cheapest alike: the 1st percentile is what they cost."""
    rows = people(
        "tin | cost | score\n" + "\n".join(f"A | {max(n, 8) / 10} | 1" for n in range(1, 702))
    )
    found = per_capita_cost(solver, value_modifier(2017), rows)
    assert all(row["included"] for row in found["cases"])


def test_a_beneficiary_without_score_is_out_before_trimming(solver):
    """D19: the cheapest has no score, so it moves neither the trim points nor the model."""
    rows = [*hundred(), *people("beneficiary_id | tin | cost | score\n z | A | 1 | ")]
    found = per_capita_cost(solver, value_modifier(2017), rows)
    assert found["points"][0]["low"] == pytest.approx(199.0, rel=1e-12)
    assert found["points"][0]["beneficiaries"] == 100
    last = found["cases"][-1]
    assert (last["case_id"], last["included"], last["reason"]) == ("z", False, "no_risk_score")
    assert last["expected"] is None


def test_without_any_scores_nobody_counts(solver):
    """D19: no trim point, no model that would be a plain mean in disguise, no rate."""
    rows = people(EXAMPLE)
    for row in rows:
        row["score"] = None
    found = per_capita_cost(solver, value_modifier(2017), rows)
    assert found["points"] == [
        {"measure": "per_capita_cost", "low": None, "high": None, "beneficiaries": 0}
    ]
    assert (found["sums"], found["model"]) == ([], [])
    assert {(row["reason"], row["expected"]) for row in found["cases"]} == {("no_risk_score", None)}
    assert sorted(row["numerator"] for row in found["cases"])[0] == 4600.0
    assert rates(solver, found["cases"], dollars()) == []


def test_a_term_that_nobody_has_is_dropped(solver):
    rows = [row for row in people(EXAMPLE) if not row["esrd"]]
    found = per_capita_cost(solver, value_modifier(2017, D14="none"), rows)
    assert [(row["term"], row["is_dropped"]) for row in found["model"]] == [
        ("intercept", False),
        ("risk_score", False),
        ("risk_score_squared", False),
        ("esrd", True),
    ]
    assert coefficients(found)["esrd"] == 0.0


def test_scores_of_two_values_have_no_square_of_their_own(solver):
    """1.1 and 0.3 and their squares lie on a line, although their sums do not to the last digit."""
    found = per_capita_cost(solver, value_modifier(2017, D14="none"), hundred(1.1, 0.3))
    assert [row["is_dropped"] for row in found["model"]] == [False, False, True, True]
    # the dearer half has odd hundreds, on average 100 dollars less
    means = {1.1: 5000.0, 0.3: 5100.0}
    slope = (means[1.1] - means[0.3]) / 0.8
    assert coefficients(found)["risk_score"] == pytest.approx(slope, rel=1e-6)


def test_one_score_for_all_predicts_the_mean(solver):
    found = per_capita_cost(solver, value_modifier(2017, D14="none"), hundred(1.1))
    assert [row["is_dropped"] for row in found["model"]] == [False, True, True, True]
    assert coefficients(found)["intercept"] == pytest.approx(5050.0, rel=1e-9)


def test_months_can_weigh(solver):
    """D15, alternative: a beneficiary of 12 months counts three times one of 4 months."""
    rows = people("tin | cost | months | score\n A | 1200 | 12 | 1\n A | 100 | 4 | 1")
    even = per_capita_cost(solver, value_modifier(2018, D14="none"), rows)
    weighed = per_capita_cost(
        solver, value_modifier(2018, D14="none", D15="month_weighted_ols"), rows
    )
    assert coefficients(even)["intercept"] == pytest.approx(750.0)
    assert coefficients(weighed)["intercept"] == pytest.approx(975.0)


LINE = "tin | cost | score\n" + "\n".join(
    f"A | {cost} | {score}" for score, cost in ((1, 0), (1, 0), (2, 10), (3, 200), (4, 390))
)


def test_expected_cost_is_at_least_one_dollar(solver):
    """D16; the alternatives leave the prediction, or take the 1st percentile of predictions."""
    lowest = {
        floor: min(
            row["expected"]
            for row in per_capita_cost(
                solver, value_modifier(2017, D14="none", D16=floor), people(LINE)
            )["cases"]
        )
        for floor in ("one_dollar", "none", "first_percentile")
    }
    assert lowest["none"] < 0 < lowest["one_dollar"]
    assert lowest["one_dollar"] == 1.0
    # the two lowest predictions are alike, so the 1st percentile is theirs
    assert lowest["first_percentile"] == pytest.approx(lowest["none"], rel=1e-9)


def test_expected_cost_can_be_floored_at_the_first_percentile(solver):
    """The lowest of three predictions is lifted by 2 percent of the way to the next."""
    rows = people("tin | cost | score\n A | 100 | 1\n A | 200 | 2\n A | 300 | 3")
    program = value_modifier(2017, D14="none", D16="first_percentile")
    expected = [row["expected"] for row in per_capita_cost(solver, program, rows)["cases"]]
    assert expected == pytest.approx([102.0, 200.0, 300.0], rel=1e-9)


def test_nobody_attributed_gives_no_cases(solver):
    found = per_capita_cost(solver, value_modifier(2017), [])
    assert found == {"people": [], "points": [], "sums": [], "model": [], "cases": []}


def test_twice_the_dollars_are_twice_the_rates(solver):
    once, twice = people(EXAMPLE), people(EXAMPLE)
    for row in twice:
        row["cost"] *= 2
    program = value_modifier(2017)
    single = rates(solver, per_capita_cost(solver, program, once)["cases"], dollars())
    double = rates(solver, per_capita_cost(solver, program, twice)["cases"], dollars())
    assert [row["rate"] for row in double] == pytest.approx(
        [2 * row["rate"] for row in single], rel=1e-9
    )
    assert [row["variance"] for row in double] == pytest.approx(
        [4 * row["variance"] for row in single], rel=1e-9
    )


def test_row_order_does_not_matter(solver):
    """To the last digit."""
    program = value_modifier(2017)
    forward = per_capita_cost(solver, program, people(EXAMPLE))
    backward = per_capita_cost(solver, program, people(EXAMPLE)[::-1])
    assert forward["model"] == backward["model"]
    one, other = (rates(solver, made["cases"], dollars()) for made in (forward, backward))
    assert one == other


def test_new_enrollees_can_have_a_term_of_their_own(solver):
    """D15 and M25, alternative: two new enrollees of the same score cost 500 dollars more."""
    rows = people(
        """
        tin | cost | score | new
        ----+------+-------+----
        A   | 1000 | 1     |
        A   | 2000 | 2     | no
        A   | 3000 | 3     | no
        A   | 1500 | 1     | yes
        A   | 2500 | 2     | yes
        """
    )
    usual = per_capita_cost(solver, value_modifier(2017, D14="none"), rows)
    assert [row["term"] for row in usual["model"]][-1] == "esrd"
    program = value_modifier(2017, D14="none", D15="ols_with_new_enrollee")
    found = per_capita_cost(solver, program, rows)
    assert coefficients(found) == pytest.approx(
        {
            "intercept": 0.0,
            "risk_score": 1000.0,
            "risk_score_squared": 0.0,
            "esrd": 0.0,
            "new_enrollee": 500.0,
        },
        abs=1e-6,
    )
    expected = [row["expected"] for row in found["cases"]]
    assert expected == pytest.approx([1000.0, 2000.0, 3000.0, 1500.0, 2500.0])


def test_the_new_enrollee_term_is_dropped_when_there_are_none(solver):
    program = value_modifier(2017, D14="none", D15="ols_with_new_enrollee")
    found = per_capita_cost(solver, program, people(EXAMPLE))
    assert [row["term"] for row in found["model"] if row["is_dropped"]] == ["new_enrollee"]
