"""What an episode should have cost, and the rate that a practice gets from it."""

from __future__ import annotations

import datetime as dt

import pytest

from openp4p.measures.episodes_conditions import episode_conditions
from openp4p.measures.episodes_risk import episode_diagnoses, episode_terms
from openp4p.measures.spending_per_beneficiary import spending_per_beneficiary_cases
from openp4p.risk.institutional import nursing_facility_cover
from tests.episodic import fitted, with_rules
from tests.measured import dollars, rates
from tests.short_tables import carrier_lines, months, value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver

START = dt.date(2015, 6, 15)
RISK = {
    "episode_id": "e1",
    "beneficiary_id": "b1",
    "start_date": START,
    "stratum": "05",
    "drg_cell": "291",
}


def terms(solver, *, conditions=(), status=None, cover="beneficiary_id", **said) -> set[str]:
    choices = {c: said.pop(c) for c in ("M32", "D19") if c in said}
    year = said.pop("year", 2017)
    person = {"beneficiary_id": "b1", "birth_date": dt.date(1948, 1, 1), "sex": "1", **said}
    found = solve(
        solver,
        episode_terms,
        value_modifier(year, **choices),
        episode_risks=[RISK],
        episode_conditions=[{"episode_id": "e1", "variable": v} for v in conditions],
        beneficiary=[person],
        enrollment_month=months("b1", 201505, 201507, **(status or {})),
        nursing_facility_cover=cover,
    )
    assert {row["stratum"] for row in found} == {"05"}
    return {row["term"] for row in found}


@pytest.mark.parametrize(
    ("birth", "term"),
    [
        (dt.date(1950, 6, 15), None),
        (dt.date(1950, 6, 16), "age_60_64"),
        (dt.date(1945, 6, 15), "age_70_74"),
        (dt.date(1945, 6, 16), None),
        (dt.date(1980, 6, 16), "age_0_34"),
        (dt.date(1920, 6, 15), "age_95_gt"),
        (dt.date(1920, 6, 16), "age_90_94"),
    ],
)
def test_age_at_the_start_falls_into_a_band(solver, birth, term):
    """65 to 69 is the band that the others are compared with."""
    expected = {"intercept", "drg_291"} | ({term} if term else set())
    assert terms(solver, birth_date=birth) == expected


def test_the_terms_of_an_episode(solver):
    """Conditions, originally disabled, ESRD in the month of the start, the DRG."""
    found = terms(
        solver,
        conditions=["HCC18", "DIABETES_CHF"],
        orig_entitlement_code="1",
        status={"entitlement_status": "11"},
    )
    assert found == {
        "intercept",
        "HCC18",
        "DIABETES_CHF",
        "originally_disabled",
        "esrd",
        "drg_291",
    }


def test_who_is_disabled_now_is_not_originally_disabled(solver):
    young = terms(solver, birth_date=dt.date(1951, 1, 1), orig_entitlement_code="1")
    assert young == {"intercept", "age_60_64", "drg_291"}


def test_the_model_says_which_reason_of_entitlement_counts(solver):
    """V22: disability alone; V12 (the care of 2013): also disability with ESRD."""
    assert "originally_disabled" not in terms(solver, orig_entitlement_code="3")
    assert "originally_disabled" in terms(solver, orig_entitlement_code="3", year=2015)


def test_long_term_residence_is_seen_from_nursing_facility_visits(solver):
    """M32: ninety days of cover before the start that end within thirty days of it."""

    def is_resident(first: str, last: str, **said) -> bool:
        cover = f"beneficiary_id | first_day | last_day\n b1 | {first} | {last}"
        return "long_term_care" in terms(solver, cover=cover, **said)

    assert is_resident("2015-02-16", "2015-05-16")
    assert not is_resident("2015-02-01", "2015-05-15")
    assert is_resident("2015-03-17", "2015-07-30")
    assert not is_resident("2015-03-18", "2015-07-30")
    assert not is_resident("2015-02-16", "2015-05-16", M32="never")
    assert not is_resident("2015-02-16", "2015-05-16", M32="supplied_status")


def test_long_term_residence_may_be_supplied(solver):
    status = {"institutional": True}
    assert "long_term_care" in terms(solver, status=status, M32="supplied_status")
    assert "long_term_care" not in terms(solver, status=status)


def cover(solver, *gaps: int, code="99308", place="32") -> list[tuple[dt.date, dt.date]]:
    day, text = dt.date(2015, 1, 1), "hcpcs_code | place_of_service | from_date"
    for gap in (0, *gaps):
        day += dt.timedelta(days=gap)
        text += f"\n {code} | {place} | {day}"
    found = solve(
        solver, nursing_facility_cover, value_modifier(2017), claim_line=carrier_lines(text)
    )
    return [(row["first_day"], row["last_day"]) for row in found]


def test_visits_cover_the_days_from_the_first_to_the_last(solver):
    """Ninety days, the first and the last counted; no two visits more than fourteen days apart."""
    ninety = [14, 14, 14, 14, 14, 14, 5]
    whole = [(dt.date(2015, 1, 1), dt.date(2015, 3, 31))]
    assert cover(solver, *ninety) == whole
    assert cover(solver, *ninety[:-1], 4) == []
    assert cover(solver, 14, 15, *ninety[2:]) == []
    assert cover(solver, *ninety, place="31") == []
    assert cover(solver, *ninety, code="99213") == []
    assert cover(solver, *ninety, 15, 3) == whole


def test_diagnoses_come_from_the_ninety_days_before_the_start(solver):
    """Of hospital claims and of professionals whose diagnoses count, by the last day."""
    claims = """
        claim_id | beneficiary_id | claim_class | from_date  | thru_date
        k1       | b1             | OUTPATIENT  | 2015-03-12 | 2015-03-13
        k2       | b1             | OUTPATIENT  | 2015-03-12 | 2015-03-14
        k3       | b1             | INPATIENT   | 2015-06-01 | 2015-06-11
        k4       | b1             | INPATIENT   | 2015-06-01 | 2015-06-12
        k5       | b1             | SNF         | 2015-06-01 | 2015-06-01
        k6       | b1             | PART_B      | 2015-06-01 | 2015-06-01
        k7       | b1             | PART_B      | 2015-06-01 | 2015-06-01
        k8       | b1             | PART_B      | 2015-06-01 | 2015-06-01
        k9       | b2             | OUTPATIENT  | 2015-06-01 | 2015-06-01
    """
    lines = carrier_lines("""
        claim_id | specialty | hcpcs_code
        k6       | 11        | 99213
        k7       | 59        | 99213
        k8       | 11        | 71010
    """)
    coded = "claim_id | seq | beneficiary_id | code | icd_version\n" + "\n".join(
        f"k{number} | 1 | b1 | code{number} | 9" for number in range(1, 10)
    )
    found = solve(
        solver,
        episode_diagnoses,
        value_modifier(2017),
        episode_risks=[RISK | {"start_date": dt.date(2015, 6, 12)}],
        claim=claims,
        claim_line=lines,
        diagnosis=coded,
    )
    # 71010 is an image; 14 March is the ninetieth day before 12 June
    assert {row["code"] for row in found} == {"code2", "code3", "code6"}


EXAMPLE = """
    cost  | terms
    ------+------
    9000  | a
    9000  | a
    20000 | b
    20000 | b
"""


def test_a_model_reproduces_the_means_of_its_groups(solver):
    made = fitted(
        solver, with_rules(value_modifier(2017), residual_low=0.0, residual_high=1.0), EXAMPLE
    )
    assert [row["expected"] for row in made["expected"]] == pytest.approx(
        [9000, 9000, 20000, 20000]
    )


def test_a_term_that_the_others_explain_is_dropped(solver):
    """Every episode is a or b: together they say what the intercept says."""
    made = fitted(solver, value_modifier(2017), EXAMPLE)["model"]
    assert {row["term"]: row["is_dropped"] for row in made} == {
        "intercept": False,
        "a": False,
        "b": True,
    }


def test_predictions_are_raised_and_rescaled(solver):
    """measures.md 5.4: predictions 1,500 to 20,000 with a bottom code of 5,000.

    Every episode has a term of its own, so that it is predicted to cost what it cost.
    """
    # the quantile of the five predictions that lies 3,500 of the way from 1,500 to 8,000
    floor = 3500 / 6500 / 4
    rules = with_rules(
        value_modifier(2017), prediction_floor=floor, residual_low=0.0, residual_high=1.0
    )
    text = "cost | terms\n" + "\n".join(
        f"{cost} | p{number}" for number, cost in enumerate((1500, 8000, 10000, 12000, 20000))
    )
    made = fitted(solver, rules, text)["expected"]
    raised = [4681.8182, 7490.9091, 9363.6364, 11236.3636, 18727.2727]
    assert [row["raised"] for row in made] == pytest.approx(raised, rel=1e-8)
    # nothing was dropped, so that raising has already kept the sum
    assert [row["expected"] for row in made] == pytest.approx(raised, rel=1e-8)


def test_the_ratio_of_sums_and_the_mean_of_ratios(solver):
    """measures.md 5.4: 1.203883495, and by the mean of episode ratios (MIPS) 1.253074434."""
    actual = (9000, 7000, 9500, 12500, 24000)
    expected = (4681.8182, 7490.9091, 9363.6364, 11236.3636, 18727.2727)
    given = [
        {"episode_id": f"e{n}", "beneficiary_id": f"b{n}", "cost": float(y), "expected": e}
        for n, (y, e) in enumerate(zip(actual, expected, strict=True))
    ]
    assert _over_national(solver, given) == pytest.approx(1.203883495, rel=1e-7)
    other = {"M30": "mean_of_ratios"}
    assert _over_national(solver, given, **other) == pytest.approx(1.253074434, rel=1e-7)


def _over_national(solver, given: list[dict], **choices: str) -> float:
    cases = solve(
        solver,
        spending_per_beneficiary_cases,
        value_modifier(2017, **choices),
        expected_episodes=given,
        episode_candidates=[
            {"episode_id": row["episode_id"], "tin": "T", "rank": 1} for row in given
        ],
    )
    (rate,) = rates(solver, cases, dollars("spending_per_beneficiary"))
    return rate["rate"] / rate["national_mean"]


MANY = "cost | terms\n" + "\n".join(f"{10000 + 10 * n} |" for n in range(200)) + "\n 99000 |"


def test_residuals_in_the_tails_do_not_count(solver):
    """Of 201 episodes the quantiles 0.5 and 99.5 percent are the second and the last but one."""
    made = fitted(solver, value_modifier(2017), MANY)["expected"]
    assert {r["episode_id"] for r in made if r["reason"] == "outlier"} == {"e001", "e201"}
    kept = [row for row in made if row["reason"] is None]
    assert sum(r["expected"] for r in kept) == pytest.approx(sum(r["cost"] for r in kept))


def test_an_untruncated_model_keeps_everything(solver):
    """D23: no floor, no residual dropped."""
    made = fitted(solver, value_modifier(2017, D23="ols_per_mdc_untruncated"), MANY)["expected"]
    assert {row["reason"] for row in made} == {None}
    assert {round(row["expected"] - row["predicted"], 6) for row in made} == {0.0}


def test_without_a_model_every_episode_is_expected_to_cost_the_mean(solver):
    """D23: the means of two strata do not matter then."""
    text = "cost | stratum\n 10000 | 05\n 20000 | 08\n 60000 | 08"
    other = value_modifier(2017, D23="observed_over_expected_without_model")
    made = fitted(solver, other, text)["expected"]
    assert [row["expected"] for row in made] == pytest.approx([30000.0] * 3)


def test_strata_are_fitted_apart(solver):
    text = "cost | stratum\n 10000 | 05\n 20000 | 08\n 60000 | 08"
    rules = with_rules(value_modifier(2017), residual_low=0.0, residual_high=1.0)
    made = fitted(solver, rules, text)["expected"]
    assert [row["expected"] for row in made] == pytest.approx([10000.0, 40000.0, 40000.0])


def test_an_episode_that_does_not_count_is_a_case_with_its_reason(solver):
    text = "cost | tin | reason\n 10000 | T |\n 99000 | T | died"
    kept, out = fitted(solver, value_modifier(2017), text)["cases"]
    assert (kept["included"], kept["reason"], kept["numerator"]) == (True, None, 10000.0)
    assert (out["included"], out["reason"], out["expected"]) == (False, "died", None)


def test_the_national_mean_is_that_of_unattributed_episodes_too(solver):
    """Two of four episodes have no practice; all four fit the model and make the mean."""
    text = "cost | tin\n 10000 | T\n 20000 | U\n 30000 |\n 40000 |"
    rules = with_rules(value_modifier(2017), residual_low=0.0, residual_high=1.0)
    cases = fitted(solver, rules, text)["cases"]
    assert [case["tin"] for case in cases] == ["T", "U"]
    found = rates(solver, cases, dollars("spending_per_beneficiary"))
    assert [row["national_mean"] for row in found] == pytest.approx([25000.0, 25000.0])
    assert [row["rate"] for row in found] == pytest.approx([10000.0, 20000.0])


def test_spending_per_beneficiary_of_a_practice(solver):
    """value-modifier.md 5.6: 74/72 of the national mean of 20,500 dollars is 21,069.44."""
    listed = [(18000, 20000), (25000, 22000), (31000, 30000)]
    cases = [
        {
            "measure": "spending_per_beneficiary",
            "tin": "T",
            "numerator": float(actual),
            "denominator": 1.0,
            "expected": float(expected),
            "national_mean": 20500.0,
        }
        for actual, expected in listed
    ]
    (found,) = rates(solver, cases, dollars("spending_per_beneficiary"))
    assert found["rate"] == pytest.approx(21069.444444, abs=1e-6)


def test_conditions_are_those_of_the_risk_model(solver):
    """Diabetes with complications and heart failure, and the interaction of the two (V22)."""
    found = solve(
        solver,
        episode_conditions,
        value_modifier(2017),
        episode_risks=[RISK],
        beneficiary=[{"beneficiary_id": "b1", "birth_date": dt.date(1940, 1, 1), "sex": "1"}],
        episode_diagnoses=[
            {"episode_id": "e1", "icd_version": 9, "code": code}
            for code in ("25060", "4280", "9999X")
        ],
    )
    assert {row["variable"] for row in found} == {"HCC18", "HCC85", "DIABETES_CHF"}
