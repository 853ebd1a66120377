"""Preventable admissions: among whom they are counted, what is usual there, and the rates."""

from __future__ import annotations

import datetime as dt

import pytest

from openp4p.attribution.attributed import attributed_beneficiaries  # noqa: F401  # its columns
from openp4p.attribution.eligible import eligible_beneficiaries  # noqa: F401  # its columns
from openp4p.measures.admission_cases import admission_cases
from openp4p.measures.admission_populations import admission_populations, admission_strata
from openp4p.measures.cases import CASES
from openp4p.measures.conditions import beneficiary_conditions  # noqa: F401  # its columns
from openp4p.measures.rates import unadjusted_rates
from openp4p.program.definition import Program
from tests.conftest import parse
from tests.short_tables import value_modifier
from tests.solving import Given, columns_of, on_every_solver, solve

pytestmark = on_every_solver
PEOPLE = {
    "beneficiary_id": "string",
    "tin": "string",
    "birth_date": "date",
    "sex": "string",
    "conditions": "string",
    "stays": "string",
}


def populations(solver: str, program: Program, text: str) -> list[dict]:
    """The populations of attributed people; `stays` names the components they were admitted for."""
    rows = parse(text, PEOPLE)
    for number, row in enumerate(rows, start=1):
        row["beneficiary_id"] = row["beneficiary_id"] or f"b{number}"
        row["tin"] = row["tin"] or "A"
    ill = [
        {
            "beneficiary_id": row["beneficiary_id"],
            "condition": condition,
            "has_condition": True,
            "first_date": dt.date(2015, 3, 1),
        }
        for row in rows
        for condition in (row["conditions"] or "").split()
    ]
    admitted = [
        {
            "stay_id": f"{row['beneficiary_id']}-{number}",
            "indicator": indicator,
            "measure": measure,
            "beneficiary_id": row["beneficiary_id"],
            "admission_date": dt.date(2015, 3, 1) + dt.timedelta(days=number),
            "is_counted": True,
        }
        for row in rows
        for number, named in enumerate((row["stays"] or "").split())
        for measure, _, indicators in [named.partition(":")]
        for indicator in (indicators or "PQI").split(",")
    ]
    return solve(
        solver,
        admission_populations,
        program,
        attributed_beneficiaries=rows,
        eligible_beneficiaries=rows,
        beneficiary_conditions=ill,
        preventable_stays=admitted,
    )


def cases(solver, program, people, supplied="measure") -> list[dict]:
    strata = solve(
        solver,
        admission_strata,
        program,
        admission_populations=people,
        supplied_admission_rate=parse(supplied, columns_of("supplied_admission_rate")),
    )
    return solve(
        solver, admission_cases, program, admission_populations=people, admission_strata=strata
    )


def rates(solver, program, rows) -> dict[tuple[str, str], dict]:
    given = Given(rows, CASES)
    made = solve(solver, unadjusted_rates, program, measure_cases=given)
    return {(row["tin"], row["measure"]): row for row in made}


def test_who_is_in_the_denominator_of_which_component(solver):
    text = """
        birth_date | sex | conditions
        1940-05-01 | 1   | diabetes copd
        1975-12-31 | 2   | asthma
        1976-01-01 | 2   | asthma heart_failure
        1997-12-31 | 1   |
        1998-01-01 | 1   | diabetes
    """
    found = {}
    for row in populations(solver, value_modifier(2017), text):
        found.setdefault(row["beneficiary_id"], {})[row["measure"]] = row["age_from"]
    acute = {"pneumonia_pqi", "urinary_infection_pqi", "dehydration_pqi"}
    assert {id_: set(measures) - acute for id_, measures in found.items()} == {
        "b1": {"diabetes_pqi", "copd_asthma_pqi"},
        "b2": {"copd_asthma_pqi"},
        "b3": {"heart_failure_pqi"},
        "b4": set(),
    }
    assert all(acute <= set(measures) for measures in found.values())
    assert [found[id_]["pneumonia_pqi"] for id_ in sorted(found)] == [75, 40, 18, 18]


def test_people_of_unknown_age_or_sex_are_kept_with_the_reason(solver):
    text = """
        birth_date | sex | stays
                   | 1   | pneumonia_pqi
        1940-05-01 | 0   |
        1940-05-01 | 2   |
    """
    program = value_modifier(2017)
    people = populations(solver, program, text)
    of = {r["beneficiary_id"]: r["reason"] for r in people if r["measure"] == "pneumonia_pqi"}
    assert of == {"b1": "unknown_age", "b2": "unknown_sex", "b3": None}
    acute = {
        row["beneficiary_id"]: (row["included"], row["reason"], row["cases"])
        for row in cases(solver, program, people)
        if row["measure"] == "acute_pqi"
    }
    assert acute == {
        "b1": (False, "unknown_age", 1),
        "b2": (False, "unknown_sex", 1),
        "b3": (True, None, 1),
    }


def test_a_stay_counts_once_for_a_component_or_for_each_indicator(solver):
    """M7; a stay of somebody who has not the condition does not count."""
    text = """
        birth_date | sex | conditions | stays
        1940-05-01 | 1   | diabetes   | diabetes_pqi:PQI03,PQI16 diabetes_pqi
        1940-05-01 | 1   |            | diabetes_pqi
    """
    once = populations(solver, value_modifier(2017), text)
    each = populations(solver, value_modifier(2017, M7="every_indicator"), text)
    assert [r["events"] for r in once if r["measure"] == "diabetes_pqi"] == [2]
    assert [r["events"] for r in each if r["measure"] == "diabetes_pqi"] == [3]


def test_only_stays_after_the_condition_was_known_count_when_that_is_chosen(solver):
    """M10: evidence of 1 March, a stay of that day and one of the next."""
    text = """
        birth_date | sex | conditions | stays
        1940-05-01 | 1   | diabetes   | diabetes_pqi diabetes_pqi
    """
    program = value_modifier(2017, M10="flag_before_admission")
    people = populations(solver, program, text)
    assert [r["events"] for r in people if r["measure"] == "diabetes_pqi"] == [1]


def test_what_is_expected_is_what_is_usual_for_age_and_sex(solver):
    """D24: two of four women of 75 to 79 and none of the men had pneumonia."""
    text = """
        tin | birth_date | sex | stays
        A   | 1940-05-01 | 2   | pneumonia_pqi
        A   | 1940-05-01 | 1   |
        B   | 1940-05-01 | 2   | pneumonia_pqi
        B   | 1940-05-01 | 2   |
        B   | 1940-05-01 | 2   |
        B   | 1940-05-01 | 1   |
    """
    program = value_modifier(2017)
    people = populations(solver, program, text)
    made = rates(solver, program, cases(solver, program, people))
    a, b = made["A", "pneumonia_pqi"], made["B", "pneumonia_pqi"]
    assert (a["cases"], a["numerator"], a["expected"]) == (2, 1.0, 0.5)
    assert a["rate"] == pytest.approx(1000 * 1 / 0.5 * 2 / 6)
    assert b["rate"] == pytest.approx(1000 * 1 / 1.5 * 2 / 6)
    # one event, worth what the nation has for each expected one
    assert a["variance"] == pytest.approx((1000 * 2 / 6 / 0.5) ** 2)
    plain = value_modifier(2017, D24="none")
    observed = rates(solver, plain, cases(solver, plain, people))
    assert observed["A", "pneumonia_pqi"]["rate"] == pytest.approx(1000 * 1 / 2)
    assert observed["A", "pneumonia_pqi"]["variance"] == pytest.approx((1000 / 2) ** 2)
    # each of the three components has the beneficiary once
    assert observed["B", "acute_pqi"]["rate"] == pytest.approx(1000 * 1 / 12)
    assert observed["B", "acute_pqi"]["cases"] == 4


def test_a_chronic_composite_counts_people_once_for_each_condition(solver):
    text = """
        tin | birth_date | sex | conditions            | stays
        A   | 1940-05-01 | 1   | diabetes heart_failure | diabetes_pqi heart_failure_pqi
        A   | 1940-05-01 | 1   | diabetes              |
        B   | 1940-05-01 | 1   | copd                  | copd_asthma_pqi
        B   | 1940-05-01 | 1   |                       |
    """
    program = value_modifier(2017, D24="none")
    made = rates(solver, program, cases(solver, program, populations(solver, program, text)))
    assert made["A", "chronic_pqi"]["cases"] == 3
    assert made["A", "chronic_pqi"]["rate"] == pytest.approx(1000 * 2 / 3)
    assert made["B", "chronic_pqi"]["cases"] == 1
    mean = value_modifier(2017, D24="none", M8="mean_of_component_rates")
    made = rates(solver, mean, cases(solver, mean, populations(solver, mean, text)))
    # diabetes 1 of 2, heart failure 1 of 1
    assert made["A", "chronic_pqi"]["rate"] == pytest.approx(1000 * (1 / 2 + 1) / 2)


def test_national_counts_can_be_supplied_for_data_that_are_not_national(solver):
    text = """
        tin | birth_date | sex | stays
        A   | 1940-05-01 | 2   | pneumonia_pqi
        A   | 1950-05-01 | 2   |
    """
    supplied = """
        measure       | sex | age_from | denominator | numerator
        pneumonia_pqi | 2   | 75       | 1000        | 20
        pneumonia_pqi | 2   | 65       | 3000        | 20
    """
    program = value_modifier(2017)
    people = populations(solver, program, text)
    made = rates(solver, program, cases(solver, program, people, supplied))
    found = made["A", "pneumonia_pqi"]
    assert found["expected"] == pytest.approx(20 / 1000 + 20 / 3000)
    assert found["rate"] == pytest.approx(1 / found["expected"] * 1000 * 40 / 4000)


def test_the_published_means_of_2013_are_those_of_the_composite(solver):
    """CMS's benchmarks: 11.20, 7.25 and 4.10 make 7.53 where all count the same people."""
    program = value_modifier(2017, D24="none")
    strata = [
        {
            "measure": measure,
            "sex": "2",
            "age_from": 75,
            "rate": events / 100_000,
            "national_denominator": 100_000,
            "national_events": events,
            "national_rate": events / 100_000,
        }
        for measure, events in (
            ("pneumonia_pqi", 1120),
            ("urinary_infection_pqi", 725),
            ("dehydration_pqi", 410),
        )
    ]
    person = [
        {
            "measure": row["measure"],
            "beneficiary_id": "b1",
            "tin": "A",
            "sex": "2",
            "age_from": 75,
            "events": 0,
        }
        for row in strata
    ]
    made = solve(
        solver, admission_cases, program, admission_populations=person, admission_strata=strata
    )
    national = {row["measure"]: row["national_mean"] for row in made}["acute_pqi"]
    assert round(1000 * national, 2) == 7.52
