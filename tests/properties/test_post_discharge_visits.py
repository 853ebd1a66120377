"""Visits after a discharge on both engines are the reference's.

Mutants of the engine code that were made by hand, the first test failed for each:
- a visit on the day a later stay ends counts;
- a stay that begins on day 30 is not after the discharge;
- a visit on day 7 is not within 7 days;
- visits that a managed-care plan paid count.
"""

from __future__ import annotations

from functools import partial

from openp4p.attribution.attributed import attributed_beneficiaries  # noqa: F401  # its columns
from openp4p.attribution.eligible import eligible_beneficiaries  # noqa: F401  # its columns
from openp4p.measures.combined_stays import combined_stays, stay_parts
from openp4p.measures.post_discharge_visits import (
    follow_up_shares,
    post_discharge_visit_cases,
    post_discharge_visits,
    visit_discharges,
)
from tests.properties import hospital_care
from tests.properties.agreeing import same, sampled
from tests.short_tables import value_modifier

RULES = [
    value_modifier(2017),
    value_modifier(2016, M16="with_discharge_day", M17="day"),
    value_modifier(2018, M17="any_visit", M18="all_live", M19="readmitted_dropped"),
]
seen = {"visits": 0, "reasons": set(), "days": set(), "professionals": set(), "numerators": set()}


@sampled(RULES, {"duckdb": 8, "spark": 1})
def test_visits_are_the_references(engine_name, program, seed):
    given = hospital_care.care(seed, program.performance_year)
    solved = partial(same, engine_name)
    stays = {"inpatient_stays": given["inpatient_stays"]}
    parts = solved(stay_parts, program, **stays)
    wholes = solved(combined_stays, program, **stays, stay_parts=parts)
    people = ("attributed_beneficiaries", "eligible_beneficiaries", "enrollment_month")
    discharges = solved(
        visit_discharges,
        program,
        **{name: given[name] for name in people},
        **stays,
        combined_stays=wholes,
    )
    visits = solved(
        post_discharge_visits,
        program,
        visit_discharges=discharges,
        **stays,
        claim=given["claim"],
        claim_line=given["claim_line"],
    )
    both = {"visit_discharges": discharges, "post_discharge_visits": visits}
    shares = solved(follow_up_shares, program, **both)
    cases = solved(post_discharge_visit_cases, program, **both)
    seen["visits"] += len(visits)
    seen["reasons"] |= {row["reason"] for row in discharges}
    seen["days"] |= {row["days"] for row in visits}
    seen["professionals"] |= {row["professional"] for row in visits}
    seen["numerators"] |= {row["numerator"] for row in cases}
    assert {row["days"] for row in shares} == {7, 14, 30}


def test_the_contests_were_met():
    assert seen["visits"] > 100
    assert seen["reasons"] == {
        None, "discharged_too_late", "unknown_age", "too_young", "died", "not_home",
        "transferred_out", "not_enrolled", "followed_by_stay_or_death",
    }  # fmt: skip
    assert {0, 1, 30} <= seen["days"] <= set(range(31))
    assert seen["professionals"] == {"n1", "n2", "n9", "103800", "unknown"}
    assert {0.0, 1.0, 2.0} <= seen["numerators"]
