"""Medicare Spending per Beneficiary: which admissions open an episode, and which count."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.episodic import enrolled, episode, people, stays, walk, why
from tests.short_tables import value_modifier
from tests.solving import on_every_solver

pytestmark = on_every_solver

ONE = "admission_date | discharge_date\n 2015-06-01 | 2015-06-05"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("is_subsection_d\n false", "not_subsection_d"),
        ("is_maryland\n true", "not_subsection_d"),
        ("paid_amount\n 0.00", "no_payment_or_drg"),
        ("paid_amount\n -1.00", "no_payment_or_drg"),
        ("drg\n none", "no_payment_or_drg"),
        ("discharge_status\n 02", "transfer"),
        ("discharge_status\n 94", "transfer"),
        ("chain_stays\n 2", "transfer"),
        ("discharge_status\n 03", "index"),
    ],
)
def test_a_stay_may_be_no_index_admission(solver, said, reason):
    """Not subsection (d); nothing paid or no DRG; a transfer. A move to a nursing facility may."""
    assert why(solver, said) == [reason]


def test_a_payment_that_is_not_known_is_not_zero(solver):
    listed = stays(ONE)
    listed[0]["paid_amount"] = None
    assert walk(solver, value_modifier(2017), listed)["stays"][0]["is_index"]


def test_the_first_reason_is_told(solver):
    text = """
        is_subsection_d | paid_amount | chain_stays
        false           | 0.00        | 2
        true            | 0.00        | 2
    """
    assert why(solver, text) == ["not_subsection_d", "no_payment_or_drg"]


def test_maryland_may_be_included(solver):
    """M27."""
    assert why(solver, "is_maryland\n true", M27="maryland_included") == ["index"]


def test_an_admission_within_thirty_days_of_an_index_discharge_is_part_of_its_episode(solver):
    """Exactly 30 days after is within, 31 days after opens an episode of its own."""
    text = """
        beneficiary_id | admission_date | discharge_date
        b1             | 2015-03-01     | 2015-03-05
        b1             | 2015-04-04     | 2015-04-06
        b2             | 2015-03-01     | 2015-03-05
        b2             | 2015-04-05     | 2015-04-06
    """
    assert why(solver, text) == ["index", "within_30_days", "index", "index"]


def test_a_blocked_stay_does_not_block(solver):
    """The third admission is near the second, which is no index, and far from the first."""
    text = """
        admission_date | discharge_date
        2015-03-01     | 2015-03-05
        2015-04-01     | 2015-04-05
        2015-04-20     | 2015-04-22
        2015-05-23     | 2015-05-24
    """
    assert why(solver, text) == ["index", "within_30_days", "index", "index"]
    found = walk(solver, value_modifier(2017), stays(text))["stays"]
    assert [row["blocked_by"] for row in found] == [None, "s1", None, None]


def test_a_stay_that_overlaps_an_index_stay_is_blocked_by_it(solver):
    text = """
        ccn    | admission_date | discharge_date
        100001 | 2015-03-01     | 2015-03-20
        100002 | 2015-03-05     | 2015-03-10
        100002 | 2015-04-15     | 2015-04-16
    """
    assert why(solver, text) == ["index", "within_30_days", "within_30_days"]


def test_a_stay_that_is_no_index_for_what_it_is_blocks_nothing(solver):
    text = """
        admission_date | discharge_date | chain_stays | paid_amount
        2015-03-01     | 2015-03-05     | 2           | 10.00
        2015-03-10     | 2015-03-11     | 1           | 0.00
        2015-03-15     | 2015-03-16     | 1           | 10.00
    """
    assert why(solver, text) == ["transfer", "no_payment_or_drg", "index"]


def test_an_admission_in_january_may_be_blocked_by_an_index_stay_of_december(solver):
    """The stays before the year are walked too; their episodes are not of the year."""
    text = """
        admission_date | discharge_date
        2014-12-20     | 2014-12-28
        2015-01-20     | 2015-01-22
        2015-02-20     | 2015-02-22
    """
    assert why(solver, text) == ["index", "within_30_days", "index"]
    assert list(episode(solver, text)) == ["s3"]


def test_a_december_stay_that_was_itself_blocked_lets_january_be(solver):
    text = """
        admission_date | discharge_date
        2014-11-25     | 2014-11-30
        2014-12-20     | 2014-12-28
        2015-01-02     | 2015-01-04
    """
    assert why(solver, text) == ["index", "within_30_days", "index"]


def test_an_episode_lies_in_the_year_with_its_thirty_days(solver):
    """Discharged on 1 December at the latest; an admission before the year does not matter."""
    text = """
        beneficiary_id | admission_date | discharge_date
        b1             | 2014-12-30     | 2015-01-01
        b2             | 2014-12-29     | 2014-12-31
        b3             | 2015-11-30     | 2015-12-01
        b4             | 2015-11-30     | 2015-12-02
        b5             | 2015-12-31     | 2015-12-31
    """
    assert why(solver, text) == ["index"] * 5
    assert list(episode(solver, text)) == ["s1", "s3"]


def test_a_payment_year_without_the_measure_has_no_episodes(solver):
    """2015 pays on the care of 2013 and does not have the measure."""
    text = "admission_date | discharge_date\n 2013-06-01 | 2013-06-05"
    assert episode(solver, text, year=2015) == {}


def test_an_episode_needs_parts_a_and_b_from_ninety_days_before_it(solver):
    """Admission 1 June, start 29 May, look-back from 28 February to the end on 5 July."""

    def reason(month: int, **said: object) -> str | None:
        rows = enrolled(stays(ONE))
        for row in rows:
            if row["year_month"] == month:
                row.update(said)
        return episode(solver, ONE, around={"enrollment_month": rows})["s1"]

    assert reason(201502, part_b=False) == "not_enrolled"
    assert reason(201501, part_b=False) is None
    assert reason(201507, part_a=None) == "not_enrolled"
    assert reason(201508, part_a=False) is None
    assert reason(201506, ma_enrolled=True) == "part_c"


def test_a_month_that_is_not_listed_is_not_enrolled(solver):
    rows = [row for row in enrolled(stays(ONE)) if row["year_month"] != 201504]
    assert episode(solver, ONE, around={"enrollment_month": rows}) == {"s1": "not_enrolled"}


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("from_date | primary_payer_code\n 2015-02-28 | A", "medicare_secondary"),
        ("from_date | primary_payer_code\n 2015-02-27 | A", None),
        ("from_date | primary_payer_paid\n 2015-07-05 | 0.01", "medicare_secondary"),
        ("from_date | primary_payer_paid\n 2015-07-06 | 0.01", None),
        ("from_date | primary_payer_paid\n 2015-06-01 | 0.00", None),
    ],
)
def test_an_episode_with_another_payer_before_medicare_does_not_count(solver, said, reason):
    header, row = said.split("\n")
    claim = f"claim_id | beneficiary_id | {header}\n k1 | b1 | {row}"
    assert episode(solver, ONE, around={"claim": claim}) == {"s1": reason}


@pytest.mark.parametrize(
    ("death", "reason"),
    [("2015-06-05", "died"), ("2015-07-05", "died"), ("2015-07-06", None)],
)
def test_a_death_in_the_episode_takes_it_out(solver, death, reason):
    """The months after a death need not be enrolled, so that the reason is the death."""
    text = f"beneficiary_id | death_date\n b1 | {death}"
    rows = [r for r in enrolled(stays(ONE)) if r["year_month"] <= int(death[:4] + death[5:7])]
    around = {"beneficiary": people(stays(ONE), text), "enrollment_month": rows}
    assert episode(solver, ONE, around=around) == {"s1": reason}


def test_someone_without_a_birth_date_has_no_risk_data(solver):
    around = {"beneficiary": [{"beneficiary_id": "b1"}]}
    assert episode(solver, ONE, around=around) == {"s1": "no_risk_data"}


def test_an_episode_that_does_not_count_still_blocks(solver):
    """M42: in the alternative it does not, and the next stay is an index admission."""
    text = """
        admission_date | discharge_date
        2015-03-01     | 2015-03-05
        2015-03-20     | 2015-03-22
    """
    rows = [row for row in enrolled(stays(text)) if row["year_month"] != 201411]
    around = {"enrollment_month": rows}
    assert episode(solver, text, around=around) == {"s1": "not_enrolled"}
    other = {"M42": "excluded_stays_do_not_block"}
    assert episode(solver, text, around=around, **other) == {"s2": None}
    assert why(solver, text, **other) == ["index", "within_30_days"]


def test_a_walk_of_sixty_index_admissions(solver):
    """Every stay lies within thirty days of another, so that only the walk tells."""
    first = dt.date(2010, 1, 1)
    days = [first + dt.timedelta(days=16 * number) for number in range(120)]
    text = "stay_id | admission_date\n" + "\n".join(
        f"s{number:03} | {day}" for number, day in enumerate(days)
    )
    found = why(solver, text)
    assert found == ["index", "within_30_days"] * 60
