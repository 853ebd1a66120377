"""What an episode cost, and which practice has it."""

from __future__ import annotations

import datetime as dt

import pytest

from openp4p.measures.episodes_risk import episode_risks
from tests.episodic import cost, practice, with_rules
from tests.short_tables import carrier_lines, value_modifier
from tests.solving import on_every_solver, solve

pytestmark = on_every_solver

EPISODE = {
    "episode_id": "e1",
    "beneficiary_id": "b1",
    "start_date": dt.date(2015, 5, 29),
    "end_date": dt.date(2015, 7, 9),
}


def test_an_episode_costs_what_begins_inside_it(solver):
    """From three days before the admission to thirty days after the discharge, whoever billed."""
    rows = """
        from_day   | thru_day   | amount
        2015-05-28 | 2015-06-30 | 1.00
        2015-05-29 | 2015-05-29 | 2.00
        2015-06-10 | 2015-06-10 | 4.00
        2015-07-09 | 2015-09-30 | 8.00
        2015-07-10 | 2015-07-10 | 16.00
    """
    assert cost(solver, [EPISODE], rows) == {"e1": "14.00"}


def test_costs_of_others_are_not_counted(solver):
    rows = "beneficiary_id | from_day | amount\n b2 | 2015-06-10 | 4.00"
    assert cost(solver, [EPISODE], rows) == {}


def test_overlapping_episodes_both_count_what_lies_in_both(solver):
    later = EPISODE | {"episode_id": "e2", "start_date": dt.date(2015, 7, 7)}
    later["end_date"] = dt.date(2015, 8, 15)
    rows = """
        from_day   | amount
        2015-07-06 | 1.00
        2015-07-08 | 2.00
        2015-07-10 | 4.00
    """
    assert cost(solver, [EPISODE, later], rows) == {"e1": "3.00", "e2": "6.00"}


def test_post_acute_claims_may_be_counted_by_their_days_inside(solver):
    """M28: ten days of a skilled nursing stay, three of them in the episode; other claims whole."""
    rows = """
        claim_class | from_day   | thru_day   | amount
        SNF         | 2015-07-07 | 2015-07-16 | 100.01
        OUTPATIENT  | 2015-07-07 | 2015-07-16 |   1.00
        HHA         | 2015-07-01 | 2015-07-09 |  20.00
        HHA         | 2015-07-09 | 2015-07-11 |   0.10
    """
    assert cost(solver, [EPISODE], rows) == {"e1": "121.11"}
    # 30.003 and 0.0333 dollars, each rounded to the cent
    assert cost(solver, [EPISODE], rows, M28="prorated_post_acute") == {"e1": "51.03"}


def risks(solver, rows: list[dict], costs: str = "episode_id", *, cell: int = 2, **choices):
    program = with_rules(value_modifier(2017, **choices), minimum_cell=cell)
    found = solve(solver, episode_risks, program, episodes=rows, episode_costs=costs)
    return {r["episode_id"]: (r["stratum"], r["drg_cell"], r["reason"]) for r in found}


def of_drgs(*drgs: str) -> list[dict]:
    return [EPISODE | {"episode_id": f"e{n}", "drg": drg} for n, drg in enumerate(drgs, start=1)]


def test_a_price_that_is_not_standardised_may_take_an_episode_out(solver):
    """M22: only a program that never falls back asks for standardised amounts throughout."""
    costs = """
        episode_id | category | amount | not_standardized
        e1         | em       | 10.00  | 0
        e1         | snf      | 10.00  | 1
        e2         | em       | 10.00  | 0
    """
    rows = of_drgs("291", "291")
    assert {r[2] for r in risks(solver, rows, costs).values()} == {None}
    found = risks(solver, rows, costs, M22="never_fall_back")
    assert [found[id_][2] for id_ in ("e1", "e2")] == ["not_standardized", None]


def test_rare_groups_are_pooled_within_their_category(solver):
    """M31: 291 and 292 are medical of category 05, 216 and 220 surgical, 001 is pre-MDC."""
    found = risks(solver, of_drgs("291", "291", "292", "216", "220", "001"))
    assert found == {
        "e1": ("05", "291", None),
        "e2": ("05", "291", None),
        "e3": ("05", "medical", None),
        "e4": ("05", "surgical", None),
        "e5": ("05", "surgical", None),
        "e6": ("other", "surgical", None),
    }


def test_rare_groups_may_be_dropped(solver):
    found = risks(solver, of_drgs("291", "291", "292", "001"), M31="dropped")
    assert [reason for *_, reason in found.values()] == [None, None, "rare_cell", "rare_cell"]


def test_only_episodes_that_count_fill_a_cell(solver):
    rows = of_drgs("291", "291")
    rows[1]["reason"] = "died"
    assert risks(solver, rows)["e1"] == ("other", "medical", None)


def test_a_group_that_is_in_no_list_has_a_category_of_its_own(solver):
    found = risks(solver, of_drgs("OTH", "OTH", "XYZ"))
    assert found["e1"] == ("unlisted", "OTH", None)
    assert found["e3"] == ("unlisted", "unlisted", None)


def test_the_practice_with_the_largest_allowed_amount_in_the_stay_has_the_episode(solver):
    lines = carrier_lines("""
        tin | specialty | from_date  | allowed_amount
        A   | 11        | 2015-06-01 | 60.00
        A   | 06        | 2015-06-09 | 41.00
        B   | 06        | 2015-06-05 | 100.00
        C   | 06        | 2015-05-31 | 900.00
        C   | 06        | 2015-06-10 | 900.00
    """)
    assert practice(solver, lines) == "A"


def test_only_lines_of_eligible_professionals_count(solver):
    """D22: 59 is an ambulance supplier; a line without a specialty counts."""
    lines = carrier_lines("""
        tin | specialty | place_of_service | from_date  | allowed_amount
        A   | 11        | 11               | 2015-06-05 | 60.00
        B   | 59        | 41               | 2015-06-05 | 100.00
        C   |           | 21               | 2015-06-05 | 50.00
    """)
    assert practice(solver, lines) == "A"
    assert practice(solver, lines, D22="all_carrier_lines") == "B"
    assert practice(solver, lines, D22="place_of_service_restricted") == "C"


@pytest.mark.parametrize(("tie", "tin"), [("latest_service", "B"), ("earliest_service", "C")])
def test_practices_with_equal_amounts_are_told_apart_as_in_primary_care(solver, tie, tin):
    """D3: the latest service, then more services, then the smallest TIN."""
    lines = carrier_lines("""
        tin | specialty | from_date  | allowed_amount
        A   | 11        | 2015-06-05 | 60.00
        B   | 11        | 2015-06-04 | 30.00
        B   | 11        | 2015-06-08 | 30.00
        C   | 11        | 2015-06-02 | 60.00
        D   | 11        | 2015-06-08 | 60.00
    """)
    assert practice(solver, lines, D3=tie) == tin


def test_the_smallest_tin_has_an_episode_that_nothing_else_decides(solver):
    lines = carrier_lines("""
        tin | specialty | from_date  | allowed_amount
        B   | 11        | 2015-06-05 | 60.00
        A   | 11        | 2015-06-05 | 60.00
    """)
    assert practice(solver, lines) == "A"


def test_an_episode_without_such_a_line_has_no_practice(solver):
    lines = carrier_lines("""
        tin | specialty | from_date  | allowed_amount | processing_indicator
            | 11        | 2015-06-05 | 60.00          |
        A   | 11        | 2015-06-05 |  0.00          |
        A   | 11        | 2015-06-05 | 60.00          | D
    """)
    assert practice(solver, lines) is None
