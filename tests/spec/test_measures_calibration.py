"""Calibration: does expected cost meet actual cost, in all and by group?"""

from __future__ import annotations

import datetime as dt

import pytest

from openp4p.measures.calibration import cost_calibration, cost_fit
from openp4p.measures.cases import CASES
from tests.conftest import parse
from tests.measured import dollars, measure
from tests.short_tables import value_modifier
from tests.solving import Given, columns_of, on_every_solver, solve

pytestmark = on_every_solver

TOTAL, SPENDING = "per_capita_cost", "spending_per_beneficiary"
RULES = [dollars(), dollars("diabetes_cost"), dollars(SPENDING)]
# four beneficiaries who cost 100, 200, 300 and 600 dollars: 300 on average
CASES_OF_FOUR = """
    beneficiary_id | numerator | expected
    ---------------+-----------+---------
    b1             | 100       | 200
    b2             | 200       | 200
    b3             | 300       | 400
    b4             | 600       | 400
"""
FOUR = """
    beneficiary_id | birth_date | is_dual | is_esrd | risk_score
    ---------------+------------+---------+---------+-----------
    b1             | 1950-12-31 | yes     | no      | 0.5
    b2             | 1951-01-01 | no      | no      | 0.7
    b3             | 1940-12-31 | yes     | no      | 1.5
    b4             | 1930-01-01 | no      | yes     | 2.5
"""


def cases(text: str) -> list[dict]:
    """Cases of total per capita cost of practice A that count, unless the table says otherwise."""
    rows = parse(text, CASES)
    for number, row in enumerate(rows, start=1):
        row["measure"] = row["measure"] or TOTAL
        row["tin"] = row["tin"] or "A"
        row["case_id"] = row["case_id"] or f"c{number:03}"
        row["cases"], row["denominator"] = 1, 1.0
        row["included"] = row["reason"] is None
    return rows


def calibration(solver: str, made: str, people: str, new: str = "") -> dict[tuple, dict]:
    """The rows by measure, grouping and group; a beneficiary without a row is no new enrollee."""
    enrolled = parse(people, columns_of("eligible_beneficiaries"))
    found = solve(
        solver,
        cost_calibration,
        value_modifier(2017),
        measure_cases=Given(cases(made), CASES),
        measure_rules=RULES,
        eligible_beneficiaries=enrolled,
        risk_scores=[
            {
                "beneficiary_id": row["beneficiary_id"],
                "is_new_enrollee": row["beneficiary_id"] in new,
            }
            for row in enrolled
        ],
    )
    return {(row["measure"], row["grouping"], row["group"]): row for row in found}


def fit(solver: str, made: str) -> list[dict]:
    given = Given(cases(made), CASES)
    return solve(solver, cost_fit, value_modifier(2017), measure_cases=given, measure_rules=RULES)


def ratios(found: dict[tuple, dict], grouping: str) -> dict[str, float]:
    return {
        group: row["predictive_ratio"]
        for (_m, kind, group), row in found.items()
        if kind == grouping
    }


def test_all_cases_together(solver):
    found = calibration(solver, CASES_OF_FOUR, FOUR)
    assert found[TOTAL, "all", "all"] == {
        "measure": TOTAL,
        "grouping": "all",
        "group": "all",
        "cases": 4,
        "beneficiaries": 4,
        "actual_dollars": 300.0,
        "expected_dollars": 300.0,
        "predictive_ratio": 1.0,
    }


def test_the_ratio_is_expected_over_actual(solver):
    """Full duals: 600 expected of 400; below 1 a group costs more than is expected of it."""
    found = calibration(solver, CASES_OF_FOUR, FOUR)
    assert ratios(found, "dual") == {"dual": 1.5, "not_dual": 0.75}
    assert found[TOTAL, "dual", "dual"]["actual_dollars"] == 200.0
    assert found[TOTAL, "dual", "dual"]["expected_dollars"] == 300.0
    assert ratios(found, "esrd") == {
        "esrd": pytest.approx(400 / 600),
        "no_esrd": pytest.approx(800 / 600),
    }


def test_ages_are_those_of_the_last_day_of_the_year(solver):
    """Born on 31 December 1950 or on 1 January 1951: 65 and 64 at the end of 2015."""
    found = calibration(solver, CASES_OF_FOUR, FOUR)
    assert ratios(found, "age_band") == {
        "65_to_74": 2.0,
        "under_65": 1.0,
        "75_to_84": pytest.approx(4 / 3),
        "85_and_over": pytest.approx(2 / 3),
    }


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (dt.date(1951, 12, 31), "under_65"),
        (dt.date(1950, 12, 31), "65_to_74"),
        (dt.date(1941, 1, 1), "65_to_74"),
        (dt.date(1940, 12, 31), "75_to_84"),
        (dt.date(1931, 1, 1), "75_to_84"),
        (dt.date(1930, 12, 31), "85_and_over"),
        ("", "unknown"),
    ],
)
def test_each_band_begins_with_its_first_age(solver, born, band):
    found = calibration(
        solver,
        "beneficiary_id | numerator | expected\n b1 | 100 | 100",
        f"beneficiary_id | birth_date\n b1 | {born}",
    )
    assert (TOTAL, "age_band", band) in found


def test_new_enrollees_are_told_from_those_with_a_year_of_diagnoses(solver):
    found = calibration(solver, CASES_OF_FOUR, FOUR, new="b1 b3")
    assert ratios(found, "new_enrollee") == {"new_enrollee": 1.5, "continuing": 0.75}


def test_deciles_are_tenths_of_the_cases_by_score(solver):
    """Twenty beneficiaries: two a decile, the healthiest first; equal scores go by case."""
    made = "beneficiary_id | case_id | numerator | expected\n" + "\n".join(
        f"b{n:02} | c{20 - n:02} | {n} | 1" for n in range(20)
    )
    scores = "beneficiary_id | risk_score\n" + "\n".join(
        f"b{n:02} | {1.0 if n < 4 else n}" for n in range(20)
    )
    found = calibration(solver, made, scores)
    actual = {
        g: row["actual_dollars"] for (_m, kind, g), row in found.items() if kind == "risk_decile"
    }
    # the cases c17 to c20 share a score: c17 is b03, c20 is b00
    assert actual == {"01": 2.5, "02": 0.5} | {f"{n + 1:02}": 2 * n + 0.5 for n in range(2, 10)}


def test_fewer_than_ten_cases_leave_deciles_empty(solver):
    """Four cases fall into the tenths in which a quarter begins."""
    found = calibration(solver, CASES_OF_FOUR, FOUR)
    assert set(ratios(found, "risk_decile")) == {"01", "03", "06", "08"}


def test_what_is_not_known_of_a_beneficiary_is_a_group(solver):
    found = calibration(
        solver, "beneficiary_id | numerator | expected\n stranger | 100 | 100", FOUR
    )
    groups = {kind: group for _m, kind, group in found}
    assert groups.pop("all") == "all"
    assert set(groups.values()) == {"unknown"}


def test_cases_that_do_not_count_are_left_out(solver):
    """And those of which nothing is expected, and measures that are no cost."""
    made = """
        measure         | beneficiary_id | numerator | expected | reason
        ----------------+----------------+-----------+----------+-----------------
        per_capita_cost | b1             | 100       | 200      |
        per_capita_cost | b2             | 900       | 200      | below_trim_point
        per_capita_cost | b3             | 900       |          |
        unheard         | b4             | 900       | 200      |
    """
    found = calibration(solver, made, FOUR)
    assert {(key[0], row["cases"]) for key, row in found.items()} == {(TOTAL, 1)}
    assert [row["cases"] for row in fit(solver, made)] == [1]


def test_measures_stay_apart_and_episodes_count_singly(solver):
    """A beneficiary with two episodes is two cases."""
    made = """
        measure                  | tin | case_id | beneficiary_id | numerator | expected
        -------------------------+-----+---------+----------------+-----------+---------
        diabetes_cost            | A   | b1      | b1             | 100       | 150
        spending_per_beneficiary | A   | e1      | b1             | 1000      | 2000
        spending_per_beneficiary | A   | e2      | b1             | 3000      | 2000
    """
    found = calibration(solver, made, FOUR)
    of_all = {key[0]: row for key, row in found.items() if key[1] == "all"}
    assert {m: (row["cases"], row["beneficiaries"]) for m, row in of_all.items()} == {
        "diabetes_cost": (1, 1),
        SPENDING: (2, 1),
    }
    assert of_all["diabetes_cost"]["predictive_ratio"] == 1.5
    assert of_all[SPENDING]["predictive_ratio"] == 1.0


def test_a_group_that_cost_nothing_has_no_ratio(solver):
    found = calibration(solver, "beneficiary_id | numerator | expected\n b1 | 0 | 1", FOUR)
    assert ratios(found, "all") == {"all": None}


def test_the_fit_is_the_share_of_the_spread_that_is_explained(solver):
    """Errors 100, 0, 100, 200: squares 60,000 of 140,000 around the mean of 300."""
    assert fit(solver, CASES_OF_FOUR) == [
        {
            "measure": TOTAL,
            "cases": 4,
            "mean_dollars": 300.0,
            "r_squared": pytest.approx(1 - 60000 / 140000, rel=1e-12),
        }
    ]


def test_expecting_the_mean_of_everyone_explains_nothing(solver):
    (found,) = fit(solver, "numerator | expected\n 100 | 200\n 300 | 200")
    assert found["r_squared"] == pytest.approx(0.0, abs=1e-12)


def test_a_prediction_that_is_worse_than_the_mean_has_a_fit_below_zero(solver):
    (found,) = fit(solver, "numerator | expected\n 100 | 300\n 300 | 100")
    assert found["r_squared"] == pytest.approx(-3.0)


def test_costs_that_are_all_the_same_have_no_fit(solver):
    (found,) = fit(solver, "numerator | expected\n 100.1 | 90\n 100.1 | 110\n 100.1 | 100")
    assert found["r_squared"] is None


def test_the_ratio_of_a_quality_measure_is_not_asked(solver):
    rules = [measure("readmission", form="observed_over_expected", source="claims")]
    rows = cases("measure | beneficiary_id | numerator | expected\n readmission | b1 | 1 | 0.2")
    given = Given(rows, CASES)
    program = value_modifier(2017)
    assert solve(solver, cost_fit, program, measure_cases=given, measure_rules=rules) == []
