"""Category 1 and Category 2: did the practice report quality (42 CFR 414.1270)?"""

from __future__ import annotations

import pytest

from openp4p.groups.reporting import reporting_categories
from tests.short_tables import column, team, value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver


def practice(tin: str, **said: object) -> dict:
    return {"tin": tin, **said}


def success(tin: str, met: int, *, year: int = 2015, mechanism: str = "claims") -> list[dict]:
    """The first so many professionals of a team met the criteria as individuals."""
    return [
        {
            "tin": tin,
            "npi": f"{tin}-{number:03}",
            "performance_year": year,
            "mechanism": mechanism,
            "is_satisfactory": True,
        }
        for number in range(met)
    ]


def group(tin: str, *, year: int = 2015, satisfactory: bool = True, mechanism: str = "registry"):
    return {
        "tin": tin,
        "performance_year": year,
        "mechanism": mechanism,
        "is_satisfactory": satisfactory,
    }


def found(solver: str, year: int = 2017, *, roster: bool = True, **given: object) -> list[dict]:
    choices = {k: given.pop(k) for k in list(given) if k.startswith("D")}
    program = value_modifier(year, **choices)
    return solve(solver, reporting_categories, program, roster_supplied=roster, **given)


@pytest.mark.parametrize(
    ("professionals", "satisfied", "category"),
    [(9, 5, 1), (9, 4, 2), (10, 5, 1), (1, 1, 1), (1, 0, 2), (3, 1, 2)],
)
def test_half_of_the_professionals_is_enough(solver, professionals, satisfied, category):
    """Worked example `pqrs_share`: 5 of 9 and 5 of 10 pass, 4 of 9 does not; a solo must report."""
    rows = found(
        solver,
        practices=[practice("A")],
        professionals=team("A", roster=0, claims=professionals, physicians=1),
        pqrs_success=success("A", satisfied),
    )
    assert rows[0]["category"] == category
    assert rows[0]["basis"] == ("individual_share" if category == 1 else "not_reported")
    assert rows[0]["share"] == pytest.approx(satisfied / professionals)


def test_a_group_that_reported_needs_no_individuals(solver):
    rows = found(
        solver,
        practices=[practice("A"), practice("B")],
        professionals=[
            *team("A", roster=0, claims=4, physicians=1),
            *team("B", roster=0, claims=4, physicians=1),
        ],
        pqrs_success=[group("A"), group("B", satisfactory=False)],
    )
    assert column(rows, "tin", "basis") == {"A": "group", "B": "not_reported"}
    assert column(rows, "tin", "mechanism") == {"A": "registry", "B": None}


def test_a_failed_group_may_stand_on_its_individuals(solver):
    """D33: both tests must fail for Category 2; the alternative lets the failed group decide."""
    given = {
        "practices": [practice("A")],
        "professionals": team("A", roster=0, claims=2, physicians=1),
        "pqrs_success": [group("A", satisfactory=False), *success("A", 2, mechanism="ehr")],
    }
    default = found(solver, **given)[0]
    assert (default["category"], default["basis"]) == (1, "individual_share")
    assert default["mechanism"] == "ehr"
    strict = found(solver, D33="category_2", **given)[0]
    assert (strict["category"], strict["basis"]) == (2, "not_reported")


@pytest.mark.parametrize(
    ("base", "professionals", "satisfactory", "category"),
    [("claims", 6, 2, 2), ("roster", 4, 2, 1), ("lower", 4, 2, 1)],
)
def test_the_share_counts_the_same_people_on_both_sides(
    solver, base, professionals, satisfactory, category
):
    """D2: of those in claims, of those on the roster, or of whichever are fewer."""
    rows = found(
        solver,
        D2=base,
        practices=[practice("A")],
        professionals=team("A", roster=4, claims=6, physicians=1),
        pqrs_success=success("A", 2),
    )
    row = rows[0]
    assert (row["professionals"], row["professionals_satisfactory"], row["category"]) == (
        professionals,
        satisfactory,
        category,
    )


@pytest.mark.parametrize("base", ["claims", "lower"])
def test_someone_who_reported_but_did_not_bill_is_not_counted(solver, base):
    rows = found(
        solver,
        D2=base,
        practices=[practice("A")],
        professionals=team("A", roster=4, claims=0, physicians=0)
        + [
            dict(row, npi=f"B-{n}")
            for n, row in enumerate(team("A", roster=0, claims=4, physicians=0))
        ],
        pqrs_success=success("A", 4),
    )
    assert (rows[0]["professionals"], rows[0]["professionals_satisfactory"]) == (4, 0)


@pytest.mark.parametrize("base", ["roster", "lower"])
def test_without_a_roster_the_share_is_of_those_in_claims(solver, base):
    rows = found(
        solver,
        roster=False,
        D2=base,
        practices=[practice("A")],
        professionals=team("A", roster=0, claims=2, physicians=1),
        pqrs_success=success("A", 1),
    )
    assert (rows[0]["share"], rows[0]["category"]) == (0.5, 1)


def test_a_practice_known_from_a_report_is_counted_by_the_report(solver):
    rows = found(
        solver,
        practices=[practice("A", professionals_in_claims=4, size=4), practice("B")],
        pqrs_success=[*success("A", 2), *success("B", 2)],
    )
    assert column(rows, "tin", "category") == {"A": 1, "B": 2}
    assert column(rows, "tin", "share") == {"A": 0.5, "B": None}


def test_success_in_another_year_is_nothing(solver):
    rows = found(
        solver,
        practices=[practice("A")],
        professionals=team("A", roster=0, claims=2, physicians=1),
        pqrs_success=[group("A", year=2014), *success("A", 2, year=2016)],
    )
    assert rows[0]["category"] == 2
    assert rows[0]["professionals_satisfactory"] == 0


def test_in_2015_a_group_reports_or_elects_administrative_claims(solver):
    """42 CFR 414.1270(a): individuals open no way into Category 1."""
    rows = found(
        solver,
        2015,
        practices=[practice(tin) for tin in ("Group", "Elects", "People", "Nothing", "Late")],
        professionals=team("People", roster=2, claims=2, physicians=1),
        pqrs_success=[group("Group", year=2013), *success("People", 2, year=2013)],
        practice_election="""
        tin     | performance_year | elects_administrative_claims
        --------+------------------+-----------------------------
        Elects  | 2013             | yes
        Nothing | 2013             | no
        Late    | 2014             | yes
        """,
    )
    assert {row["tin"]: (row["category"], row["basis"]) for row in rows} == {
        "Group": (1, "group"),
        "Elects": (1, "administrative_claims"),
        "People": (2, "not_reported"),
        "Nothing": (2, "not_reported"),
        "Late": (2, "not_reported"),
    }


def test_an_aco_reports_for_its_practices_and_they_may_report_for_themselves(solver):
    """80 FR 70886, 81 FR 80170: Category 2 only if neither the ACO nor the practice reported."""
    rows = found(
        solver,
        practices=[
            practice("By ACO", handling="aco", entity_reported=True),
            practice("By itself", handling="aco", entity_reported=False),
            practice("By people", handling="aco", entity_reported=None),
            practice("Nobody", handling="aco", entity_reported=False),
            practice("No ACO", handling="ordinary", entity_reported=True),
        ],
        professionals=team("By people", roster=0, claims=2, physicians=1),
        pqrs_success=[group("By itself"), *success("By people", 1)],
    )
    assert {row["tin"]: (row["category"], row["basis"]) for row in rows} == {
        "By ACO": (1, "aco_reported"),
        "By itself": (1, "group"),
        "By people": (1, "individual_share"),
        "Nobody": (2, "aco_not_reported"),
        "No ACO": (2, "not_reported"),
    }


def test_of_several_mechanisms_the_first_by_name_is_shown(solver):
    rows = found(
        solver,
        practices=[practice("A"), practice("B")],
        professionals=team("B", roster=0, claims=2, physicians=1),
        pqrs_success=[
            group("A", mechanism="qcdr"),
            group("A", mechanism="claims", satisfactory=False),
            group("A", mechanism="registry"),
            *success("B", 1, mechanism="registry"),
            *success("B", 2, mechanism="ehr")[1:],
        ],
    )
    assert column(rows, "tin", "mechanism") == {"A": "qcdr", "B": "ehr"}
