"""The model program: from results to a bonus, one rule at a time (principles 5, C4, C6.3)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from openp4p.awards.complexity import practice_complexity
from openp4p.awards.fund import award_fund, award_payments, award_rate, bonuses
from openp4p.awards.participation import participants
from openp4p.awards.scores import award_measures, practice_awards
from openp4p.program.library import load_program
from openp4p.shrinkage.estimates import shrunken_rates
from openp4p.shrinkage.results import shrinkage_results
from tests.short_tables import carrier_lines
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver
PROGRAM = load_program("vms_model/2017")
EARLY, FIRST, LAST = dt.date(2014, 12, 1), dt.date(2015, 1, 1), dt.date(2015, 12, 31)
# the worked example: alpha 12, beta 4, between targets of the benchmark year 0.62 and 0.88
FIT = {"measure": "001", "scale": 1.0, "alpha": 12.0, "beta": 4.0, "mean": 0.75, "is_paid_on": True}
RESULT = {"measure": "001", "tin": "A", "is_count": True, "scale": 1.0}


def fits(**benchmark: object) -> list[dict]:
    paid = {**FIT, "period": "performance_year", "low": 0.5, "high": 0.9}
    before = {**FIT, "period": "benchmark_year", "is_paid_on": False, "low": 0.62, "high": 0.88}
    return [paid, {**before, **benchmark}]


def results(*, baseline: bool = True) -> list[dict]:
    now = {**RESULT, "period": "performance_year", "cases": 60, "met": 41.0, "rate": 41 / 60}
    before = {**RESULT, "period": "benchmark_year", "cases": 58, "met": 33.0, "rate": 33 / 58}
    return [now, before] if baseline else [now]


def scored(solver: str, **given: object) -> dict:
    rates = solve(solver, shrunken_rates, PROGRAM, **given)
    (row,) = solve(solver, award_measures, PROGRAM, shrunken_rates=rates, practices=[{"tin": "A"}])
    return row


def test_the_worked_example_is_scored_to_its_last_digit(solver):
    row = scored(solver, shrinkage_results=results(), shrinkage_fits=fits())
    assert round(row["estimate"], 6) == 0.697368
    assert round(row["baseline"], 6) == 0.608108
    assert round(row["reliability"], 6) == 0.789474
    assert round(row["attainment"], 6) == 0.297571
    assert round(row["improvement"], 6) == 0.295464
    assert round(row["score"], 6) == 0.297571


def test_without_a_benchmark_year_the_periods_own_targets_stand_in_and_nothing_improved(solver):
    given = {"shrinkage_results": results(baseline=False), "shrinkage_fits": fits()[:1]}
    (rate,) = solve(solver, shrunken_rates, PROGRAM, **given)
    assert (rate["low"], rate["threshold_source"]) == (0.5, "performance_period")
    row = scored(solver, **given)
    assert (row["baseline"], row["improvement"]) == (None, 0.0)


def test_where_lower_is_better_the_targets_are_the_other_way_round(solver):
    row = scored(solver, shrinkage_results=results(), shrinkage_fits=fits(low=0.88, high=0.55))
    assert row["attainment"] == pytest.approx((0.88 - row["estimate"]) / 0.33)
    assert row["improvement"] == 0.0  # worse than before


def test_a_measure_that_does_not_tell_practices_apart_is_not_scored(solver):
    flat = {**fits()[0], "low": None, "high": None, "reason": "no_differences"}
    row = scored(solver, shrinkage_results=results(baseline=False), shrinkage_fits=[flat])
    assert (row["score"], row["estimate"], row["reason"]) == (None, 0.75, "no_differences")
    assert solve(solver, practice_awards, PROGRAM, award_measures=[row]) == []


def test_a_rate_without_a_variance_is_the_mean(solver):
    fit = {**FIT, "period": "performance_year", "alpha": None, "beta": None, "mean": 10.0,
           "between": 4.0, "low": 12.0, "high": 8.0}  # fmt: skip
    rows = [
        {**RESULT, "tin": tin, "is_count": False, "period": "performance_year", "cases": 9,
         "rate": 14.0, "variance": variance}
        for tin, variance in (("A", 4.0), ("B", None), ("C", 0.0))
    ]  # fmt: skip
    found = solve(solver, shrunken_rates, PROGRAM, shrinkage_results=rows, shrinkage_fits=[fit])
    assert [row["estimate"] for row in found] == [12.0, 10.0, 14.0]
    assert [row["reliability"] for row in found] == [0.5, 0.0, 1.0]


def rate(measure: str, tin: str, **said: object) -> dict:
    return {"measure": measure, "tin": tin, "cases": 10, "numerator": 4.0, "denominator": 10.0,
            "rate": 0.4, "variance": 0.024, **said}  # fmt: skip


def test_two_years_are_added_where_the_year_before_is_not_the_benchmark_year(solver):
    given = {
        "unadjusted_rates": [rate("001", "A"), rate("cahps_1", "A", rate=80.0, variance=None)],
        "prior_rates": [rate("001", "A", numerator=9.0, rate=0.9), rate("001", "gone")],
        "practices": [{"tin": "A"}],
    }
    found = solve(solver, shrinkage_results, PROGRAM, **given, benchmark_year=None)
    both = [row for row in found if row["period"] == "two_years"]
    assert [(row["tin"], row["cases"], row["met"]) for row in both] == [("A", 20, 13.0)]
    assert [row["is_count"] for row in found if row["measure"] == "cahps_1"] == [False]
    found = solve(solver, shrinkage_results, PROGRAM, **given, benchmark_year=2014)
    assert {row["period"] for row in found} == {"performance_year"}


def test_a_ratio_that_its_model_has_shrunken_is_taken_as_observed_over_expected(solver):
    one = rate("readmission", "A", numerator=5.0, expected=4.0, national_mean=16.0, rate=16.3)
    (row,) = solve(
        solver, shrinkage_results, PROGRAM,
        unadjusted_rates=[one], practices=[{"tin": "A"}], benchmark_year=None,
    )  # fmt: skip
    assert row["rate"] == 20.0
    assert row["variance"] == pytest.approx(16.0**2 * 0.6 / 4.0)


def test_only_a_practice_that_enrolled_in_time_and_stayed_takes_part(solver):
    """C4.1: silence is not enrolment."""
    practices = [{"tin": t, "is_subject": t != "F"} for t in "ABCDEF"]
    said = [
        ("A", EARLY, None),
        ("B", EARLY, LAST),
        ("C", dt.date(2015, 1, 2), None),
        ("D", EARLY, dt.date(2015, 12, 30)),
        ("A", dt.date(2015, 6, 1), None),
        ("F", EARLY, None),
    ]
    names = ("tin", "participates_from", "participates_to")
    rows = [dict(zip(names, row, strict=True)) for row in said]
    found = solve(solver, participants, PROGRAM, practices=practices, participation=rows)
    assert {row["tin"]: row["reason"] for row in found} == {
        "A": None,
        "B": None,
        "C": "enrolled_late",
        "D": "withdrawn",
        "E": "did_not_enrol",
        "F": "not_eligible",
    }
    absent = solve(solver, participants, PROGRAM, practices=practices)
    assert not any(row["participates"] for row in absent)


def person(id_: str, score: float | None, *, dual: bool = False) -> dict:
    return {"beneficiary_id": id_, "is_eligible": True, "months": 12, "is_dual": dual,
            "risk_score": score}  # fmt: skip


def enrolled(id_: str, year: int, months: int = 12) -> list[dict]:
    return [
        {"beneficiary_id": id_, "year_month": year * 100 + m, "part_a": True, "part_b": True}
        for m in range(1, months + 1)
    ]


def test_months_weigh_more_for_the_sick_and_poor_and_are_scaled_for_newcomers(solver):
    lines = carrier_lines("tin | from_date\nA | 2014-01-15\nB | 2014-07-01\nB | 2014-09-01")
    people = [person("1", 0.5), person("2", 0.7, dual=True), person("3", 0.9), person("4", 2.0)]
    given = {
        "history_eligible": people,
        "history_attributed": [
            {"beneficiary_id": "1", "tin": "B"},
            {"beneficiary_id": "2", "tin": "A"},
            {"beneficiary_id": "4", "tin": "A"},
        ],
        "enrollment_month": [m for n in "1234" for m in enrolled(n, 2014)],
        "claim_line": lines,
    }
    found = {r["tin"]: r for r in solve(solver, practice_complexity, PROGRAM, **given)}
    assert found["A"]["complexity_months"] == Decimal("33.000000000")  # 24 * (1 + .25 + .125)
    assert (found["A"]["top_risk_patients"], found["A"]["dual_patients"]) == (1, 1)
    # from July on, scaled to a year
    assert (found["B"]["member_months"], found["B"]["months_of_history"]) == (6, 6)
    assert found["B"]["complexity_months"] == Decimal("12.000000000")


def test_without_care_of_the_year_before_the_period_itself_is_counted(solver):
    found = solve(
        solver, practice_complexity, PROGRAM,
        eligible_beneficiaries=[person("1", None)],
        attributed_beneficiaries=[{"beneficiary_id": "1", "tin": "A"}],
        enrollment_month=enrolled("1", 2015, 7),
        claim_line=carrier_lines("tin\nA\n") and carrier_lines("tin | from_date\nA | 2015-01-02"),
    )  # fmt: skip
    assert [(r["counted_year"], r["member_months"]) for r in found] == [(2015, 7)]


def paid(solver: str, pool: str, months: dict[str, str], awards: dict[str, float], out: str = ""):
    """Bonuses and the fund; practices named in `out` do not take part."""
    complexity = [{"tin": t, "complexity_months": Decimal(m)} for t, m in months.items()]
    who = [
        {"tin": t, "is_eligible": True, "participates": t not in out,
         "reason": "did_not_enrol" if t in out else None}
        for t in months
    ]  # fmt: skip
    scores = [{"tin": t, "award": a} for t, a in awards.items()]
    known = solve(
        solver, award_rate, PROGRAM,
        practice_complexity=complexity, participants=who, pool=Decimal(pool),
    )  # fmt: skip
    rows = solve(
        solver, bonuses, PROGRAM,
        participants=who, practice_awards=scores, practice_complexity=complexity, award_rate=known,
    )  # fmt: skip
    (fund,) = solve(solver, award_fund, PROGRAM, award_rate=known, bonuses=rows)
    return {row["tin"]: row for row in rows}, fund


def test_the_worked_bonus(solver):
    """4,200 member-months, 1.20 for complexity, $6.00: award 0.55 pays $16,632.00."""
    rows, fund = paid(solver, "60480.00", {"A": "5040", "B": "5040"}, {"A": 0.55, "B": 1.0}, "B")
    assert fund["rate"] == Decimal("6.000000000")
    assert rows["A"]["bonus"] == Decimal("16632.00")
    assert (rows["B"]["bonus"], rows["B"]["offered_bonus"]) == (Decimal(0), Decimal("30240.00"))
    assert fund["awarded_dollars"] + fund["unused_dollars"] == Decimal("60480.00")


def test_nobodys_bonus_depends_on_who_else_takes_part(solver):
    months, awards = {"A": "11.5", "B": "7.25", "C": "3"}, {"A": 0.9, "B": 0.5, "C": 1.0}
    alone, _ = paid(solver, "1000.00", months, awards, "BC")
    together, _ = paid(solver, "1000.00", months, awards)
    assert alone["A"] == together["A"]


@pytest.mark.parametrize("pool", ["0.00", "0.01", "100.00", "99999.99", "1000000.00"])
def test_full_awards_to_all_never_exceed_the_pool(solver, pool):
    months = dict(zip("ABCDEFG", ("1", "3", "7", "0.333333", "11", "13", "1e3"), strict=True))
    rows, fund = paid(solver, pool, months, dict.fromkeys(months, 1.0))
    total = sum(row["bonus"] for row in rows.values())
    assert total == fund["largest_liability"] == fund["awarded_dollars"]
    assert Decimal(pool) - Decimal("0.08") <= total <= Decimal(pool)


def test_the_rate_is_cut_and_not_rounded_where_a_float_cannot_tell(solver):
    """3,000,000,000.02 over 30 million months is 100.00000000066: a step more is a cent over."""
    pool = Decimal("3000000000.02")
    rows, fund = paid(solver, str(pool), {"A": "3e7"}, {"A": 1.0})
    assert fund["rate"] == Decimal("100.000000000")
    assert rows["A"]["bonus"] == Decimal("3000000000.00") < pool


def test_a_review_changes_the_bonus_of_the_corrected_practice_alone(solver):
    months = [{"tin": t, "complexity_months": Decimal(100)} for t in "AB"]
    who = [{"tin": t, "is_eligible": True, "participates": True, "reason": None} for t in "ABN"]
    before = {
        "participates": True, "award": Decimal("0.2"), "complexity_months": Decimal(100),
        "largest_bonus": Decimal("500.00"), "offered_bonus": Decimal("100.00"),
        "bonus": Decimal("100.00"), "reason": None,
    }  # fmt: skip
    rows = solve(
        solver, bonuses, PROGRAM,
        participants=who, practice_complexity=months,
        practice_awards=[{"tin": t, "award": 0.5} for t in "AB"],
        award_rate=[{"rate": Decimal(5)}],
        practice_corrections=[{"tin": "A"}],
        reviewed_bonuses=[{"tin": t, **before} for t in "AB"],
    )  # fmt: skip
    found = {row["tin"]: row for row in rows}
    assert found["A"]["bonus"] == Decimal("250.00")
    assert found["B"] == {"tin": "B", **before}
    assert found["N"]["reason"] == "no_patients", "who was not there is computed"


def test_what_was_not_awarded_says_why(solver):
    rows, _ = paid(solver, "10.00", {"A": "0", "B": "5"}, {"A": 0.5})
    assert (rows["A"]["reason"], rows["B"]["reason"]) == ("no_patients", "no_measure")
    assert (rows["A"]["bonus"], rows["B"]["bonus"]) == (Decimal(0), Decimal(0))


def test_payments_are_the_bonus_and_never_less(solver):
    rows = [
        {"tin": "A", "bonus": Decimal("5.00"), "reason": None},
        {"tin": "B", "bonus": Decimal("0.00"), "reason": "did_not_enrol"},
        {"tin": "C", "bonus": Decimal("0.00"), "reason": "not_eligible"},
    ]
    found = solve(
        solver, award_payments, PROGRAM,
        bonuses=rows,
        practices=[{"tin": t, "size_class": "1-9"} for t in "ABC"],
        paid_amounts=[{"tin": "A", "paid_amount": Decimal("100.00")}],
    )  # fmt: skip
    assert [row["basis"] for row in found] == ["award", "did_not_enrol", "not_subject"]
    assert [row["adjustment_amount"] for row in found] == [Decimal("5.00"), Decimal(0), Decimal(0)]
    assert found[0]["adjustment_fraction"] == Decimal("0.050000000")
