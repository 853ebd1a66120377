"""Quality-data codes on claim lines: who was seen, what was said of it, and which report stands."""

from __future__ import annotations

import datetime as dt

from openp4p.measures.claims_reported import (
    claims_quality_instances,
    claims_quality_results,
    quality_reports,
)
from openp4p.measures.reported import reported_cases
from tests.measured import measure
from tests.short_tables import carrier_lines, column, value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver

# a measure with an encounter and a code of every outcome; codes as text, none is described
CODES = """
    measure | performance_year | hcpcs_code | modifier | outcome
    001     | 2015             | 99213      |          | eligible
    001     | 2015             | 3044F      |          | met
    001     | 2015             | 3046F      |          | not_met
    001     | 2015             | 3044F      | 1P       | exception
    001     | 2015             | 3044F      | 8P       | not_met
    001     | 2015             | G8000      |          | exclusion
"""
USUAL = {"tin": "A", "npi": "n1", "claim_id": "c1"}
PEOPLE = [{"beneficiary_id": "b1", "birth_date": dt.date(1940, 6, 1)}]


def instances(solver, text, codes=CODES, people=PEOPLE, **usual):
    """Instances of lines on claim c1 of A's n1, unless the table says otherwise."""
    lines = carrier_lines(text)
    stated = text.strip().splitlines()[0]
    for row in lines:
        row.update({c: v for c, v in {**USUAL, **usual}.items() if c not in stated})
    return solve(
        solver,
        claims_quality_instances,
        value_modifier(2017),
        claim_line=lines,
        beneficiary=people,
        quality_data_code=codes,
    )


def outcomes(solver, text, *, by="beneficiary_id", **given):
    return column(instances(solver, text, **given), by, "outcome")


def test_a_code_beside_an_eligible_encounter_says_what_was_done(solver):
    """By code, and by modifier where the code alone says something else."""
    found = outcomes(
        solver,
        """beneficiary_id | hcpcs_code | modifier_1 | claim_id
        b1 | 99213 |    | c1
        b1 | 3044F |    | c1
        b2 | 99213 |    | c2
        b2 | 3046F |    | c2
        b3 | 99213 |    | c3
        b3 | 3044F | 1P | c3
        b4 | 99213 |    | c4
        b4 | 3044F | 8P | c4
        b5 | 99213 |    | c5
        b5 | G8000 |    | c5
        b6 | 99213 |    | c6""",
    )
    assert found == {
        "b1": "met",
        "b2": "not_met",
        "b3": "exception",
        "b4": "not_met",
        "b5": "exclusion",
        "b6": None,
    }


def test_a_modifier_that_no_code_lists_says_nothing(solver):
    """3044F-2P is in no row of the table, and it is not 3044F; modifier 25 changes nothing."""
    found = outcomes(
        solver,
        """beneficiary_id | hcpcs_code | modifier_1 | modifier_2 | claim_id
        b1 | 99213 | 25 |    | c1
        b1 | 3044F | 2P |    | c1
        b2 | 99213 |    |    | c2
        b2 | 3044F | GA | 8P | c2
        b3 | 99213 |    |    | c3
        b3 | 3044F | GA |    | c3""",
    )
    assert found == {"b1": None, "b2": "not_met", "b3": "met"}


def test_a_patient_counts_once_a_year_with_the_best_that_was_said(solver):
    """Met, then exclusion, exception, not met."""
    found = instances(
        solver,
        """beneficiary_id | hcpcs_code | modifier_1 | claim_id
        b1 | 99213 |    | c1
        b1 | 3046F |    | c1
        b1 | 99213 |    | c2
        b1 | 3044F |    | c2
        b1 | G8000 |    | c2
        b2 | 99213 |    | c3
        b2 | 3044F | 1P | c3
        b2 | G8000 |    | c3
        b3 | 99213 |    | c4
        b3 | 3044F | 8P | c4
        b3 | 3044F | 1P | c4""",
    )
    assert [(row["beneficiary_id"], row["outcome"]) for row in found] == [
        ("b1", "met"),
        ("b2", "exclusion"),
        ("b3", "exception"),
    ]


def test_the_code_stands_on_the_claim_of_the_encounter_and_by_the_same_professional(solver):
    found = instances(
        solver,
        """beneficiary_id | hcpcs_code | claim_id | npi | tin
        b1 | 99213 | c1 | n1 | A
        b1 | 3044F | c2 | n1 | A
        b2 | 99213 | c3 | n1 | A
        b2 | 3044F | c3 | n2 | A
        b3 | 99213 | c4 | n1 | A
        b3 | 3044F | c4 | n1 | B
        b4 | 3044F | c5 | n1 | A
        b5 | 99213 | c6 |    | A
        b5 | 3044F | c6 |    | A
        b6 | 99213 | c7 | n1 |
        b6 | 3044F | c7 | n1 |""",
    )
    assert [(row["beneficiary_id"], row["npi"], row["tin"], row["outcome"]) for row in found] == [
        ("b1", "n1", "A", None),
        ("b2", "n1", "A", None),
        ("b3", "n1", "A", None),
    ]


def test_an_encounter_is_allowed_and_the_line_of_a_code_need_not_be(solver):
    """Codes are billed at a cent or nothing, and denied."""
    found = outcomes(
        solver,
        """beneficiary_id | hcpcs_code | claim_id | processing_indicator | allowed_amount
        b1 | 99213 | c1 | A | 70.00
        b1 | 3044F | c1 | D | 0.00
        b2 | 99213 | c2 | D | 0.00
        b2 | 3044F | c2 | A | 0.01""",
    )
    assert found == {"b1": "met"}


def test_only_professional_claims_of_the_year_of_the_codes_count(solver):
    found = outcomes(
        solver,
        """beneficiary_id | hcpcs_code | claim_id | claim_class | from_date
        b1 | 99213 | c1 | OUTPATIENT | 2015-06-01
        b2 | 99213 | c2 |            | 2014-12-31
        b3 | 99213 | c3 |            | 2015-01-01
        b4 | 99213 | c4 |            | 2015-12-31
        b5 | 99213 | c5 |            | 2016-01-01""",
    )
    assert found == {"b3": None, "b4": None}


def test_ages_are_those_on_the_day_of_the_service_and_both_ends_count(solver):
    codes = """
        measure | performance_year | hcpcs_code | outcome  | age_from | age_to
        001     | 2015             | 99213      | eligible | 18       | 75
        128     | 2015             | 99213      | eligible |          |
    """
    births = {
        "b1": dt.date(1997, 6, 1),  # 18 that day
        "b2": dt.date(1997, 6, 2),  # 18 the day after
        "b3": dt.date(1939, 6, 2),  # 76 the day after
        "b4": dt.date(1939, 6, 1),  # 76 that day
        "b5": None,
    }
    found = instances(
        solver,
        "beneficiary_id\n" + "\n".join([*births, "b6"]),
        codes=codes,
        people=[{"beneficiary_id": id_, "birth_date": day} for id_, day in births.items()],
    )
    by_measure = {
        id_: [row["beneficiary_id"] for row in found if row["measure"] == id_]
        for id_ in ("001", "128")
    }
    assert by_measure == {"001": ["b1", "b3"], "128": ["b1", "b2", "b3", "b4", "b5", "b6"]}


def test_what_was_not_reported_is_in_no_denominator(solver):
    """Seven patients: 2 met, 1 not, 1 excluded, 2 excepted; of the last nothing was said."""
    said = ["met", "met", "not_met", "exclusion", "exception", "exception", None]
    found = solve(
        solver,
        claims_quality_results,
        value_modifier(2017),
        claims_quality_instances=[
            {"measure": "001", "performance_year": 2015, "tin": "A", "npi": "n1"}
            | {"beneficiary_id": f"b{n}", "outcome": outcome}
            for n, outcome in enumerate(said)
        ]
        + [
            {"measure": "128", "performance_year": 2015, "tin": "A", "npi": "n1"}
            | {"beneficiary_id": "b1", "outcome": None}
        ],
    )
    counts = ("eligible", "exclusions", "exceptions", "met", "not_met")
    assert [[row[c] for c in counts] for row in found] == [[6, 1, 2, 2, 1]]
    assert [(row["measure"], row["mechanism"], row["stratum"]) for row in found] == [
        ("001", "claims", None)
    ]


SENT = """
    tin | npi | entity_id | performance_year | mechanism | measure | stratum | eligible | met
    A   | n1  |           | 2015             | claims    | 001     |         | 50       | 40
    A   | n2  |           | 2015             | registry  | 001     |         | 50       | 40
    A   |     |           | 2015             | claims    | 128     |         | 50       | 40
    A   | n2  |           | 2015             | claims    | 128     | old     | 50       | 40
        |     | E1        | 2014             | claims    | 001     |         | 50       | 40
"""
COUNTED = """
    tin | npi | performance_year | mechanism | measure | eligible | met
    A   | n1  | 2015             | claims    | 001     | 20       | 10
    A   | n1  | 2014             | claims    | 001     | 21       | 10
    A   | n2  | 2015             | claims    | 001     | 22       | 10
    A   | n1  | 2015             | claims    | 128     | 23       | 10
    A   | n2  | 2015             | claims    | 128     | 24       | 10
    B   | n1  | 2015             | claims    | 001     | 25       | 10
"""


def reports(solver):
    return solve(
        solver,
        quality_reports,
        value_modifier(2017),
        quality_result=SENT,
        claims_quality_results=COUNTED,
    )


def test_a_report_that_was_sent_wins_over_one_counted_from_claims(solver):
    """Of the same reporter, year, mechanism, measure and stratum: the first of the six."""
    assert sorted(row["eligible"] for row in reports(solver)) == [21, 22, 23, 24, 25, *[50] * 5]


def test_both_become_cases_of_their_year(solver):
    program = value_modifier(2017)
    for year, expected in {
        2014: {"E1": [50], "A": [21]},
        2015: {"A": [22, 23, 24, 50, 50, 50, 50], "B": [25]},
    }.items():
        cases = solve(
            solver,
            reported_cases,
            program,
            quality_reports=reports(solver),
            measure_rules=[measure("001"), measure("128")],
            performance_year=year,
        )
        found = {
            tin: sorted(row["cases"] for row in cases if row["tin"] == tin) for tin in expected
        }
        assert found == expected
