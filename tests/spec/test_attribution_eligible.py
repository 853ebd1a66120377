"""Which beneficiaries count: a whole year in Parts A and B, outside Medicare Advantage, in the US.

CMS, Detailed Methodology for the 2013 QRURs and 2015 VM; 79 FR 67548 (part-year beneficiaries).
"""

from __future__ import annotations

import datetime as dt

import pytest

from openp4p.attribution.eligible import eligible_beneficiaries
from tests.short_tables import months, value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver
BOTH, EARLY, LATE = (2015, 2017), (2015,), (2017,)


def found(solver: str, enrolled: list[dict], people: list[dict], year: int = 2017, **given):
    choices = {k: given.pop(k) for k in list(given) if k.startswith("D")}
    program = value_modifier(year, **choices)
    rows = solve(
        solver,
        eligible_beneficiaries,
        program,
        beneficiary=people,
        enrollment_month=enrolled,
        **given,
    )
    return {row["beneficiary_id"]: row for row in rows}


def why_not(solver: str, enrolled: list[dict], year: int, person: dict | None = None, **choices):
    row = found(solver, enrolled, [{"beneficiary_id": "b", **(person or {})}], year, **choices)["b"]
    assert row["is_eligible"] is (row["reason"] is None)
    return row["reason"]


def year_of(year: int, first: int = 1, last: int = 12, **said: object) -> list[dict]:
    """Months of the performance year of a payment year."""
    return months("b", (year - 2) * 100 + first, (year - 2) * 100 + last, **said)


@pytest.mark.parametrize("year", BOTH)
def test_a_whole_year_in_parts_a_and_b_counts(solver, year):
    assert why_not(solver, year_of(year), year) is None
    assert why_not(solver, year_of(year), year, {"is_us_resident": True}) is None


@pytest.mark.parametrize("year", BOTH)
def test_nobody_counts_without_enrolment_in_the_year(solver, year):
    assert why_not(solver, [], year) == "not_enrolled"
    assert why_not(solver, year_of(year - 1), year) == "not_enrolled"
    assert why_not(solver, year_of(year, part_a=False, part_b=None), year) == "not_enrolled"


@pytest.mark.parametrize("year", BOTH)
def test_one_month_of_medicare_advantage_or_of_one_part_is_too_much(solver, year):
    advantage = [*year_of(year, 1, 11), *year_of(year, 12, 12, ma_enrolled=True)]
    assert why_not(solver, advantage, year) == "part_c"
    a_only = [*year_of(year, 1, 11), *year_of(year, 12, 12, part_b=False)]
    assert why_not(solver, a_only, year) == "part_a_or_b_only"
    b_only = [*year_of(year, 1, 11), *year_of(year, 12, 12, part_a=None)]
    assert why_not(solver, b_only, year) == "part_a_or_b_only"


def test_reasons_come_in_the_order_of_the_rule(solver):
    """Part C before A or B only, before residence, before a short year."""
    person = {"is_us_resident": False}
    short = year_of(2015, 1, 6)
    assert why_not(solver, short, 2015) == "short_year"
    assert why_not(solver, short, 2015, person) == "outside_us"
    one_part = [*short, *year_of(2015, 7, 7, part_b=False)]
    assert why_not(solver, one_part, 2015, person) == "part_a_or_b_only"
    advantage = [*one_part, *year_of(2015, 8, 8, ma_enrolled=True)]
    assert why_not(solver, advantage, 2015, person) == "part_c"


DIED = {"death_date": dt.date(2015, 6, 10)}


@pytest.mark.parametrize(
    ("what", "first", "last", "before", "person", "default", "any_spell"),
    [
        ("newly enrolled", 4, 12, False, {}, None, None),
        ("newly enrolled and died", 4, 6, False, DIED, None, None),
        ("died", 1, 6, True, DIED, None, None),
        ("enrolled again", 4, 12, True, {}, "short_year", None),
        ("enrolled again and died", 4, 6, True, DIED, "short_year", None),
        ("left", 1, 6, True, {}, "short_year", None),
        ("came and left", 4, 9, False, {}, "short_year", None),
    ],
)
def test_a_short_year_counts_for_the_new_and_the_deceased(
    solver, what, first, last, before, person, default, any_spell
):
    """D37: from 2017 only they are kept; the alternative keeps every unbroken spell."""
    enrolled = year_of(2017, first, last)
    if before:
        enrolled += months("b", 201401, 201406)
    assert why_not(solver, enrolled, 2017, person) == default, what
    assert why_not(solver, enrolled, 2017, person, D37="any_unbroken_spell") == any_spell, what


def test_until_2016_every_short_year_is_dropped(solver):
    for choices in ({}, {"D37": "any_unbroken_spell"}):
        assert why_not(solver, year_of(2015, 4, 12), 2015, {}, **choices) == "short_year"
        died = {"death_date": dt.date(2013, 6, 10)}
        assert why_not(solver, year_of(2015, 1, 6), 2015, died, **choices) == "short_year"


def test_a_broken_year_is_never_kept(solver):
    broken = [*year_of(2017, 3, 5), *year_of(2017, 7, 12)]
    assert why_not(solver, broken, 2017) == "short_year"
    assert why_not(solver, broken, 2017, D37="any_unbroken_spell") == "short_year"
    broken_and_died = [*year_of(2017, 1, 2), *year_of(2017, 4, 6)]
    assert why_not(solver, broken_and_died, 2017, DIED) == "short_year"


def test_the_month_of_death_counts_and_later_months_do_not(solver):
    """Enrolment rows after death are leftovers; a death in December leaves a whole year."""
    people = [
        {"beneficiary_id": "june", "death_date": dt.date(2015, 6, 10)},
        {"beneficiary_id": "december", "death_date": dt.date(2015, 12, 1)},
        {"beneficiary_id": "earlier", "death_date": dt.date(2014, 12, 31)},
        {"beneficiary_id": "later", "death_date": dt.date(2016, 1, 1)},
    ]
    enrolled = [row for p in people for row in months(p["beneficiary_id"], 201501, 201512)]
    rows = found(solver, enrolled, people)
    assert {p: (row["months"], row["days"], row["reason"]) for p, row in rows.items()} == {
        "june": (6, 31 + 28 + 31 + 30 + 31 + 10, None),
        "december": (12, 334 + 1, None),
        "earlier": (0, 0, "not_enrolled"),
        "later": (12, 365, None),
    }


def test_days_are_those_of_the_months_that_count(solver):
    """A leap year has 366; a month with Part A alone adds none."""
    enrolled = months("leap", 201601, 201612) + months("part", 201601, 201601)
    enrolled += months("part", 201602, 201602, part_b=False)
    people = [{"beneficiary_id": "leap"}, {"beneficiary_id": "part"}]
    rows = found(solver, enrolled, people, 2018)
    assert {p: (row["months"], row["days"]) for p, row in rows.items()} == {
        "leap": (12, 366),
        "part": (1, 31),
    }


def test_renal_disease_is_any_month_of_the_year_unless_january_is_chosen(solver):
    """D15; Medicare status 11, 21 or 31."""
    enrolled = [
        *months("january", 201501, 201501, entitlement_status="11"),
        *months("january", 201502, 201512, entitlement_status="10"),
        *months("july", 201501, 201506, entitlement_status="20"),
        *months("july", 201507, 201512, entitlement_status="21"),
        *months("before", 201412, 201412, entitlement_status="31"),
        *months("before", 201501, 201512, entitlement_status="10"),
        *months("unknown", 201501, 201512),
    ]
    people = [{"beneficiary_id": p} for p in ("january", "july", "before", "unknown")]
    any_month = found(solver, enrolled, people)
    assert {p for p, row in any_month.items() if row["is_esrd"]} == {"january", "july"}
    january = found(solver, enrolled, people, D15b="january")
    assert {p for p, row in january.items() if row["is_esrd"]} == {"january"}


def test_full_medicaid_benefits_in_any_month_make_a_dual(solver):
    enrolled = [
        row
        for number, code in enumerate(["01", "02", "03", "04", "05", "06", "08", None])
        for row in (
            *months(f"{number}", 201501, 201511),
            *months(f"{number}", 201512, 201512, dual_status=code),
        )
    ]
    rows = found(solver, enrolled, [{"beneficiary_id": f"{number}"} for number in range(8)])
    assert [p for p, row in rows.items() if row["is_dual"]] == ["1", "3", "6"]


def test_the_risk_score_is_the_one_of_the_run(solver):
    people = [{"beneficiary_id": "b"}, {"beneficiary_id": "none"}]
    rows = found(
        solver,
        months("b", 201501, 201512),
        people,
        risk_scores="""
        beneficiary_id | risk_score | source
        ---------------+------------+---------
        b              | 1.25       | supplied
        none           |            | computed
        """,
    )
    assert (rows["b"]["risk_score"], rows["none"]["risk_score"]) == (1.25, None)
    assert rows["none"]["is_dual"] is False
    assert rows["none"]["is_esrd"] is False
