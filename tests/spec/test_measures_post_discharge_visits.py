"""Provider visits within 30 days of discharge: which discharges, which visits, which rate."""

from __future__ import annotations

import datetime as dt

import pytest

from openp4p.attribution.attributed import attributed_beneficiaries  # noqa: F401  # its columns
from openp4p.attribution.eligible import eligible_beneficiaries  # noqa: F401  # its columns
from openp4p.measures.cases import CASES
from openp4p.measures.combined_stays import combined_stays  # noqa: F401  # its columns
from openp4p.measures.post_discharge_visits import (
    follow_up_shares,
    post_discharge_visit_cases,
    post_discharge_visits,
    visit_discharges,
)
from openp4p.measures.rates import unadjusted_rates
from tests.costed import stays
from tests.short_tables import carrier_lines, column, months, value_modifier
from tests.solving import Given, on_every_solver, solve

pytestmark = on_every_solver
PERSON = {"beneficiary_id": "b1", "birth_date": dt.date(1940, 6, 15), "death_date": None}


def discharges(solver, text, others="stay_id", year=2017, person=None, enrolled=None, **choices):
    """The discharges of b1, who is attributed to A: home on 5 June unless the table says."""
    wholes = stays(text)
    for row in wholes:
        row["discharge_status"] = row["discharge_status"] or "01"
        row["chain_position"] = row["chain_position"] or 1
        row["chain_stays"] = row["chain_stays"] or 1
    return solve(
        solver,
        visit_discharges,
        value_modifier(year, **choices),
        attributed_beneficiaries=[{"beneficiary_id": "b1", "tin": "A"}],
        eligible_beneficiaries=[{**PERSON, **(person or {})}],
        enrollment_month=months("b1", 201501, 201512) if enrolled is None else enrolled,
        inpatient_stays=wholes + stays(others),
        combined_stays=wholes,
    )


def visits(solver, text, others="stay_id", claim=(), year=2017, **choices):
    found = discharges(solver, "stay_id\n---\ns1", others, year, **choices)
    return solve(
        solver,
        post_discharge_visits,
        value_modifier(year, **choices),
        visit_discharges=found,
        inpatient_stays=stays("stay_id\n---\ns1") + stays(others),
        claim=list(claim),
        claim_line=carrier_lines(text),
    )


def test_visits_on_days_one_to_thirty_count_and_on_the_day_of_discharge_by_choice(solver):
    lines = """
        from_date  | npi
        2015-06-04 | n1
        2015-06-05 | n1
        2015-06-06 | n1
        2015-07-05 | n1
        2015-07-06 | n1
    """
    assert [row["days"] for row in visits(solver, lines)] == [1, 30]
    assert [row["days"] for row in visits(solver, lines, M16="with_discharge_day")] == [0, 1, 30]


def test_a_professional_counts_once_a_day_whatever_was_billed(solver):
    lines = """
        from_date  | npi | hcpcs_code | claim_id
        2015-06-10 | n1  | 99213      | c1
        2015-06-10 | n1  | 99214      | c2
        2015-06-10 | n2  | 99213      | c3
        2015-06-11 | n1  | 99283      | c4
        2015-06-12 | n1  | 99495      | c5
    """
    found = visits(solver, lines)
    assert [(row["days"], row["professional"]) for row in found] == [
        (5, "n1"),
        (5, "n2"),
        (7, "n1"),
    ]


def test_days_of_a_later_stay_do_not_count(solver):
    later = "stay_id | admission_date | discharge_date\n---+---+---\ns2 | 2015-06-10 | 2015-06-12"
    lines = "from_date\n---\n2015-06-09\n2015-06-10\n2015-06-12\n2015-06-13"
    assert [row["days"] for row in visits(solver, lines, later)] == [4, 8]
    assert visits(solver, lines, later, M19="readmitted_dropped") == []


def test_clinics_bill_by_revenue_center_and_plans_do_not_count(solver):
    lines = carrier_lines(
        """
        claim_id | from_date  | claim_class | revenue_code | hcpcs_code | npi
        c1       | 2015-06-10 | OUTPATIENT  | 0521         | G0466      |
        c2       | 2015-06-11 | OUTPATIENT  | 0450         | 99213      |
        c3       | 2015-06-12 | PART_B      |              | 99213      | n1
        """
    )
    claims = [
        {"claim_id": "c1", "beneficiary_id": "b1", "ccn": "103800"},
        {"claim_id": "c2", "beneficiary_id": "b1", "ccn": "103800"},
        {"claim_id": "c3", "beneficiary_id": "b1", "claim_type_code": "62"},
    ]
    found = solve(
        solver,
        post_discharge_visits,
        value_modifier(2017),
        visit_discharges=discharges(solver, "stay_id\n---\ns1"),
        inpatient_stays=stays("stay_id\n---\ns1"),
        claim=claims,
        claim_line=lines,
    )
    assert [(row["days"], row["professional"]) for row in found] == [(5, "103800")]


@pytest.mark.parametrize(
    ("stay", "reason"),
    [
        ("2015-11-20 | 2015-12-01 | 01 | 1", None),
        ("2015-11-20 | 2015-12-02 | 01 | 1", "discharged_too_late"),
        ("2015-06-01 | 2015-06-05 | 20 | 1", "died"),
        ("2015-06-01 | 2015-06-05 | 03 | 1", "not_home"),
        ("2015-06-01 | 2015-06-05 | 06 | 2", "transferred_out"),
    ],
)
def test_each_reason_takes_a_discharge_out(solver, stay, reason):
    header = "admission_date | discharge_date | discharge_status | chain_stays\n---+---+---+---\n"
    assert [row["reason"] for row in discharges(solver, header + stay)] == [reason]


def test_all_live_discharges_count_when_they_are_chosen(solver):
    stay = "discharge_status\n---\n03"
    assert [row["reason"] for row in discharges(solver, stay, M18="all_live")] == [None]


def test_age_enrolment_and_death(solver):
    stay = "stay_id\n---\ns1"
    young = {"birth_date": dt.date(1997, 6, 6)}
    assert [r["reason"] for r in discharges(solver, stay, person=young)] == ["too_young"]
    young["birth_date"] = dt.date(1997, 6, 5)
    assert [r["reason"] for r in discharges(solver, stay, person=young)] == [None]
    short = months("b1", 201501, 201506)
    assert [r["reason"] for r in discharges(solver, stay, enrolled=short)] == ["not_enrolled"]
    dead = {"death_date": dt.date(2015, 6, 30)}
    found = discharges(solver, stay, person=dead, enrolled=short)
    assert [row["reason"] for row in found] == [None]
    found = discharges(solver, stay, person=dead, enrolled=short, M19="readmitted_dropped")
    assert [row["reason"] for row in found] == ["followed_by_stay_or_death"]


def test_the_worked_example_is_1150_visits_per_1000_discharges(solver):
    """40 discharges with 46 visits; after 31 of them there was one within 30 days: 77.5%."""
    out = dt.date(2015, 6, 5)
    listed = [
        {"stay_id": f"s{n:02}", "tin": "A", "beneficiary_id": f"b{n}", "discharge_date": out}
        for n in range(40)
    ]
    seen = [(n, 20, "n1") for n in range(31)] + [(n, 20, "n2") for n in range(10)]
    seen += [(n, 5, "n1") for n in range(5)]
    found = [
        {
            "stay_id": f"s{n:02}",
            "service_date": out + dt.timedelta(days=days),
            "professional": professional,
            "days": days,
        }
        for n, days, professional in seen
    ]
    both = {"visit_discharges": listed, "post_discharge_visits": found}
    cases = solve(solver, post_discharge_visit_cases, value_modifier(2017), **both)
    rates = solve(solver, unadjusted_rates, value_modifier(2017), measure_cases=Given(cases, CASES))
    assert [(row["cases"], row["rate"]) for row in rates] == [(40, 1150.0)]
    shares = solve(solver, follow_up_shares, value_modifier(2017), **both)
    assert column(shares, "days", "share") == {7: 0.125, 14: 0.125, 30: 0.775}
    for unit, rate in (("any_visit", 775.0), ("day", 900.0)):
        program = value_modifier(2017, M17=unit)
        cases = solve(solver, post_discharge_visit_cases, program, **both)
        rates = solve(solver, unadjusted_rates, program, measure_cases=Given(cases, CASES))
        assert [row["rate"] for row in rates] == [rate]
