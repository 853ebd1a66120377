"""Reported quality measures: whose reports count, and how they merge (42 CFR 414.1225)."""

from __future__ import annotations

import pytest

from openp4p.measures.reported import reported_cases
from tests.measured import dollars, measure, rates
from tests.short_tables import value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver

RULES = [
    measure("111"),
    measure("001", better="lower", sign=-1.0),
    measure("111:ehr"),
    dollars(),
]


def found(solver, results, categories="tin", success="tin", year=2017, period=None, **choices):
    program = value_modifier(year, **choices)
    performance_year = period or program.performance_year
    rows = results
    if isinstance(results, str):
        lines = results.strip().splitlines()
        rows = "\n".join(
            f"{line} | {'performance_year' if n == 0 else performance_year}"
            for n, line in enumerate(lines)
        )
    return solve(
        solver,
        reported_cases,
        program,
        quality_reports=rows,
        reporting_categories=categories,
        pqrs_success=success,
        measure_rules=RULES,
        performance_year=performance_year,
    )


def reasons(rows: list[dict]) -> dict[str, str | None]:
    return {row["case_id"]: row["reason"] for row in rows}


TWO_KINDS = """npi | tin | mechanism | measure | eligible | met
     | A | registry | 111 | 100 | 90
    1 | A | claims   | 111 | 40  | 30
    2 | A | registry | 111 | 60  | 45"""
GROUP = "tin | group_reported | basis\n A | yes | group"
INDIVIDUALS = "tin | group_reported | basis\n A | no | individual_share"


def test_reports_are_pooled_over_professionals_and_mechanisms(solver):
    """30 of 40 by claims, 45 of 60 and 18 of 20 by registry: 93 of 120, 77.5 percent (D7)."""
    cases = found(
        solver,
        """npi | tin | mechanism | measure | eligible | met
        1 | A | claims   | 111 | 40 | 30
        2 | A | registry | 111 | 60 | 45
        3 | A | registry | 111 | 20 | 18""",
        INDIVIDUALS,
    )
    made = rates(solver, cases, measure("111"))
    assert [(row["cases"], row["rate"]) for row in made] == [(120, 0.775)]
    # r(1 - r)/n over the variance of the benchmark, .09 squared
    assert made[0]["variance"] / 0.09**2 == pytest.approx(0.1793981481, rel=1e-6)


def test_exclusions_and_exceptions_leave_the_denominator(solver):
    cases = found(
        solver,
        """tin | mechanism | measure | eligible | exclusions | exceptions | met
        A | registry | 111 | 100 | 15 | 5 | 60""",
        GROUP,
    )
    assert [(c["numerator"], c["denominator"], c["cases"]) for c in cases] == [(60.0, 80.0, 80)]


def test_a_group_that_reported_is_scored_on_its_own_reports(solver):
    assert reasons(found(solver, TWO_KINDS, GROUP)) == {
        "group|registry|": None,
        "1|claims|": "group_reported_instead",
        "2|registry|": "group_reported_instead",
    }


def test_a_group_that_failed_is_scored_on_its_professionals(solver):
    """D33."""
    assert reasons(found(solver, TWO_KINDS, INDIVIDUALS)) == {
        "group|registry|": "professionals_reported_instead",
        "1|claims|": None,
        "2|registry|": None,
    }


def test_a_groups_reports_count_when_they_are_all_there_is(solver):
    """A practice in Category 2 still has a performance; so does one that nobody has heard of."""
    only = """tin | mechanism | measure | eligible | met
        A | registry | 111 | 100 | 90"""
    not_reported = "tin | group_reported | basis\n A | no | not_reported"
    assert reasons(found(solver, only, not_reported)) == {"group|registry|": None}
    assert reasons(found(solver, only)) == {"group|registry|": None}


def test_who_elected_administrative_claims_is_scored_on_them(solver):
    """Payment year 2015: the rates that CMS computed for the group, not its professionals'."""
    rows = """npi | tin | mechanism | measure | eligible | met
          | A | administrative_claims | 111 | 100 | 90
        1 | A | claims                | 111 | 40  | 30"""
    elected = "tin | group_reported | basis\n A | no | administrative_claims"
    assert reasons(found(solver, rows, elected, year=2015)) == {
        "group|administrative_claims|": None,
        "1|claims|": "group_reported_instead",
    }


def test_only_satisfactory_professionals_may_count(solver):
    """D32, alternative; the default takes every professional with usable data."""
    success = """
        tin | npi | performance_year | is_satisfactory
        ----+-----+------------------+----------------
        A   | 1   | 2015             | yes
        A   | 2   | 2015             | no
        A   | 2   | 2014             | yes
        B   | 2   | 2015             | yes
    """
    every = found(solver, TWO_KINDS, INDIVIDUALS, success)
    some = found(solver, TWO_KINDS, INDIVIDUALS, success, D32="satisfactory_only")
    assert reasons(every)["2|registry|"] is None
    assert reasons(some) == {
        "group|registry|": "professionals_reported_instead",
        "1|claims|": None,
        "2|registry|": "not_satisfactory",
    }


def test_the_best_mechanism_can_stand_for_the_practice(solver):
    """D7, alternative: the highest rate, or the lowest where lower is better."""
    rows = """npi | tin | mechanism | measure | eligible | met
        1 | A | claims   | 111 | 40 | 30
        2 | A | claims   | 111 | 40 | 38
        3 | A | registry | 111 | 20 | 18
        1 | A | claims   | 001 | 40 | 30
        3 | A | registry | 001 | 20 | 18"""
    cases = found(solver, rows, INDIVIDUALS, D7="best_mechanism")
    assert {(c["measure"], c["case_id"]): c["reason"] for c in cases} == {
        ("111", "1|claims|"): "other_mechanism_was_better",
        ("111", "2|claims|"): "other_mechanism_was_better",
        ("111", "3|registry|"): None,
        ("001", "1|claims|"): None,
        ("001", "3|registry|"): "other_mechanism_was_better",
    }


def test_between_equal_mechanisms_the_larger_stands_then_the_first_by_name(solver):
    rows = """npi | tin | mechanism | measure | eligible | met
        1 | A | claims   | 111 | 30 | 10
        2 | A | registry | 111 | 60 | 20
        1 | B | qcdr     | 111 | 60 | 20
        2 | B | registry | 111 | 60 | 20"""
    cases = found(solver, rows, D7="best_mechanism")
    assert [(c["tin"], c["case_id"]) for c in cases if c["included"]] == [
        ("A", "2|registry|"),
        ("B", "1|qcdr|"),
    ]


def test_electronic_versions_are_measures_of_their_own_from_2018(solver):
    """42 CFR 414.1250(a) (D8)."""
    rows = """tin | mechanism | measure | eligible | met
        A | ehr      | 111 | 40 | 30
        A | registry | 111 | 60 | 45"""
    assert [c["measure"] for c in found(solver, rows, GROUP)] == ["111", "111"]
    assert [c["measure"] for c in found(solver, rows, GROUP, year=2018)] == ["111", "111:ehr"]


def test_an_aco_is_scored_under_its_own_name(solver):
    """Whatever its practices did."""
    cases = found(
        solver,
        """entity_id | tin | mechanism | measure | eligible | met
        ACO1 |   | gpro_web_interface | 111 | 100 | 80
             | A | registry           | 111 | 100 | 90""",
        GROUP,
    )
    assert [(c["tin"], c["included"]) for c in cases] == [("A", True), ("ACO1", True)]


def test_reports_that_cannot_count_say_why(solver):
    cases = found(
        solver,
        """tin | mechanism | measure | eligible | exclusions | met
        A | claims   | 999             | 10 |    | 5
        A | claims   | per_capita_cost | 10 |    | 5
        A | claims   | 111             | 10 | 10 | 0
        A | registry | 111             | 10 |    | 11
        A | qcdr     | 111             | 10 |    | 10""",
        GROUP,
    )
    assert [(c["measure"], c["case_id"], c["reason"], c["included"]) for c in cases] == [
        ("111", "group|claims|", "nothing_eligible", False),
        ("111", "group|qcdr|", None, True),
        ("111", "group|registry|", "more_met_than_eligible", False),
        ("999", "group|claims|", "unknown_measure", False),
        ("per_capita_cost", "group|claims|", "unknown_measure", False),
    ]


def test_strata_of_a_measure_are_pooled(solver):
    cases = found(
        solver,
        """tin | mechanism | measure | stratum | eligible | met
        A | registry | 111 | young | 10 | 5
        A | registry | 111 | old   | 30 | 25""",
        GROUP,
    )
    assert [row["rate"] for row in rates(solver, cases, measure("111"))] == [0.75]


def test_every_report_of_the_year_before_counts(solver):
    """For benchmarks: solo, group and professional, by whatever mechanism (42 CFR 414.1250)."""
    before = found(solver, TWO_KINDS, GROUP, period=2014)
    assert set(reasons(before).values()) == {None}


def test_reports_of_another_year_are_not_cases(solver):
    rows = [
        {"tin": "A", "mechanism": "claims", "measure": "111", "eligible": 9, "met": 9}
        | {"performance_year": year}
        for year in (2014, 2015, 2016)
    ]
    assert len(found(solver, rows, GROUP)) == 1
