"""How large a practice is and whether the modifier applies to it.

42 CFR 414.1210; 80 FR 70886 (the lower of two counts); CMS Value Modifier page (ACOs and models).
"""

from __future__ import annotations

import pytest

from openp4p.errors import ProgramError
from openp4p.groups.practices import practices
from tests.short_tables import team, value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver


def found(solver: str, year: int, people: list[dict], *, roster: bool = True, **given: object):
    choices = {k: given.pop(k) for k in list(given) if k.startswith("D")}
    rows = solve(
        solver,
        practices,
        value_modifier(year, **choices),
        professionals=people,
        roster_supplied=roster,
        **given,
    )
    return {row["tin"]: row for row in rows}


def standing(row: dict) -> str:
    return row["size_class"] if row["is_subject"] else row["reason"]


@pytest.mark.parametrize(
    ("year", "expected"),
    [(2016, "below_minimum_size"), (2017, "1-9"), (2018, "1-9")],
)
def test_twelve_on_the_roster_and_nine_billing_are_nine(solver, year, expected):
    """Worked example `size`: not subject in 2016, size class 1-9 in 2017 and 2018."""
    row = found(solver, year, team("A", roster=12, claims=9, physicians=9))["A"]
    assert row["size"] == 9
    assert standing(row) == expected


@pytest.mark.parametrize(
    ("year", "size", "expected"),
    [
        (2015, 99, "below_minimum_size"),
        (2015, 100, "100+"),
        (2016, 9, "below_minimum_size"),
        (2016, 10, "10-99"),
        (2016, 99, "10-99"),
        (2016, 100, "100+"),
        (2017, 1, "1-9"),
        (2017, 9, "1-9"),
        (2017, 10, "10+"),
        (2018, 10, "10+"),
    ],
)
def test_size_classes_begin_and_end_where_the_rule_says(solver, year, size, expected):
    row = found(solver, year, team("A", roster=size, claims=size, physicians=1))["A"]
    assert standing(row) == expected


def test_in_2015_both_counts_must_reach_a_hundred(solver):
    people = [
        *team("few listed", roster=99, claims=120, physicians=5),
        *team("few billing", roster=120, claims=99, physicians=5),
        *team("both", roster=100, claims=100, physicians=5),
    ]
    rows = found(solver, 2015, people)
    assert {tin: standing(row) for tin, row in rows.items()} == {
        "few listed": "below_minimum_size",
        "few billing": "below_minimum_size",
        "both": "100+",
    }


def test_without_a_roster_size_is_the_claims_count(solver):
    row = found(solver, 2017, team("A", roster=0, claims=11, physicians=2), roster=False)["A"]
    assert (row["size"], standing(row)) == (11, "10+")


def test_a_tin_that_is_not_on_the_roster_is_never_added(solver):
    row = found(solver, 2017, team("A", roster=0, claims=11, physicians=2))["A"]
    assert standing(row) == "not_on_roster"


def test_a_listed_tin_without_billing_professionals_is_not_subject(solver):
    row = found(solver, 2017, team("A", roster=3, claims=0, physicians=0))["A"]
    assert standing(row) == "no_professionals"


def test_a_physician_is_needed_until_2017_and_no_longer_in_2018(solver):
    """In 2018 a practice without physicians is a class of its own at any size."""
    people = [
        *team("small", roster=3, claims=3, physicians=0),
        *team("large", roster=30, claims=30, physicians=0),
        *team("mixed", roster=30, claims=30, physicians=1),
    ]
    in_2017 = {tin: standing(row) for tin, row in found(solver, 2017, people).items()}
    assert in_2017 == {"small": "no_physician", "large": "no_physician", "mixed": "10+"}
    in_2018 = {tin: standing(row) for tin, row in found(solver, 2018, people).items()}
    assert in_2018 == {"small": "nonphysician_only", "large": "nonphysician_only", "mixed": "10+"}


def test_a_physician_on_the_roster_alone_is_not_one_who_billed(solver):
    people = team("A", roster=3, claims=2, physicians=0)
    people[2].update(is_physician=True, specialty="11")
    assert standing(found(solver, 2017, people)["A"]) == "no_physician"


MODELS = """
    tin     | npi | model   | entity_id | performance_year | entity_reported
    --------+-----+---------+-----------+------------------+----------------
    Shared  | x   | mssp    | ACO1      | {year}           | yes
    Pioneer | x   | pioneer | P1        | {year}           |
    Past    | x   | mssp    | ACO1      | 2012             | yes
"""


def model_practices(solver: str, year: int, **choices: str) -> dict[str, str]:
    people = [
        person
        for tin in ("Shared", "Pioneer", "Past")
        for person in team(tin, roster=100, claims=100, physicians=50)
    ]
    text = MODELS.format(year=year - 2)
    rows = found(solver, year, people, model_participation=text, **choices)
    return {tin: f"{row['handling']}: {standing(row)}" for tin, row in rows.items()}


@pytest.mark.parametrize("year", [2015, 2016])
def test_aco_practices_are_out_until_2016(solver, year):
    """One taking part is enough; taking part in another year is nothing."""
    assert model_practices(solver, year) == {
        "Shared": "excluded: model_excluded",
        "Pioneer": "excluded: model_excluded",
        "Past": "None: 100+",
    }


def test_from_2017_shared_savings_practices_are_in_and_pioneer_is_waived(solver):
    assert model_practices(solver, 2017) == {
        "Shared": "aco: 10+",
        "Pioneer": "waived: model_waived",
        "Past": "None: 10+",
    }


@pytest.mark.parametrize("option", ["ordinary", "average"])
def test_pioneer_practices_can_be_taken_in(solver, option):
    """D38: the outline still counts Pioneer practices in from 2017."""
    assert model_practices(solver, 2017, D38=option)["Pioneer"] == f"{option}: 10+"


def test_taking_pioneer_practices_in_is_no_choice_before_2017(solver):
    with pytest.raises(ProgramError, match="open from payment year 2017 only"):
        model_practices(solver, 2016, D38="ordinary")


def test_a_waiver_outweighs_an_aco_and_one_reporting_aco_of_two_is_enough(solver):
    people = [
        person for tin in ("Two", "Both") for person in team(tin, roster=2, claims=2, physicians=2)
    ]
    rows = found(
        solver,
        2017,
        people,
        model_participation="""
        tin  | model | entity_id | performance_year | entity_reported
        -----+-------+-----------+------------------+----------------
        Two  | mssp  | ACO2      | 2015             | yes
        Two  | mssp  | ACO1      | 2015             | no
        Both | mssp  | ACO1      | 2015             |
        Both | cpc   | CPC1      | 2015             |
        """,
    )
    two, both = rows["Two"], rows["Both"]
    assert (two["entity_id"], two["handling"], two["entity_reported"]) == ("ACO1", "aco", True)
    assert (both["entity_id"], both["reason"]) == ("CPC1", "model_waived")
    assert both["entity_reported"] is False


def test_a_report_states_its_own_counts(solver):
    """A run that starts from a report takes its counts, with or without a roster."""
    rows = found(
        solver,
        2017,
        team("A", roster=2, claims=2, physicians=2),
        roster=False,
        supplied_practice="""
        tin     | professionals_in_roster | professionals_in_claims | physicians_in_claims
        --------+-------------------------+-------------------------+---------------------
        A       | 30                      | 25                      | 20
        NoList  |                         | 25                      | 20
        Listed  | 30                      |                         |
        Unknown | 30                      | 25                      |
        Empty   |                         |                         |
        """,
    )
    assert {tin: (row["size"], standing(row)) for tin, row in rows.items()} == {
        "A": (25, "10+"),
        "NoList": (25, "10+"),
        "Listed": (30, "10+"),
        "Unknown": (25, "10+"),
        "Empty": (None, "no_professionals"),
    }


def test_elections_are_those_of_the_performance_year(solver):
    people = [
        person for tin in ("A", "B", "C") for person in team(tin, roster=1, claims=1, physicians=1)
    ]
    rows = found(
        solver,
        2017,
        people,
        practice_election="""
        tin | performance_year | elects_quality_tiering | elects_cahps
        ----+------------------+------------------------+-------------
        A   | 2015             | yes                    |
        B   | 2014             | yes                    | yes
        """,
    )
    elected = {t: (r["elects_quality_tiering"], r["elects_cahps"]) for t, r in rows.items()}
    assert elected == {"A": (True, False), "B": (False, False), "C": (False, False)}
